# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines have a width that looks the same everywhere in the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import load_preset, make_plan, spec_from_table
from kernelwalk.core.camera.framing import list_box_corners

from ..brute_force import SHORT_WALK

SHAPES = [(1600, 900), (900, 900), (900, 1600), (1200, 900)]


@settings(max_examples=15)
@given(st.floats(10, 100), st.sampled_from(["far", "near"]), st.sampled_from(SHAPES))
def test_in_perspective_lines_look_as_wide_at_both_ends(angle: float, row: str, shape: tuple[int, int]) -> None:
    table: dict[str, Any] = {"layer": {"op": "conv", "input": 6, "kernel": 3}, "look": {"first_row": row}}
    table |= {"camera": {"projection": "perspective", "field_of_view": angle}, "render": {"resolution": list(shape)}}
    plan = make_plan(spec_from_table(table))
    (lines,) = plan.lines
    assert lines.width_factors is not None
    apparent = lines.width_factors * plan.view.compute_magnification(lines.points)
    assert apparent == pytest.approx(np.ones_like(apparent))
    frame = float(plan.spec.walk.start_frame(3)) + 8.3  # between two steps
    points = plan.lines_at(frame)[0]
    widths = [
        [plan.curves[f"connectors.{n}.{p}.width"].value_at(np.array([frame]))[0] for p in (0, 1)] for n in range(4)
    ]
    assert np.array(widths) * plan.view.compute_magnification(points) == pytest.approx(np.ones((4, 2)), rel=1e-6)


def test_lines_of_a_single_step_have_no_keyframes_and_are_never_too_wide() -> None:
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": 3, "kernel": 3}, "walk": SHORT_WALK}))
    assert len(plan.frames) == 1 and not any(target.startswith("connectors.0") for target in plan.curves)
    wide, narrow = (
        make_plan(spec_from_table({"layer": {"op": "conv", "input": size, "kernel": 3}, "walk": SHORT_WALK}))
        for size in (60, 6)
    )
    assert wide.lines[0].width / wide.view.width <= narrow.lines[0].width / narrow.view.width


def test_frames_around_winners_leave_the_numbers_on_small_tiles_free() -> None:
    plan = make_plan(load_preset("digit"))
    (frames,) = (lines for lines in plan.lines if lines.name == "winners")
    tiles = plan.grids[1]
    assert tiles.values is not None
    assert frames.width < (tiles.size - tiles.values.plate_size) / 2 + 0.1 * tiles.size


def test_the_kernel_stays_in_the_picture_at_every_corner_of_its_walk() -> None:
    layer = {"op": "conv_transpose", "input": [2, 2, 1], "kernel": 1, "stride": [2, 1, 1]}
    layer["padding"] = [[1, 1], [0, 1], [0, 0]]  # most outputs are cropped, so that the kernel walks furthest out
    show = {"transposed": "scatter", "cropped": "off", "kernel": "on"}
    table = {"layer": layer, "show": show, "walk": SHORT_WALK, "labels": dict.fromkeys(("names", "caption"), False)}
    plan = make_plan(spec_from_table(table))
    assert plan.kernel is not None
    for frame in plan.frames:
        corners = list_box_corners([plan.kernel.bounds + plan.kernel_offset_at(frame)])
        projected = plan.view.project(corners)
        assert (projected > 0).all() and (projected < 1).all()
