# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of tiles, compared with rays from the camera."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk_pipeline.figures.drawing_order import find_eye, merge_places, order_tiles

from .drawn import PLAIN, find_hits, list_boxes, plan_preset

CASES = [
    ("conv3d", ["camera.azimuth=-160", "camera.elevation=8"]),
    ("depthwise_separable", ["camera.projection=perspective", "camera.azimuth=-50", "camera.elevation=12"]),
]


@pytest.mark.parametrize(("preset", "settings"), CASES, ids=[preset for preset, _ in CASES])
def test_a_tile_hides_no_tile_that_is_drawn_later(preset: str, settings: list[str]) -> None:
    plan = plan_preset(preset, [*PLAIN, *settings])
    boxes, tiers = list_boxes(plan, 1.0)
    eye = find_eye(plan.view)
    place = np.argsort(order_tiles(boxes, tiers, eye))
    random = np.random.default_rng(0)
    tiles = random.integers(len(place), size=600)
    points = boxes.low[tiles] + random.random((600, 3)) * (boxes.high - boxes.low)[tiles]
    hits = find_hits(points, boxes, eye)
    hits[np.arange(600), tiles] = False
    assert hits.sum() > 100
    assert (place[None] > place[tiles][:, None])[hits].all()


def test_pieces_are_merged_while_they_have_a_place_in_common() -> None:
    places = np.array([[0, 4], [2, 9], [3, 3], [5, 7], [1, 6]])
    assert merge_places(places) == [(0, 3, 3, 3), (3, 5, 5, 6)]
