# SPDX-License-Identifier: GPL-3.0-or-later
"""How a tile's reach goes into a mesh, as attributes of its faces, and out of it again, as nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from ...core.walk.activation import ActivationRanges, Floats
from .node_builder import NodeBuilder, Socket, Value

ACTIVE_PREFIX, READ_PREFIX, OCCLUSION_PREFIX = "reach", "copies", "veil"
"""The attributes' names begin so: for what lights a tile, for what also reads it by a copy in the padding, and for when
it stands before what is lit."""

WalkPosition = tuple[Socket, Socket]
"""A position of the walk: x, y, z as a vector, and the channel."""


def list_range_attributes(ranges: ActivationRanges, prefix: str) -> Iterator[tuple[str, str, Floats]]:
    """Names, types and values, shape (n, 3) or (n,), of the attributes that hold a reach."""
    for run in range(len(ranges.first)):
        for end, values in _range_ends(ranges, run):
            yield f"{prefix} {end} {run}", "FLOAT_VECTOR", values[:, :3]
            if _walks_channels(ranges):
                yield f"{prefix} {end} {run} channel", "FLOAT", values[:, 3]


def _range_ends(reach: ActivationRanges, run: int) -> Iterator[tuple[str, Floats]]:
    """The first and the last positions of a run; the last only where it is another."""
    yield "first", reach.first[run]
    if _has_distinct_ends(reach, run):
        yield "last", reach.last[run]


def _has_distinct_ends(reach: ActivationRanges, run: int) -> bool:
    return not np.array_equal(reach.first[run], reach.last[run])


def _walks_channels(reach: ActivationRanges) -> bool:
    """Whether the walk goes from channel to channel; where it stays at 0, no reach goes further."""
    return bool((reach.last[..., 3] > 0).any())


def build_activation(nodes: NodeBuilder, ranges: ActivationRanges, prefix: str, walked: WalkPosition) -> Socket:
    """Reach.cover."""
    position, channel = walked
    covers = [
        _build_axis_activation(nodes, position, *read_range_ends(nodes, ranges, prefix, run), ranges.gap[:3])
        for run in range(len(ranges.first))
    ]
    cover = nodes.product(_sum_vectors(nodes, covers))
    if not _walks_channels(ranges):
        return cover
    number = [
        _build_axis_activation(
            nodes, channel, *read_range_ends(nodes, ranges, prefix, run, channel=True), (ranges.gap[3],) * 3
        )
        for run in range(len(ranges.first))
    ]
    return nodes.math("MULTIPLY", cover, nodes.product(_sum_vectors(nodes, number), component_count=1))


def _sum_vectors(write: NodeBuilder, vectors: Sequence[Socket]) -> Socket:
    """The sum of vectors; a node takes two."""
    return reduce(lambda one, other: write.vector("ADD", one, other), vectors)


def read_range_ends(
    write: NodeBuilder, reach: ActivationRanges, name: str, run: int, channel: bool = False
) -> tuple[Socket, Socket | None]:
    """The first and the last position of a run, read from the tile; no last where it is the first."""
    suffix, output = (" channel", "Fac") if channel else ("", "Vector")
    first = write.attribute(f"{name} first {run}{suffix}").outputs[output]
    if not _has_distinct_ends(reach, run):
        return first, None
    return first, write.attribute(f"{name} last {run}{suffix}").outputs[output]


def _build_axis_activation(
    write: NodeBuilder, position: Socket, first: Socket, last: Socket | None, gap: tuple[int, ...]
) -> Socket:
    """How far a position is one of a run's, on each axis."""
    offset: Value = write.vector("SUBTRACT", position, first)
    if last is not None:
        span = write.vector("SUBTRACT", last, first)
        nearest = write.vector("MINIMUM", write.vector("MAXIMUM", offset, (0, 0, 0)), span)
        if any(each > 1 for each in gap):
            share = write.vector("ADD", write.vector("DIVIDE", nearest, gap), (0.5, 0.5, 0.5))
            on_run = write.vector("MULTIPLY", write.vector("FLOOR", share), gap)
            spaced = tuple(float(each > 1) for each in gap)
            nearest = write.vector("MULTIPLY_ADD", write.vector("SUBTRACT", on_run, nearest), spaced, nearest)
        offset = write.vector("SUBTRACT", offset, nearest)
    return write.vector("MAXIMUM", write.vector("SUBTRACT", (1, 1, 1), write.vector("ABSOLUTE", offset)), (0, 0, 0))
