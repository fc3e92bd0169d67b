# SPDX-License-Identifier: GPL-3.0-or-later
"""Every look's colours tell what they are to tell, to those too who do not see all colours."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.layers.axis import INPUT, OVERHANG, PADDING, ZERO
from kernelwalk.core.spec import templates
from kernelwalk.core.spec.look_section import srgb_to_linear
from kernelwalk.core.tiles.tile_grid import COPY_ACTIVATION

from .color_vision import VISIONS, Floats, apart, lab, seen

LIT = 15.0
"""CIEDE2000 at least between a tile that is lit and any that is not: what a step is about is seen at a glance."""

LAYERS = 10.0
"""At least between the two layers' tiles, lit ones or not."""

HALF = 6.0
"""At least between an input that is half lit, since the padding copies it, and one that is lit, or not."""

KINDS = 3.0
"""At least between tiles of different kinds of the lower layer, and between each and the background."""

PALE = 1.5
"""At least between the background, what a window hangs over, and padding: that is hardly there, and is to look so."""

BOTH = list(itertools.product(templates.template_names(), VISIONS))
EVERY = pytest.mark.parametrize(("look", "vision"), BOTH)


def palette(look: str, mode: str) -> dict[str, Floats]:
    """Linear RGB of idle and lit tiles, shape (2, 3), by what they are."""
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": mode}
    made = make_plan(spec_from_table({"layer": layer, "look": {"template": look}}))
    names = {INPUT: "input", ZERO: "zero", PADDING: "padding", OVERHANG: "overhang"}
    found = {name: np.asarray(made.grids[0].palette[kind]) for kind, name in names.items()}
    return {**found, "output": np.asarray(made.grids[-1].palette[0])}


def distance(first: Floats, second: Floats, vision: str) -> float:
    return float(apart(lab(seen(first, vision)), lab(seen(second, vision))))


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
def test_distances_are_those_of_the_papers_own_table(first: tuple, second: tuple, expected: float) -> None:
    assert apart(np.array(first), np.array(second)) == pytest.approx(expected, abs=5e-5)
    assert apart(np.array(second), np.array(first)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("vision", VISIONS)
def test_greys_are_grey_to_all(vision: str) -> None:
    assert seen(np.full(3, 0.4), vision) == pytest.approx(np.full(3, 0.4), abs=1e-5)


def test_red_and_green_are_alike_to_the_red_green_blind_only() -> None:
    red, green = srgb_to_linear("#C05030"), srgb_to_linear("#788030")
    assert distance(red, green, "deuteranopia") < 12 < 30 < distance(red, green, "normal")


@EVERY
@pytest.mark.parametrize("mode", ["zeros", "reflect"])
def test_what_is_lit_is_told_from_all_that_is_not(look: str, vision: str, mode: str) -> None:
    colors = palette(look, mode)
    for (lit, (_, one)), (idle, (other, _)) in itertools.product(colors.items(), repeat=2):
        if "overhang" not in (lit, idle):
            assert distance(one, other, vision) >= LIT, f"{lit}, active, against {idle}"
    assert distance(*colors["overhang"], vision) >= HALF


@EVERY
def test_kinds_are_told_from_each_other_when_they_are_lit(look: str, vision: str) -> None:
    colors = palette(look, "zeros")
    lit = [colors[name][1] for name in ("input", "padding", "zero")]
    assert min(distance(one, other, vision) for one, other in itertools.combinations(lit, 2)) >= KINDS


@EVERY
def test_the_layers_are_told_from_each_other(look: str, vision: str) -> None:
    colors = palette(look, "zeros")
    for state in (0, 1):
        assert distance(colors["input"][state], colors["output"][state], vision) >= LAYERS


@EVERY
def test_an_input_that_is_covered_by_its_copy_is_told_from_one_that_is_lit_or_not(look: str, vision: str) -> None:
    idle, lit = palette(look, "reflect")["input"]
    half = idle + COPY_ACTIVATION * (lit - idle)
    assert min(distance(half, idle, vision), distance(half, lit, vision)) >= HALF


@EVERY
def test_kinds_of_tiles_are_told_from_each_other_and_from_the_background(look: str, vision: str) -> None:
    background = srgb_to_linear(
        spec_from_table(
            {"layer": {"op": "conv", "input": 4, "kernel": 3}, "look": {"template": look}}
        ).look.colors.background
    )
    zeros, copies = palette(look, "zeros"), palette(look, "reflect")
    told = {
        **{name: colors[0] for name, colors in zeros.items() if name not in ("overhang", "zero")},
        "copies": copies["padding"][0],
        "background": background,
    }
    for (one, first), (other, second) in itertools.combinations(told.items(), 2):
        assert distance(first, second, vision) >= KINDS, f"{one} against {other}"
    for name in ("zero", "overhang"):
        assert distance(zeros[name][0], background, vision) >= PALE, name
        assert distance(zeros[name][0], zeros["input"][0], vision) >= KINDS, name
    assert distance(zeros["overhang"][0], zeros["padding"][0], vision) >= PALE


@EVERY
def test_a_trail_and_ghosts_are_told_from_what_is_lit_and_what_is_not(look: str, vision: str) -> None:
    made = spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 3}, "look": {"template": look}}).look.colors

    def off(first: str, second: str) -> float:
        return distance(srgb_to_linear(getattr(made, first)), srgb_to_linear(getattr(made, second)), vision)

    for grid in ("input", "output"):
        assert off(f"{grid}_visited", f"{grid}_active") >= LIT
        assert off(f"{grid}_visited", grid) >= HALF
    for other in ("input", "input_active", "ghost"):
        assert off("output_visited", other) >= LAYERS, other
    for other in ("output", "heat_low"):
        assert off("input_visited", other) >= LAYERS, other
    for other in ("output", "input"):
        assert off("ghost", other) >= KINDS, other
    assert off("ghost", "output_active") >= LIT
    assert off("ghost", "heat_low") >= HALF
    assert off("ghost", "background") >= PALE
