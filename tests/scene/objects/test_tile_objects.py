# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles in Blender match the plan, as one mesh per grid and as one object per tile."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core import SpecError
from kernelwalk.core.geometry import tile_mesh
from kernelwalk.core.geometry.flat_tiles import MIN_TILE_PIXELS
from kernelwalk.scene.objects import tile_objects
from kernelwalk.scene.steps import tile_picking

from ..helpers import (
    FLOAT_TOLERANCE,
    LAYERS,
    Tiles,
    bpy,
    build_and_apply,
    build_scene,
    clear_scene,
    count_datablocks,
    find_islands,
    find_tiles,
    get_evaluated,
    make_test_plan,
    read_attribute,
    read_cells,
    sort_grid,
)

MIN_LIKENESS = 45.0
"""Least PSNR, in dB, of a picture of flat tiles against one of boxes: less than the noise of 32 samples."""

BOTH = pytest.mark.parametrize("tiles", ["layer", "objects"])


def assert_as_planned(plan, built):
    for grid in plan.grids:
        cells, kinds, low, high = sort_grid(grid)
        actual = Tiles(find_tiles(built, grid.name))
        assert np.array_equal(actual.cells, cells)
        assert np.array_equal(actual.kinds, kinds)
        assert np.allclose(actual.low, low, atol=FLOAT_TOLERANCE)
        assert np.allclose(actual.high, high, atol=FLOAT_TOLERANCE)


@pytest.mark.once_beyond(4)
@BOTH
@pytest.mark.parametrize("layer", LAYERS)
def test_every_tile_has_the_plans_cell_kind_location_and_height(scene, layer, tiles):
    plan = make_test_plan(LAYERS[layer], look={"tiles": tiles})
    assert_as_planned(plan, build_scene(plan, scene))


sizes = st.integers(1, 6)
pair = st.tuples(sizes, sizes)
layers = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["conv", "conv_transpose"]),
        "input": pair,
        "kernel": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "stride": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "dilation": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "padding": st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    }
)
looks = st.fixed_dictionaries(
    {
        "tiles": st.sampled_from(["layer", "objects"]),
        "tile_size": st.floats(0.1, 1.0),
        "thickness": st.floats(0.0, 1.0),
        "rounding": st.floats(0.0, 0.5),
        "outline": st.sampled_from([0.0, 0.05]),
        "first_row": st.sampled_from(["far", "near"]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layer=layers, look=looks)
def test_tiles_match_the_plan_for_any_layer_and_look(scene, layer, look):
    try:
        plan = make_test_plan(layer, look=look)
    except SpecError:  # the kernel is larger than its input, or the padding crops everything
        return
    assert_as_planned(plan, build_scene(plan, scene))
    clear_scene(scene)


@BOTH
def test_a_grid_fills_its_bounds(scene, tiles):
    plan = make_test_plan(LAYERS["strided, leaving cells unused"], look={"tiles": tiles})
    built = build_scene(plan, scene)
    for grid in plan.grids:
        actual = Tiles(find_tiles(built, grid.name))
        assert np.allclose([actual.low.min(axis=0), actual.high.max(axis=0)], grid.bounds, atol=FLOAT_TOLERANCE)


def test_a_grid_is_one_object_with_an_island_per_tile(scene):
    plan = make_test_plan(LAYERS["dilated on y, padded unevenly"])
    built = build_scene(plan, scene)
    for grid in plan.grids:
        (made,) = find_tiles(built, grid.name)
        assert made.name == grid.name
        assert len(np.unique(find_islands(made.data))) == len(grid.cells)


def test_single_tile_objects_have_their_location_and_are_named_by_cell(scene):
    plan = make_test_plan(LAYERS["transposed, strided"], look={"tiles": "objects"})
    built = build_scene(plan, scene)
    for grid in plan.grids:
        cells = grid.cells.astype(int).tolist()
        places = {f"{grid.name} ({y}, {x})": place for (x, y, *_), place in zip(cells, grid.base_centers, strict=True)}
        made = {item.name: item for item in find_tiles(built, grid.name)}
        assert made.keys() == places.keys()
        for name, place in places.items():
            assert np.allclose(made[name].location, place, atol=FLOAT_TOLERANCE)
            assert len(np.unique(find_islands(made[name].data))) == 1
            assert [item.name for item in made[name].users_collection] == [f"{grid.name} Tiles"]


@BOTH
def test_all_tiles_of_a_grid_share_one_material(scene, tiles):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"tiles": tiles}), scene)
    for name in ("Input", "Output"):
        materials = {slot.material for item in find_tiles(built, name) for slot in item.material_slots}
        assert len(materials) == 1


