"""What an installation is told from outside: `synthmon.yaml` and the environment, read once into frozen values.

Admission rule: reading and checking settings. Nobody below reads them: what a room needs is handed to it.
"""

from synthmon.settings.load import load_settings
from synthmon.settings.values import RetentionSettings, Settings

__all__ = ["RetentionSettings", "Settings", "load_settings"]
