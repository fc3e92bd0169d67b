# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a grid's material compute the core's colors, as pictures of every tile show."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.layers.axis import INPUT, PADDING, ZERO
from kernelwalk.core.spec.colors_section import srgb_to_linear
from kernelwalk.core.tiles.walk_state import WalkState

from ..helpers import (
    LAYERS,
    OTHER_LAYERS,
    bpy,
    build_and_apply,
    build_scene,
    find_lines,
    find_tiles,
    find_walk_group,
    find_walk_node,
    is_tile_visible,
    linear_to_srgb,
    make_spread_plan,
    make_test_plan,
    pixels_at,
    tile_tops,
)

ROUNDING = 1
"""Rounding error of a color in a picture, in 8-bit units."""


def get_materials(built):
    return {name: find_tiles(built, name)[0].active_material for name in ("Input", "Output")}


def stop_walk_at(built, position, lit):
    """Remove the walk's animation and set a position."""
    group = find_walk_group(built)
    group.animation_data_clear()
    for name, value in zip("xyzc", position, strict=True):
        group.nodes[name].outputs[0].default_value = value
    group.nodes["active"].outputs[0].default_value = lit


ALL = LAYERS | OTHER_LAYERS


@pytest.mark.once_beyond(4)
@pytest.mark.parametrize("layer", ALL)
def test_tiles_have_the_cores_colors_at_any_position(scene, picture, layer):
    plan = make_spread_plan(ALL[layer])
    built = build_and_apply(plan, scene)
    random = np.random.default_rng(list(ALL).index(layer))
    highest = np.array([*reversed(plan.spec.layer.output), 1, 1]) - 1
    positions = [(highest, 1.0), (highest * 0.3, 0.5), (highest + 0.75, 1.0)]
    positions += [(random.uniform(-1, highest + 1) * [1, 1, 0, 0], 1.0) for _ in range(2)]
    for position, lit in positions:
        stop_walk_at(built, position, lit)
        taken = picture(scene, 1)  # the lines are hidden
        for grid in plan.grids:
            seen = is_tile_visible(plan, 1, grid)
            assert seen.all()
            state = WalkState(np.float32(position).astype(float), lit, np.zeros(4), np.zeros(4))
            expected = linear_to_srgb(grid.colors_at(state))[seen]
            actual = pixels_at(taken, plan, tile_tops(grid))[seen]
            assert np.abs(actual - expected).max() <= ROUNDING, (grid.name, position, lit)


def test_nodes_hold_the_palette_by_name_as_linear_rgb(scene):
    plan = make_test_plan(LAYERS["transposed, strided"])
    built = build_scene(plan, scene)
    colors = plan.spec.look.colors
    names = {
        "Input": {"Input": "input", "Inserted zero": "zero", "Padding": "padding"},
        "Output": {"Output": "output"},
    }
    for layer, material in get_materials(built).items():
        for name, key in names[layer].items():
            for node, color in ((name, getattr(colors, key)), (f"{name}, active", getattr(colors, f"{key}_active"))):
                value = material.node_tree.nodes[node].outputs[0].default_value
                assert np.allclose(value, [*srgb_to_linear(color), 1], atol=1e-6), node


def test_padding_with_copies_has_the_inputs_colors_but_paler(scene):
    zeros, copies = (
        make_test_plan(OTHER_LAYERS["circular"] | {"padding_mode": mode}).grids[0].palette
        for mode in ("zeros", "circular")
    )
    assert np.allclose(copies[PADDING], (zeros[INPUT] + zeros[PADDING]) / 2)
    assert np.array_equal(copies[[INPUT, ZERO]], zeros[[INPUT, ZERO]])


def test_both_grids_read_one_walk_group(scene):
    built = build_scene(make_test_plan(LAYERS["plain"]), scene)
    assert len({find_walk_node(material).node_tree for material in get_materials(built).values()}) == 1


def test_a_color_edited_in_the_nodes_changes_tiles_of_that_kind_alone(scene, picture):
    plan = make_spread_plan(LAYERS["dilated on y, padded unevenly"])
    built = build_and_apply(plan, scene)
    before = picture(scene, 1)
    get_materials(built)["Input"].node_tree.nodes["Padding"].outputs[0].default_value = (1, 0, 0, 1)
    after = picture(scene, 1)
    for grid in plan.grids:
        seen = is_tile_visible(plan, 1, grid)
        was, now = (pixels_at(item, plan, tile_tops(grid))[seen] for item in (before, after))
        padding = (grid.kinds[seen] == 2) & (grid.name == "Input")
        assert (now[padding] == [255, 0, 0]).all()
        assert np.array_equal(was[~padding], now[~padding])


@pytest.mark.parametrize("opacity", [1.0, 0.4, 0.0])
def test_the_templates_tile_group_gets_the_opacity(scene, opacity):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"opacity": opacity}), scene)
    for material in get_materials(built).values():
        (surface,) = [node for node in material.node_tree.nodes if node.type == "GROUP" and "Opacity" in node.inputs]
        assert surface.inputs["Opacity"].default_value == pytest.approx(opacity)
        assert (material.surface_render_method == "BLENDED") == (opacity < 1)


@pytest.mark.parametrize("tiles", ["layer", "objects"])
@pytest.mark.parametrize("rounding", [0.0, 0.2])
def test_the_outline_covers_the_edge_of_every_tile_and_no_more(scene, picture, tiles, rounding):
    width, size = 0.15, 0.9
    plan = make_spread_plan(
        LAYERS["a single step"],
        look={"outline": width, "tile_size": size, "rounding": rounding, "thickness": 0.0, "tiles": tiles},
        render={"resolution": [320, 480]},
    )
    build_and_apply(plan, scene)
    taken = picture(scene, 1)
    outline = linear_to_srgb(srgb_to_linear(plan.spec.look.colors.outline))
    for grid in plan.grids:
        idle = linear_to_srgb(grid.palette[grid.kinds, 0])
        for side in np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]):
            edge = pixels_at(taken, plan, grid.base_centers + side * (size - width) / 2)
            inside = pixels_at(taken, plan, grid.base_centers + side * (size / 2 - 1.5 * width))
            assert np.abs(edge - outline).max() <= ROUNDING
            assert np.abs(inside - idle).max() <= ROUNDING


def test_lines_have_the_color_of_the_look(scene):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"colors": {"connector": "#FF8000"}}), scene)
    (material,) = (slot.material for slot in find_lines(built).material_slots)
    assert np.allclose(
        material.node_tree.nodes["Line"].outputs[0].default_value, [*srgb_to_linear("#FF8000"), 1], atol=1e-6
    )


def test_the_solid_view_shows_the_idle_colors(scene):
    plan = make_test_plan(LAYERS["plain"])
    for name, material in get_materials(build_scene(plan, scene)).items():
        grid = {grid.name: grid for grid in plan.grids}[name]
        assert np.allclose(material.diffuse_color, [*grid.palette[0, 0], 1], atol=1e-6)


def test_the_number_of_nodes_does_not_depend_on_the_layers_size(scene):
    def nodes():
        return sum(len(item.node_tree.nodes) for item in bpy.data.materials)

    build_scene(make_test_plan({"op": "conv", "input": 4, "kernel": 3}), scene)
    few = nodes()
    build_scene(make_test_plan({"op": "conv", "input": 30, "kernel": 3}), scene)
    assert nodes() == few
