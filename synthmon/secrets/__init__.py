"""Where the values of secrets come from.

Admission rule: one file for each kind of place that holds values, and how they are asked in order. A provider is asked
by name and gives the value, None if it has none, or `SecretUnavailable`, in which no value ever stands.
"""

from synthmon.secrets.place import VaultLogin, VaultPlace
from synthmon.secrets.sources import PREFIX, Secrets

__all__ = ["PREFIX", "Secrets", "VaultLogin", "VaultPlace"]
