# SPDX-License-Identifier: GPL-3.0-or-later
"""The colour of a tile by what the walk has left on it: Heat of core/tiles/visit_counts.py, written as nodes."""

from __future__ import annotations

from ...core.layers.axis import CROPPED
from ...core.tiles.visit_counts import VisitCounts
from ...core.walk.activation import ActivationRanges
from .activation_nodes import ACTIVE_PREFIX, read_range_ends
from .node_builder import NodeBuilder, Socket, Value

ZERO = (0.0, 0.0, 0.0)


def build_visited_color(
    nodes: NodeBuilder, visit_counts: VisitCounts, kind: Socket | None, idle: Socket, walk_node: Socket
) -> Socket:
    """The colour of a tile that is not lit: Heat.color, or `idle` where it is cropped."""
    count = _build_count(nodes, visit_counts, walk_node)
    got = nodes.math("GREATER_THAN", count, 0.5)
    if "Kept" in walk_node.outputs:
        got = nodes.math("MULTIPLY", got, walk_node.outputs["Kept"])
    before = idle if visit_counts.unvisited_color is None else nodes.color("Ghost", visit_counts.unvisited_color)
    found = nodes.mix(got, before, _stamped_color(nodes, visit_counts, idle, count))
    return found if kind is None else nodes.mix(nodes.math("LESS_THAN", kind, CROPPED - 0.5), idle, found)


def _stamped_color(write: NodeBuilder, heat: VisitCounts, idle: Socket, count: Socket) -> Socket:
    """The colour of a tile with stamps."""
    if heat.visited_colors is None:
        return idle
    if (heat.visited_colors[0] == heat.visited_colors[1]).all():
        return write.color("Visited", heat.visited_colors[0])
    low, high = write.color("One stamp", heat.visited_colors[0]), write.color("Most stamps", heat.visited_colors[1])
    return write.mix(
        write.math("DIVIDE", write.math("SUBTRACT", count, 1.0), float(max(heat.max_count - 1, 1))), low, high
    )


def _build_count(write: NodeBuilder, heat: VisitCounts, walked: Socket) -> Socket:
    """Heat.count."""
    along = _separate_components(write, *_count_along_axes(write, heat.active_ranges, walked, channel=False))
    if 3 in heat.axis_order:
        along.append(
            _separate_components(write, *_count_along_axes(write, heat.active_ranges, walked, channel=True))[0]
        )
    found: Value = 0.0
    here: Value = 1.0
    for number, axis in enumerate(heat.axis_order):
        before, there, _ = along[axis]
        for rest in heat.axis_order[number + 1 :]:
            before = write.math("MULTIPLY", before, along[rest][2])
        found = write.math("ADD", found, write.math("MULTIPLY", here, before))
        here = write.math("MULTIPLY", here, there)
    return write.math("ADD", found, here)


def _count_along_axes(
    write: NodeBuilder, reach: ActivationRanges, walked: Socket, channel: bool
) -> tuple[Socket, Socket, Socket]:
    """Along each axis the stamps before the position that was reached, at it, and in all."""
    suffix, gap = (" Channel", (reach.gap[3],) * 3) if channel else ("", reach.gap[:3])
    done, turned = (
        walked.outputs[f"Done{suffix}"],
        walked.outputs[f"Turned{suffix}"] if _has_reversed_axes(walked) else ZERO,
    )
    first, last = read_range_ends(write, reach, ACTIVE_PREFIX, 0, channel)
    span = ZERO if last is None else write.vector("SUBTRACT", last, first)
    totals = write.vector("ADD", write.vector("DIVIDE", span, gap), (1, 1, 1))
    share = write.vector("DIVIDE", write.vector("SUBTRACT", done, first), gap)
    ahead = _clamp_vector(write, write.vector("CEIL", share), totals)
    upto = _clamp_vector(write, write.vector("ADD", write.vector("FLOOR", share), (1, 1, 1)), totals)
    there = write.vector("SUBTRACT", upto, ahead)
    if _has_reversed_axes(walked):
        behind = write.vector("SUBTRACT", totals, upto)
        change = write.vector("SUBTRACT", behind, ahead)
        ahead = write.vector("MULTIPLY_ADD", change, turned, ahead)
    return ahead, there, totals


def _has_reversed_axes(walked: Socket) -> bool:
    return "Turned" in walked.outputs


def _clamp_vector(write: NodeBuilder, value: Socket, maximum: Value) -> Socket:
    return write.vector("MINIMUM", write.vector("MAXIMUM", value, ZERO), maximum)


def _separate_components(write: NodeBuilder, *vectors: Socket) -> list[tuple[Socket, ...]]:
    """For each of x, y and z its parts of several vectors."""
    split = []
    for vector in vectors:
        parts = write.node("ShaderNodeSeparateXYZ")
        write.connect(parts.inputs[0], vector)
        split.append(parts.outputs)
    return [tuple(outputs[axis] for outputs in split) for axis in range(3)]
