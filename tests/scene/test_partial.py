# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture made of the base frame and changed regions has the pixels of the full picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernelwalk.core.incremental.changed_regions import find_changed_regions
from kernelwalk.core.incremental.render_costs import CostMeter, RenderCosts
from kernelwalk.core.spec import templates
from kernelwalk_pipeline.worker.edge_sampling import ProbesDiffer
from kernelwalk_pipeline.worker.frame_renderer import render_full
from kernelwalk_pipeline.worker.preview_renderer import PreviewRenderer
from kernelwalk_pipeline.worker.render_clock import RenderClock
from PIL import Image

from .helpers import (
    BESIDE,
    CASES,
    LAYERS,
    OTHER_LAYERS,
    WALKS,
    FrameRenderer,
    bpy,
    build_and_apply,
    compat,
    find_full_frame_reason,
    make_test_plan,
    render_regions,
)

LOOKS = {
    "see-through": {"look": {"opacity": 0.5}},
    "outlined, without shadows": {"look": {"outline": 0.05, "shadows": False}},
    "the first row near": {"look": {"first_row": "near"}},
    "flat and from above": {"look": {"thickness": 0.0}, "camera": {"elevation": 90}},
    "wide lines in a tall picture": {"look": {"connector_width": 0.4}, "render": {"resolution": [120, 250]}},
    "one sample": {"render": {"samples": 1}},
    "without a background": {"render": {"transparent": True}},
}


def make_small_plan(layer, **sections):
    """Return the plan of a layer in pictures that are quick to compare, frame after frame."""
    render = {"resolution": [144, 96], "samples": 2, **sections.get("render", {})}
    return make_test_plan(layer, **{**sections, "render": render})


def pixels(path):
    with Image.open(path) as file:
        return np.asarray(file)


class KnownCosts(CostMeter):
    """Costs that stay as they are, so that the regions do not depend on how fast the machine is."""

    def __init__(self, region=3e-4, pixel=2e-6, whole=float("inf")):
        super().__init__(RenderCosts(region, pixel, whole))

    def add_regions(self, regions, sampling_seconds):
        assert len(regions) == len(sampling_seconds)

    def add_whole(self, seconds):
        assert seconds > 0


def assert_same(plan, scene, folder, frames, costs=()):
    parts = FrameRenderer(plan, scene, folder, find_full_frame_reason(plan, scene), may_sample_edges=True)
    parts.meter = KnownCosts(*costs)
    assert not parts.full_frame_reason
    full_picture = FrameRenderer(plan, scene, folder, "to compare")
    base = folder / "still.png"
    parts.render_frame(parts.base_frame, folder / "none").rename(base)
    actual = []
    parts.render_frames(frames, base, lambda picture: actual.append((picture.frame, pixels(picture.path))))
    assert not parts.full_frame_reason
    assert [frame for frame, _ in actual] == list(frames)
    full = {frame: pixels(full_picture.render_frame(frame, base)) for frame in set(frames)}
    for frame, picture in actual:
        assert np.array_equal(picture, full[frame]), f"frame {frame}"
    return parts


