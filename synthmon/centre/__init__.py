"""The centre: takes what agents send; gathers what is new, lets the judge decide, applies it; notes what was missed.

Admission rule: who may send what, when to judge, and what happens when one probe or the database makes trouble. What a
run means is the judge's; how it is kept is the store's; how a notification travels is alerting's.
"""

from typing import TYPE_CHECKING

from synthmon.exports import on_demand

if TYPE_CHECKING:
    from synthmon.centre.loop import Centre
    from synthmon.centre.ports import CentrePorts, Lead, Minding, TurnReport
else:
    __getattr__ = on_demand(__name__, {"loop": ("Centre",), "ports": ("CentrePorts", "Lead", "Minding", "TurnReport")})

__all__ = ["Centre", "CentrePorts", "Lead", "Minding", "TurnReport"]
