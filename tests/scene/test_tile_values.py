# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on tiles, as pictures and meshes show them: colors, digits that are read back, and sums."""

from __future__ import annotations

import bisect

import numpy as np
import pytest
from kernelwalk.core.assembly.grid_values import MIN_DIGIT_PIXELS
from kernelwalk.core.font_metrics import FONTS
from kernelwalk.core.tiles.tile_values import POINT_SHARE
from kernelwalk.core.values.digits import MINUS, SYMBOLS, encode_digits
from PIL import Image

from .helpers import (
    bpy,
    build_and_apply,
    build_scene,
    clear_scene,
    count_datablocks,
    find_tiles,
    get_evaluated,
    linear_to_srgb,
    make_test_plan,
    ownership,
    pixels_at,
    read_attribute,
    read_cells,
    tile_tops,
)
from .test_partial import assert_same, make_small_plan

CONV = {"op": "conv", "input": [4, 5], "kernel": 3, "padding": 1}
STAMPS = {"op": "conv_transpose", "input": 2, "kernel": 3, "stride": 2}
SCATTER = {"show": {"transposed": "scatter", "kernel": "on"}}
RANDOM = {"input": "random", "kernel": "random", "seed": 5, "bias": 0.25}

CASES = {
    "a convolution": (CONV, {"values": RANDOM}),
    "stamps, with the kernel": (STAMPS, {"values": {**RANDOM, "kernel": [[0.5, 1, -2]] * 3}, **SCATTER}),
    "reflected padding, serpentine": (
        {**CONV, "padding_mode": "reflect"},
        {"values": {**RANDOM, "activation": "relu"}, "walk": {"order": "serpentine", "lift": 0.3}},
    ),
    "max pooling, an object for each tile": (
        {"op": "max_pool", "input": 4, "kernel": 2},
        {"values": {"input": "random"}, "look": {"tiles": "objects"}},
    ),
    "filters one after another": (
        {"op": "conv", "input": 3, "kernel": 2, "in_channels": 2, "out_channels": 3},
        {"values": {"input": "random", "kernel": "random"}, "walk": {"filters": "each"}},
    ),
    "a matrix": ({"op": "unfold", "input": 3, "kernel": 2, "padding": 1}, {"values": {"input": "ramp"}}),
}
"""Layers and sections of specs whose values take every path to the tiles."""

FROM_ABOVE = {"camera": {"elevation": 90.0}, "look": {"template": "blueprint", "opacity": 1.0, "outline": 0.0}}
"""A view and a look in which a tile has one color all over."""


def read_codes(built, grid):
    """Return the codes of what a grid's meshes write at each stage, by the cell of each tile."""
    codes = {}
    for tile in find_tiles(built, grid.name):
        cells, first = np.unique(read_cells(tile.data), axis=0, return_index=True)
        stages = [
            read_attribute(tile.data, f"value digits {stage}", "vector")[first]
            for stage in range(grid.values.stage_count)
        ]
        codes |= {tuple(cell): written for cell, *written in zip(cells.tolist(), *stages, strict=True)}
    return codes


@pytest.mark.parametrize("case", CASES)
def test_meshes_hold_the_numbers_of_the_core(scene, case):
    layer, sections = CASES[case]
    plan = make_test_plan(layer, **{**sections, "values": {**sections["values"], "digits": True}})
    built = build_scene(plan, scene)
    for grid in plan.grids:
        codes = read_codes(built, grid)
        for number, cell in enumerate(map(tuple, grid.cells.tolist())):
            written = [stage[number] for stage in grid.values.texts]
            assert np.array_equal(codes[cell], encode_digits(written)), (grid.name, cell, written)


def test_an_image_of_the_users_with_the_name_of_the_digits_is_left_alone(scene):
    own = bpy.data.images.load(str(FONTS / "digits.png"))
    own.name, own.use_fake_user = "Digits", True
    own.pack()
    plan = make_test_plan(CONV, values={**RANDOM, "digits": True})
    built = build_scene(plan, scene)
    nodes = find_tiles(built, "Output")[0].active_material.node_tree.nodes
    (texture,) = (node for node in nodes if node.bl_idname == "ShaderNodeTexImage")
    assert texture.image != own and ownership.is_tagged(texture.image)


