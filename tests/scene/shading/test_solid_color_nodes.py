# SPDX-License-Identifier: GPL-3.0-or-later
"""Solid shading shows the colors of TileGrid.colors_at on every frame, and renders do not change."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan
from kernelwalk.scene.shading import solid_color_nodes
from kernelwalk.scene.shading.box_nodes import SIDE_DARKNESS

from ..helpers import (
    LAYERS,
    apply_settings,
    bpy,
    build_scene,
    find_lines,
    find_tiles,
    get_evaluated,
    make_test_plan,
    render_frame,
)

PRESETS = ("padding_strides", "scatter", "receptive_field", "pixel_shuffle")
WALK = {"trail": True, "appear": True, "lift": 0.3, "order": "serpentine"}


SMALL = {"rounding": 0.02}
"""Look of tiles whose roundings are a single segment in the pictures of tests."""


def read_solid_colors(item):
    """Return the colors (corners, 3) of the faces that Solid shading shows, in linear RGB."""
    mesh = get_evaluated(item).data
    assert mesh.color_attributes.active_color_name == solid_color_nodes.COLOR_ATTRIBUTE
    colors = np.empty(4 * len(mesh.loops), np.float32)
    mesh.color_attributes.active_color.data.foreach_get("color", colors)
    return colors.reshape(-1, 4)[:, :3]


@pytest.mark.parametrize("case", [*PRESETS, "trail", "display", "boxes"])
def test_every_tile_has_its_color_on_every_frame(scene, monkeypatch, case):
    if case == "boxes":
        monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", 0)
    if case in PRESETS:
        plan = make_plan(load_preset(case))
    else:
        look = {"display": {"blending": "display"}, "boxes": SMALL}.get(case, {})
        plan = make_test_plan(LAYERS["plain"], walk=WALK if case == "trail" else {"easing": "step"}, look=look)
    build_scene(plan, scene, for_views=True)
    for frame in list(plan.frames)[:: max(1, len(plan.frames) // 7)]:
        scene.frame_set(frame)
        for grid in plan.grids:
            colors = read_solid_colors(bpy.data.objects[grid.name]).reshape(len(grid.cells), -1, 3)
            expected = plan.spec.look.to_linear_rgb(grid.colors_at(plan.state_at(frame)))[:, None]
            if case == "boxes":
                assert colors.shape[1] == 20, "four sides and a top"
                expected = np.repeat(expected, 20, axis=1) * np.repeat([1 - SIDE_DARKNESS, 1], [16, 4])[:, None]
            assert np.abs(colors - expected).max() < 1e-5, (frame, grid.name)


def test_objects_without_a_color_attribute_have_the_color_of_their_material(scene):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"colors": {"connector": "#FF8000"}}), scene)
    assert tuple(find_lines(built).color)[:2] == pytest.approx((1.0, 0.2159), abs=1e-3)


@pytest.mark.parametrize("rounding", [0.02, 0.3])
def test_modifiers_change_neither_the_render_nor_the_objects_that_it_shows(scene, tmp_path, monkeypatch, rounding):
    monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", 0)
    plan = make_test_plan(LAYERS["plain"], look={"rounding": rounding})
    pictures = []
    for for_views in (False, True):
        built = build_scene(plan, scene, for_views)
        apply_settings(plan, built, scene)
        pictures.append(render_frame(scene, plan.spec.walk.start_frame(3) + 1, tmp_path / f"{for_views}.png"))
    assert all(not modifier.show_render for item in find_tiles(built, "Input") for modifier in item.modifiers)
    assert np.array_equal(*pictures)


def test_large_scenes_and_many_objects_do_not_slow_views_down(scene, monkeypatch):
    def are_shown(**look):
        built = build_scene(make_test_plan(LAYERS["plain"], look=look), scene, for_views=True)
        return {each.show_viewport for item in find_tiles(built, "Output") for each in item.modifiers}

    assert are_shown() == are_shown(tiles="objects") == {True}
    monkeypatch.setattr("kernelwalk.scene.objects.layer_objects.MAX_OBJECTS", 30)
    assert are_shown() == {True} and are_shown(tiles="objects") == {False}
    monkeypatch.setattr("kernelwalk.scene.objects.layer_objects.MAX_TILES", 30)
    assert are_shown() == {False}


def count_faces(item):
    """Return the number of an object's faces in its mesh, which renders show, and in views."""
    return len(item.data.polygons), len(get_evaluated(item).data.polygons)


