# SPDX-License-Identifier: GPL-3.0-or-later
"""A built scene's walk, current step and tiles are found again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from kernelwalk.core.describe.tile_query import Tile
from kernelwalk.scene.builds import built_spec
from kernelwalk.scene.steps import step_navigation, tile_picking
from mathutils import Vector

from ..helpers import LAYERS, apply_settings, bpy, build_scene, make_test_plan


def test_an_empty_scene_has_no_build(scene):
    assert built_spec.get_built_walk(scene) is None
    assert step_navigation.get_current_step(scene) is None
    assert (step_navigation.get_nearest_step(scene), step_navigation.get_last_step(scene)) == (0, 0)
    step_navigation.go_to_step(scene, 3)


@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_going_to_a_step_shows_and_describes_it(scene, order):
    plan = make_test_plan(LAYERS["plain"], walk={"order": order, "frames_per_step": 5, "lead_in": 2, "lead_out": 3})
    apply_settings(plan, build_scene(plan, scene), scene)
    stands = built_spec.get_built_walk(scene)
    for step in range(plan.spec.step_count):
        _, *place = plan.spec.walk_order.position_at(step)
        step_navigation.go_to_step(scene, step)
        assert step_navigation.get_current_step(scene) == step
        assert stands.describe_step(step).startswith(f"output ({place[0]}, {place[1]}) ")
        assert plan.state_at(scene.frame_current).position[:2].tolist() == place[::-1]


def test_no_step_is_shown_before_and_after_the_walk(scene):
    plan = make_test_plan(LAYERS["plain"], walk={"lead_in": 2, "lead_out": 3})
    apply_settings(plan, build_scene(plan, scene), scene)
    scene.frame_set(1)
    assert (step_navigation.get_current_step(scene), step_navigation.get_nearest_step(scene)) == (None, -1)
    scene.frame_set(scene.frame_end)
    assert (step_navigation.get_current_step(scene), step_navigation.get_nearest_step(scene)) == (
        None,
        step_navigation.get_last_step(scene) + 1,
    )
    step_navigation.go_to_step(scene, 10**6)
    assert step_navigation.get_current_step(scene) == step_navigation.get_last_step(scene)


def test_the_walk_of_a_scene_is_known_when_its_template_is_gone(scene, tmp_path):
    from kernelwalk.core.spec import templates

    own = tmp_path / "own.blend"
    own.write_bytes(templates.find_blend_file("paper").read_bytes())
    plan = make_test_plan(LAYERS["plain"], look={"template": str(own)})
    build_scene(plan, scene)
    own.unlink()
    built_spec._parse_walk.cache_clear()
    assert built_spec.get_built_walk(scene).spec.layer == plan.spec.layer


def test_the_walk_of_a_scene_is_known_when_an_earlier_version_built_it(scene):
    plan = make_test_plan(LAYERS["plain"], show={"all_channels": "on"})
    root = build_scene(plan, scene).collection
    table = json.loads(root[built_spec.SPEC_KEY])
    table["show"] = {"channels": "all"}
    table["words"] = {"ticks": True}
    root[built_spec.SPEC_KEY] = json.dumps(table)
    assert built_spec.get_built_walk(scene).spec.show.all_channels == "on"
    assert built_spec.get_stored_table(scene)["labels"] == {"indices": True}


@pytest.mark.once_beyond(4)
@pytest.mark.parametrize("tiles", ["layer", "objects"])
@pytest.mark.parametrize("name", list(LAYERS))
def test_a_ray_from_above_finds_the_tile_it_meets(scene, name, tiles):
    plan = make_test_plan(LAYERS[name], look={"tiles": tiles})
    build_scene(plan, scene)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for grid, height in (
        (plan.grids[-1], plan.grids[-1].base_centers[0, 2] + 5),
        (plan.grids[0], plan.grids[-1].base_centers[0, 2] - 0.5),
    ):
        for cell, place in list(zip(grid.cells, grid.base_centers, strict=True))[::7]:
            above = Vector((place[0], place[1], height))
            _, tile = tile_picking.pick_tile(scene, depsgraph, above, Vector((0, 0, -1)))
            assert tile == Tile(grid.name, tuple(map(int, cell)))


def test_a_ray_that_misses_everything_finds_no_tile(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    assert tile_picking.pick_tile(scene, depsgraph, Vector((500, 0, 50)), Vector((0, 0, -1))) is None


def test_the_steps_of_a_tile_are_those_that_activate_it(scene):
    plan = make_test_plan(LAYERS["plain"])
    build_scene(plan, scene)
    stands = built_spec.get_built_walk(scene)
    assert plan.spec.walk.order == "rows"
    steps = np.ndindex(*plan.spec.layer.output)
    weights = np.array([plan.grids[0].active_share_at(np.array([x, y, 0, 0])) for y, x in steps])
    for cell, weight in zip(plan.grids[0].cells.astype(int).tolist(), weights.T, strict=True):
        assert Tile("Input", tuple(cell)).find_steps(stands.spec) == np.flatnonzero(weight == 1).tolist()


def test_a_users_copy_of_a_tile_is_not_picked(scene):
    build_scene(make_test_plan(LAYERS["plain"], look={"tiles": "objects"}), scene)
    original = bpy.data.objects["Output (1, 1)"]
    assert tile_picking.get_selected_tile(original, scene) == (1, Tile("Output", (1, 1, 0, 0)))
    copy = original.copy()
    scene.collection.objects.link(copy)
    assert tile_picking.get_selected_tile(copy, scene) is None
    depsgraph = bpy.context.evaluated_depsgraph_get()
    copy.location = (50, 50, 0)
    bpy.context.view_layer.update()
    assert tile_picking.pick_tile(scene, depsgraph, Vector((50, 50, 9)), Vector((0, 0, -1))) is None


def test_a_tile_is_found_though_a_modifier_changes_its_faces(scene):
    plan = make_test_plan(LAYERS["plain"])
    build_scene(plan, scene)
    modifier = bpy.data.objects["Output"].modifiers.new("Finer", "SUBSURF")
    modifier.subdivision_type, modifier.levels = "SIMPLE", 1
    bpy.context.view_layer.update()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for cell, place in zip(plan.grids[-1].cells, plan.grids[-1].base_centers, strict=True):
        _, tile = tile_picking.pick_tile(scene, depsgraph, Vector(place) + Vector((0.1, 0.1, 5)), Vector((0, 0, -1)))
        assert tile == Tile("Output", tuple(map(int, cell)))
