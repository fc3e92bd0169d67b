# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as bars that are moved, turned and stretched, and the frustum as a body for each of its forms."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..arrays import Floats
from ..lines.line_set import LineSet
from ..plan.plan import Plan
from ..plan.rests import OUTSIDE, Rests, find_runs
from ..tiles.body_opacity import find_body_opacity
from .motions import glide, group_runs, jump, show
from .part_writer import PartWriter
from .solids import UP, make_bar, make_frustum_solid

ARCH_PIECES = 10
"""Bars of an arch."""

SHORTEST = 1e-6
"""Length of a line below which there is none: that of a step that reads nothing."""

PLACE_DECIMALS = 6
"""Of places in a bundle that moves, by which lines that only move are told from those that turn."""

DECIMALS = 4
"""Of the corners by which forms of the frustum are told apart."""


def add_lines(writer: PartWriter, parent: Any, plan: Plan, rests: Rests) -> None:
    """Add all lines, and the frustum."""
    for lines in plan.lines:
        _add_set(writer, parent, plan, rests, lines)
    if plan.frustum is not None:
        _add_frustum(writer, parent, plan, rests)


def _add_set(writer: PartWriter, parent: Any, plan: Plan, rests: Rests, lines: LineSet) -> None:
    name = lines.name.capitalize()
    group = writer.add_group(parent, name, name)
    steps = np.maximum.accumulate(rests.steps).clip(0)  # outside of the walk, lines wait at its ends
    bundles = [*lines.edge_groups, lines.points.shape[1]] if lines.edge_groups else [0, lines.points.shape[1]]
    for first, end in pairwise(bundles):
        points, own = lines.points[steps, first:end], group
        starts = points[:, :, 0] - points[:, :1, 0]
        if lines.hidden is None and np.abs(starts - starts[0]).max() < SHORTEST:  # the bundle moves with its starts
            own = writer.add_group(group, name, name) if len(bundles) > 2 else group
            writer.move(own, glide(rests, points[:, 0, 0]))
            points = (points - points[:, :1, :1]).round(PLACE_DECIMALS)
        hidden = None if lines.hidden is None else lines.hidden[steps, first:end]
        _add_bundle(writer, own, plan, rests, replace(lines, points=points, hidden=hidden))


def _add_bundle(writer: PartWriter, group: Any, plan: Plan, rests: Rests, lines: LineSet) -> None:
    """Add lines whose points (rests, lines, points, 3) are told for each rest."""
    shape = writer.add_shape("bar", "Bar", make_bar)
    material = writer.add_material(plan.spec.look.to_linear_rgb(lines.color))
    move = glide if lines.hidden is None else jump  # a transition would lead from one line to another
    for line in range(lines.points.shape[1]):
        points = lines.points[:, line]
        is_shown = rests.steps != OUTSIDE
        if lines.hidden is not None:
            is_shown &= ~lines.hidden[:, line]
        bends = _bend(points) if lines.is_arched else points
        for piece in range(bends.shape[1] - 1):
            start, across = bends[:, piece], bends[:, piece + 1] - bends[:, piece]
            lengths = np.linalg.norm(across, axis=1)
            sizes = np.column_stack([np.full((len(lengths), 2), lines.width), lengths])
            sizes[~is_shown | (lengths < SHORTEST)] = 0
            if sizes.any():
                turns = _find_turns(across, lengths)
                name = lines.name.capitalize()
                writer.add_part(
                    group, name, shape, material, move(rests, start), move(rests, turns), move(rests, sizes)
                )


def _bend(points: Floats) -> Floats:
    """Return points along arches over three points each (rests, 3, 3): quadratic Bezier curves."""
    share = np.linspace(0, 1, ARCH_PIECES + 1)[:, None]
    start, middle, end = points[:, 0, None], points[:, 1, None], points[:, 2, None]
    bent: Floats = (1 - share) ** 2 * start + 2 * share * (1 - share) * middle + share**2 * end
    return bent


def _find_turns(across: Floats, lengths: Floats) -> Floats:
    """Return the shortest turns (n, 4), as quaternions, from straight down to directions (n, 3) of these lengths (n,).

    Most lines lead down, so that their turns change little from step to step.
    """
    x, y, z = np.where(lengths[:, None] < SHORTEST, -UP, across / np.maximum(lengths, SHORTEST)[:, None]).T
    turns = np.column_stack([1 - z, y, -x, np.zeros_like(x)])
    turns[z > 1 - 1e-9] = [0, 1, 0, 0]  # straight up
    normalized: Floats = turns / np.linalg.norm(turns, axis=1, keepdims=True)
    return normalized


def _add_frustum(writer: PartWriter, parent: Any, plan: Plan, rests: Rests) -> None:
    frustum = plan.frustum
    assert frustum is not None
    group = writer.add_group(parent, "Frustum", "Frustum")
    opacity = find_body_opacity(frustum.opacity)
    material = writer.add_material(plan.spec.look.to_linear_rgb(frustum.color), opacity)
    points = frustum.points.reshape(len(frustum.points), -1, 24)
    nothing = np.zeros_like(points[0])
    runs = find_runs(nothing if step == OUTSIDE else points[step] for step in rests.steps.tolist())
    for _, values, spans in group_runs(runs):
        corners = np.array(values).reshape(8, 3)
        form = (corners - corners[0]).round(DECIMALS)
        if form.any():
            shape = writer.add_shape(("frustum", form.tobytes()), "Frustum", partial(make_frustum_solid, form))
            writer.add_part(group, "Frustum", shape, material, corners[0], scale=show(rests, spans))
