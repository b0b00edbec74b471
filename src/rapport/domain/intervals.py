"""Sets of instants as half-open intervals [start, end) of UTC epoch seconds."""

from collections.abc import Iterable

Interval = tuple[int, int]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The union as sorted, disjoint intervals; adjacent ones are joined, empty and reversed ones dropped."""
    merged: list[Interval] = []
    for start, end in sorted((start, end) for start, end in intervals if start < end):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def clip(intervals: Iterable[Interval], start: int, end: int) -> list[Interval]:
    """The part of the union that lies in [start, end)."""
    return merge((max(start, opens), min(end, closes)) for opens, closes in intervals)


def subtract(minuend: Iterable[Interval], subtrahend: Iterable[Interval]) -> list[Interval]:
    """The instants of the minuend that the subtrahend does not hold."""
    holes = merge(subtrahend)
    pieces: list[Interval] = []
    for start, end in merge(minuend):
        for low, high in clip(holes, start, end):
            pieces.append((start, low))
            start = high
        pieces.append((start, end))
    return merge(pieces)


def total(intervals: Iterable[Interval]) -> int:
    """Seconds in the union: a second that two intervals hold counts once."""
    return sum(end - start for start, end in merge(intervals))