def test_what_is_left_of_values_is_cleared(scene):
    before = count_datablocks()
    for case in ("stamps, with the kernel", "max pooling, an object for each tile"):
        layer, sections = CASES[case]
        build_and_apply(make_test_plan(layer, **sections), scene)
    clear_scene(scene)
    assert count_datablocks() == before


@pytest.mark.parametrize(
    "case",
    ["a convolution", "stamps, with the kernel", "filters one after another", "reflected padding, serpentine"],
)
def test_tiles_have_the_colors_of_the_values_they_show(scene, picture, case):
    layer, sections = CASES[case]
    values = {**sections["values"], "digits": False}
    walk = {**sections.get("walk", {}), "easing": "step", "frames_per_step": 1}
    show = {**sections.get("show", {}), "kernel": "off"}
    plan = make_test_plan(layer, **FROM_ABOVE, **{**sections, "values": values, "walk": walk, "show": show})
    build_and_apply(plan, scene)
    seen_stages, hatched = set(), []
    for frame in (plan.frames[0], plan.frames[4], plan.frames[-4], plan.frames[-1]):
        taken, state = picture(scene, frame), plan.state_at(frame)
        for grid in plan.grids:
            stages = grid.values.stages_at(state)
            seen_stages |= {(grid.name, stage) for stage in stages.tolist()}
            colors = grid.colors_at(state)
            shown = np.where((stages >= 0)[:, None], grid.values.colors[stages, np.arange(len(stages))], colors)
            corner = np.array([0.36, 0.36, 0]) * grid.values.plate_size  # beside lines that end in the middle
            actual = pixels_at(taken, plan, tile_tops(grid) + corner)
            matches = (np.abs(actual - linear_to_srgb(shown)) <= 2).all(axis=1)
            assert matches.mean() > 0.85, (grid.name, frame)  # connectors may lie on some
            if grid.values.counts is not None and (stages < 0).any():  # those not computed yet are hatched
                across = np.linspace(0.05, 0.2, 7)[:, None, None] * np.array([1, -1, 0]) * grid.values.plate_size
                taken_there = np.stack([pixels_at(taken, plan, (tile_tops(grid) + at)[stages < 0]) for at in across])
                differs = np.abs(taken_there - linear_to_srgb(colors[stages < 0])).max(axis=2) > 8
                hatched += (differs.any(axis=0) & ~differs.all(axis=0)).tolist()
    assert {("Output", -1), ("Output", 0)} <= seen_stages
    assert np.mean(hatched) > 0.5  # here stripes are narrower than a pixel


X, Y = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
TURNED = ((X, Y), (Y, -X), (-X, -Y), (-Y, X))
"""Directions of the text, and of up in it, after each number of quarter turns."""


def read_picture(taken, plan, grid):
    """Return the digits that a picture shows on the tiles of a grid: those of all symbols that resemble them most."""
    style, shapes = grid.values.digits, np.asarray(Image.open(FONTS / "digits.png")) > 127
    (width, height), decimals = style.cell, grid.values.decimals
    side = shapes.shape[1] // len(SYMBOLS)
    u, v = np.meshgrid(np.linspace(0.1, 0.9, 9), np.linspace(0.1, 0.9, 13))
    rows, columns = ((1 - v) * shapes.shape[0]).astype(int), (u * side).astype(int)
    templates = np.array([shapes[rows, columns + number * side].ravel() for number in range(len(SYMBOLS))], float)
    texts = []
    for text, top in zip(grid.values.texts[-1], tile_tops(grid), strict=True):
        if text is None:
            texts.append(None)
            continue
        count = len(text.replace(".", ""))
        cells = []
        for cell in range(count):
            from_end = count - 1 - cell
            gap = POINT_SHARE if decimals and from_end >= decimals else 0.0
            right = (count + POINT_SHARE * (decimals > 0)) / 2 - from_end - gap
            along, up = TURNED[style.quarter_turns]
            points = ((right - 1 + u) * width)[..., None] * along + ((v - 0.5) * height)[..., None] * up
            points = points.reshape(-1, 3)
            light = pixels_at(taken, plan, top + points).mean(axis=1)
            scores = [abs(np.corrcoef(light, shape)[0, 1]) for shape in templates[: len("0123456789−")]]
            cells.append(SYMBOLS[int(np.argmax(scores))])
        text = "".join(cells)
        texts.append(f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text)
    return texts


