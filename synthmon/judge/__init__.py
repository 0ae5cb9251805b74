"""From results to decisions: what is believed of a probe, which incident opens or ends, who is owed which message.

Admission rule: pure functions of values and `now`. Nothing here reads a clock, a database or a setting; whatever a
judgement needs is in the `Situation` and the `Policy` handed in, and all it changes is in the `Decision` handed out.
"""

from typing import TYPE_CHECKING

from synthmon.exports import on_demand

if TYPE_CHECKING:
    from synthmon.judge.policy import Policy, Route
    from synthmon.judge.situation import Situation
    from synthmon.judge.turn import believe, decide
else:
    __getattr__ = on_demand(
        __name__,
        {
            "policy": ("Policy", "Route"),
            "situation": ("Situation",),
            "turn": ("believe", "decide"),
        },
    )

__all__ = ["Policy", "Route", "Situation", "believe", "decide"]
