"""docs/signing-in.md names every kind of line that the audit can have, and every role."""

from __future__ import annotations

from synthmon.identity.journal import SIGN_IN_FAILED
from synthmon.model.person import Role
from synthmon.model.quiet import QuietKind
from synthmon.web.site import PAGES
from synthmon.web.users_page import WHAT
from tests.docs.pages import page

PAGE = page("signing-in.md")
REFINED = {"user_changed"}  # to what was changed


def test_every_kind_of_line_is_named() -> None:
    kinds = {found.what for found in PAGES if found.what} | set(WHAT.values()) | {SIGN_IN_FAILED, "cause_set"}
    kinds |= {f"{kind}_added" for kind in QuietKind}
    assert set() == {kind for kind in kinds - REFINED if f"`{kind}`" not in PAGE.text}


def test_every_role_is_told_of() -> None:
    assert all(f"\n| {role} | " in PAGE.text for role in Role)
