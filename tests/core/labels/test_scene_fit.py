# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene is as large as possible beside the reserved corners."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core.labels.label_boxes import LabelBoxes, convex_hull
from kernelwalk.core.labels.scene_fit import FitProblem, ReservedCorner

from .labeled_plans import find_distances

POINTS = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=3, max_size=12)


CORNERS = st.lists(st.tuples(st.floats(0.1, 0.45), st.floats(0.1, 0.45), st.booleans(), st.booleans()), max_size=4)


ANCHORED = st.lists(st.tuples(st.integers(0, 2), st.floats(-30, 20), st.floats(-20, 10)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(points=POINTS, reserved=CORNERS, anchored=ANCHORED, min_gap=st.sampled_from([0.0, 15.0]))
def test_the_scene_is_as_large_as_possible_beside_reserved_corners(
    points: Any, reserved: Any, anchored: Any, min_gap: float
) -> None:
    """The placement fits by an independent check, and no place among many fits at a slightly larger scale."""
    outline = convex_hull(np.array(points))
    if len(outline) < 3 or np.ptp(outline, axis=0).min() < 0.5:
        return
    area = (0.0, 0.0, 300.0, 200.0)
    corners = [
        ReservedCorner(300 * x if left else 300 * (1 - x), 200 * (1 - y) if top else 200 * y, left, top)
        for x, y, left, top in reserved
    ]
    boxes = LabelBoxes(
        outline[[at % len(outline) for at, _, _ in anchored]].reshape(-1, 2),
        np.array([[x, y] for _, x, y in anchored]).reshape(-1, 2),
        np.array([[x + 12, y + 8] for _, x, y in anchored]).reshape(-1, 2),
    )
    problem = FitProblem(outline, boxes, area, corners, min_gap)
    placement = problem.find_largest()
    if placement is None:
        return

    def fits(scale: float, x: float, y: float, slack: float) -> bool:
        low, high = boxes.corners(scale)
        shapes = [outline * scale, *(np.array(list(itertools.product(*pair))) for pair in zip(low, high, strict=True))]
        shapes = [np.array(shape).reshape(-1, 2) for shape in shapes]
        for each, shape in enumerate(shapes):
            moved = (
                shape if each == 0 else np.array(list(itertools.product(*np.array([low[each - 1], high[each - 1]]).T)))
            )
            moved = moved + np.array([x, y])
            if (moved < -slack).any() or (moved > np.array([300, 200]) + slack).any():
                return False
            if each:
                moved = moved + np.where(moved[:, :1] > moved[:, 0].min(), 1, -1) * [min_gap, 0]
            for corner in corners:
                box = (
                    -1000.0 if corner.is_left else corner.x,
                    corner.y if corner.is_top else -1000.0,
                    corner.x if corner.is_left else 1300.0,
                    1200.0 if corner.is_top else corner.y,
                )
                edges = np.roll(moved, -1, axis=0) - moved if each == 0 else np.eye(2)
                if find_distances(np.array([box]), moved[None], edges).min() < -slack:
                    return False
        return True

    assert fits(placement.scale, *placement.origin, 1e-3)
    larger = placement.scale * 1.02
    low = (outline * larger).min(axis=0)
    for x, y in itertools.product(np.linspace(-low[0], 300 - low[0], 25), np.linspace(-low[1], 200 - low[1], 25)):
        assert not fits(larger, x, y, 0.0)
