# SPDX-License-Identifier: GPL-3.0-or-later
"""Words as triangles, by Blender's own text objects, which leave nothing behind."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.arrays import Floats, Integers
from ...core.font_metrics import Font
from ...core.text_direction import order_letters
from .label_objects import CURVE_RESOLUTION, find_font_path


class WordMeshes:
    """Makes words as triangles, while it is open as a context."""

    def __init__(self) -> None:
        self._fonts: dict[str, bpy.types.VectorFont] = {}
        self._known: dict[tuple[str, str], tuple[Floats, Integers]] = {}

    def __enter__(self) -> WordMeshes:
        self._before = set(bpy.data.fonts)
        self._curve: Any = bpy.data.curves.new("Words", "FONT")
        self._object: Any = bpy.data.objects.new("Words", self._curve)
        return self

    def __exit__(self, *_: object) -> None:
        bpy.data.objects.remove(self._object)
        bpy.data.curves.remove(self._curve)
        bpy.data.batch_remove([font for font in bpy.data.fonts if font not in self._before])

    def triangulate(self, font: Font, text: str) -> tuple[Floats, Integers]:
        """Return the points (n, 2) of a text, in ems from its start on the baseline, and triangles (m, 3)."""
        key = font.file, text
        if key not in self._known:
            self._known[key] = self._triangulate(font, text)
        return self._known[key]

    def _triangulate(self, font: Font, text: str) -> tuple[Floats, Integers]:
        if font.file not in self._fonts:
            self._fonts[font.file] = bpy.data.fonts.load(str(find_font_path(font.file)))
        curve = self._curve
        curve.font, curve.body, curve.align_y = self._fonts[font.file], order_letters(text), "TOP_BASELINE"
        curve.size, curve.resolution_u = font.max_ascent + font.max_descent, CURVE_RESOLUTION
        mesh = self._object.to_mesh()
        points = np.zeros(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", points)
        mesh.calc_loop_triangles()
        triangles = np.zeros(3 * len(mesh.loop_triangles), np.int32)
        mesh.loop_triangles.foreach_get("vertices", triangles)
        self._object.to_mesh_clear()
        return points.reshape(-1, 3)[:, :2].astype(np.float64), triangles.reshape(-1, 3).astype(np.int64)
