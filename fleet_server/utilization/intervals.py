"""Algebra of half-open intervals in milliseconds: sweeping several tracks at once, laying one over another."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeVar

Label = TypeVar("Label")
Track = list[tuple[int, int, Label]]
"""Intervals (start, end, label) sorted by start; no two overlap."""


def sweep(*tracks: Sequence[tuple[int, int, Any]]) -> Iterator[tuple[int, int, list[Any]]]:
    """Yield the elementary pieces (start, end, one label or None a track) between all the ends of the tracks."""
    cuts = sorted({moment for track in tracks for start, end, _ in track for moment in (start, end)})
    places = [0] * len(tracks)
    for start, end in pairwise(cuts):
        labels: list[Any] = []
        for number, track in enumerate(tracks):
            place = places[number]
            while place < len(track) and track[place][1] <= start:
                place += 1
            places[number] = place
            labels.append(track[place][2] if place < len(track) and track[place][0] <= start else None)
        yield start, end, labels


def clip(track: Iterable[tuple[int, int, Label]], start: int, end: int) -> Track[Label]:
    """Return what of a track lies within [start, end)."""
    return [(max(a, start), min(b, end), label) for a, b, label in track if a < end and b > start]


def layered(*tracks: Sequence[tuple[int, int, Label]]) -> Track[Label]:
    """Join tracks into one; where several have a label, the first track's counts."""
    joined: Track[Label] = []
    for start, end, labels in sweep(*tracks):
        label = next((item for item in labels if item is not None), None)
        if label is not None:
            _append(joined, start, end, label)
    return joined


def disjoint(intervals: Iterable[tuple[int, int, Label]]) -> Track[Label]:
    """Sort intervals and cut off what overlaps an earlier one."""
    track: Track[Label] = []
    reached: int | None = None
    for start, end, label in sorted(intervals, key=lambda item: item[:2]):
        begin = start if reached is None else max(start, reached)
        if begin < end:
            track.append((begin, end, label))
            reached = end
    return track


def union(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join intervals that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(item for item in intervals if item[0] < item[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def length(track: Iterable[tuple[int, int, Any]], start: int, end: int) -> int:
    """Return how many milliseconds of [start, end) the track covers."""
    return sum(max(0, min(b, end) - max(a, start)) for a, b, _ in track)


def at(track: Sequence[tuple[int, int, Label]], moment: int) -> Label | None:
    """Return the label that holds at a moment."""
    place = bisect_right(track, moment, key=lambda item: item[0]) - 1
    return track[place][2] if place >= 0 and moment < track[place][1] else None


def _append(track: Track[Label], start: int, end: int, label: Label) -> None:
    if track and track[-1][1] == start and track[-1][2] == label:
        track[-1] = (track[-1][0], end, label)
    else:
        track.append((start, end, label))
