# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a glTF document, packed into one buffer. Equal arrays are held once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Floats, Integers

FLOAT, BYTE, SHORT, INTEGER = 5126, 5121, 5123, 5125
"""Numbers by which glTF tells types: of 32 bits, and unsigned of 8, 16 and 32."""

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
    ) -> int:
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
        accessor["type"] = TYPES[rows.shape[1]]
        if is_normalized:
            accessor["normalized"] = True
        if has_bounds:
            accessor |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        self._parts[kind].append(data)
        self._sizes[kind] += len(data)
        self._known[key] = len(self.accessors)
        self.accessors.append(accessor)
        return self._known[key]
