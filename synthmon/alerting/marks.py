"""What is written down about an attempt besides that it was taken: whether it was told in a group, or by itself.

The word stands where a delivery keeps its last error, and is written before the attempt: one that dies in between, or
whose answer gets lost, may have been taken all the same, and then its end belongs to where it was told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from synthmon.model.incident import Delivery, Notification

IN_GROUP = "told in a group"
ALSO = f"{IN_GROUP} and by itself"
AT_ONCE = 16


def was_in_group(delivery: Delivery) -> bool:
    """Whether a group that it was in may have been taken."""
    return (delivery.last_error or "").startswith(IN_GROUP)


def was_alone(delivery: Delivery) -> bool:
    """Whether a message of its own may have been taken."""
    return not was_in_group(delivery) or (delivery.last_error or "").startswith(ALSO)


def word_in_group(delivery: Delivery) -> str:
    """To be written before it is told in a group; an earlier attempt of its own may have been taken."""
    tried_alone = delivery.last_error and was_alone(delivery)
    return ALSO if tried_alone else IN_GROUP


def word_alone(delivery: Delivery) -> str:
    """To be written before it is told by itself; empty where nothing has to be written."""
    return ALSO if was_in_group(delivery) else ""


def mark_of(delivery: Delivery) -> str:
    """The word that stands there already, if any."""
    if not was_in_group(delivery):
        return ""
    return ALSO if was_alone(delivery) else IN_GROUP


def with_error(word: str, error: str) -> str:
    """The word, and why the attempt failed."""
    return f"{word}: {error}" if word else error


def each(deliveries: Sequence[Delivery], mark: Callable[[Notification], None]) -> None:
    """Mark each of them. Many at once share the store's commits, one after the other each waits for its own."""
    told = [delivery.notification for delivery in deliveries]
    if len(told) <= 1:
        for one in told:
            mark(one)
        return
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mark") as pool:
        list(pool.map(mark, told))
