# SPDX-License-Identifier: GPL-3.0-or-later
"""The counter shows the walk's position on every frame."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table

POSITIONS = [
    ({"op": "conv", "input": [14, 5], "kernel": 3}, {}, True, "Output ({y}, {x})"),
    ({"op": "conv", "input": [14, 5], "kernel": 3}, {"order": "serpentine"}, "{step}/{last} of {steps}: {x}|{y}", None),
    ({"op": "conv", "input": [15], "kernel": 3}, {}, True, "Output {x}"),
    ({"op": "conv", "input": 5, "kernel": 3, "out_channels": 2}, {"filters": "each"}, True,
     "Output ({y}, {x}), channel {channel}"),
]  # fmt: skip


def read_position(plan: Plan, frame: int) -> str:
    """Return the text of the glyphs visible on a frame, which must be side by side and inside the counter's box."""
    at = np.array([float(frame)])
    visible = []
    for name, label in plan.counter_labels.items():
        if plan.curves[f"position.{name}.behind"].value_at(at)[0] == 0:
            across = plan.curves.get(f"position.{name}.across")
            shift = across.value_at(at)[0] * plan.pixels_per_unit if across else 0.0
            visible.append((label.box[0] + shift, label.box[2] + shift, label.text))
    visible.sort()
    for (_, end, _), (begin, _, _) in itertools.pairwise(visible):
        assert -1e-6 <= begin - end < 6
    assert plan.counter_box is not None
    assert not visible or plan.counter_box[0] - 1e-6 <= visible[0][0] <= visible[-1][1] <= plan.counter_box[2] + 1e-6
    return "".join(text for _, _, text in visible)


@pytest.mark.parametrize(("layer", "walk", "template", "expected"), POSITIONS)
@pytest.mark.parametrize("lead", [0, 2])
def test_the_counter_shows_the_position_on_every_frame(
    layer: dict[str, Any], walk: dict[str, Any], template: Any, expected: str | None, lead: int
) -> None:
    table = {"frames_per_step": 3, "lead_in": lead, "lead_out": lead, **walk}
    plan = make_plan(spec_from_table({"layer": layer, "walk": table, "labels": {"position": template}}))
    for frame in plan.frames:
        step = plan.spec.walk.step_at(frame, plan.spec.step_count)
        text = read_position(plan, frame)
        if step is None:
            assert text == ""
            continue
        x, y, z, channel = plan.spec.walk_order.positions[step].astype(int).tolist()
        fields = {"x": x, "y": y, "z": z, "channel": channel, "step": step, "steps": plan.spec.step_count}
        fields["last"] = plan.spec.step_count - 1
        assert text == (expected or template).format(**fields)


def test_frames_that_look_the_same_show_the_same_position() -> None:
    layer = {"op": "conv", "input": [13, 4], "kernel": 3}
    for easing in ("smooth", "step"):
        walk = {"frames_per_step": 4, "easing": easing, "order": "serpentine"}
        plan = make_plan(spec_from_table({"layer": layer, "walk": walk, "labels": {"position": True}}))
        for frame, same in zip(plan.frames, plan.unique_frames.tolist(), strict=True):
            assert read_position(plan, frame) == read_position(plan, same)


def test_keys_of_the_counter_grow_with_the_steps_alone() -> None:
    def keys(size: int, kernel: int) -> int:
        table = {"layer": {"op": "conv", "input": [size, kernel], "kernel": kernel}, "labels": {"position": True}}
        plan = make_plan(spec_from_table(table))
        return sum(len(each.frames) for name, each in plan.curves.items() if name.startswith("position."))

    assert keys(1002, 3) < 3.5 * 1000
    assert keys(1002, 3) > 1000
