"""The installation that probe files of the tests are read against."""

from __future__ import annotations

from pathlib import Path

from synthmon.model.reach import Reach
from synthmon.probefile.assembly.installation import Installation, InstallationRegion

DATA = Path(__file__).parent.parent / "data"
INSTALLATION = Installation(
    "test",
    {"eu-west": InstallationRegion(), "us-east": InstallationRegion()},
    frozenset({"oncall", "chat"}),
    reach=Reach(imported=("api.imported.example", "*.shop.example.com", "shop.example.com", "api.example.com")),
)
