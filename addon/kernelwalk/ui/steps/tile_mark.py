# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark around a tile in the 3D views, which Blender draws over them. Nothing of it is in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from ...scene.builds import active_walk, built_spec
from ...scene.steps import tile_outline
from ...scene.steps.tile_picking import Picked

WIDTHS = (6.0, 3.0)
"""Widths of the line in pixels, at an interface scale of 1: of its dark border, and of itself."""

BORDER_COLOR = (0.0, 0.0, 0.0, 0.7)


@dataclass
class TileMark:
    """A tile of a scene that is marked in every 3D view of that scene while its walk is active, until it is removed."""

    scene_uid: int
    picked: Picked | None = None
    _drawn: tuple[Any, ...] = ()
    _points: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._handle: Any = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_VIEW")

    def show(self, picked: Picked) -> None:
        """Mark another tile."""
        self.picked, self._drawn = picked, ()

    def remove(self) -> None:
        """Remove the mark; nothing happens if it has been removed."""
        if self._handle is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handle, "WINDOW")
            self._handle = None

    def _draw(self) -> None:
        context: Any = bpy.context
        scene = context.scene
        if self.picked is None or scene.session_uid != self.scene_uid:
            return
        number, tile = self.picked
        if number != active_walk.get_active_number(scene):
            return
        drawn = scene.frame_current, built_spec.get_built_walk(scene)  # a tile may be lifted, or be built again
        if self._drawn != drawn:
            edges = tile_outline.find_outline(scene, context.evaluated_depsgraph_get(), tile)
            self._drawn, self._points = drawn, [point for edge in edges for point in edge]
        if not self._points:
            return
        color = (*context.preferences.themes[0].view_3d.object_active, 1.0)
        view: Any = gpu.state.viewport_get()
        shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
        batch = batch_for_shader(shader, "LINES", {"pos": self._points})
        gpu.state.depth_test_set("NONE")
        gpu.state.blend_set("ALPHA")
        shader.uniform_float("viewportSize", view[2:])
        for width, line_color in zip(WIDTHS, (BORDER_COLOR, color), strict=True):
            shader.uniform_float("lineWidth", width * context.preferences.system.ui_scale)
            shader.uniform_float("color", line_color)
            batch.draw(shader)
        gpu.state.blend_set("NONE")
