# SPDX-License-Identifier: GPL-3.0-or-later
"""The beats of two walks side by side."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.walk.beats import find_beats
from kernelwalk.core.walk.order import WalkOrder

AXES = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=3)


@given(AXES, st.sampled_from(["rows", "columns", "serpentine"]), st.integers(1, 3))
def test_both_walks_are_at_an_output_on_the_same_beat(axes: list[tuple[int, int]], order: str, every: int) -> None:
    orders = [WalkOrder(1, sizes, order, 1, every) for sizes in zip(*axes, strict=True)]
    beats = [find_beats(*pair) for pair in (orders, orders[::-1])]
    assert beats[0].total == beats[1].total
    beat_of = [
        dict(zip(map(tuple, each.positions.tolist()), own.of_steps.tolist(), strict=True))
        for each, own in zip(orders, beats, strict=True)
    ]
    assert all(beat_of[0][position] == beat_of[1][position] for position in beat_of[0].keys() & beat_of[1].keys())
    assert set(beat_of[0].values()) | set(beat_of[1].values()) == set(range(beats[0].total))
    assert all((np.diff(own.of_steps) > 0).all() for own in beats)