def test_tile_objects_and_grid_objects_have_the_same_attributes(scene):
    together = build_scene(make_test_plan(LAYERS["plain"], look={"outline": 0.05}), scene)
    of_layer = {item.name: (item.domain, item.data_type) for item in find_tiles(together, "Input")[0].data.attributes}
    apart = build_scene(make_test_plan(LAYERS["plain"], look={"outline": 0.05, "tiles": "objects"}), scene)
    for item in find_tiles(apart, "Input"):
        own = {attribute.name: (attribute.domain, attribute.data_type) for attribute in item.data.attributes}
        assert own == of_layer


@BOTH
def test_points_of_outlined_tiles_have_their_offset_from_the_center(scene, tiles):
    plan = make_test_plan(LAYERS["plain"], look={"outline": 0.05, "tiles": tiles})
    built = build_scene(plan, scene)
    for made in find_tiles(built, "Output"):
        inside = read_attribute(made.data, "inside", "vector")
        half = plan.grids[-1].size / 2
        assert np.allclose(
            [inside.min(axis=0), inside.max(axis=0)], [[-half, -half, 0], [half, half, 1]], atol=FLOAT_TOLERANCE
        )


@pytest.mark.parametrize("thickness", [0.0, 0.2])
def test_tops_face_up_and_sides_outward(scene, thickness):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"thickness": thickness}), scene)
    (made,) = find_tiles(built, "Output")
    cells, highest = read_cells(made.data), max(corner[2] for corner in made.bound_box)
    actual = Tiles([made])
    for face, cell in zip(made.data.polygons, cells, strict=True):
        (own,) = np.flatnonzero((actual.cells == cell).all(axis=1))
        middle = (actual.low[own] + actual.high[own]) / 2
        if abs(face.center.z - highest) < FLOAT_TOLERANCE:
            assert face.normal.z > 0.999
        else:
            assert np.dot(np.array(face.center) - middle, face.normal) > 0


@pytest.mark.parametrize("thickness", [0.0, 0.2])
def test_blender_finds_no_errors_in_the_meshes(scene, thickness):
    built = build_scene(make_test_plan(LAYERS["transposed, strided"], look={"thickness": thickness}), scene)
    for name in ("Input", "Output"):
        (made,) = find_tiles(built, name)
        assert not made.data.validate(verbose=True)
        assert not any(edge.is_loose for edge in made.data.edges)


def test_evaluated_tops_are_flat_and_round_parts_smooth(scene):
    built = build_scene(make_test_plan(LAYERS["plain"]), scene)
    mesh = get_evaluated(find_tiles(built, "Input")[0]).data
    levels = [abs(face.normal.z) > 0.9999 for face in mesh.polygons]
    assert [face.use_smooth for face in mesh.polygons] == [not level for level in levels]
    for face, level in zip(mesh.polygons, levels, strict=True):
        if level:  # neighbors do not affect it: a level surface has exactly its color
            assert all(abs(mesh.corner_normals[corner].vector.z) > 0.9999 for corner in face.loop_indices)


def test_few_tiles_get_the_finest_mesh(scene):
    plan = make_test_plan(LAYERS["plain"])
    built = build_scene(plan, scene)
    finest = tile_mesh.make_tile_mesh(
        plan.grids[0].size,
        max(plan.grids[0].thicknesses),
        plan.spec.look.rounding,
        plan.spec.look.bevel,
        1,
        plan.pixels_per_unit,
    )
    assert len(find_tiles(built, "Input")[0].data.vertices) == len(finest.vertices) * len(plan.grids[0].cells)