@pytest.mark.once_beyond(2)
@pytest.mark.parametrize(("layer", "walk"), CASES)
def test_regions_match_the_full_picture_for_every_layer(scene, tmp_path, layer, walk):
    plan = make_small_plan(LAYERS[layer], walk=WALKS[walk])
    build_and_apply(plan, scene)
    pictures = sorted(set(plan.unique_frames.tolist()))
    assert_same(plan, scene, tmp_path, pictures[:: max(1, len(pictures) // 5)])


@pytest.mark.once
@pytest.mark.parametrize("costs", [(1e-9, 1.0), (1.0, 1e-9), (1.0, 1.0, 0.0)], ids=["many", "one", "whole"])
def test_pixels_do_not_depend_on_what_regions_cost(scene, tmp_path, costs):
    plan = make_small_plan(LAYERS["plain"], walk=WALKS["rows, gliding"])
    build_and_apply(plan, scene)
    assert_same(plan, scene, tmp_path, list(plan.frames)[12:16], costs)


@pytest.mark.once
def test_regions_match_the_full_picture_of_two_layers(scene, tmp_path):
    labels = {"title": True, "position": True}
    plan = make_small_plan(LAYERS["plain"], **BESIDE, walk={"trail": True, "appear": True}, labels=labels)
    build_and_apply(plan, scene)
    pictures = sorted(set(plan.unique_frames.tolist()))
    assert_same(plan, scene, tmp_path, pictures[3 :: len(pictures) // 4])


@pytest.mark.once
@pytest.mark.parametrize("layer", OTHER_LAYERS)
def test_regions_match_the_full_picture_for_all_operations_and_paddings(scene, tmp_path, layer):
    plan = make_small_plan(OTHER_LAYERS[layer], walk=WALKS["rows, gliding"])
    build_and_apply(plan, scene)
    pictures = sorted(set(plan.unique_frames.tolist()))
    assert_same(plan, scene, tmp_path, pictures[2 :: max(1, len(pictures) // 4)])


@pytest.mark.once
@pytest.mark.parametrize("look", LOOKS)
def test_regions_match_the_full_picture_in_every_look(scene, tmp_path, look):
    plan = make_small_plan(LAYERS["strided, leaving cells unused"], **LOOKS[look])
    build_and_apply(plan, scene)
    assert_same(plan, scene, tmp_path, list(plan.frames)[3::7])


TEMPLATE_LOOKS = {"as it is": {}, "see-through, outlined": {"opacity": 0.6, "outline": 0.04}}

WITH_TEMPLATES = [
    pytest.param(
        template, transparent, look, marks=[] if (transparent, turn) == divmod(number, 2) else pytest.mark.weekly
    )
    for number, template in enumerate(templates.list_templates())
    for transparent in (False, True)
    for turn, look in enumerate(TEMPLATE_LOOKS)
]
"""Each template with one of the pairs of a background and a look."""


@pytest.mark.parametrize(("template", "transparent", "look"), WITH_TEMPLATES)
def test_regions_match_the_full_picture_in_every_template(scene, tmp_path, template, transparent, look):
    layer = OTHER_LAYERS["reflecting, dilated on y"]
    look = {"template": template, **TEMPLATE_LOOKS[look]}
    plan = make_small_plan(layer, walk=WALKS["rows, gliding"], look=look, render={"transparent": transparent})
    build_and_apply(plan, scene)
    assert_same(plan, scene, tmp_path, list(plan.frames)[4::25])


def test_regions_cost_less_than_the_full_picture(scene, tmp_path):
    plan = make_test_plan({"op": "conv", "input": 20, "kernel": 3}, render={"resolution": [640, 360]})
    build_and_apply(plan, scene)
    parts = assert_same(plan, scene, tmp_path, [400])
    assert sum(w * h for _, _, w, h in find_changed_regions(plan, 400, parts.base_frame)) < 0.05 * 640 * 360


def test_regions_of_any_size_and_place_match_the_full_picture(scene, tmp_path):
    plan = make_test_plan(LAYERS["plain"], render={"resolution": [97, 61]})
    build_and_apply(plan, scene)
    full_picture = pixels(FrameRenderer(plan, scene, tmp_path, "to compare").render_frame(9, tmp_path))
    rows, columns = ([0, 1, 17, 30, 61], [0, 3, 50, 96, 97])
    regions = [
        (x0, y0, x1 - x0, y1 - y0)
        for (y0, y1), (x0, x1) in itertools.product(itertools.pairwise(rows), itertools.pairwise(columns))
    ]
    for (x, y, width, height), part in zip(regions, render_regions(scene, regions, tmp_path), strict=True):
        assert np.array_equal(part, full_picture[61 - y - height : 61 - y, x : x + width])
    assert not scene.render.use_border


@pytest.mark.parametrize(
    "template",
    [pytest.param(name, marks=[] if name == "paper" else pytest.mark.weekly) for name in templates.list_templates()],
)
@pytest.mark.parametrize(("samples", "noise"), [(48, 0.015), pytest.param(192, 0.003, marks=pytest.mark.weekly)])
def test_regions_need_the_margin_in_which_noise_spreads(scene, tmp_path, monkeypatch, template, samples, noise):
    """Small regions all over a picture, which Cycles alone would sample less at their edges than in the picture."""
    render = {"resolution": [96, 64], "samples": samples, "noise": noise}
    plan = make_test_plan(LAYERS["plain"], look={"template": template}, render=render)
    build_and_apply(plan, scene)
    scene.frame_set(9)
    squares = [(x, y, 8, 8) for y in range(0, 64, 8) for x in range(0, 96, 8)]

    def differs() -> bool:
        (whole,) = render_regions(scene, [(0, 0, 96, 64)], tmp_path)
        parts = render_regions(scene, squares, tmp_path)
        rows = [np.concatenate(parts[first : first + 12], axis=1) for first in range(0, len(parts), 12)]
        return not np.array_equal(np.concatenate(rows[::-1]), whole)

    assert not differs()
    monkeypatch.setattr("kernelwalk_pipeline.worker.partial_render.find_margin", lambda *_: 0)
    assert differs(), "the test sees a margin that is missing"


@pytest.mark.once
@pytest.mark.parametrize(("noise", "reason"), [(0.02, "8,192 pixels"), (0.0, "")])
def test_pictures_that_cycles_divides_are_rendered_in_full_where_it_looks_for_noise(scene, noise, reason):
    """Cycles looks for noise in each part of the picture by itself: neighbors across the border do not count."""
    plan = make_test_plan(LAYERS["plain"], render={"resolution": [8194, 16], "samples": 64, "noise": noise})
    build_and_apply(plan, scene)
    told = find_full_frame_reason(plan, scene)
    assert reason in told and bool(told) == bool(reason)


@pytest.mark.once
@pytest.mark.parametrize(("passes", "noise"), [([1, 4, 16], 0.0), ([1, 16, 64], 0.02)])
def test_a_preview_shows_the_still_in_its_last_pass_whatever_it_has_rendered_before(scene, tmp_path, passes, noise):
    """With Blue Noise, 1 sample after 16 is not the picture of 1 sample."""
    plan = make_test_plan(LAYERS["plain"], render={"resolution": [96, 64], "samples": passes[-1], "noise": noise})
    build_and_apply(plan, scene)
    preview = PreviewRenderer(plan, scene, tmp_path, lambda: False)
    turns = [{samples: pixels(path) for samples, path in preview.render_frame(9, passes)} for _ in range(2)]
    assert all(np.array_equal(turns[0][samples], turns[1][samples]) for samples in passes)
    render_full(scene, False, tmp_path / "still.png")
    assert np.array_equal(turns[0][passes[-1]], pixels(tmp_path / "still.png"))


def test_pictures_do_not_depend_on_earlier_ones(scene, tmp_path):
    plan = make_test_plan(LAYERS["plain"], walk=WALKS["rows, gliding"])
    build_and_apply(plan, scene)
    for order in ([5, 12, 30], [30, 5, 12]):
        assert_same(plan, scene, tmp_path, order)


LIT_FOR_LONG = {
    "wide": {"layer": {"op": "conv", "input": 7, "kernel": 4}},
    "with a kernel, in the studio": {
        "layer": {"op": "conv", "input": 7, "kernel": 4, "padding": 1},
        "look": {"template": "studio"},
    },
    "stamps that add up": {
        "layer": {"op": "conv_transpose", "input": 3, "kernel": 4, "stride": 1},
        "look": {"template": "dark"},
    },
}


@pytest.mark.once
@pytest.mark.parametrize("case", [pytest.param("wide", marks=pytest.mark.thorough), *list(LIT_FOR_LONG)[1:]])
def test_unchanged_regions_are_not_rendered_again(scene, tmp_path, case, monkeypatch):
    """Frame after frame, back and forth, while the walk glides, pictures are the same and Cycles has less to do."""
    case = LIT_FOR_LONG[case]
    render = {"resolution": [480, 270], "samples": 4}
    plan = make_test_plan(case["layer"], walk={"frames_per_step": 6}, look=case.get("look", {}), render=render)
    build_and_apply(plan, scene)
    rendered = []

    def noted(scene, regions, *more):
        rendered.extend(regions)
        return render_regions(scene, regions, *more)

    monkeypatch.setattr("kernelwalk_pipeline.worker.frame_renderer.render_regions", noted)
    frames = list(plan.frames)[14:17]
    forth_and_back = [*frames, *frames[-2::-2]]  # no frame twice in a row: the second would overwrite the first
    parts = assert_same(plan, scene, tmp_path, forth_and_back, (1e-5, 1e-6))
    differs = [region for frame in forth_and_back for region in find_changed_regions(plan, frame, parts.base_frame)]
    assert sum(w * h for _, _, w, h in rendered) < 0.8 * sum(w * h for _, _, w, h in differs)


def test_cycles_reports_little_of_each_region_to_python(scene, tmp_path):
    """Cycles reports some twenty events per render, and waits for the handlers."""
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    heard = []
    parts = FrameRenderer(plan, scene, tmp_path, "", lambda: heard.append(1))
    base = tmp_path / "still.png"
    parts.render_frame(parts.base_frame, tmp_path / "none").rename(base)
    parts.render_frame(9, base)
    counts = []
    for number in (1, 11):
        heard.clear()
        clock = RenderClock(parts.heartbeat, is_full_frame=False)
        with clock:
            parts._render_regions([(8 * item, 0, 8, 8) for item in range(number)], clock.tick)
        counts.append(len(heard))
        assert 0 < clock.sync < 10 and 0 < clock.sampling < 10
    assert counts[1] - counts[0] <= 12


def test_a_picture_that_is_rendered_anew_is_heard_from_its_beginning(scene, tmp_path, monkeypatch):
    """If this Blender does not sample squares as expected, the picture gets all samples after all."""
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    heard, heard_before = [], []

    def render_and_fail(plan, scene, costs, scratch, after_each):
        render_regions(scene, [(0, 0, 8, 8)], scratch, after_each)
        heard_before.append(len(heard))
        raise ProbesDiffer

    monkeypatch.setattr("kernelwalk_pipeline.worker.frame_renderer.render_with_edges", render_and_fail)
    pictures = FrameRenderer(plan, scene, tmp_path, "", lambda: heard.append(1), may_sample_edges=True)
    pictures.samples_edges = True
    pictures.render_frame(pictures.base_frame, tmp_path / "none")
    assert not pictures.samples_edges
    assert pictures.meter.costs == pictures.meter.estimate  # a picture that is rendered twice tells no price
    assert len(heard) > heard_before[0] + 10


def test_the_error_names_the_picture_that_cannot_be_written(scene, tmp_path, monkeypatch):
    """The error does not name the next picture, which has been started since."""
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    parts = FrameRenderer(plan, scene, tmp_path, "")
    parts.meter = KnownCosts()
    base = tmp_path / "still.png"
    parts.render_frame(parts.base_frame, tmp_path / "none").rename(base)
    parts.render_frame(9, base)
    begun = []

    def full(path, picture):
        raise OSError("no space left")

    monkeypatch.setattr(parts.writer, "write_frame", full)
    with pytest.raises(OSError, match="no space"):
        parts.render_frames([10, 11, 12], base, lambda _: None, begun.append)
    assert begun[-1] == 10


def test_a_base_frame_with_other_pixels_is_not_used(scene, tmp_path):
    """Such a base frame comes from a Blender whose regions differ from full pictures."""
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    Image.new("RGB", plan.spec.render.resolution, "red").save(tmp_path / "still.png")
    parts = FrameRenderer(plan, scene, tmp_path, "")
    actual = pixels(parts.render_frame(9, tmp_path / "still.png"))
    assert "does not render a region as in the full picture" in parts.full_frame_reason
    assert np.array_equal(actual, pixels(FrameRenderer(plan, scene, tmp_path, "to compare").render_frame(9, tmp_path)))


def surface():
    return bpy.data.node_groups["Kernelwalk Tile"]


def bounce(scene):
    scene.cycles.max_bounces = scene.cycles.diffuse_bounces = 2


def occlude(scene):
    surface().nodes.new("ShaderNodeAmbientOcclusion")


def shine(scene):
    for node in [item for item in surface().nodes if item.bl_idname == "ShaderNodeLightPath"]:
        surface().nodes.remove(node)


def tint(scene):
    clear = next(node for node in surface().nodes if node.bl_idname == "ShaderNodeBsdfTransparent")
    surface().links.new(clear.inputs[0], next(n for n in surface().nodes if n.bl_idname == "NodeGroupInput").outputs[0])


@pytest.mark.parametrize(
    ("change", "says"),
    [(bounce, "bounce"), (occlude, "occlusion"), (shine, "light up their neighbors"), (tint, "colored shadows")],
)
def test_a_template_in_which_a_tile_shows_elsewhere_needs_full_pictures(scene, change, says):
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    assert not find_full_frame_reason(plan, scene)
    change(scene)
    assert says in find_full_frame_reason(plan, scene)


def wander():
    sun = next(item for item in bpy.data.objects if item.type == "LIGHT")
    sun.rotation_euler.z = 1.0
    sun.keyframe_insert("rotation_euler", frame=20)


def brighten():
    nodes = bpy.context.scene.world.node_tree
    nodes.nodes["Kernelwalk Background"].outputs[0].keyframe_insert("default_value", frame=20)


def play():
    image = bpy.data.images.new("Clip", 4, 4)
    image.source = "SEQUENCE"
    bpy.context.scene.world.node_tree.nodes.new("ShaderNodeTexImage").image = image


@pytest.mark.parametrize("change", [wander, brighten, play])
def test_an_animated_template_needs_full_pictures(scene, tmp_path, change):
    bpy.ops.wm.open_mainfile(filepath=str(templates.find_blend_file("studio")))
    change()
    path = tmp_path / "mine.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    plan = make_test_plan(LAYERS["plain"], look={"template": str(path)})
    build_and_apply(plan, bpy.context.scene)
    assert "is animated" in find_full_frame_reason(plan, bpy.context.scene)


def test_objects_per_tile_need_full_pictures(scene):
    plan = make_test_plan(LAYERS["plain"], look={"tiles": "objects"})
    build_and_apply(plan, scene)
    assert "orders the faces differently" in find_full_frame_reason(plan, scene)


def test_eevee_needs_full_pictures(scene):
    plan = make_test_plan(LAYERS["plain"], render={"engine": "eevee"})
    build_and_apply(plan, scene, "eevee")
    assert "EEVEE" in find_full_frame_reason(plan, scene)
    assert scene.render.engine == compat.ENGINE_IDS["eevee"]
