# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture with all its samples at edges alone has the pixels of one that has them everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.incremental import edge_squares
from kernelwalk.core.incremental.render_costs import RenderCosts
from kernelwalk.core.spec.presets import load_preset_table
from kernelwalk_pipeline.worker import edge_sampling
from kernelwalk_pipeline.worker.edge_sampling import _EdgePicture, find_even_sampling_reason, render_with_edges
from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer, _read_pixels, render_full

from .helpers import bpy, build_and_apply

COSTS = RenderCosts(region=1e-6, pixel=1e-6, whole=1e3)
"""Costs by which edges are always rendered alone, in small regions."""

FLAT = {"thickness": 0.0, "shadows": False, "rounding": 0.0}

CASES = {
    "mathematica": {},
    "mathematica, from the side": {"camera": {"azimuth": -70.0, "elevation": 15.0}},
    "mathematica, all around": {"camera": {"orbit": 90.0}},
    "mathematica, half levels": {"look": {"opacity": 0.5, "colors": {"input": "#010101", "background": "#000000"}}},
    "mathematica, words": {"title": "Words", "labels": {"title": True, "names": True, "caption": True}},
    "mathematica, no background": {"render": {"transparent": True}},
    "mathematica, thick and round": {"look": {"thickness": 0.2, "rounding": 0.1, "tile_size": 0.9}},
    "mathematica, shadows": {"look": {"shadows": True}},
    "mathematica, many": {"look": {"opacity": 0.3, "gap": 0.4}},
    "padding_strides": {"look": FLAT},
    "avg_pool_values": {"look": FLAT},
    "conv_pool_conv": {"look": {**FLAT, "opacity": 0.6}},
    "depthwise": {"look": {**FLAT, "template": "dark"}},
    "grouped": {"look": {**FLAT, "template": "studio"}},
    "sobel": {"look": {**FLAT, "template": "blueprint"}},
}
"""Sections that are added to a preset, whose name is the first word."""

ALWAYS = ("mathematica", "mathematica, half levels", "mathematica, words", "avg_pool_values")


def make_case(name, samples=4):
    table = load_preset_table(name.split(",")[0])
    for section, values in {"render": {}, **CASES[name]}.items():
        if isinstance(values, dict):
            values = {**table.get(section, {}), **values}
        table[section] = values
    table["render"] = {**table["render"], "resolution": [240, 136], "samples": samples}
    return make_plan(spec_from_table(table))


def render_both(plan, scene, folder, frame, costs=COSTS):
    scene.frame_set(frame)
    transparent = plan.spec.render.transparent
    render_full(scene, transparent, folder / "full.png")
    return render_with_edges(plan, scene, costs, folder), _read_pixels(folder / "full.png", 4 if transparent else 3)


