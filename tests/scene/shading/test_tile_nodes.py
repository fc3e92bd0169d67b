# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer's material does the core's arithmetic: it is looked at in pictures of every tile."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.layers.axis import INPUT, PADDING, ZERO
from kernelwalk.core.spec.colors_section import srgb_to_linear
from kernelwalk.core.tiles.tile_grid import WalkState

from ..helpers import (
    FAMILY,
    LAYERS,
    bpy,
    build_scene,
    in_sight,
    lines_of,
    pixels,
    planned,
    shown,
    spread,
    srgb,
    tiles_of,
    tops,
    walk_node,
    walk_of,
)

UNIT = 1
"""What a colour may be off in a picture, in 8-bit units: it was rounded."""


def materials(built):
    return {name: tiles_of(built, name)[0].active_material for name in ("Input", "Output")}


def at(built, position, lit):
    """Stop the walk at a position."""
    group = walk_of(built)
    group.animation_data_clear()
    for name, value in zip("xyzc", position, strict=True):
        group.nodes[name].outputs[0].default_value = value
    group.nodes["active"].outputs[0].default_value = lit


ALL = LAYERS | FAMILY


@pytest.mark.parametrize("layer", ALL)
def test_any_position_colours_the_tiles_as_the_rule_says(scene, picture, layer):
    plan = spread(ALL[layer])
    built = shown(plan, scene)
    random = np.random.default_rng(list(ALL).index(layer))
    highest = np.array([*reversed(plan.spec.layer.output), 1, 1]) - 1
    positions = [(highest, 1.0), (highest * 0.3, 0.5), (highest + 0.75, 1.0)]
    positions += [(random.uniform(-1, highest + 1) * [1, 1, 0, 0], 1.0) for _ in range(2)]
    for position, lit in positions:
        at(built, position, lit)
        taken = picture(scene, 1)  # the lines are hidden
        for grid in plan.grids:
            seen = in_sight(plan, 1, grid)
            assert seen.all()
            state = WalkState(np.float32(position).astype(float), lit, np.zeros(4), np.zeros(4))
            expected = srgb(grid.colors_at(state))[seen]
            found = pixels(taken, plan, tops(grid))[seen]
            assert np.abs(found - expected).max() <= UNIT, (grid.name, position, lit)


def test_the_palette_stands_in_the_nodes_by_name_as_linear_rgb(scene):
    plan = planned(LAYERS["transposed, strided"])
    built = build_scene(plan, scene)
    colors = plan.spec.look.colors
    names = {
        "Input": {"Input": "input", "Inserted zero": "zero", "Padding": "padding"},
        "Output": {"Output": "output"},
    }
    for layer, material in materials(built).items():
        for name, key in names[layer].items():
            for node, color in ((name, getattr(colors, key)), (f"{name}, active", getattr(colors, f"{key}_active"))):
                value = material.node_tree.nodes[node].outputs[0].default_value
                assert np.allclose(value, [*srgb_to_linear(color), 1], atol=1e-6), node


def test_padding_that_holds_copies_wears_the_inputs_colours_paler(scene):
    zeros, copies = (
        planned(FAMILY["circular"] | {"padding_mode": mode}).grids[0].palette for mode in ("zeros", "circular")
    )
    assert np.allclose(copies[PADDING], (zeros[INPUT] + zeros[PADDING]) / 2)
    assert np.array_equal(copies[[INPUT, ZERO]], zeros[[INPUT, ZERO]])


def test_both_layers_read_one_walk(scene):
    built = build_scene(planned(LAYERS["plain"]), scene)
    assert len({walk_node(material).node_tree for material in materials(built).values()}) == 1


def test_a_colour_changed_by_hand_changes_the_tiles_of_that_kind_alone(scene, picture):
    plan = spread(LAYERS["dilated on y, padded unevenly"])
    built = shown(plan, scene)
    before = picture(scene, 1)
    materials(built)["Input"].node_tree.nodes["Padding"].outputs[0].default_value = (1, 0, 0, 1)
    after = picture(scene, 1)
    for grid in plan.grids:
        seen = in_sight(plan, 1, grid)
        was, now = (pixels(each, plan, tops(grid))[seen] for each in (before, after))
        padding = (grid.kinds[seen] == 2) & (grid.name == "Input")
        assert (now[padding] == [255, 0, 0]).all()
        assert np.array_equal(was[~padding], now[~padding])


@pytest.mark.parametrize("opacity", [1.0, 0.4, 0.0])
def test_the_opacity_goes_to_the_templates_surface(scene, opacity):
    built = build_scene(planned(LAYERS["plain"], look={"opacity": opacity}), scene)
    for material in materials(built).values():
        (surface,) = [node for node in material.node_tree.nodes if node.type == "GROUP" and "Opacity" in node.inputs]
        assert surface.inputs["Opacity"].default_value == pytest.approx(opacity)
        assert (material.surface_render_method == "BLENDED") == (opacity < 1)


@pytest.mark.parametrize("tiles", ["layer", "objects"])
@pytest.mark.parametrize("rounding", [0.0, 0.2])
def test_the_outline_runs_along_the_edge_of_every_tile_and_no_further(scene, picture, tiles, rounding):
    width, size = 0.15, 0.9
    plan = spread(
        LAYERS["a single step"],
        look={"outline": width, "tile_size": size, "rounding": rounding, "thickness": 0.0, "tiles": tiles},
        render={"resolution": [320, 480]},
    )
    shown(plan, scene)
    taken = picture(scene, 1)
    outline = srgb(srgb_to_linear(plan.spec.look.colors.outline))
    for grid in plan.grids:
        idle = srgb(grid.palette[grid.kinds, 0])
        for side in np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]):
            edge = pixels(taken, plan, grid.base_centers + side * (size - width) / 2)
            inside = pixels(taken, plan, grid.base_centers + side * (size / 2 - 1.5 * width))
            assert np.abs(edge - outline).max() <= UNIT
            assert np.abs(inside - idle).max() <= UNIT


def test_the_lines_have_the_looks_colour(scene):
    built = build_scene(planned(LAYERS["plain"], look={"colors": {"connector": "#FF8000"}}), scene)
    (material,) = (slot.material for slot in lines_of(built).material_slots)
    assert np.allclose(
        material.node_tree.nodes["Line"].outputs[0].default_value, [*srgb_to_linear("#FF8000"), 1], atol=1e-6
    )


def test_the_solid_view_shows_the_idle_colours(scene):
    plan = planned(LAYERS["plain"])
    for name, material in materials(build_scene(plan, scene)).items():
        grid = {grid.name: grid for grid in plan.grids}[name]
        assert np.allclose(material.diffuse_color, [*grid.palette[0, 0], 1], atol=1e-6)


def test_there_are_as_many_nodes_whatever_the_layer_s_size(scene):
    def nodes():
        return sum(len(each.node_tree.nodes) for each in bpy.data.materials)

    build_scene(planned({"op": "conv", "input": 4, "kernel": 3}), scene)
    few = nodes()
    build_scene(planned({"op": "conv", "input": 30, "kernel": 3}), scene)
    assert nodes() == few
