# SPDX-License-Identifier: GPL-3.0-or-later
"""A convex shape lies within its boxes, of which each stays in one row of squares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.incremental import square_rows
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE
from kernelwalk.core.incremental.square_rows import FILTER_MARGIN, find_row_boxes

HEIGHT = 90


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 8]))
def test_boxes_cover_all_that_changes_with_the_shapes_and_no_more(seed: int, count: int) -> None:
    """Shapes reach out of the picture; the corners of some are at one height, as those of tiles are."""
    random = np.random.default_rng(seed)
    points = random.uniform(-50, 150, (3, count, 2))
    points[0, :, 1] = points[0, 0, 1]
    boxes, owners = find_row_boxes(points, HEIGHT)
    low, high = boxes[:, :2] - FILTER_MARGIN, boxes[:, 2:] + FILTER_MARGIN
    assert (low[:, 1] % SQUARE_SIZE == 0).all() and (high[:, 1] == low[:, 1] + SQUARE_SIZE).all()
    for owner, shape in enumerate(points):
        samples = np.concatenate([random.dirichlet(np.ones(count), 300) @ shape, shape])
        for end in (-FILTER_MARGIN, FILTER_MARGIN):
            x, y = samples.T[:, :, None]
            is_inside = (
                (low[:, 1] <= y + end) & (y + end <= high[:, 1]) & (low[:, 0] <= x - 0.99) & (x + 0.99 <= high[:, 0])
            )
            is_seen = (samples[:, 1] + end >= 0) & (samples[:, 1] + end < HEIGHT)
            assert (is_inside & (owners == owner)).any(axis=1)[is_seen].all()
        own = boxes[owners == owner]
        assert (own[:, 0] >= shape[:, 0].min() - 1e-9).all() and (own[:, 2] <= shape[:, 0].max() + 1e-9).all()


def test_a_slanting_shape_has_narrow_boxes() -> None:
    boxes, _ = find_row_boxes(np.array([[[0.0, 2.0], [80.0, 82.0]]]), HEIGHT)
    assert len(boxes) == 21
    assert (boxes[:, 2] - boxes[:, 0] <= SQUARE_SIZE + 2 * FILTER_MARGIN).all()


def test_a_shape_outside_of_the_picture_has_no_boxes() -> None:
    outside = np.array([[[0.0, -30.0], [80.0, -9.0]], [[0.0, HEIGHT + 9.0], [80.0, HEIGHT + 30.0]]])
    assert len(find_row_boxes(outside, HEIGHT)[0]) == 0


def test_many_shapes_are_cut_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).uniform(0, HEIGHT, (20, 8, 2))
    boxes, owners = find_row_boxes(points, HEIGHT)
    monkeypatch.setattr(square_rows, "BOXES_AT_ONCE", 7)
    assert np.array_equal(find_row_boxes(points, HEIGHT)[0], boxes)
    for number in range(20):
        assert np.array_equal(find_row_boxes(points[number : number + 1], HEIGHT)[0], boxes[owners == number])