def test_many_tiles_get_simpler_meshes_at_the_same_locations(scene, monkeypatch):
    plan = make_test_plan(LAYERS["dilated on y, padded unevenly"], render={"resolution": [960, 640]})
    tiles = len(plan.grids[0].cells)
    vertices = []
    for vertices_per_tile in (500, 100, 60, 30, 8, 1):
        monkeypatch.setattr(tile_mesh, "MAX_VERTICES", vertices_per_tile * tiles)
        built = build_scene(plan, scene)
        assert_as_planned(plan, built)
        vertices.append(len(find_tiles(built, "Input")[0].data.vertices) // tiles)
    assert vertices == sorted(vertices, reverse=True)
    assert len(set(vertices)) > 2
    assert vertices[-1] == 8, "the simplest is a box, also where that is still too much"


def test_tiles_without_thickness_are_single_faces(scene):
    plan = make_test_plan(LAYERS["plain"], look={"thickness": 0.0, "rounding": 0.0})
    (made,) = find_tiles(build_scene(plan, scene), "Input")
    assert len(made.data.polygons) == len(plan.grids[0].cells)


def test_tiles_below_two_pixels_are_flat_and_look_like_boxes(scene, picture, monkeypatch):
    plan = make_test_plan({"op": "conv", "input": 16, "kernel": 3, "padding": 1}, render={"resolution": [64, 48]})
    assert plan.max_pixels_per_unit * plan.grids[0].size < MIN_TILE_PIXELS
    pictures = []
    for is_flat in (True, False):
        if not is_flat:
            monkeypatch.setattr(tile_objects, "is_drawn_flat", lambda *_: False)
        mesh = find_tiles(build_and_apply(plan, scene), "Input")[0].data
        picked = [tile_picking._get_face_tile(mesh, mesh, face) for face in range(len(mesh.polygons))]
        assert {tile.cell[:2] for tile in picked if tile} == {tuple(cell) for cell in plan.grids[0].cells[:, :2]}
        assert (sum(map(bool, picked)) == len(plan.grids[0].cells)) == is_flat, "walls are no tiles"
        scene.cycles.samples = 64
        pictures.append(picture(scene, plan.frames[len(plan.frames) // 2]))
    noise = np.mean((pictures[0] - pictures[1]) ** 2)
    assert 10 * np.log10(255**2 / noise) > MIN_LIKENESS


@pytest.mark.parametrize("shadows", [True, False])
def test_tiles_cast_shadows_as_the_look_says(scene, shadows):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"shadows": shadows}), scene)
    assert {item.visible_shadow for name in ("Input", "Output") for item in find_tiles(built, name)} == {shadows}


def test_meshes_and_materials_do_not_grow_with_the_tiles(scene):
    build_scene(make_test_plan({"op": "conv", "input": 4, "kernel": 3}), scene)
    few = count_datablocks()
    build_scene(make_test_plan({"op": "conv", "input": 40, "kernel": 3, "stride": 9}), scene)
    assert count_datablocks() == few
    assert sum(len(mesh.polygons) for mesh in bpy.data.meshes) > 1600


def test_cycles_gets_an_invisible_duplicate_of_each_grid(scene):
    built = build_scene(make_test_plan(LAYERS["plain"]), scene)
    for name in ("Input", "Output"):
        own, twin = (bpy.data.objects[item] for item in (name, f"Twin of {name}"))
        assert twin.data == own.data
        assert twin.hide_viewport and twin.hide_select and not twin.hide_render
        rays = ("camera", "shadow", "diffuse", "glossy", "transmission")
        assert not any(getattr(twin, f"visible_{ray}") for ray in rays)
        assert twin.name in built.collection.all_objects
    for section in ({"look": {"tiles": "objects"}}, {"render": {"engine": "eevee"}}):
        build_scene(make_test_plan(LAYERS["plain"], **section), scene)
        assert not [item for item in bpy.data.objects if item.name.startswith("Twin")]
