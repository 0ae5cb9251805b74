"""Whole numbers as planes of bytes, and back: the low bytes of all of them, then the next ones, as far as any has them.

Small numbers side by side deflate to a third of what they take as digits, and come back without a loop over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack, unpack

from synthmon.errors import MalformedDocument

MOST = 8  # bytes of a number
_LARGEST = (1 << 8 * MOST) - 1
_MANY = 1 << 20  # numbers: beyond anything that is kept


def to_planes(numbers: Sequence[int]) -> tuple[int, bytes]:
    """How many planes there are, and those, of numbers that are not negative.

    What is beyond 64 bits, such as microseconds that no clock measures, is written as the largest number there is.
    """
    wide = pack(f"<{len(numbers)}Q", *(min(number, _LARGEST) for number in numbers))
    planes = [wide[number::MOST] for number in range(MOST)]
    while planes and not any(planes[-1]):
        planes.pop()
    return len(planes), b"".join(planes)


def side_by_side(data: bytes, at: int, width: int, depth: int, size: int) -> bytearray:
    """So many numbers of so many planes that begin there, each in `size` bytes, the low ones first."""
    end = at + width * depth
    if end > len(data) or depth > size or width > _MANY:
        raise MalformedDocument(f"expected {depth} planes of {width} numbers from byte {at} on")
    wide = bytearray(width * size)
    for number in range(depth):
        wide[number::size] = data[at + number * width : at + (number + 1) * width]
    return wide


def from_planes(data: bytes, at: int, width: int, depth: int) -> tuple[int, ...]:
    """The numbers again; raises `MalformedDocument` where there are fewer."""
    return unpack(f"<{width}Q", side_by_side(data, at, width, depth, MOST))
