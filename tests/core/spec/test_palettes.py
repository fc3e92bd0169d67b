# SPDX-License-Identifier: GPL-3.0-or-later
"""The colors of every template are distinguishable, also for color-blind people."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.layers.axis import INPUT, OVERHANG, PADDING, ZERO
from kernelwalk.core.spec import templates
from kernelwalk.core.spec.colors_section import srgb_to_linear
from kernelwalk.core.tiles.tile_grid import COPY_ACTIVE_SHARE

from .color_vision import VISIONS, Floats, color_difference, simulate_vision, to_lab

MIN_ACTIVE = 15.0
"""Minimum CIEDE2000 between an active tile and any inactive tile, so that a step is clear at a glance."""

MIN_GRIDS = 10.0
"""Minimum between input and output tiles, active or not."""

MIN_HALF_ACTIVE = 6.0
"""Minimum between an input that is half active, since padding copies it, and one that is active or inactive."""

MIN_KINDS = 3.0
"""Minimum between kinds of tiles of the input, and between each kind and the background."""

MIN_PALE = 1.5
"""Minimum between background, overhang and padding, which are pale on purpose."""

BOTH = list(itertools.product(templates.list_templates(), VISIONS))
EVERY = pytest.mark.parametrize(("look", "vision"), BOTH)


def palette(look: str, mode: str) -> dict[str, Floats]:
    """Return the linear RGB (2, 3) of inactive and active tiles, by kind."""
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": mode}
    made = make_plan(spec_from_table({"layer": layer, "look": {"template": look}}))
    names = {INPUT: "input", ZERO: "zero", PADDING: "padding", OVERHANG: "overhang"}
    found = {name: np.asarray(made.grids[0].palette[kind]) for kind, name in names.items()}
    return {**found, "output": np.asarray(made.grids[-1].palette[0])}


def distance(first: Floats, second: Floats, vision: str) -> float:
    return float(color_difference(to_lab(simulate_vision(first, vision)), to_lab(simulate_vision(second, vision))))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 3.1736, 0.5854), 1.0),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
        ((50, 0, 0), (50, -1, 2), 2.3669),
    ],
)
def test_differences_equal_those_of_the_papers_table(first: tuple, second: tuple, expected: float) -> None:
    assert color_difference(np.array(first), np.array(second)) == pytest.approx(expected, abs=5e-5)
    assert color_difference(np.array(second), np.array(first)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("vision", VISIONS)
def test_gray_is_gray_in_every_color_vision(vision: str) -> None:
    assert simulate_vision(np.full(3, 0.4), vision) == pytest.approx(np.full(3, 0.4), abs=1e-5)


def test_red_and_green_are_similar_only_in_red_green_blindness() -> None:
    red, green = srgb_to_linear("#C05030"), srgb_to_linear("#788030")
    assert distance(red, green, "deuteranopia") < 12 < 30 < distance(red, green, "normal")


@EVERY
@pytest.mark.parametrize("mode", ["zeros", "reflect"])
def test_active_tiles_differ_from_all_inactive_ones(look: str, vision: str, mode: str) -> None:
    colors = palette(look, mode)
    for (active, (_, one)), (inactive, (other, _)) in itertools.product(colors.items(), repeat=2):
        if "overhang" not in (active, inactive):
            assert distance(one, other, vision) >= MIN_ACTIVE, f"{active}, active, against {inactive}"
    assert distance(*colors["overhang"], vision) >= MIN_HALF_ACTIVE


@EVERY
def test_active_tiles_of_different_kinds_differ(look: str, vision: str) -> None:
    colors = palette(look, "zeros")
    active = [colors[name][1] for name in ("input", "padding", "zero")]
    assert min(distance(one, other, vision) for one, other in itertools.combinations(active, 2)) >= MIN_KINDS


@EVERY
def test_input_and_output_differ(look: str, vision: str) -> None:
    colors = palette(look, "zeros")
    for state in (0, 1):
        assert distance(colors["input"][state], colors["output"][state], vision) >= MIN_GRIDS


@EVERY
def test_a_half_active_input_differs_from_an_active_and_an_inactive_one(look: str, vision: str) -> None:
    inactive, active = palette(look, "reflect")["input"]
    half = inactive + COPY_ACTIVE_SHARE * (active - inactive)
    assert min(distance(half, inactive, vision), distance(half, active, vision)) >= MIN_HALF_ACTIVE


@EVERY
def test_kinds_of_tiles_differ_from_each_other_and_from_the_background(look: str, vision: str) -> None:
    background = srgb_to_linear(
        spec_from_table(
            {"layer": {"op": "conv", "input": 4, "kernel": 3}, "look": {"template": look}}
        ).look.colors.background
    )
    zeros, copies = palette(look, "zeros"), palette(look, "reflect")
    colors_by_kind = {
        **{name: colors[0] for name, colors in zeros.items() if name not in ("overhang", "zero")},
        "copies": copies["padding"][0],
        "background": background,
    }
    for (one, first), (other, second) in itertools.combinations(colors_by_kind.items(), 2):
        assert distance(first, second, vision) >= MIN_KINDS, f"{one} against {other}"
    for name in ("zero", "overhang"):
        assert distance(zeros[name][0], background, vision) >= MIN_PALE, name
        assert distance(zeros[name][0], zeros["input"][0], vision) >= MIN_KINDS, name
    assert distance(zeros["overhang"][0], zeros["padding"][0], vision) >= MIN_PALE


@EVERY
def test_visited_tiles_and_ghosts_differ_from_other_tiles(look: str, vision: str) -> None:
    made = spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 3}, "look": {"template": look}}).look.colors

    def difference(first: str, second: str) -> float:
        return distance(srgb_to_linear(getattr(made, first)), srgb_to_linear(getattr(made, second)), vision)

    for grid in ("input", "output"):
        assert difference(f"{grid}_visited", f"{grid}_active") >= MIN_ACTIVE
        assert difference(f"{grid}_visited", grid) >= MIN_HALF_ACTIVE
    for other in ("input", "input_active", "ghost"):
        assert difference("output_visited", other) >= MIN_GRIDS, other
    for other in ("output", "one_stamp"):
        assert difference("input_visited", other) >= MIN_GRIDS, other
    for other in ("output", "input"):
        assert difference("ghost", other) >= MIN_KINDS, other
    assert difference("ghost", "output_active") >= MIN_ACTIVE
    assert difference("ghost", "one_stamp") >= MIN_HALF_ACTIVE
    assert difference("ghost", "background") >= MIN_PALE