POOL = {"op": "max_pool", "input": [3, 4], "kernel": 1}
READ = {"input": [[0, 1, 2.5, 3], [4, 5, -6, 7], [8, 9.5, 10, -11]], "colors": "off"}


def test_digits_can_be_read_in_the_smallest_picture_that_has_them(scene, picture, engine):
    def make_plan_with_width(width):
        render = {"resolution": [width, width * 2 // 3], "samples": 8}
        return make_test_plan(POOL, **FROM_ABOVE, values=READ, render=render)

    widths = range(150, 900, 6)
    first = bisect.bisect_left(widths, True, key=lambda width: bool(make_plan_with_width(width).grids[0].values.digits))
    plan = make_plan_with_width(widths[first])
    build_and_apply(plan, scene, engine)
    if engine == "eevee":
        scene.eevee.taa_render_samples = 8
    grid = plan.grids[0]
    assert read_picture(picture(scene, plan.frames[-1]), plan, grid) == grid.values.texts[-1]


@pytest.mark.parametrize("azimuth", [-100.0, 85.0, 175.0])
def test_digits_are_turned_to_be_read_from_the_camera(scene, picture, azimuth):
    camera = {"elevation": 90.0, "azimuth": azimuth}
    render = {"resolution": [480, 480], "samples": 2}
    plan = make_test_plan(POOL, **{**FROM_ABOVE, "camera": camera}, values=READ, render=render)
    build_and_apply(plan, scene)
    grid = plan.grids[0]
    assert grid.values.digits.quarter_turns != 0
    assert read_picture(picture(scene, plan.frames[-1]), plan, grid) == grid.values.texts[-1]


def test_the_sum_of_the_step_is_the_only_one_that_is_there(scene):
    plan = make_test_plan(CONV, values=RANDOM, render={"resolution": [1280, 720]})
    built = build_and_apply(plan, scene)
    sums = next(each for each in built.collection.all_objects if each.name.startswith("Sum"))
    font, size = plan.sum_label.font, plan.sum_label.font_size
    for step in range(3):
        scene.frame_set(int(plan.spec.walk.start_frame(step)))
        places = np.array([vertex.co.x for vertex in get_evaluated(sums).data.vertices]) / size
        room = [(x, x + font.width(character)) for character, x in plan.find_sum_glyphs(step)]
        for start, end in room:
            assert ((places > start) & (places < end)).any()
        assert all(any(start <= place <= end for start, end in room) for place in places)
    scene.frame_set(plan.frames[0])
    assert not get_evaluated(sums).data.vertices
    assert any(MINUS in line for line in plan.sum_lines)


@pytest.mark.parametrize("case", ["a convolution", "stamps, with the kernel", "filters one after another"])
def test_regions_match_the_full_picture_with_values(scene, tmp_path, case):
    layer, sections = CASES[case]
    plan = make_small_plan(layer, **{**sections, "values": {**sections["values"], "digits": True}})
    build_and_apply(plan, scene)
    assert_same(plan, scene, tmp_path, sorted(set(plan.unique_frames.tolist()))[2::9])


def test_digits_are_drawn_by_themselves_only_where_they_can_be_read():
    sizes = {}
    for width in (160, 2560):
        plan = make_test_plan(CONV, values=RANDOM, render={"resolution": [width, width * 9 // 16]})
        sizes[width] = [grid.values.digits is not None for grid in plan.grids]
    assert sizes == {160: [False, False], 2560: [True, True]}
    assert MIN_DIGIT_PIXELS >= 5
