# SPDX-License-Identifier: GPL-3.0-or-later
"""The curves of a walk: its position, and everything that moves with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays import Floats
from ..lines.frustum import Frustum, format_corner_target
from ..lines.line_set import LineSet, format_line_target
from ..spec.spec import Spec
from .curve import Curve
from .keyframes import KeyframeBuilder

AXIS_NAMES = "xyzc"
"""The axes of the walk in curve targets: x, y, z and channel. The first three also name the axes of the world."""

BEFORE_FIRST = -1.0
"""Last position before the walk has reached any."""


def make_walk_curves(
    spec: Spec, kernel_offsets: Floats, lines: Sequence[LineSet], frustum: Frustum | None = None
) -> Iterator[Curve]:
    """Yield every curve of a walk.

    kernel_offsets: shape (steps, 3), how far the kernel has moved at each step
    """
    keyframes = KeyframeBuilder(spec)
    positions = spec.walk_order.positions
    filter_axis = [3] if spec.walk_order.filter_count > 1 else []
    axes = (*range(len(spec.walk_order.sizes)), *filter_axis)
    for axis in axes:
        yield keyframes.make_interpolated(f"walk.{AXIS_NAMES[axis]}", positions[:, axis])
    yield keyframes.make_switch("walk.active", 1.0)
    yield keyframes.make_switch("connectors.hidden", 0.0)
    yield from keyframes.make_grid_visibility()
    if spec.is_scatter or spec.walk.appear or spec.walk.trail or spec.values is not None:
        is_reversed = spec.walk_order.reversed_axes.astype(np.float64)
        for axis in axes:
            yield keyframes.make_stepped(f"last.{AXIS_NAMES[axis]}", positions[:, axis], BEFORE_FIRST)
            if is_reversed[:, axis].any():
                yield keyframes.make_stepped(f"reversed.{AXIS_NAMES[axis]}", is_reversed[:, axis], 0.0)
        yield from keyframes.make_trail_fade()
    for axis in range(3):
        if (kernel_offsets[:, axis] != 0).any():
            yield keyframes.make_interpolated(f"kernel.{AXIS_NAMES[axis]}", kernel_offsets[:, axis])
    for line_set in lines:
        yield from _make_line_curves(keyframes, line_set)
    if frustum is not None:
        for corner, axis in frustum.moving_coordinates:
            yield keyframes.make_interpolated(
                format_corner_target(corner, axis), frustum.points[:, corner, axis] / frustum.extent
            )


def make_slide_curves(spec: Spec, slides: Sequence[Floats | None]) -> Iterator[Curve]:
    """Yield the curves of grids that slide. slides: of each grid, shape (steps, 3)."""
    keyframes = KeyframeBuilder(spec)
    for number, moved in enumerate(slides):
        if moved is None:
            continue
        for axis in range(2):
            yield keyframes.make_interpolated(f"slide.{number}.{AXIS_NAMES[axis]}", moved[:, axis])


def make_sum_curve(spec: Spec) -> Curve:
    """Return the curve of the step whose sum is shown."""
    return KeyframeBuilder(spec).make_stepped_inside_walk(
        "sum.step", np.arange(spec.step_count, dtype=np.float64), -1.0
    )


def _make_line_curves(keyframes: KeyframeBuilder, lines: LineSet) -> Iterator[Curve]:
    """Yield the curves of lines: points that move, and widths.

    Where some steps lack lines, points jump: a transition would lead from one line to another.
    """
    for line, point, axis in np.ndindex(lines.points.shape[1:]):
        values = lines.points[:, line, point, axis]
        if (values != values[0]).any():
            target = format_line_target(lines.name, line, point, axis)
            if lines.hidden is None:
                yield keyframes.make_interpolated(target, values)
            else:
                yield keyframes.make_stepped(target, values, values[0])
    if lines.hidden is not None:
        for line, hidden in enumerate(lines.hidden.T):
            factors = 1.0 if lines.width_factors is None else lines.width_factors[:, line].mean(axis=1)
            widths = np.where(hidden, 0.0, factors)
            if (widths != 1).any():
                yield keyframes.make_stepped(f"{lines.name}.{line}.width", widths, 0.0)
    elif lines.width_factors is not None:
        for line, point in np.ndindex(lines.width_factors.shape[1:]):
            yield keyframes.make_interpolated(f"{lines.name}.{line}.{point}.width", lines.width_factors[:, line, point])
