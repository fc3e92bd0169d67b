# SPDX-License-Identifier: GPL-3.0-or-later
"""A box is found wherever any of its points shows; a point exactly where the camera projects it into the picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.camera.box_visibility import find_visible_boxes
from kernelwalk.core.camera.framing import View, fit_view, list_box_corners

from .test_framing import CAMERAS, SCENES


def is_point_visible(points: np.ndarray, view: View) -> np.ndarray:
    """Return which points (n, 3) lie in the picture, from its definition."""
    depths, places = view.measure_depths(points), view.project(points)
    return (depths >= 0) & (depths <= view.far_clip) & ((places >= 0) & (places <= 1)).all(axis=-1)


@given(subject=SCENES, camera=CAMERAS, seed=st.integers(0, 2**32 - 1))
def test_boxes_around_visible_points_and_no_other_points_are_found(subject, camera, seed):
    view = fit_view(subject, camera, (1600, 900))
    random = np.random.default_rng(seed)
    size = np.ptp(subject, axis=0).max()
    points = subject.mean(axis=0) + random.normal(0, 2 * size, (60, 3))
    is_shown = is_point_visible(points, view)
    as_boxes = np.repeat(points[:, None], 8, axis=1)
    assert np.array_equal(find_visible_boxes(as_boxes, [view]), is_shown)
    around = np.array([points - random.uniform(0, size, (60, 3)), points + random.uniform(0, size, (60, 3))])
    boxes = np.array([list_box_corners([around[:, number]]) for number in range(60)])
    assert find_visible_boxes(boxes, [view])[is_shown].all()


@given(subject=SCENES, camera=CAMERAS)
def test_a_box_that_one_of_several_views_shows_is_found(subject, camera):
    view = fit_view(subject, camera, (1600, 900))
    boxes = np.repeat(subject[:, None] + 2 * np.ptp(subject, axis=0), 8, axis=1)
    views = [view, view.orbit_by(np.pi / 2), view.orbit_by(np.pi)]
    alone = [find_visible_boxes(boxes, [each]) for each in views]
    assert np.array_equal(find_visible_boxes(boxes, views), np.any(alone, axis=0))
