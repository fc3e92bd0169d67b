# SPDX-License-Identifier: GPL-3.0-or-later
"""Color of a tile by its visits: VisitCounts (core/tiles/visit_counts.py) as nodes."""

from __future__ import annotations

from ...core.layers.axis import CROPPED
from ...core.tiles.visit_counts import VisitCounts
from ...core.walk.active_ranges import ActiveRanges
from .active_share_nodes import ACTIVE_PREFIX, build_range_ends
from .node_builder import NodeBuilder, Socket, Value

ZERO = (0.0, 0.0, 0.0)


def build_visited_color(
    nodes: NodeBuilder, visit_counts: VisitCounts, kind: Socket | None, idle: Socket, walk_node: Socket
) -> Socket:
    """Add the color of a tile that is not active: VisitCounts.blend_colors, or `idle` where it is cropped."""
    count = build_count(nodes, visit_counts, walk_node)
    is_visited = nodes.math("GREATER_THAN", count, 0.5)
    if "Trail" in walk_node.outputs:
        is_visited = nodes.math("MULTIPLY", is_visited, walk_node.outputs["Trail"])
    unvisited = idle if visit_counts.unvisited_color is None else nodes.color("Ghost", visit_counts.unvisited_color)
    color = nodes.mix(is_visited, unvisited, _build_counted_color(nodes, visit_counts, idle, count))
    return color if kind is None else nodes.mix(nodes.math("LESS_THAN", kind, CROPPED - 0.5), idle, color)


def _build_counted_color(nodes: NodeBuilder, visit_counts: VisitCounts, idle: Socket, count: Socket) -> Socket:
    """Add the color of a tile with at least one visit."""
    colors = visit_counts.visited_colors
    if colors is None:
        return idle
    if (colors[0] == colors[1]).all():
        return nodes.color("Visited", colors[0])
    low, high = nodes.color("One stamp", colors[0]), nodes.color("Most stamps", colors[1])
    share = nodes.math("DIVIDE", nodes.math("SUBTRACT", count, 1.0), float(max(visit_counts.max_count - 1, 1)))
    return nodes.mix(share, low, high)


def build_count(nodes: NodeBuilder, visit_counts: VisitCounts, walk_node: Socket) -> Socket:
    """Add the nodes of VisitCounts.count_at; where tiles have one position each, of VisitCounts.order_weights."""
    ranges = visit_counts.active_ranges
    if visit_counts.order_weights is not None:
        return _build_is_reached(nodes, ranges, visit_counts.order_weights, walk_node)
    per_axis = _separate_components(nodes, *_count_along_axes(nodes, ranges, walk_node, of_channel=False))
    if 3 in visit_counts.axis_order:
        per_axis.append(_separate_components(nodes, *_count_along_axes(nodes, ranges, walk_node, of_channel=True))[0])
    count: Value = 0.0
    at_outer_axes: Value = 1.0
    for number, axis in enumerate(visit_counts.axis_order):
        before, at_position, _ = per_axis[axis]
        for faster in visit_counts.axis_order[number + 1 :]:
            before = nodes.math("MULTIPLY", before, per_axis[faster][2])
        count = nodes.math("ADD", count, nodes.math("MULTIPLY", at_outer_axes, before))
        at_outer_axes = nodes.math("MULTIPLY", at_outer_axes, at_position)
    return nodes.math("ADD", count, at_outer_axes)


def _build_is_reached(
    nodes: NodeBuilder, ranges: ActiveRanges, weights: tuple[float, ...], walk_node: Socket
) -> Socket:
    """Add the count of tiles that have one position each: 1 if the walk has reached it, else 0."""
    later: Value = 0.0
    for suffix, own in (("", weights[:3]), (" Channel", (weights[3], 0.0, 0.0))):
        if not any(own):
            continue
        signed: Value = own
        if "Reversed" in walk_node.outputs:
            reversed_axes = walk_node.outputs[f"Reversed{suffix}"]
            signed = nodes.vector("MULTIPLY_ADD", reversed_axes, tuple(-2 * weight for weight in own), own)
        first, _ = build_range_ends(nodes, ranges, ACTIVE_PREFIX, 0, of_channel=bool(suffix))
        distance = nodes.vector("SUBTRACT", first, walk_node.outputs[f"Last Position{suffix}"])
        signs = nodes.vector("MAXIMUM", nodes.vector("MINIMUM", distance, (1, 1, 1)), (-1, -1, -1))
        later = nodes.math("ADD", nodes.vector("DOT_PRODUCT", signs, signed), later)
    return nodes.math("LESS_THAN", later, 0.5)


def _count_along_axes(
    nodes: NodeBuilder, ranges: ActiveRanges, walk_node: Socket, of_channel: bool
) -> tuple[Socket, Socket, Socket]:
    """Add, along each axis, the visits before the last position, the visits at it, and all visits of the walk."""
    suffix, gap = (" Channel", (ranges.gap[3],) * 3) if of_channel else ("", ranges.gap[:3])
    position = walk_node.outputs[f"Last Position{suffix}"]
    first, last = build_range_ends(nodes, ranges, ACTIVE_PREFIX, 0, of_channel)
    span = ZERO if last is None else nodes.vector("SUBTRACT", last, first)
    totals = nodes.vector("ADD", nodes.vector("DIVIDE", span, gap), (1, 1, 1))
    share = nodes.vector("DIVIDE", nodes.vector("SUBTRACT", position, first), gap)
    before = _clamp_vector(nodes, nodes.vector("CEIL", share), totals)
    up_to = _clamp_vector(nodes, nodes.vector("ADD", nodes.vector("FLOOR", share), (1, 1, 1)), totals)
    at_position = nodes.vector("SUBTRACT", up_to, before)
    if "Reversed" in walk_node.outputs:
        after = nodes.vector("SUBTRACT", totals, up_to)
        change = nodes.vector("SUBTRACT", after, before)
        before = nodes.vector("MULTIPLY_ADD", change, walk_node.outputs[f"Reversed{suffix}"], before)
    return before, at_position, totals


def _clamp_vector(nodes: NodeBuilder, value: Socket, maximum: Value) -> Socket:
    return nodes.vector("MINIMUM", nodes.vector("MAXIMUM", value, ZERO), maximum)


def _separate_components(nodes: NodeBuilder, *vectors: Socket) -> list[tuple[Socket, ...]]:
    """Split vectors, and return for each of x, y and z the components of all vectors."""
    split = [nodes.separate(vector) for vector in vectors]
    return [tuple(components[axis] for components in split) for axis in range(3)]
