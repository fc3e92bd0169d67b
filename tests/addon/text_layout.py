# SPDX-License-Identifier: GPL-3.0-or-later
"""A panel without a window: its texts and buttons."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import bpy


class TextLayout:
    """A panel's layout that records its texts, and the operators of its buttons with the names they are given."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.buttons: list[str] = []
        self.names: dict[str, str] = {}

    def __getattr__(self, _name: str) -> Any:
        return lambda *_, **__: self

    def label(self, text: str, **_: Any) -> None:
        self.text.append(text)

    def enum_item_name(self, group: Any, key: str, option: str) -> str:
        return str(group.bl_rna.properties[key].enum_items[option].name)

    def operator(self, name: str, text: str = "", **_: Any) -> SimpleNamespace:
        self.buttons.append(name.partition(".")[2])
        self.names[self.buttons[-1]] = text
        return SimpleNamespace()


def draw(function: Callable[[Any, Any], None], width: int = 300) -> tuple[str, list[str]]:
    """Return the text and the buttons of a part of the panel, which `function` draws into a sidebar of a width."""
    layout = draw_layout(function, width)
    return " ".join(layout.text), layout.buttons


def draw_layout(function: Callable[[Any, Any], None], width: int = 300) -> TextLayout:
    """Return the layout of a part of the panel, which `function` draws into a sidebar of a width."""
    layout = TextLayout()
    system = SimpleNamespace(ui_scale=1.0)  # without a window, Blender's is 0
    context = SimpleNamespace(
        scene=bpy.context.scene,
        window_manager=bpy.context.window_manager,
        region=SimpleNamespace(width=width),
        preferences=SimpleNamespace(system=system),
        evaluated_depsgraph_get=bpy.context.evaluated_depsgraph_get,
    )
    function(layout, context)
    return layout
