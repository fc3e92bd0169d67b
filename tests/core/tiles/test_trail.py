# SPDX-License-Identifier: GPL-3.0-or-later
"""What the walk leaves behind, how grids are introduced, and how a loop closes: by going over the frames by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, SpecError, make_plan, spec_from_table
from kernelwalk.core.animation.keyframes import AXIS_NAMES
from kernelwalk.core.describe.tile_query import Tile, describe_walk_step
from kernelwalk.core.incremental.changed_regions import find_base_frame, find_changed_regions
from kernelwalk.core.spec.look_section import srgb_to_linear
from kernelwalk.core.walk.order import positions_in_order

LAYERS: dict[str, dict[str, Any]] = {
    "conv": {"op": "conv", "input": [5, 6], "kernel": [3, 2], "padding": 1, "stride": [1, 2]},
    "transposed": {"op": "conv_transpose", "input": [2, 3], "kernel": 3, "stride": 2, "output_padding": 1},
    "upsampling": {"op": "upsample", "input": [2, 3], "scale": 2},
    "with channels": {"op": "conv", "input": 4, "kernel": 3, "in_channels": 2, "out_channels": 3},
    "unfolding": {"op": "unfold", "input": 4, "kernel": 2},
    "shuffling": {"op": "pixel_shuffle", "input": 2, "factor": 2, "channels": 4},
    "along one axis": {"op": "conv", "input": [9], "kernel": [3]},
    "along three axes": {"op": "conv", "input": [3, 3, 4], "kernel": [2, 2, 2]},
}
WALKS: dict[str, dict[str, Any]] = {
    "rows": {"order": "rows"},
    "columns, some": {"order": "columns", "every": 3},
    "serpentine, some": {"order": "serpentine", "every": 4, "first": 2},
    "a channel after another": {"filters": "each", "order": "serpentine"},
    "a frame a step": {"frames_per_step": 1, "order": "serpentine"},
    "quickening to a frame a step": {"fast_frames": 1, "slow_steps": 2, "ramp_steps": 3, "frames_per_step": 6},
}
SHORT = {"frames_per_step": 3, "hold": 1, "lead_in": 2, "lead_out": 2}


def planned(layer: dict[str, Any], **walk: Any) -> Plan:
    return make_plan(spec_from_table({"layer": layer, "walk": SHORT | walk}))


def walked_until(made: Plan, frame: int) -> list[tuple[float, ...]]:
    """The positions (x, y, z, channel) that the walk has come to or gone past, on a frame."""
    spec = made.spec
    sizes = spec.walk_order.sizes
    every_one = [
        (*place[::-1], *[0] * (3 - len(sizes)), number)
        for number in range(spec.walk_order.filter_count)
        for place in positions_in_order(sizes, spec.walk.order).tolist()
    ]
    if frame < spec.walk.start_frame(0):
        return []
    step = spec.walk.step_at(frame, spec.step_count)
    last = tuple(spec.walk_order.positions[-1 if step is None else step].tolist())
    return every_one[: every_one.index(last) + 1]


def came_to(made: Plan, frame: int) -> np.ndarray:
    """Which output tiles the walk has come to: those that any of its positions lights."""
    grid = next(grid for grid in made.grids if grid.name == "Output")
    lit = [grid.activation_at(np.array(place, float)) > 0 for place in walked_until(made, frame)]
    return np.any(lit, axis=0) if lit else np.zeros(len(grid.cells), bool)


def output_colors(made: Plan, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """The colours of the output's tiles, and which of them are not lit at all."""
    grid = next(grid for grid in made.grids if grid.name == "Output")
    lit = grid.activation_at(made.state_at(frame).position) * made.activity_at(frame) > 0
    return made.colors_at(frame)["Output"], ~lit


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize(("appear", "trail"), [(True, False), (False, True), (True, True)])
def test_an_output_is_a_ghost_until_the_walk_comes_to_it_and_visited_from_then_on(
    layer: str, walk: str, appear: bool, trail: bool
) -> None:
    made = planned(LAYERS[layer], appear=appear, trail=trail, **WALKS[walk])
    grid = next(grid for grid in made.grids if grid.name == "Output")
    colors, idle = made.spec.look.colors, grid.palette[grid.kinds, 0]
    before = srgb_to_linear(colors.ghost) if appear else idle
    after = srgb_to_linear(colors.output_visited) if trail else idle
    for frame in made.frames:
        expected = np.where(came_to(made, frame)[:, None], after, before)
        found, unlit = output_colors(made, frame)
        assert np.allclose(found[unlit], expected[unlit], atol=1e-12), frame


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tile_has_the_steps_own_colour_at_its_step(layer: str) -> None:
    plain, marked = (planned(LAYERS[layer], **more) for more in ({}, {"appear": True, "trail": True}))
    for frame in plain.spec.walk.start_frame(np.arange(plain.spec.step_count)).tolist():
        (one, unlit), (other, _) = output_colors(plain, frame), output_colors(marked, frame)
        assert np.allclose(one[~unlit], other[~unlit], atol=1e-12) and (~unlit).any()


