# SPDX-License-Identifier: GPL-3.0-or-later
"""A grid of which an excerpt is drawn slides in Blender as in the plan, and the tiles outside cannot be seen."""

from __future__ import annotations

import numpy as np

from .helpers import (
    bpy,
    build_and_apply,
    find_tiles,
    get_evaluated,
    linear_to_srgb,
    make_test_plan,
    pixels_at,
    tile_tops,
)


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
