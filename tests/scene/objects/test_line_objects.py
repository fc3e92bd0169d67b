# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines run from the output tile to the cells that it is computed from, on every frame."""

from __future__ import annotations

import numpy as np
import pytest

from ..helpers import (
    CASES,
    FLOAT_TOLERANCE,
    LAYERS,
    WALKS,
    build_scene,
    find_lines,
    get_evaluated,
    list_positions,
    make_test_plan,
    read_lines,
    tile_boxes,
)


@pytest.mark.once_beyond(4)
@pytest.mark.parametrize(("layer", "walk"), CASES)
def test_lines_are_where_the_plan_says_on_every_active_frame(scene, layer, walk):
    plan = make_test_plan(LAYERS[layer], walk=WALKS[walk])
    built = build_scene(plan, scene)
    for frame in plan.frames:
        if plan.activity_at(frame):
            scene.frame_set(frame)
            assert np.allclose(read_lines(built), plan.lines_at(frame)[0], rtol=0, atol=FLOAT_TOLERANCE)


@pytest.mark.once_beyond(4)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("first_row", ["far", "near"])
def test_at_every_step_lines_join_the_corners_of_tile_and_receptive_field(scene, layer, first_row):
    plan = make_test_plan(LAYERS[layer], look={"first_row": first_row})
    built = build_scene(plan, scene)
    for step, (y, x) in enumerate(list_positions(plan.spec.layer.output, plan.spec.walk.order)):
        scene.frame_set(int(plan.spec.walk.start_frame(np.array(step))))
        lines = read_lines(built)
        here = np.array([x, y, 0, 0])
        weights = [grid.active_share_at(here) for grid in plan.grids]
        for end, (grid, weight) in enumerate(zip(reversed(plan.grids), reversed(weights), strict=True)):
            low, high = (corner[weight == 1] for corner in tile_boxes(grid))
            hull = np.array([low.min(axis=0), high.max(axis=0)])
            ends = lines[:, end]
            corner = plan.spec.look.tile_size / 2
            # within half a tile of each corner of the receptive field, one line per corner, never outside
            assert (ends[:, :2] > hull[0, :2] - FLOAT_TOLERANCE).all() and (
                ends[:, :2] < hull[1, :2] + FLOAT_TOLERANCE
            ).all()
            assert (np.minimum(ends - hull[0], hull[1] - ends)[:, :2] < corner).all()
            sides = ends[:, :2] > hull.mean(axis=0)[:2]
            assert len({tuple(side) for side in sides.tolist()}) == 4
            assert (ends[:, 2] > hull[0, 2] - FLOAT_TOLERANCE).all() and (
                ends[:, 2] < hull[1, 2] + FLOAT_TOLERANCE
            ).all()
        from_middle = lines[:, :, :2] - lines[:, :, :2].mean(axis=0)
        assert np.array_equal(from_middle[:, 0] > 0, from_middle[:, 1] > 0), "no two lines cross"


def test_the_lines_are_one_object_of_four_straight_lines_that_casts_no_shadow(scene):
    plan = make_test_plan(LAYERS["plain"], look={"connector_width": 0.13})
    made = find_lines(build_scene(plan, scene))
    assert made.name == made.data.name == "Connectors"
    assert not made.visible_shadow
    assert len(made.data.splines) == 4
    for spline in made.data.splines:
        assert (spline.type, spline.order_u, spline.use_cyclic_u) == ("NURBS", 2, False)
        assert [point.radius for point in spline.points] == [1, 1]


@pytest.mark.parametrize("width", [0.02, 0.3])
def test_the_lines_are_as_wide_as_the_look_says(scene, width):
    plan = make_test_plan(LAYERS["a single step"], look={"connector_width": width, "gap": 5.0})
    lines = find_lines(build_scene(plan, scene))
    scene.frame_set(plan.frames.start + 2)
    points = np.array([vertex.co for vertex in get_evaluated(lines).to_mesh().vertices])
    apart = []
    for start, end in plan.lines[0].points[0]:
        direction = (end - start) / np.linalg.norm(end - start)
        apart.append(np.linalg.norm(np.cross(points - start, direction), axis=1))
    assert np.allclose(np.min(apart, axis=0), width / 2, atol=1e-4)


def test_before_any_frame_is_set_the_lines_are_at_the_first_step(scene):
    plan = make_test_plan(LAYERS["strided, leaving cells unused"])
    made = find_lines(build_scene(plan, scene))
    ends = [[point.co[:3] for point in spline.points] for spline in made.data.splines]
    assert np.allclose(ends, plan.lines[0].points[0], atol=FLOAT_TOLERANCE)
