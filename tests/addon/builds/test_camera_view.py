# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of the camera in a 3D view: where it lies, by the formulas of Blender's source."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.ui.builds.camera_view import find_free_rectangle, fit_frame  # noqa: E402  # only where there is a Blender

SIDEBAR, TOOLBAR, HEADER = ("RIGHT", (900, 0, 1200, 770)), ("LEFT", (0, 0, 60, 770)), ("TOP", (0, 770, 1200, 800))


def frame_of(size: tuple[float, float], aspect: float, zoom: float, offset: tuple[float, float]) -> Any:
    """Return left, bottom, right and top of a camera's frame in a view of this size."""
    width = size[0] * (sqrt(2) + zoom / 50) ** 2 / 4
    middle = [extent / 2 - 2 * extent * shift * width / size[0] for extent, shift in zip(size, offset, strict=True)]
    half = width / 2, width / aspect / 2
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]


@pytest.mark.parametrize("aspect", [16 / 9, 0.5])
@pytest.mark.parametrize("others", [[], [SIDEBAR], [SIDEBAR, TOOLBAR, HEADER]])
def test_the_frame_touches_the_edges_of_what_is_free(aspect: float, others: list[Any]) -> None:
    free = find_free_rectangle((0, 0, 1200, 800), others, 10)
    left, bottom, right, top = frame_of((1200, 800), aspect, *fit_frame((1200, 800), free, aspect))
    gaps = [left - free[0], bottom - free[1], free[2] - right, free[3] - top]
    assert min(gaps) == pytest.approx(0, abs=1e-6)
    assert gaps[0] == pytest.approx(gaps[2]) and gaps[1] == pytest.approx(gaps[3])


def test_regions_beside_the_view_or_over_another_part_of_it_do_not_count() -> None:
    beside, quadrant = ("RIGHT", (1200, 0, 1500, 800)), (600, 400, 1200, 800)
    assert find_free_rectangle((0, 0, 1200, 800), [beside], 0) == (0, 0, 1200, 800)
    assert find_free_rectangle(quadrant, [TOOLBAR, SIDEBAR], 0) == (0, 0, 300, 400)


def test_a_view_that_the_sidebar_covers_is_used_whole() -> None:
    free = find_free_rectangle((0, 0, 340, 800), [("RIGHT", (20, 0, 340, 800))], 10)
    assert free == (10, 10, 330, 790)


def test_without_a_window_generate_leaves_the_views_alone(scene: Any) -> None:
    views = [area.spaces.active.region_3d for area in bpy.context.screen.areas if area.type == "VIEW_3D"]
    before = [view.view_perspective for view in views]
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert [view.view_perspective for view in views] == before
