# SPDX-License-Identifier: GPL-3.0-or-later
"""Values over time: what glides from rest to rest, and what is shown for some of them, by its scale.

Viewers on phones play transforms, but not visibility or colors. What is hidden therefore has no size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays import Booleans, Floats, Integers
from ..plan.rests import Rests, Runs


class Motion(NamedTuple):
    """A value over time, straight from each keyframe to the next.

    frames: shape (k,), ascending
    values: shape (k, n)
    """

    frames: Floats
    values: Floats


Value = Floats | Motion
"""A constant (n,), or a value over time."""


def glide(rests: Rests, values: Floats) -> Value:
    """Return a value that has those of the rests (rests, n), and goes straight from one to the next."""
    frames = np.column_stack([rests.frames, rests.lasts]).ravel()
    return simplify(frames, np.repeat(values, 2, axis=0))


def jump(rests: Rests, values: Floats) -> Value:
    """Return a value that has those of the rests (rests, n), and goes over within a frame."""
    ends = np.append(rests.changes[1:] - 1, rests.lasts[-1])
    return simplify(np.column_stack([rests.changes, ends]).ravel(), np.repeat(values, 2, axis=0))


def show(rests: Rests, spans: Sequence[tuple[int, int]]) -> Value:
    """Return the scale of what is shown from some rests up to others, and has no size at all others.

    spans: ascending, without any that touch
    """
    frames: list[int] = []
    sizes: list[float] = []
    for span in spans:
        for rest, size in zip(span, (1.0, 0.0), strict=True):
            if 0 < rest < len(rests.frames):
                change = int(rests.changes[rest])
                if not frames or frames[-1] < change - 1:
                    frames.append(change - 1)
                    sizes.append(1 - size)
                frames.append(change)
                sizes.append(size)
    if not frames:
        return np.ones(3)
    return Motion(np.array(frames, np.float64), np.array([sizes] * 3).T)


def simplify(frames: Integers, values: Floats) -> Value:
    """Return a value without the keyframes between equal ones; a constant if all are equal.

    frames: shape (k,), ascending; of equal ones, the first counts
    values: shape (k, n)
    """
    is_new = np.append(True, np.diff(frames) > 0)
    frames, values = frames[is_new], values[is_new]
    changes: Booleans = (np.diff(values, axis=0) != 0).any(axis=1)
    if not changes.any():
        constant: Floats = values[0]
        return constant
    kept = np.append(changes, False) | np.append(False, changes)
    return Motion(frames[kept].astype(np.float64), values[kept])


def group_runs(runs: Runs) -> Iterator[tuple[int, tuple[float, ...], list[tuple[int, int]]]]:
    """Yield each item with each of its values, and the rests over which it has them, from one up to another."""
    spans: defaultdict[tuple[int, tuple[float, ...]], list[tuple[int, int]]] = defaultdict(list)
    for item, values, begin, end in zip(*(each.tolist() for each in runs), strict=True):
        spans[item, tuple(values)].append((begin, end))
    for (item, key), own in spans.items():
        yield item, key, own


def jumps(motion: Motion) -> bool:
    """Return True if a motion goes over from value to value within a frame each time."""
    frames, values = motion
    changes = (values[1:] != values[:-1]).any(axis=1)
    return bool((np.diff(frames)[changes] <= 1).all())


def find_jumps(motion: Motion, first: int) -> Motion:
    """Return a motion that jumps from value to value, each half-way between its keyframes, from a first frame on."""
    frames, values = motion
    changes = np.flatnonzero((values[1:] != values[:-1]).any(axis=1))
    middles = np.floor((frames[changes] + frames[changes + 1] + 1) / 2)
    return Motion(np.concatenate([[float(first)], middles]), np.concatenate([values[:1], values[changes + 1]]))
