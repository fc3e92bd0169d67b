# SPDX-License-Identifier: GPL-3.0-or-later
"""Activation as mesh attributes and nodes.

Attributes of a tile's faces hold its ActiveRanges (core/walk/active_ranges.py); nodes of a material or of geometry
compute from them ActiveRanges.active_share_at and TileGrid.active_share_at (core/tiles/tile_grid.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from ...core.arrays import Floats
from ...core.tiles.tile_grid import COPY_ACTIVE_SHARE, TileGrid
from ...core.walk.active_ranges import ActiveRanges
from .node_builder import NodeBuilder, Socket, Value

ACTIVE_PREFIX, READ_PREFIX, OCCLUSION_PREFIX = "reach", "copies", "veil"
"""First words of attribute names, for a tile's active ranges, read ranges (copies in the padding count) and occlusion
ranges (positions at which the tile hides an active one)."""

WalkPosition = tuple[Socket, Socket]
"""Position of the walk: a vector x, y, z, and the channel."""


def list_range_attributes(ranges: ActiveRanges, prefix: str) -> Iterator[tuple[str, str, Floats]]:
    """Yield name, type and values, shape (n, 3) or (n,), of the attributes that hold ranges."""
    for index in range(len(ranges.first)):
        if ranges.strength is not None:
            yield f"{prefix} strength {index}", "FLOAT_VECTOR", ranges.strength[index, :, :3].astype(np.float64)
        for end, values in _list_distinct_ends(ranges, index):
            yield f"{prefix} {end} {index}", "FLOAT_VECTOR", values[:, :3]
            if _includes_channels(ranges):
                yield f"{prefix} {end} {index} channel", "FLOAT", values[:, 3]


def _list_distinct_ends(ranges: ActiveRanges, index: int) -> Iterator[tuple[str, Floats]]:
    """Yield name and positions of the ends of a range; of one end where both are equal."""
    yield "first", ranges.first[index]
    if _has_distinct_ends(ranges, index):
        yield "last", ranges.last[index]


def _has_distinct_ends(ranges: ActiveRanges, index: int) -> bool:
    return not np.array_equal(ranges.first[index], ranges.last[index])


def _includes_channels(ranges: ActiveRanges) -> bool:
    """Return whether the walk visits several channels; if not, it stays at channel 0."""
    return bool((ranges.last[..., 3] > 0).any())


def build_tile_active_share(nodes: NodeBuilder, grid: TileGrid, walk_node: Socket) -> Socket:
    """Add the nodes of TileGrid.active_share_at.

    walk_node: the group node of the walk
    """
    position = walk_node.outputs["Position"], walk_node.outputs["Position Channel"]
    active = build_active_share(nodes, grid.active_ranges, ACTIVE_PREFIX, position)
    if grid.read_ranges is None:
        return active
    is_read = build_active_share(nodes, grid.read_ranges, READ_PREFIX, position)
    return nodes.math("MAXIMUM", active, nodes.math("MULTIPLY", is_read, COPY_ACTIVE_SHARE))


def build_active_share(nodes: NodeBuilder, ranges: ActiveRanges, prefix: str, position: WalkPosition) -> Socket:
    """Add the nodes of ActiveRanges.active_share_at."""
    xyz, channel = position
    per_range = [
        _build_axis_active_share(nodes, xyz, *build_range_ends(nodes, ranges, prefix, index), ranges.gap[:3])
        for index in range(len(ranges.first))
    ]
    if ranges.strength is not None:
        strengths = (nodes.attribute(f"{prefix} strength {index}").outputs["Vector"] for index in range(len(per_range)))
        per_range = [nodes.vector("MULTIPLY", *pair) for pair in zip(per_range, strengths, strict=True)]
    active_share = nodes.product(_sum_vectors(nodes, per_range))
    if not _includes_channels(ranges):
        return active_share
    channel_per_range = [
        _build_axis_active_share(
            nodes, channel, *build_range_ends(nodes, ranges, prefix, index, of_channel=True), (ranges.gap[3],) * 3
        )
        for index in range(len(ranges.first))
    ]
    of_channel = nodes.product(_sum_vectors(nodes, channel_per_range), component_count=1)
    return nodes.math("MULTIPLY", active_share, of_channel)


def _sum_vectors(nodes: NodeBuilder, vectors: Sequence[Socket]) -> Socket:
    return reduce(lambda total, vector: nodes.vector("ADD", total, vector), vectors)


def build_range_ends(
    nodes: NodeBuilder, ranges: ActiveRanges, prefix: str, index: int, of_channel: bool = False
) -> tuple[Socket, Socket | None]:
    """Add nodes that read the first and the last position of a range; None for the last where both are equal."""
    suffix, output = (" channel", "Fac") if of_channel else ("", "Vector")
    first = nodes.attribute(f"{prefix} first {index}{suffix}").outputs[output]
    if not _has_distinct_ends(ranges, index):
        return first, None
    return first, nodes.attribute(f"{prefix} last {index}{suffix}").outputs[output]


def _build_axis_active_share(
    nodes: NodeBuilder, position: Socket, first: Socket, last: Socket | None, gap: tuple[int, ...]
) -> Socket:
    """Add the nodes of the active share along each axis: 1 at a position of the range, down to 0 at a distance of 1."""
    offset: Value = nodes.vector("SUBTRACT", position, first)
    if last is not None:
        span = nodes.vector("SUBTRACT", last, first)
        nearest = nodes.vector("MINIMUM", nodes.vector("MAXIMUM", offset, (0, 0, 0)), span)
        if any(distance > 1 for distance in gap):
            gap_count = nodes.vector("ADD", nodes.vector("DIVIDE", nearest, gap), (0.5, 0.5, 0.5))
            on_range = nodes.vector("MULTIPLY", nodes.vector("FLOOR", gap_count), gap)
            is_spaced = tuple(float(distance > 1) for distance in gap)
            nearest = nodes.vector("MULTIPLY_ADD", nodes.vector("SUBTRACT", on_range, nearest), is_spaced, nearest)
        offset = nodes.vector("SUBTRACT", offset, nearest)
    return nodes.vector("MAXIMUM", nodes.vector("SUBTRACT", (1, 1, 1), nodes.vector("ABSOLUTE", offset)), (0, 0, 0))