def test_in_scatter_the_trail_is_left_on_the_input_and_ghosts_stand_on_the_output() -> None:
    layer = {"op": "conv_transpose", "input": [2, 3], "kernel": 2, "stride": 2, "padding": 1}
    spec = {"layer": layer, "walk": SHORT | {"appear": True, "trail": True}, "show": {"transposed": "scatter"}}
    made = make_plan(spec_from_table(spec))
    colors = made.spec.look.colors
    frame = made.spec.walk.start_frame(2) + 1
    inputs, outputs = (made.colors_at(frame)[name] for name in ("Input", "Output"))
    visited = [cell[:2] for cell in walked_until(made, frame)]
    for grid in made.grids:
        unlit = grid.activation_at(made.state_at(frame).position) == 0
        for tile in np.flatnonzero(unlit):
            cell, kind = tuple(grid.cells[tile, :2]), grid.kinds[tile]
            if grid.name == "Input":
                own = grid.palette[kind, 0]
                assert np.allclose(inputs[tile], srgb_to_linear(colors.input_visited) if cell in visited else own)
            elif kind == 5:
                assert np.array_equal(outputs[tile], grid.palette[5, 0]), "cropped tiles are never there"
            elif not any(0 <= cell[0] + 1 - 2 * x < 2 and 0 <= cell[1] + 1 - 2 * y < 2 for x, y in visited):
                assert np.allclose(outputs[tile], srgb_to_linear(colors.ghost))


def test_neither_needs_keys_for_each_tile() -> None:
    few, many = (planned(LAYERS["conv"] | {"out_channels": count}, trail=True, appear=True) for count in (1, 16))
    assert len(many.grids[-1].cells) == 16 * len(few.grids[-1].cells)
    keys = [sum(len(found.frames) for name, found in made.curves.items() if "done" in name) for made in (few, many)]
    assert keys[0] == keys[1] <= 3 * few.spec.step_count


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("intro", "outro"), [(0, 1), (1, 0), (7, 5), (30, 30)])
def test_grids_appear_one_after_another_and_go_in_the_opposite_order(layer: str, intro: int, outro: int) -> None:
    made = planned(LAYERS[layer], intro=intro, outro=outro)
    walk, frames = made.spec.walk, made.frames
    shown = np.array([made.grid_opacities_at(frame) for frame in frames])
    steps = [number for number, frame in enumerate(frames) if made.activity_at(frame)]
    assert (shown[steps[0] - walk.lead_in : steps[-1] + 1 + walk.lead_out] == 1).all()
    assert shown[0].tolist() == ([0, 0] if intro else [1, 1])
    assert (np.diff(shown[: steps[0]], axis=0) >= 0).all() and (np.diff(shown[steps[-1] :], axis=0) <= 0).all()
    if intro > 1:
        assert (shown[shown[:, 1] > 0][:, 0] == 1).all(), "the output comes when the input is there"
    if outro > 1:
        assert (shown[-1] <= 0.5).all() and shown[-1][0] > 0, "and on the next frame nothing is left"


def test_in_scatter_the_input_appears_first_though_it_is_above() -> None:
    layer = {"op": "conv_transpose", "input": 2, "kernel": 2}
    made = make_plan(spec_from_table({"layer": layer, "walk": SHORT | {"intro": 8}, "show": {"transposed": "scatter"}}))
    assert made.grids[0].name == "Output"
    assert made.grid_opacities_at(5).tolist() == [0, 1]


def test_while_a_grid_appears_the_whole_picture_may_differ() -> None:
    made = planned(LAYERS["conv"], intro=6, outro=6)
    still = find_base_frame(made)
    assert (made.grid_opacities_at(still) == 1).all() and not made.activity_at(still)
    width, height = made.spec.render.resolution
    for frame in (2, 5, made.frames.stop - 2):
        assert find_changed_regions(made, frame, still) == [(0, 0, width, height)]
    late = planned(LAYERS["conv"], intro=6, lead_in=0, lead_out=0)
    assert find_base_frame(late) == late.spec.walk.start_frame(0), "where nothing is ever dark but the intro"


def values_at(made: Plan, frame: float) -> dict[str, float]:
    """All that a frame shows, and what is not keyed."""
    found = {target: float(each.value_at(np.array([frame], float))[0]) for target, each in made.curves.items()}
    return {target: value for target, value in found.items() if not target.startswith(("done.", "turned."))}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("pace", [1, 2, 7])
