# SPDX-License-Identifier: GPL-3.0-or-later
"""A build matches the plan and has a collection of its own."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import load_preset, spec_from_table
from kernelwalk.core import make_plan as make_plan
from kernelwalk.core.camera.framing import list_box_corners
from kernelwalk.core.spec.presets import list_presets

from .helpers import (
    BESIDE,
    CLEARANCE,
    DUPLICATES,
    LAYERS,
    LINE_OBJECTS,
    Vector,
    box_corners,
    bpy,
    build_and_apply,
    build_scene,
    count_datablocks,
    find_lines,
    find_tiles,
    linear_to_srgb,
    list_datablocks,
    make_spread_plan,
    make_test_plan,
    ownership,
    pixel_size,
    pixels_at,
    project_by_blender,
    tile_tops,
)


def test_the_collection_is_named_after_the_title(scene):
    plan = make_test_plan(LAYERS["plain"])
    assert build_scene(plan, scene).collection.name == "Convolution"
    table = plan.spec.to_table() | {"title": "Half padding"}
    built = build_scene(make_plan(spec_from_table(table)), scene)
    assert built.collection.name == "Half padding"
    assert [item.name for item in scene.collection.children] == ["Half padding"]


@pytest.mark.parametrize("title", ["Ein Kern geht über " * 5 + "Felder", "畳み込み" * 15, "é" * 120])
def test_a_long_title_is_truncated_between_letters(scene, title):
    plan = make_plan(spec_from_table({"title": title, "layer": LAYERS["plain"]}))
    name = build_scene(plan, scene).collection.name
    assert title.startswith(name)
    assert 55 < len(name.encode()) <= 63


@pytest.mark.once
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.thorough if row % 4 else ())  # the gallery of the site draws all
        for row, name in enumerate(list_presets())
    ],
)
def test_every_preset_builds(scene, name):
    plan = make_plan(load_preset(name))
    built = build_scene(plan, scene)
    for grid in plan.grids:
        assert len(find_tiles(built, grid.name)) == 1


@pytest.mark.parametrize("tiles", ["layer", "objects"])
def test_everything_built_is_tagged_and_in_the_collection(scene, tiles):
    before = set(list_datablocks())
    built = build_scene(make_test_plan(LAYERS["plain"], look={"tiles": tiles}), scene)
    assert list(scene.collection.objects) == []
    assert list(scene.collection.children) == [built.collection]
    assert set(built.collection.all_objects) == set(bpy.data.objects)
    for data in set(list_datablocks()) - before:
        assert ownership.is_tagged(data), data


def test_names_have_no_numbers(scene):
    said = {"names": True, "caption": True}
    built = build_scene(make_test_plan(LAYERS["plain"], labels=said), scene)
    names = {item.name for item in built.collection.all_objects}
    written = {"Input Name", "Input Size", "Output Name", "Output Size", "Caption"}
    assert names == {"Input", "Output", *DUPLICATES, *LINE_OBJECTS, "Floor", "Sun", *written, built.camera.name}
    assert "Camera" in built.camera.name
    materials = {"Input tiles", "Output tiles", *LINE_OBJECTS, "Floor", "Words", "Words, paler"}
    assert {item.name for item in bpy.data.materials} == materials


@pytest.mark.parametrize("orbit", [0.0, pytest.param(80.0, marks=pytest.mark.thorough)])
def test_both_layers_are_where_their_plans_cameras_see_them(scene, orbit):
    plan = make_test_plan(
        {"op": "conv", "input": [3, 2], "kernel": 2}, **BESIDE | {"compare": {"op": "conv", "kernel": 1}},
        title="A", camera={"projection": "perspective", "orbit": orbit}, labels={"title": True, "names": True},
        render={"resolution": [640, 360]},
    )  # fmt: skip
    built = build_and_apply(plan, scene)
    for frame in (plan.frames[4], plan.frames[-1]):
        scene.frame_set(frame)
        for each, suffix in ((plan, ""), (plan.beside, " B")):
            for grid in each.grids:
                tiles = bpy.data.objects[f"{grid.name}{suffix}"]
                corners = [tiles.matrix_world @ Vector(corner) for corner in tiles.bound_box]
                found = np.array([project_by_blender(scene, built.camera, corner)[:2] for corner in corners])
                expected = each.view_at(frame).project(list_box_corners([grid.bounds]))
                for find in (np.min, np.max):
                    assert np.allclose(find(found, axis=0), find(expected, axis=0), atol=1e-3)
        for name in ("Title", "Input Name"):
            places = [bpy.data.objects[f"{name}{suffix}"].matrix_world.translation for suffix in ("", " B")]
            left, right = (project_by_blender(scene, built.camera, place)[0] for place in places)
            assert left < 0.5 < right


def test_building_changes_none_of_the_scenes_own_settings(scene):
    scene.camera = bpy.data.objects.new("My camera", bpy.data.cameras.new("My camera"))
    scene.collection.objects.link(scene.camera)
    scene.world = bpy.data.worlds.new("My world")
    scene.frame_start, scene.frame_end, scene.render.fps, scene.render.resolution_x = 7, 77, 17, 777
    scene.frame_set(33)

    def state():
        render = scene.render
        return (
            scene.camera, scene.world, scene.frame_start, scene.frame_end, scene.frame_current, render.fps,
            render.resolution_x, render.resolution_y, render.engine, scene.view_settings.view_transform,
            render.use_persistent_data, render.dither_intensity, scene.cycles.samples,
        )  # fmt: skip

    before = state()
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    assert state() == before


def test_a_scene_that_is_not_on_screen_can_be_built_into(scene):
    other = bpy.data.scenes.new("Elsewhere")
    built = build_scene(make_test_plan(LAYERS["plain"]), other)
    assert list(other.collection.children) == [built.collection]
    assert list(scene.collection.children) == []


@pytest.mark.parametrize("resolution", [[320, 180], [180, 320], [200, 200]])
@pytest.mark.parametrize(("azimuth", "elevation"), [(30, 38), (-120, 15), (0, 90)])
def test_blenders_camera_matches_the_plans_view(scene, resolution, azimuth, elevation):
    plan = make_test_plan(
        LAYERS["strided, leaving cells unused"],
        camera={"azimuth": azimuth, "elevation": elevation},
        render={"resolution": resolution},
    )
    built = build_scene(plan, scene)
    scene.render.resolution_x, scene.render.resolution_y = resolution
    bpy.context.view_layer.update()
    for points in (box_corners(plan.grids[0].bounds), box_corners(plan.grids[-1].bounds)):
        seen = np.array([project_by_blender(scene, built.camera, point) for point in points.tolist()])
        assert np.allclose(seen[:, :2], plan.view.project(points), atol=1e-4)
        assert (seen[:, :2] > 0).all() and (seen[:, :2] < 1).all()
        assert (seen[:, 2] > built.camera.data.clip_start).all() and (seen[:, 2] < built.camera.data.clip_end).all()


def test_the_floor_lies_under_everything(scene):
    plan = make_test_plan(LAYERS["plain"])
    built = build_scene(plan, scene)
    bpy.context.view_layer.update()
    floor = built.collection.all_objects["Floor"]
    points = np.array([floor.matrix_world @ vertex.co for vertex in floor.data.vertices])
    assert np.allclose(points[:, 2], 0)
    assert np.allclose([points.min(axis=0)[:2], points.max(axis=0)[:2]], plan.floor_bounds, atol=1e-5)


@pytest.mark.parametrize("shadows", [True, False])
def test_the_floor_is_shown_only_for_shadows(scene, shadows):
    floor = build_scene(make_test_plan(LAYERS["plain"], look={"shadows": shadows}), scene).collection.all_objects[
        "Floor"
    ]
    assert (floor.hide_render, floor.hide_viewport) == (not shadows, not shadows)


def test_a_build_adds_no_handlers_or_texts(scene):
    def handlers():
        lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
        return {name: list(item) for name, item in lists.items() if isinstance(item, list)}

    before = handlers()
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    assert before, "there are lists to look at"
    assert handlers() == before
    assert len(bpy.data.texts) == 0


def test_nothing_is_left_unused(scene):
    before = set(list_datablocks())
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    for data in set(list_datablocks()) - before:
        assert data.users > 0, data


def test_tile_objects_can_be_moved_and_keep_their_colors(scene, picture):
    """A user can move one tile of `tiles = "objects"`, and it still becomes active with its cell."""
    plan = make_spread_plan(LAYERS["plain"], look={"tiles": "objects"})
    built = build_and_apply(plan, scene)
    (moved,) = [item for item in find_tiles(built, "Input") if item.name == "Input (0, 0)"]
    up = 3.0
    moved.location.z += up
    assert up * np.cos(np.pi / 3) > CLEARANCE * pixel_size(plan)
    find_lines(built).hide_render = True
    find_lines(built).animation_data_clear()
    taken = picture(scene, 3)
    assert np.allclose(plan.state_at(3).position, 0) and plan.activity_at(3)
    first = np.flatnonzero((plan.grids[0].cells == 0).all(axis=1))
    expected = linear_to_srgb(plan.colors_at(3)["Input"][first])
    assert np.abs(pixels_at(taken, plan, tile_tops(plan.grids[0])[first] + [0, 0, up]) - expected).max() <= 1


def test_datablocks_do_not_grow_with_the_layer(scene):
    build_scene(make_test_plan({"op": "conv", "input": 4, "kernel": 3}), scene)
    few = count_datablocks()
    build_scene(make_test_plan({"op": "conv", "input": 60, "kernel": 3}), scene)
    assert count_datablocks() == few
