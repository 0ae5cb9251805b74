"""What stays is looked through by the collector no more, and cycles that are garbage still go."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what is done to the collector is done to all of it.
PROGRAM = """
import gc, weakref
from synthmon.heap import lasting as heap
from synthmon.heap.briefly import left_alone

class Node:
    pass

def cycle():
    one, other = Node(), Node()
    one.other, other.one = other, one
    return weakref.ref(one), one

heap.MANY = 1000
one = heap.Heap()
gone, kept = cycle()
stays = [[number] for number in range(20_000)]
del kept
one.settle()
assert gone() is None and gc.get_freeze_count() > 20_000
settled = gc.get_freeze_count()

later, kept = cycle()
more = [[number] for number in range(5_000)]
gc.collect()
one.look()  # not twice as many: they are left alone
assert gc.get_freeze_count() >= settled + 5_000 and len(gc.get_objects(generation=2)) < 1000
del kept
gc.collect()
assert later() is not None  # it refers to itself, and nobody looks

much = [[number] for number in range(settled + 10_000)]
gc.collect()
one.look()
assert later() is None

del stays, more, much
one.settle()
settled, left = gc.get_freeze_count(), []
while len(left) < 10:
    with left_alone():
        gone, kept = cycle()
        kept.load = [[number] for number in range(settled // 5)]
        left.append(gone)
        del kept
    one.look()
assert any(gone() is None for gone in left) and gc.get_freeze_count() < 3 * settled
"""


AT_ONCE = """
import gc
from synthmon.heap import lasting as heap

heap.YOUNG, heap.TOO_MANY, heap.A_LOT = 1000, 10_000, 1
one = heap.Heap()
one.settle()
settled, most, stays = gc.get_freeze_count(), 0, []

def grow(times):
    global most
    until = times * max(settled, heap.MANY)
    while gc.get_freeze_count() < until:
        stays.extend([number] for number in range(2000))
        most = max(most, len(gc.get_objects(generation=2)))
        one.look()

looked_through = one.settle
one.settle = lambda: 1 / 0
grow(3)
assert 0 < most < heap.TOO_MANY + heap.YOUNG * heap.MIDDLE, most
one.settle = looked_through
grow(5)
assert one._settled > 3 * max(settled, heap.MANY), (one._settled, settled)
"""


def test_what_comes_fast_is_looked_through_piece_by_piece_and_all_of_much_seldom() -> None:
    ended = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stderr)


def test_what_stays_is_left_alone_and_what_refers_to_itself_is_found_when_there_is_twice_as_much() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stderr)


# A block that is kept at the end keeps the C library from handing back by itself what is free in front of it.
FREED = """
from pathlib import Path
from synthmon.heap import lasting as heap

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(2000) for _ in range(20_000)]
last = bytes(2000)
del blocks
before = resident()
heap.give_back()
assert resident() < before - 20_000_000, (before, resident())
"""


def test_what_was_freed_is_given_back_to_the_system() -> None:
    ended = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stderr)
