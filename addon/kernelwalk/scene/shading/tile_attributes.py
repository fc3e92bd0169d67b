# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the attributes of tiles' meshes, which nodes read."""

from __future__ import annotations

CELL_ATTRIBUTE, CHANNEL_ATTRIBUTE, KIND_ATTRIBUTE, OFFSET_ATTRIBUTE = "cell", "channel", "kind", "inside"
"""Attributes of a tile's faces (column, row and slice; channel; kind), and of its points (offset from its center)."""

BOX_MOVE_ATTRIBUTE, ROUNDING_ATTRIBUTE = "to box", "rounding"
"""Attributes of small tiles, which views show as boxes: the move of a point to its corner of the box, and whether the
box lacks a face."""

TILE_ATTRIBUTE, THICKNESS_ATTRIBUTE = "tile", "thickness"
"""Attributes of the faces of a patch: the tile at the first step, and where kinds differ in it, its thickness."""
