# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered pictures have the plan's color at every tile's center, in Cycles and in EEVEE."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import load_preset, spec_from_table
from kernelwalk.core import make_plan as make_plan
from kernelwalk.core.spec import templates
from kernelwalk.core.spec.colors_section import srgb_to_linear

from .helpers import (
    CLEARANCE,
    LAYERS,
    build_and_apply,
    camera_direction,
    is_near_lines,
    is_tile_visible,
    linear_to_srgb,
    make_spread_plan,
    make_test_plan,
    pixel_size,
    pixels_at,
    srgb_to_linear_rgb,
    tile_tops,
)

SHADE = 3
"""What a see-through picture laid over its background may be off: alpha was rounded too."""

UNIT = 1
"""What a color may be off, in 8-bit units: it was rounded."""

GLIDING = {"frames_per_step": 6, "hold": 2, "easing": "smooth"}


def frames_of(plan, engine):
    """Return frames to check: one with nothing active, a step, halfway to the next step and row, the last step."""
    walk, steps = plan.spec.walk, plan.spec.layer.position_count
    row = plan.spec.layer.output[1]

    def reached(step):
        return int(walk.start_frame(np.array(step)))

    def gliding(step):
        return reached(step) + walk.hold - 1 + (walk.frames_per_step - walk.hold + 1) // 2

    if engine == "eevee":  # without a graphics card, a picture takes seconds
        return [reached(row - 1), gliding(0)]
    return [1, reached(0), gliding(0), gliding(row - 1), reached(steps // 2), reached(steps - 1), plan.frames[-1]]


@pytest.mark.parametrize(
    ("engine", "layer"),
    [
        ("cycles", "dilated on y, padded unevenly"),
        pytest.param("cycles", "strided, leaving cells unused", marks=pytest.mark.thorough),
        pytest.param("cycles", "transposed, strided", marks=pytest.mark.thorough),
        pytest.param("cycles", "transposed, cropped and dilated", marks=pytest.mark.once),
        ("eevee", "dilated on y, padded unevenly"),
        pytest.param("eevee", "transposed, strided", marks=pytest.mark.weekly),
    ],
    indirect=["engine"],
)
def test_every_tile_has_the_plans_color_on_steps_and_between_them(scene, picture, engine, layer):
    plan = make_spread_plan(LAYERS[layer], walk=GLIDING, look={"shadows": engine == "cycles"})
    build_and_apply(plan, scene, engine)
    ever_seen = {grid.name: np.zeros(len(grid.cells), bool) for grid in plan.grids}
    between = 0
    for frame in frames_of(plan, engine):
        taken = picture(scene, frame)
        colors = plan.colors_at(frame)
        for grid in plan.grids:
            seen = is_tile_visible(plan, frame, grid)
            ever_seen[grid.name] |= seen
            off = np.abs(pixels_at(taken, plan, tile_tops(grid)) - linear_to_srgb(colors[grid.name]))[seen]
            assert off.max() <= UNIT, (frame, grid.name, grid.cells[seen][off.max(axis=1) > UNIT])
            weight = grid.active_share_at(plan.state_at(frame).position) * plan.activity_at(frame)
            between += ((weight > 0.1) & (weight < 0.9) & seen).sum()
    assert between > 2, "tiles on their way between two colors were looked at"
    minimum = 1.0 if engine == "cycles" else 0.7
    assert all(seen.mean() >= minimum for seen in ever_seen.values())


SHADED = {"studio": 0.3}
"""The share of its light that a tile's top may lose to shadows, of looks in which it does."""


@pytest.mark.parametrize("look", templates.list_templates())
def test_in_every_look_tiles_have_the_plans_color_but_for_shadows(scene, picture, look):
    plan = make_spread_plan(LAYERS["transposed, strided"], look={"template": look}, render={"samples": 16})
    build_and_apply(plan, scene)
    taken = picture(scene, 9)
    for grid in plan.grids:
        seen = is_tile_visible(plan, 9, grid)
        assert seen.sum() > 3
        color, actual = plan.colors_at(9)[grid.name][seen], pixels_at(taken, plan, tile_tops(grid))[seen]
        assert (actual <= linear_to_srgb(color) + UNIT).all()
        assert (actual >= linear_to_srgb(color * (1 - SHADED.get(look, 0.0))) - UNIT).all()


@pytest.mark.parametrize("resolution", [[150, 250], [160, 160]])
def test_upright_and_square_pictures_show_every_tile(scene, picture, resolution):
    plan = make_spread_plan(
        LAYERS["plain"], render={"resolution": resolution}, camera={"azimuth": -35.0, "elevation": 50.0}
    )
    build_and_apply(plan, scene)
    taken = picture(scene, 3)
    assert taken.shape == (resolution[1], resolution[0], 3)
    for grid in plan.grids:
        seen = is_tile_visible(plan, 3, grid)
        assert seen.mean() > 0.5
        off = np.abs(pixels_at(taken, plan, tile_tops(grid)) - linear_to_srgb(plan.colors_at(3)[grid.name]))[seen]
        assert off.max() <= UNIT


@pytest.mark.parametrize("first_row", ["far", "near"])
def test_the_first_row_is_where_the_look_says(scene, picture, first_row):
    plan = make_spread_plan(LAYERS["plain"], look={"first_row": first_row}, camera={"azimuth": 0.0})
    build_and_apply(plan, scene)
    taken = picture(scene, 3)
    active = linear_to_srgb(srgb_to_linear(plan.spec.look.colors.output_active))
    rows = np.flatnonzero((np.abs(taken - active).max(axis=2) <= UNIT).any(axis=1))
    of_layer = plan.view.project(tile_tops(plan.grids[-1]))[:, 1]
    middle = len(taken) * (1 - of_layer.mean())
    assert (rows.mean() < middle) == (first_row == "far")


@pytest.mark.parametrize("engine", ["cycles", pytest.param("eevee", marks=pytest.mark.weekly)], indirect=True)
def test_tiles_as_objects_look_like_one_object_per_grid(scene, picture, engine):
    pictures = []
    for tiles in ("layer", "objects"):
        plan = make_spread_plan(
            LAYERS["transposed, strided"], walk=GLIDING, look={"tiles": tiles, "shadows": engine == "cycles"}
        )
        build_and_apply(plan, scene, engine)
        pictures.append(picture(scene, frames_of(plan, "eevee")[1]))
    off = np.abs(pictures[0] - pictures[1])
    assert off.max() <= UNIT


def mathematica(**look):
    """Return the plan of flat tiles without light, blended in linear light and seen from infinitely far."""
    table = load_preset("mathematica").to_table()
    table["look"] |= look | {"blending": "scene"}
    table["camera"]["projection"] = "orthographic"
    table["render"] |= {"resolution": [240, 160], "samples": 4}
    return make_plan(spec_from_table(table))


COLORS = {"#5555FF": "input", "#0000AA": "input_active", "#55FFFF": "output", "#00AAAA": "output_active"}


@pytest.mark.parametrize("engine", ["cycles", pytest.param("eevee", marks=pytest.mark.weekly)], indirect=True)
def test_opaque_mathematica_colors_are_exact_in_the_picture(scene, picture, engine):
    plan = mathematica(opacity=1.0)
    build_and_apply(plan, scene, engine)
    actual = set()
    for frame in [plan.frames[0], plan.frames[-1]] if engine == "cycles" else [plan.frames[70]]:
        taken = picture(scene, frame)
        for grid in plan.grids:
            seen = is_tile_visible(plan, frame, grid)
            assert seen.sum() > 12
            colors = pixels_at(taken, plan, tile_tops(grid))[seen]
            assert np.array_equal(colors, np.round(linear_to_srgb(plan.colors_at(frame)[grid.name][seen])))
            actual |= {"#{:02X}{:02X}{:02X}".format(*color) for color in colors.tolist()}
    assert actual == set(COLORS)
    for color, key in COLORS.items():
        assert getattr(plan.spec.look.colors, key) == color


def through(plan, frame, points):
    """Return the linear RGB of flat, transparent grids at points, and per grid whether a tile is hit (NaN: unclear)."""
    color = np.tile(srgb_to_linear(plan.spec.look.colors.background), (len(points), 1))
    met, sight = [], camera_direction(plan)
    for grid in plan.grids:  # from below
        height = grid.base_centers[0, 2]
        hits = points + sight * ((height - points[:, 2]) / sight[2])[:, None]
        apart = np.abs(hits[:, None, :2] - grid.base_centers[None, :, :2]).max(axis=2)
        tile = apart.argmin(axis=1)
        # a margin in the picture is longer on the ground
        margin = CLEARANCE * pixel_size(plan) / sight[2]
        inside = apart.min(axis=1) < grid.size / 2 - plan.spec.look.outline - margin
        outside = apart.min(axis=1) > grid.size / 2 + margin
        own = plan.colors_at(frame)[grid.name][tile]
        opacity = plan.spec.look.opacity * inside[:, None]
        color = opacity * own + (1 - opacity) * color
        met.append(np.where(inside, 1.0, np.where(outside, 0.0, np.nan)))
    return color, np.array(met)


def test_at_opacity_0_8_colors_blend_with_those_behind(scene, picture, engine):
    plan = mathematica(opacity=0.8)
    build_and_apply(plan, scene, engine)
    frame = plan.frames[70]
    taken = picture(scene, frame)
    points = np.concatenate([tile_tops(grid) for grid in plan.grids])
    expected, met = through(plan, frame, points)
    clear = ~np.isnan(met).any(axis=0) & ~is_near_lines(plan, frame, points)
    off = np.abs(pixels_at(taken, plan, points) - linear_to_srgb(expected))[clear]
    lower, upper = met[:, clear]
    assert (lower * upper).sum() > 5, "one tile behind another"
    assert (lower > upper).sum() > 5, "the background behind the input"
    assert off.max() <= UNIT


def test_a_transparent_picture_laid_over_the_background_is_the_opaque_one(scene, picture):
    """Laid over the background in linear light, it is the opaque picture."""
    taken = {}
    for transparent in (False, True):
        render = {"transparent": transparent, "samples": 8}
        plan = make_spread_plan(LAYERS["plain"], look={"colors": {"background": "#E0E8F0"}}, render=render)
        build_and_apply(plan, scene)
        taken[transparent] = picture(scene, 9)
    opaque, (color, alpha) = taken[False], np.split(taken[True], [3], axis=2)
    share = alpha / 255
    actual = linear_to_srgb(srgb_to_linear_rgb(color) * share + srgb_to_linear("#E0E8F0") * (1 - share))
    assert np.abs(actual - opaque).max() <= SHADE
    assert alpha[0, 0] == 0
    shadows = (alpha > 5) & (alpha < 60) & (color.max(axis=2, keepdims=True) < 10)
    assert shadows.mean() > 0.01
    for grid in plan.grids:
        seen = is_tile_visible(plan, 9, grid)
        assert (pixels_at(alpha, plan, tile_tops(grid))[seen] == 255).all()
        off = pixels_at(color, plan, tile_tops(grid)) - linear_to_srgb(plan.colors_at(9)[grid.name])
        assert np.abs(off[seen]).max() <= UNIT


@pytest.mark.parametrize("engine", ["eevee"], indirect=True)
def test_eevee_leaves_out_the_background_and_the_shadows_on_it(scene, picture, engine):
    plan = make_spread_plan(LAYERS["plain"], render={"transparent": True, "engine": "eevee"})
    build_and_apply(plan, scene, engine)
    alpha = picture(scene, 9)[..., 3]
    assert alpha[0, 0] == 0
    assert 0.05 < (alpha == 255).mean() < 0.9


@pytest.mark.parametrize("shadows", [True, False])
def test_the_background_is_exact_where_no_shadow_falls(scene, picture, shadows):
    plan = make_spread_plan(LAYERS["plain"], look={"shadows": shadows, "colors": {"background": "#E0E8F0"}})
    build_and_apply(plan, scene)
    taken = picture(scene, 1)
    assert (taken[0, 0] == [0xE0, 0xE8, 0xF0]).all()
    darker = (taken < np.array([0xE0, 0xE8, 0xF0]) - 2).all(axis=2) & (np.ptp(taken, axis=2) < 20)
    assert (darker.mean() > 0.01) == shadows


@pytest.mark.parametrize("look", ["paper", "studio", "dark"])
def test_the_pictures_edge_cuts_no_shadow(scene, picture, look):
    """The scene is a large grid high over a small one, whose shadow would extend far out of the picture."""
    taken = []
    for shadows in (True, False):
        looks = {"template": look, "shadows": shadows}
        plan = make_test_plan({"op": "upsample", "input": 3, "scale": 2}, look=looks, render={"samples": 8})
        build_and_apply(plan, scene)
        taken.append(picture(scene, 1))
    off = np.abs(taken[0] - taken[1]).max(axis=2)
    edge = np.concatenate([off[0], off[-1], off[:, 0], off[:, -1]])
    assert off.max() > 3 * SHADE, "there is a shadow"
    assert edge.max() <= SHADE