def test_a_loop_without_a_pause_glides_on_to_its_first_frame(layer: str, pace: int) -> None:
    made = make_plan(
        spec_from_table({"layer": LAYERS[layer], "walk": {"frames_per_step": pace, "loop": True, "trail": True}})
    )
    first, after = values_at(made, made.frames.start), values_at(made, made.frames.stop)
    for target, value in first.items():
        gone = target == "walk.kept" or target.endswith("width") or "copies" in target
        assert gone or after[target] == pytest.approx(value), target
    assert made.spec.walk.lead_in == made.spec.walk.lead_out == 0
    if pace > 2:
        last = made.state_at(made.frames.stop - 1)
        assert 0 < last.trail_opacity < 0.5
        there, back = made.spec.walk_order.positions[[-1, 0]]
        assert (np.abs(last.position - back) <= np.abs(there - back) * 0.5).all(), "it is on its way"


@pytest.mark.parametrize("pause", [{"lead_in": 3}, {"lead_out": 4}, {"lead_in": 1, "lead_out": 9}])
def test_a_loop_with_a_pause_lets_go_of_its_trail_there(pause: dict[str, int]) -> None:
    made = make_plan(
        spec_from_table({"layer": LAYERS["conv"], "walk": {"loop": True, "trail": True, "appear": True} | pause})
    )
    kept = [made.state_at(frame).trail_opacity for frame in made.frames]
    lit = [made.activity_at(frame) for frame in made.frames]
    assert all(share == 1 for share, step in zip(kept, lit, strict=True) if step)
    assert all(one >= other for one, other in itertools.pairwise(kept))
    if pause.get("lead_out", 0) > 1:
        assert kept[-1] <= 0.5
    visited, ghost = (srgb_to_linear(getattr(made.spec.look.colors, name)) for name in ("output_visited", "ghost"))
    for frame, share, step in zip(made.frames, kept, lit, strict=True):
        if not step and made.spec.walk.start_frame(0) < frame:
            assert np.allclose(made.colors_at(frame)["Output"], ghost + share * (visited - ghost))
    moving = [f"walk.{axis}" for axis in AXIS_NAMES if f"walk.{axis}" in made.curves]
    assert all(made.curves[target].frames[-1] < made.frames.stop for target in moving)


def test_a_tile_that_is_left_out_has_no_step_and_the_others_those_that_light_them() -> None:
    made = planned(LAYERS["conv"], every=3, first=2, order="serpentine")
    spec = made.spec
    for grid in made.grids:
        lit = [grid.activation_at(place) > 0 for place in spec.walk_order.positions]
        for number, cell in enumerate(grid.cells.astype(int).tolist()):
            found = Tile(grid.name, tuple(cell)).find_steps(spec)
            assert found == [step for step in range(spec.step_count) if lit[step][number]]


def test_every_step_is_told_in_words() -> None:
    spec = planned(LAYERS["conv"], every=4, first=3).spec
    for step, (x, y, *_) in enumerate(spec.walk_order.positions.astype(int).tolist()):
        assert describe_walk_step(spec, step).startswith(f"output ({y}, {x})")


def test_pictures_tell_trails_apart_in_the_dark() -> None:
    made = planned(LAYERS["conv"], trail=True)
    assert len(set(made.unique_frames[[0, 1]])) == len(set(made.unique_frames[[-2, -1]])) == 1
    assert made.unique_frames[0] != made.unique_frames[-1]
    assert planned(LAYERS["conv"]).unique_frames[-1] == 1


@pytest.mark.parametrize(
    ("walk", "where"),
    [
        ({"fast_frames": 13}, "walk.fast_frames"),
        ({"fast_frames": 0}, "walk.fast_frames"),
        ({"every": 0}, "walk.every"),
        ({"first": "row"}, "walk.first"),
        ({"loop": True, "intro": 5}, "walk.outro"),
        ({"loop": True, "outro": 5}, "walk.intro"),
        ({"lift": -1}, "walk.lift"),
        ({"trail": "yes"}, "walk.trail"),
        ({"easing": "bounce"}, "walk.easing"),
    ],
)
def test_what_cannot_be_is_told_where_it_stands(walk: dict[str, Any], where: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": LAYERS["conv"], "walk": walk})
    assert [problem.where for problem in caught.value.problems] == [where]
    assert caught.value.problems[0].remedy


@pytest.mark.parametrize("show", ["gather", "scatter"])
def test_names_and_indices_belong_to_the_grid_with_which_they_appear(show: str) -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 2, "stride": 2}
    table = {"layer": layer, "title": "Up", "words": {"ticks": True}, "show": {"transposed": show}}
    made = make_plan(spec_from_table({**table, "walk": SHORT | {"intro": 4}}))
    for word in made.labels:
        if word.role == "name" and word.text.strip() in ("Input", "Output"):
            assert word.grid_index is not None and made.grids[word.grid_index].name == word.text.strip()
        assert (word.grid_index is not None) == (word.role in ("name", "tick")), word
    assert {word.grid_index for word in made.labels if word.role == "tick"} == {0, 1}