def note_edges(monkeypatch):
    """Return a list to which the edges of each picture are added, None for one that has all samples everywhere."""
    noted = []
    choose = _EdgePicture.choose_regions

    def choose_and_note(self, depsgraph):
        regions = choose(self, depsgraph)
        noted.append(self.edges)
        return regions

    monkeypatch.setattr(_EdgePicture, "choose_regions", choose_and_note)
    return noted


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=[] if name in ALWAYS else pytest.mark.thorough) for name in CASES]
)
def test_edges_alone_give_the_pixels_of_the_full_picture(scene, tmp_path, case):
    plan = make_case(case)
    build_and_apply(plan, scene)
    assert not find_even_sampling_reason(plan, scene)
    frames = list(plan.frames)
    for frame in (frames[0], frames[len(frames) // 2]):
        actual, expected = render_both(plan, scene, tmp_path, frame)
        assert np.array_equal(actual, expected), f"frame {frame}"


@pytest.mark.once
@pytest.mark.parametrize("whole_cost", [1e3, 0.0])
def test_a_picture_in_pieces_has_the_same_pixels(scene, tmp_path, monkeypatch, whole_cost):
    monkeypatch.setattr(edge_sampling, "PIECE_SIDE", 50)
    noted = note_edges(monkeypatch)
    plan = make_case("mathematica")
    build_and_apply(plan, scene)
    actual, expected = render_both(plan, scene, tmp_path, plan.frames[0], COSTS._replace(whole=whole_cost))
    assert np.array_equal(actual, expected)
    assert (noted[0] is None) == (whole_cost == 0)


@pytest.mark.once
def test_a_look_without_light_needs_few_samples(scene, tmp_path, monkeypatch):
    noted = note_edges(monkeypatch)
    plan = make_case("mathematica")
    build_and_apply(plan, scene)
    render_both(plan, scene, tmp_path, plan.frames[0])
    assert noted[0].mean() < 0.6


@pytest.mark.once
def test_what_gets_one_sample_comes_before_what_gets_all(scene):
    """With Blue Noise, a picture of one sample depends on one of more before it."""
    plan = make_case("mathematica")
    build_and_apply(plan, scene)
    assert scene.cycles.sampling_pattern == "BLUE_NOISE"
    picture = _EdgePicture(plan, COSTS)
    samples = [each for _, each in picture.choose_regions(bpy.context.evaluated_depsgraph_get())]
    assert picture.edge_probes and picture.flat_probes and picture.edge_regions
    assert samples == sorted(samples) and set(samples) == {1, 4}


@pytest.mark.once
def test_the_filter_needs_its_margin_around_edges(scene, tmp_path, monkeypatch):
    """Without the margin, and without the look at each square's own pixels, the pictures differ."""
    plan = make_case("mathematica")
    build_and_apply(plan, scene)
    find_colors = _EdgePicture.find_colors

    def trust_all(self, whole):
        colors, numbers, is_even = find_colors(self, whole)
        return colors, numbers, np.ones_like(is_even)

    monkeypatch.setattr(_EdgePicture, "find_colors", trust_all)
    monkeypatch.setattr(_EdgePicture, "check_probes", lambda *_: None)
    actual, expected = render_both(plan, scene, tmp_path, plan.frames[0])
    assert np.array_equal(actual, expected)
    for module, name in ((edge_squares, "FILTER_MARGIN"), ("kernelwalk.core.incremental.square_rows", "FILTER_MARGIN")):
        monkeypatch.setattr(f"{module}.{name}" if isinstance(module, str) else f"{module.__name__}.{name}", -0.5)
    actual, expected = render_both(plan, scene, tmp_path, plan.frames[0])
    assert not np.array_equal(actual, expected)


@pytest.mark.once
def test_squares_in_which_something_unknown_shows_get_all_samples(scene, tmp_path, monkeypatch):
    """If no edge were known, the pixels of one sample would tell."""
    plan = make_case("mathematica")
    build_and_apply(plan, scene)
    monkeypatch.setattr(edge_sampling, "find_edge_squares", lambda *_: np.zeros((34, 60), bool))
    monkeypatch.setattr(_EdgePicture, "check_probes", lambda *_: None)
    actual, expected = render_both(plan, scene, tmp_path, plan.frames[0])
    assert (actual != expected).any(axis=2).mean() < 0.01


@pytest.mark.once
def test_a_texture_in_a_template_needs_all_samples(scene, tmp_path, monkeypatch):
    noted = note_edges(monkeypatch)
    plan = make_case("mathematica")
    build_and_apply(plan, scene)
    world = scene.world.node_tree
    texture = world.nodes.new("ShaderNodeTexNoise")
    world.links.new(texture.outputs["Color"], world.nodes["Background"].inputs["Color"])
    actual, expected = render_both(plan, scene, tmp_path, plan.frames[0])
    assert noted == [None] and np.array_equal(actual, expected)
    assert bpy.context.scene == scene


@pytest.mark.once
@pytest.mark.parametrize(("case", "is_cheaper"), [("mathematica", True), ("grouped", False)])
def test_a_process_that_renders_no_whole_picture_knows_what_its_edges_cost(scene, tmp_path, case, is_cheaper):
    plan = make_case(case, samples=32)
    build_and_apply(plan, scene)
    renderer = FrameRenderer(plan, scene, tmp_path, "", may_sample_edges=True)
    scene.frame_set(renderer.base_frame)
    render_full(scene, plan.spec.render.transparent, tmp_path / "base.png")
    renderer.set_threads(1)
    renderer._enable_regions(tmp_path / "base.png")
    assert renderer.square_cache is not None, renderer.full_frame_reason
    for threads in (1, 2):
        renderer.set_threads(threads)
        costs, estimate = renderer.meter.costs, renderer.meter.estimate
        assert costs.whole < 0.9 * estimate.whole if is_cheaper else costs == estimate
