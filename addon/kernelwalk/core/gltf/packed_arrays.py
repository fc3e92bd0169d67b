# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a glTF document, packed into one buffer. Equal arrays are held once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Float32s, Floats, Integers

FLOAT, BYTE, SHORT, INTEGER, SIGNED = 5126, 5121, 5123, 5125, 5122
"""Numbers by which glTF tells types: of 32 bits, unsigned of 8, 16 and 32, and signed of 16."""

VERTICES, INDICES = 34962, 34963
"""Numbers by which glTF tells what a part of the buffer is for."""

TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}


class PackedArrays:
    """Packs arrays into a buffer, a part for each kind, and lists them as glTF's accessors."""

    def __init__(self) -> None:
        self.accessors: list[dict[str, Any]] = []
        self._parts: dict[str, list[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._views: list[tuple[str, dict[str, Any]]] = []
        self._known: dict[tuple[str, str, bytes], int] = {}

    def add_vectors(self, vectors: Floats, has_bounds: bool = False) -> int:
        """Add vectors (n, 3) of vertices, and return the number of their accessor."""
        return self._add("vectors", vectors.astype("<f4"), FLOAT, {"target": VERTICES, "byteStride": 12}, has_bounds)

    def add_shares(self, points: Floats) -> int:
        """Add places (n, 3) of vertices from -1 to 1, as whole numbers, with the room of a fourth."""
        rows = np.pad(np.rint(32767 * points), ((0, 0), (0, 1))).astype("<i2")
        view = {"target": VERTICES, "byteStride": 8}
        return self._add("shares", rows, SIGNED, view, has_bounds=True, is_normalized=True, width=3)

    def add_shades(self, shades: Floats) -> int:
        """Add the brightness (n,) of vertices, from 0 to 1, as colors."""
        levels = np.rint(255 * np.clip(shades, 0.0, 1.0)).astype(np.uint8)
        colors = np.column_stack([levels, levels, levels, np.full_like(levels, 255)])
        return self._add("shades", colors, BYTE, {"target": VERTICES, "byteStride": 4}, is_normalized=True)

    def add_triangles(self, triangles: Integers) -> int:
        """Add triangles (m, 3) of vertices."""
        is_short = int(triangles.max()) < 65535
        kind = SHORT if is_short else INTEGER
        return self._add(
            f"triangles{kind}", triangles.reshape(-1, 1).astype("<u2" if is_short else "<u4"), kind, {"target": INDICES}
        )

    def add_times(self, seconds: Floats) -> int:
        """Add the times (k,) of keyframes."""
        return self._add("motions", seconds.astype("<f4").reshape(-1, 1), FLOAT, {}, has_bounds=True)

    def add_values(self, values: Floats) -> int:
        """Add the values (k, n) of keyframes."""
        return self._add("motions", values.astype("<f4"), FLOAT, {})

    def add_colors(self, rgba: Floats) -> int:
        """Add the linear RGB and opacities (k, 4) of keyframes, from 0 to 1, in steps that no eye tells apart."""
        return self._add("colors", np.rint(65535 * rgba).astype("<u2"), SHORT, {}, is_normalized=True)

    def add_turns(self, quaternions: Floats) -> int:
        """Add the quaternions (k, 4) of keyframes, in steps of a hundredth of a degree."""
        return self._add("turns", np.rint(32767 * quaternions).astype("<i2"), SIGNED, {}, is_normalized=True)

    def finish(self) -> tuple[list[dict[str, Any]], bytes]:
        """Return the views into the buffer, and the buffer."""
        views, data = [], b""
        for kind, view in self._views:
            part = b"".join(self._parts[kind])
            views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(part), **view})
            data += part + bytes(-len(part) % 4)
        return views, data

    def _add(
        self,
        kind: str,
        rows: Any,
        component: int,
        view: dict[str, Any],
        has_bounds: bool = False,
        is_normalized: bool = False,
        width: int | None = None,
    ) -> int:
        width = width or rows.shape[1]
        data = rows.tobytes()
        key = kind, f"{rows.shape}", data
        if key in self._known:
            return self._known[key]
        if kind not in self._parts:
            self._views.append((kind, view))
            self._parts[kind], self._sizes[kind] = [], 0
        numbers = [each for each, _ in self._views]
        accessor: dict[str, Any] = {"bufferView": numbers.index(kind), "componentType": component, "count": len(rows)}
        if self._sizes[kind]:
            accessor["byteOffset"] = self._sizes[kind]
        accessor["type"] = TYPES[width]
        if is_normalized:
            accessor["normalized"] = True
        if has_bounds:
            accessor |= {
                "min": _list_shortly(rows[:, :width].min(axis=0)),
                "max": _list_shortly(rows[:, :width].max(axis=0)),
            }
        self._parts[kind].append(data)
        self._sizes[kind] += len(data)
        self._known[key] = len(self.accessors)
        self.accessors.append(accessor)
        return self._known[key]


def _list_shortly(values: Float32s) -> list[float]:
    """Return numbers (n,) with as few digits as tell them from other numbers of 32 bits."""
    return [int(value) if value == int(value) else float(str(value)) for value in values]
