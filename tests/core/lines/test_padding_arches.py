# SPDX-License-Identifier: GPL-3.0-or-later
"""Arches join each cell of padding that a step reads with the input whose value it holds, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table
from kernelwalk.core.layers.axis import INPUT, PADDING
from kernelwalk.core.lines.padding_arches import MAX_ARCHES

from ..receptive import SHORT_WALK, cells_under_window, make_cell, parse_or_reject, steps

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

Arch = tuple[tuple[int, ...], tuple[int, ...]]
"""The cells of an input and of padding."""


@st.composite
def padded(draw: st.DrawFn) -> Spec:
    dims = draw(st.integers(1, 3))
    some = st.lists(st.integers(1, 3 if dims < 3 else 2), min_size=dims, max_size=dims)
    layer = {
        "op": "conv",
        "input": draw(st.lists(st.integers(2, 4), min_size=dims, max_size=dims)),
        "kernel": draw(some),
        "stride": draw(some),
        "dilation": draw(some),
        "padding": [draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)) for _ in range(dims)],
        "padding_mode": draw(st.sampled_from(["reflect", "replicate", "circular"])),
        "in_channels": draw(st.integers(1, 2)),
        "out_channels": draw(st.integers(1, 2)),
    }
    walk = {**SHORT_WALK, "filters": draw(st.sampled_from(["together", "each"]))}
    return parse_or_reject({"layer": layer, "walk": walk, "show": {"channels": "all"}})


def expected(spec: Spec) -> list[set[Arch]]:
    """At each step the copies that are read, from the cells of the window and the taps."""
    layer = spec.layer
    found = []
    for _, place in steps(spec):
        # by tap, both in the same order
        under, held = list(cells_under_window(layer, place)), [index for _, index in layer.taps(place)]
        found.append(
            {
                (make_cell(0, to), make_cell(0, at))
                for at, to in zip(under, held, strict=True)
                if to is not None and at != to
            }
        )
    return found


def drawn(made: Plan, frame: float) -> set[Arch]:
    """The arches of a frame, by the tiles that they end over."""
    below = made.grids[-2]
    found = set()
    for start, middle, end in made.lines_at(frame)[1]:
        ends = []
        for point, kind in ((start, INPUT), (end, PADDING)):
            (tile,) = np.flatnonzero(
                (np.abs(below.base_centers - point)[:, :2] < 1e-6).all(axis=1)
                & (below.base_centers[:, 2] < point[2])
                & (point[2] < below.base_centers[:, 2] + 1)
            )
            assert below.kinds[tile] == kind
            assert point[2] == pytest.approx(below.base_centers[tile, 2] + below.thicknesses[kind])
            ends.append(tuple(map(int, below.cells[tile])))
        assert middle[:2] == pytest.approx((start + end)[:2] / 2) and middle[2] > max(start[2], end[2])
        found.add((ends[0], ends[1]))
    return found


@SOME
@given(padded())
def test_each_copy_that_a_step_reads_has_an_arch_and_nothing_else_has(spec: Spec) -> None:
    made = make_plan(spec)
    by_hand = expected(spec)
    if not any(by_hand):
        assert [each.name for each in made.lines] == ["connectors"]
        return
    assert made.lines[1].name == "copies" and made.lines[1].is_arched
    for frame, arches in zip(made.frames, by_hand, strict=True):
        found = drawn(made, frame)
        assert {tuple(end[:3] for end in arch) for arch in found} == {tuple(end[:3] for end in arch) for arch in arches}
        assert len({arch[0][3] for arch in found} | {arch[1][3] for arch in found}) <= 1, "in one channel"


def test_in_a_chain_the_last_layer_has_arches() -> None:
    chain = [
        {"op": "conv", "input": 6, "kernel": 3, "padding": 1, "padding_mode": "reflect"},
        {"op": "conv", "kernel": 3, "padding": 1, "padding_mode": "circular"},
    ]
    made = make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK}))
    heights = made.lines[1].points[..., 2]
    assert heights.min() > made.grids[0].bounds[1, 2], "over the feature map"
    alone = expected(spec_from_table({"layer": {**chain[1], "input": 6}, "walk": SHORT_WALK}))
    assert [drawn(made, frame) for frame in made.frames] == alone


def test_arches_jump_for_a_glide_would_lead_from_one_cell_to_another() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": "circular"}
    walk = {"frames_per_step": 6, "hold": 2, "lead_in": 3, "lead_out": 2}
    made = make_plan(spec_from_table({"layer": layer, "walk": walk}))
    by_hand = expected(made.spec)
    for frame in made.frames:
        step = made.spec.walk.step_at(frame, made.spec.step_count)
        assert drawn(made, frame) == (set() if step is None else by_hand[step])


@pytest.mark.parametrize("layer", [
    {"op": "conv", "input": 4, "kernel": 3, "padding": 1},
    {"op": "conv", "input": 4, "kernel": 3, "padding_mode": "reflect"},
    {"op": "max_pool", "input": 4, "kernel": 2, "padding": 1},
])  # fmt: skip
def test_padding_of_zeros_has_none_nor_has_a_layer_without_padding(layer: dict[str, Any]) -> None:
    assert len(make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK})).lines) == 1


def test_none_are_drawn_where_the_spec_says_so_or_where_they_would_be_a_thicket() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": "circular"}
    assert len(make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"copies": False}})).lines) == 1
    for kernel, count in ((8, 2), (9, 1)):
        wide = {**layer, "input": [1, 8], "kernel": [kernel, 8], "padding": [[kernel, 0], [0, 0]]}
        wide["padding_mode"] = "replicate"
        made = make_plan(spec_from_table({"layer": wide, "walk": SHORT_WALK}))
        most = max(map(len, expected(made.spec)))
        assert len(made.lines) == count and (most <= MAX_ARCHES) == (count == 2)