@pytest.mark.parametrize(
    ("look", "least", "are_boxes"), [(SMALL, 0, True), ({"rounding": 0.3}, 0, False), (SMALL, 100, False)]
)
def test_views_show_many_small_tiles_as_boxes(scene, monkeypatch, look, least, are_boxes):
    monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", least)
    plan = make_test_plan(LAYERS["plain"], look=look, walk={"lift": 0.3})
    built = build_scene(plan, scene, for_views=True)
    scene.frame_set(plan.spec.walk.start_frame(3) + 1)
    for grid in plan.grids:
        (tiles,) = find_tiles(built, grid.name)
        in_mesh, in_views = count_faces(tiles)
        assert in_views == (5 * len(grid.cells) if are_boxes else in_mesh)
        if are_boxes:
            shown = get_evaluated(tiles).data
            points = np.array([shown.vertices[index].co for face in shown.polygons for index in face.vertices])
            of_tiles = points.reshape(len(grid.cells), -1, 3)
            low, high = of_tiles.min(axis=1), of_tiles.max(axis=1)
            thickness = np.array(grid.thicknesses)[grid.kinds]
            assert high - low == pytest.approx(np.column_stack([np.full((len(low), 2), grid.size), thickness]))
            assert ((low + high) / 2)[:, :2] == pytest.approx(grid.base_centers[:, :2], abs=1e-6)
            assert shown.normals_domain == "FACE"


def test_what_is_drawn_on_tiles_has_its_place_on_boxes(scene, monkeypatch):
    monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", 0)
    plan = make_test_plan(LAYERS["plain"], look={**SMALL, "outline": 0.05})
    (tiles,) = find_tiles(build_scene(plan, scene, for_views=True), "Output")
    shown, grid = get_evaluated(tiles).data, plan.grids[-1]
    offsets, points = (np.empty(3 * len(shown.vertices), np.float32) for _ in range(2))
    shown.attributes["inside"].data.foreach_get("vector", offsets)
    shown.vertices.foreach_get("co", points)
    offsets, points = (values.reshape(len(grid.cells), -1, 3)[..., :2] for values in (offsets, points))
    assert offsets == pytest.approx(points - grid.base_centers[:, None, :2], abs=1e-5)


def test_tiles_that_become_boxes_are_rounded_again_when_they_are_large(scene, monkeypatch):
    monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", 0)
    for look in (SMALL, {"rounding": 0.3}, SMALL):
        built = build_scene(make_test_plan(LAYERS["plain"], look=look), scene, for_views=True)
        in_mesh, in_views = count_faces(find_tiles(built, "Input")[0])
        assert (in_mesh != in_views) == (look == SMALL)


@pytest.mark.parametrize("way", ["extrude", "delete", "modifier"])
@pytest.mark.parametrize("bevel", [0.0, 0.1])
def test_tiles_whose_faces_a_user_has_changed_are_no_boxes(scene, monkeypatch, way, bevel):
    import bmesh

    monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", 0)
    plan = make_test_plan(LAYERS["plain"], look={**SMALL, "bevel": bevel})
    (tiles,) = find_tiles(build_scene(plan, scene, for_views=True), "Output")
    mesh, modifier = tiles.data, None
    if way == "modifier":
        modifier = tiles.modifiers.new("Mine", "SUBSURF")
        modifier.subdivision_type = "SIMPLE"
        tiles.modifiers.move(len(tiles.modifiers) - 1, 0)
    else:
        edited = bmesh.new()
        edited.from_mesh(mesh)
        edited.faces.ensure_lookup_table()
        is_lacking = [each.value for each in mesh.attributes["rounding"].data]
        face = edited.faces[is_lacking.index(True)]
        if way == "delete":
            bmesh.ops.delete(edited, geom=[face], context="FACES_ONLY")
        else:
            made = bmesh.ops.extrude_discrete_faces(edited, faces=[face])
            bmesh.ops.translate(edited, vec=(0, 0, 2), verts=made["faces"][0].verts)
        edited.to_mesh(mesh)
        edited.free()
        mesh.update()
    in_mesh, in_views = count_faces(tiles)
    assert in_views == in_mesh if modifier is None else in_views > in_mesh
