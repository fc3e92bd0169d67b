# SPDX-License-Identifier: GPL-3.0-or-later
"""Grids of number fields: what they show, and how many fields fit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from ..layers.test_values_panel import SPECS, load, read  # only where there is a Blender


def test_a_grid_shows_one_pair_of_channels_and_an_excerpt(scene: Any) -> None:
    values = load(scene, SPECS[1])
    grid = values.kernel_grid
    assert list(grid.row_0[:3]) == [1, 2, 0]
    grid.output_channel, grid.input_channel = 1, 9
    assert grid.input_channel == 1, "the last one, where there are fewer"
    assert list(grid.row_0[:2]) == [7, -8.25]
    grid.first_column = 1
    grid.row_0[0] = 9
    assert read(scene).values.kernel[1] == (((5, 6),), ((7, 9),))
    assert values.bias == -1
    values.bias = 2
    assert read(scene).values.bias == (0.5, 2)
    values.input_grid.channel, values.input_grid.first_row = 1, 1
    assert values.input_grid.row_0[0] == pytest.approx(1 / 3)
    values.input_grid.row_0[1] = 4
    assert read(scene).values.input[1] == ((0.1, 0, 0), (1 / 3, 4, 1e30)), "the other numbers keep all their digits"


class RecordingLayout:
    """A panel's layout that lists the properties and the labels drawn in it."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.labels: list[str] = []

    def __getattr__(self, _name: str) -> Any:
        return lambda *_, **__: self

    def label(self, text: str = "", **_: Any) -> None:
        self.labels.append(text)

    def enum_item_name(self, _group: Any, _key: str, value: str) -> str:
        return value

    def prop(self, _group: Any, key: str, index: int = -1, **_: Any) -> None:
        self.keys.append(key if index < 0 else f"{key}[{index}]")


def draw_panel(scene: Any, width: int) -> RecordingLayout:
    """Return what the panel draws in a sidebar of this width."""
    from kernelwalk.ui.layers import values_panel

    layout = RecordingLayout()
    preferences = SimpleNamespace(system=SimpleNamespace(ui_scale=1.0))
    context = SimpleNamespace(scene=scene, region=SimpleNamespace(width=width), preferences=preferences)
    values_panel.draw_values(layout, context)
    return layout


@pytest.mark.parametrize(("width", "columns"), [(292, 6), (180, 3), (1000, 9)])
def test_a_grid_draws_only_the_fields_that_fit(scene: Any, width: int, columns: int) -> None:
    load(scene, {"layer": {"op": "conv", "input": 222, "kernel": 9}, "values": {"input": "ramp", "kernel": "random"}})
    scene.kernelwalk.values.input = "file"  # no grid
    drawn = draw_panel(scene, width)
    fields = [key for key in drawn.keys if "row_" in key and "[" in key]
    assert len(fields) == 9 * columns
    assert ("first_column" in drawn.keys) == (columns < 9)
