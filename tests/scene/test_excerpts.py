# SPDX-License-Identifier: GPL-3.0-or-later
"""A grid of which an excerpt is drawn slides in Blender as in the plan, and the tiles outside cannot be seen."""

from __future__ import annotations

import numpy as np
import pytest

from .helpers import (
    FLOAT_TOLERANCE,
    Tiles,
    bpy,
    build_and_apply,
    build_scene,
    find_tiles,
    get_evaluated,
    linear_to_srgb,
    make_test_plan,
    pixels_at,
    read_tile_ranges,
    sort_grid,
    tile_tops,
)

LAYERS = {
    "picture, padded": {"op": "conv", "input": [22, 31], "kernel": 3, "padding": 1},
    "one long axis": {"op": "conv", "input": [9, 30], "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0]},
    "channels": {"op": "conv", "input": [23, 21], "kernel": 2, "in_channels": 2, "out_channels": 2},
}


class Patch(Tiles):
    """The tiles of a patch after the scene's geometry nodes, in the grid's own place."""

    def __init__(self, built):
        self.built = built
        super().__init__([self])

    @property
    def data(self):
        return get_evaluated(self.built).data

    matrix_world = np.eye(4)


@pytest.mark.parametrize(
    ("layer", "first_row"),
    [
        ("picture, padded", "far"),
        pytest.param("one long axis", "near", marks=pytest.mark.thorough),
        pytest.param("channels", "far", marks=pytest.mark.thorough),
    ],
)
def test_a_patch_holds_the_tiles_around_the_excerpt_as_planned(scene, layer, first_row):
    look = {"first_row": first_row, "thickness": 0.4}
    plan = make_test_plan(LAYERS[layer], show={"excerpt": 10}, look=look, walk={"lift": 0})
    built = build_scene(plan, scene)
    for frame in np.linspace(plan.frames[0], plan.frames[-1], 4).round(1).tolist():
        scene.frame_set(int(frame), subframe=frame % 1)
        for number, grid in enumerate(plan.grids):
            slide = plan.slide_at(number, frame)
            (tiles,) = find_tiles(built, grid.name)
            patch = Patch(tiles)
            assert grid.excerpt is not None
            indices = grid.excerpt.list_patch_tiles(grid.find_excerpt_start(slide))
            shown = grid.select(indices)
            for actual, expected in zip(
                (patch.cells, patch.kinds, patch.low, patch.high), sort_grid(shown), strict=True
            ):
                assert np.allclose(actual, expected, atol=FLOAT_TOLERANCE), (frame, grid.name)
            _, _, ranges = read_tile_ranges(patch.data, grid)
            order = np.lexsort(shown.cells.T[::-1])
            state = plan.state_at(frame)
            expected = shown.active_ranges.active_share_at(state.position)[order]
            assert np.allclose(ranges.active_share_at(state.position), expected, atol=FLOAT_TOLERANCE)


def test_tiles_slide_and_only_those_of_the_excerpt_are_seen(scene, picture):
    layer = {"op": "conv", "input": [9, 30], "kernel": [3, 2], "stride": [2, 1]}
    plan = make_test_plan(layer, show={"excerpt": 12}, look={"thickness": 0, "template": "blueprint", "outline": 0})
    built = build_and_apply(plan, scene)
    for item in [item for item in scene.objects if item.type == "CURVE"]:
        bpy.data.objects.remove(item)
    for step in (0, 45, 72):
        frame = int(plan.spec.walk.start_frame(np.array([step]))[0])
        taken = picture(scene, frame)
        state = plan.state_at(frame)
        for number, grid in enumerate(plan.grids):
            (tiles,) = find_tiles(built, grid.name)
            slide = plan.slide_at(number, frame)
            assert np.allclose(get_evaluated(tiles).location, slide, atol=1e-5) and grid.excerpt is not None
            opacities = grid.opacities_at(state, slide)
            assert set(opacities.tolist()) > {0.0, 1.0}
            tops = tile_tops(grid) + slide
            shown = opacities == 1
            colors = linear_to_srgb(grid.colors_at(state))
            if number == len(plan.grids) - 1:  # nothing lies above this grid
                assert np.abs(pixels_at(taken, plan, tops[shown]) - colors[shown]).max() <= 1
