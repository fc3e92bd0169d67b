# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that move together are moved as one, and lines that some steps lack jump from place to place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.moving_parts.line_parts import add_lines
from kernelwalk.core.moving_parts.motions import Motion, Value, jumps
from kernelwalk.core.plan.rests import Rests, list_rests


class Recorder:
    """A writer that keeps the places of groups and of parts. A group is its number in `places`."""

    def __init__(self) -> None:
        self.places: list[Value | None] = []
        self.parents: list[int | None] = []
        self.parts: list[tuple[int, str, Value, Value]] = []

    def add_group(self, parent: int | None, name: str, title: str = "") -> int:
        self.places.append(None)
        self.parents.append(parent)
        return len(self.places) - 1

    def add_material(self, *_: Any, **__: Any) -> None: ...

    def add_shape(self, *_: Any, **__: Any) -> None: ...

    def move(self, part: int, place: Value) -> None:
        self.places[part] = place

    def add_part(
        self, parent: int, name: str, shape: Any, material: Any, place: Value, turn: Value, size: Value
    ) -> None:
        self.parts.append((parent, name, place, turn))

    def find_place(self, number: int, frame: float) -> np.ndarray:
        """Return where a part starts on a frame, with what its groups add."""
        parent, _, place, _ = self.parts[number]
        found, group = sample(place, frame), parent
        while group is not None:
            moved = self.places[group]
            found = found if moved is None else found + sample(moved, frame)
            group = self.parents[group]
        return found


def sample(value: Value, frame: float) -> np.ndarray:
    """Return a value on a frame, straight between keyframes."""
    if not isinstance(value, Motion):
        return value
    return np.array([np.interp(frame, value.frames, column) for column in value.values.T])


def record(table: dict[str, Any]) -> tuple[Plan, Rests, Recorder]:
    plan = make_plan(spec_from_table({**table, "walk": {"frames_per_step": 6, "lead_in": 2, "lead_out": 2}}))
    rests, writer = list_rests(plan.spec), Recorder()
    add_lines(writer, None, plan, rests)
    return plan, rests, writer


@pytest.mark.parametrize("filters", [1, 2])
def test_connectors_that_keep_their_form_move_with_one_motion_for_each_bundle(filters: int) -> None:
    layer = {"op": "conv", "input": [5, 6], "kernel": 3, "in_channels": filters}
    plan, rests, writer = record({"layer": layer})
    (lines,) = plan.lines
    assert len([place for place in writer.places if isinstance(place, Motion)]) == len(lines.edge_groups) == filters
    assert len(writer.parts) == lines.points.shape[1]
    assert not any(isinstance(value, Motion) for _, _, place, turn in writer.parts for value in (place, turn))
    for step, frame in zip(rests.steps.tolist(), rests.frames.tolist(), strict=True):
        for number in range(len(writer.parts) if step >= 0 else 0):
            assert writer.find_place(number, frame) == pytest.approx(lines.points[step, number, 0], abs=1e-5)


def test_lines_that_some_steps_lack_are_not_moved_as_one_and_jump() -> None:
    """The frame around the winner of a max pooling would otherwise slide from winner to winner."""
    table = {"layer": {"op": "max_pool", "input": [6, 6], "kernel": 2}, "values": {"input": "random"}}
    plan, rests, writer = record(table)
    (winners,) = [lines for lines in plan.lines if lines.name == "winners"]
    assert winners.hidden is not None
    numbers = [number for number, part in enumerate(writer.parts) if part[1] == "Winners"]
    assert numbers and all(writer.places[writer.parts[number][0]] is None for number in numbers)
    moved = 0
    for rest in range(1, len(rests.frames)):
        for number in numbers:
            before, last, after = (
                writer.find_place(number, float(frame))
                for frame in (rests.lasts[rest - 1], rests.changes[rest] - 1, rests.changes[rest])
            )
            assert last == pytest.approx(before)
            moved += not np.allclose(before, after)
    assert moved


def test_connectors_of_windows_of_several_sizes_turn_as_gradually_as_they_move() -> None:
    _, _, writer = record({"layer": {"op": "adaptive_avg_pool", "input": 8, "output_shape": 3}})
    turns = [turn for _, name, _, turn in writer.parts if name == "Connectors" and isinstance(turn, Motion)]
    assert turns and not any(map(jumps, turns))
