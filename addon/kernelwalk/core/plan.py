# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: everything that stands in the scene and everything that moves, as data. Blender is one view of it.

World units are tiles. x runs with the last axis (columns), y with the rows, z upwards; the middle of the input lies
at x = y = 0. What lights up is a rule per layer over a few keyed values, not a colour per tile: a tile's colour on a
frame is found by following `Plan.colors_at`, which the material in scene/material.py repeats node by node.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .axis import INPUT, OVERHANG, PADDING, ZERO, Axis
from .channel import Channel, channel, gathered
from .framing import View, fit
from .look import Look, linear
from .rule import Rule, Vector
from .spec import Spec
from .walk import positions

Floats = NDArray[np.float64]

BASE = 0.1
"""Height of the lower layer's underside over the floor."""

GHOST = 0.3
"""Height of the tiles that are no input, padding and inserted zeros, as a share of the others'."""

PALER = 0.5
"""How far the colours of padding that holds copies go from the input's to those of padding, and the colours of what a
window hangs over from those of padding to the background's."""

SHADOW_REACH = 0.75
"""How far shadows may fall beyond the tiles, per height above the floor."""

LINE_SHARE, WIDEST_LINE = 1 / 260, 0.35
"""Width of the connectors: a share of the picture's longer side, but never so wide that it hides a tile."""

OUTPUT = "Output"
"""The name of the upper layer."""

CONNECTORS = 4
XYZ = "xyz"


@dataclass(frozen=True)
class TileGrid:
    """The tiles of one layer.

    cells:   shape (n, 3), each tile's cell (column, row, 0), which the rule speaks of
    kinds:   shape (n,), indices into `palette` and `thickness`
    places:  shape (n, 3), the middle of each tile's underside in the world
    size:    edge of a tile
    thickness: per kind
    palette: per kind the colours (idle, lit), linear RGB of shape (kinds, 2, 3)
    """

    name: str
    cells: Floats
    kinds: NDArray[np.int8]
    places: Floats
    size: float
    thickness: tuple[float, ...]
    palette: Floats
    rule: Rule

    @property
    def used(self) -> list[int]:
        """The kinds that there are tiles of, ascending."""
        return np.unique(self.kinds).tolist()

    @property
    def bounds(self) -> Floats:
        """Shape (2, 3): the lowest and the highest corner."""
        half = np.array([self.size / 2, self.size / 2, 0.0])
        top = np.array([0.0, 0.0, max(self.thickness)])
        return np.array([self.places.min(axis=0) - half, self.places.max(axis=0) + half + top])

    def is_lit(self, position: Floats) -> NDArray[np.bool_]:
        """Shape (n,): which tiles may have another colour than their idle one at a position of the walk."""
        return self.rule.weight(self.cells, position) > 0

    def colors(self, position: Floats, lit: float) -> Floats:
        """Shape (n, 3): each tile's linear RGB."""
        weight = (self.rule.weight(self.cells, position) * lit)[:, None]
        idle, active = self.palette[self.kinds, 0], self.palette[self.kinds, 1]
        return idle + weight * (active - idle)


@dataclass(frozen=True)
class Connectors:
    """The lines from the output tile's corners to the corners of its receptive field.

    ends: shape (4, 2, 3), both ends of each line at the position 0, the output's first
    step: shape (2, 3), how far each end moves per position
    """

    ends: Floats
    step: Floats
    width: float
    color: Floats

    def at(self, position: Floats) -> Floats:
        """Shape (4, 2, 3): both ends of each line at a position of the walk."""
        return self.ends + self.step * position


@dataclass(frozen=True)
class Plan:
    """All of a scene. channels: "walk.x", "walk.y" (the position, in output cells), "walk.lit" (1 while a step is
    shown), "connectors.hidden" (1 while none is), and "connectors.LINE.END.AXIS" for what moves of the lines' ends
    (LINE 0 to 3, END 0 at the output and 1 at the input, AXIS x or y)."""

    spec: Spec
    lower: TileGrid
    upper: TileGrid
    connectors: Connectors
    channels: Mapping[str, Channel]
    frames: range
    view: View

    @property
    def grids(self) -> tuple[TileGrid, TileGrid]:
        return self.lower, self.upper

    @property
    def pixels(self) -> float:
        """The pixels of a unit's length across the picture."""
        return self.spec.render.resolution[0] / self.view.width

    @property
    def floor(self) -> Floats:
        """Shape (2, 2): the lowest and highest x and y of the floor, which holds the shadows of a high enough sun."""
        low = np.min([grid.bounds[0] for grid in self.grids], axis=0)
        high = np.max([grid.bounds[1] for grid in self.grids], axis=0)
        reach = SHADOW_REACH * high[2]
        return np.array([low[:2] - reach, high[:2] + reach])

    def position_at(self, frame: float) -> Floats:
        """Shape (3,): the position of the walk, in output cells along x, y and z."""
        return np.array([self._value(f"walk.{axis}", frame) for axis in XYZ])

    def lit_at(self, frame: float) -> float:
        """1 while a step is shown, 0 in the lead-in and lead-out."""
        return self._value("walk.lit", frame)

    def colors_at(self, frame: float) -> dict[str, Floats]:
        """The linear RGB of every tile on a frame, shape (n, 3) for each layer's name."""
        position, lit = self.position_at(frame), self.lit_at(frame)
        return {grid.name: grid.colors(position, lit) for grid in self.grids}

    def _value(self, target: str, frame: float) -> float:
        found = self.channels.get(target)
        return 0.0 if found is None else float(found.at(np.array([frame], np.float64))[0])

    @cached_property
    def pictures(self) -> NDArray[np.int64]:
        """Shape (frames,): for each frame the first frame that looks the same, which is itself if none came before."""
        frames = np.array(self.frames, np.float64)
        lit = self.channels["walk.lit"].at(frames)
        moving = [found.at(frames) for target, found in self.channels.items() if target != "walk.lit"]
        # where nothing is lit, it does not show where the walk stands
        state = np.column_stack([lit, *(values * lit for values in moving)])
        _, first, which = np.unique(state, axis=0, return_index=True, return_inverse=True)
        return np.array(self.frames)[first[which.reshape(-1)]]


def plan(spec: Spec) -> Plan:
    """The plan of a spec."""
    lower, upper = _lower(spec), _upper(spec)
    upper = _raised(upper, _gap(spec, lower, upper))
    walk = _walk_channels(spec)
    corners = np.array([corner for grid in (lower, upper) for corner in itertools.product(*grid.bounds.T)])
    view = fit(corners, spec.camera, spec.render.resolution)
    connectors = _connectors(spec, lower, upper, view)
    return Plan(
        spec,
        lower,
        upper,
        connectors,
        channels=gathered([*walk, *_connector_channels(walk, connectors)]),
        frames=spec.walk.frames(spec.layer.steps),
        view=view,
    )


def _world(spec: Spec, of_axes: Sequence[float], rest: float) -> Vector:
    """One value per axis of the layer (y, x) as a vector (x, y, z), `rest` on the axes the layer has not."""
    x, y, z = (*reversed(of_axes), *[rest] * 3)[:3]
    return float(x), float(y), float(z)


def _row_sign(look: Look) -> float:
    """Whether rows run towards the viewer (-1) or away."""
    return -1.0 if look.first_row == "far" else 1.0


def _placed(spec: Spec, cells: Floats, shift: Vector) -> Floats:
    """Where cells of the lower grid, or of the upper one with its shift, lie in the world."""
    middle = np.array(_world(spec, [(axis.inner - 1) / 2 for axis in spec.layer.axes], 0.0))
    sign = np.array([1.0, _row_sign(spec.look), 1.0])
    return (cells + np.array(shift) - middle) * sign + np.array([0.0, 0.0, BASE])


def _cells(spec: Spec, ranges: Sequence[range]) -> Floats:
    """Shape (n, 3): the cells of a grid, the last axis fastest."""
    indices = np.meshgrid(*(np.arange(r.start, r.stop, dtype=np.float64) for r in ranges), indexing="ij")
    cells = np.zeros((indices[0].size, 3))
    for axis, index in enumerate(reversed(indices)):
        cells[:, axis] = index.ravel()
    return cells


def _lower(spec: Spec) -> TileGrid:
    """What the window slides over: the input with its padding, for a transposed convolution with its zeros, and with
    what the last window hangs over."""
    axes, look, colors = spec.layer.axes, spec.look, spec.look.colors
    cells = _cells(spec, [axis.cells for axis in axes])
    kinds = np.full((), INPUT, np.int8)
    for axis in axes:
        kinds = np.maximum.outer(kinds, axis.kinds())
    rule = _rule(spec)
    palette = {
        INPUT: _linear(colors.input, colors.input_active),
        ZERO: _linear(colors.zero, colors.zero_active),
        PADDING: _linear(colors.padding, colors.padding_active),
    }
    palette[OVERHANG] = _between(palette[PADDING], _linear(colors.background, colors.background))
    if rule.mode != "zeros":
        palette[PADDING] = _between(palette[INPUT], palette[PADDING])
    return TileGrid(
        name="Input",
        cells=cells,
        kinds=kinds.ravel(),
        places=_placed(spec, cells, (0.0, 0.0, 0.0)),
        size=look.tile_size,
        thickness=tuple(look.thickness * (1 if kind == INPUT else GHOST) for kind in sorted(palette)),
        palette=np.array([palette[kind] for kind in sorted(palette)]),
        rule=rule,
    )


def _rule(spec: Spec) -> Rule:
    """What of the lower layer is lit."""
    axes = spec.layer.axes
    return Rule(
        first=_world(spec, [_first(axis) for axis in axes], 0),
        step=_world(spec, [axis.step / axis.scale for axis in axes], 0),
        gap=_world(spec, [axis.dilation for axis in axes], 1),
        count=_world(spec, [axis.kernel for axis in axes], 1),
        size=_world(spec, [1 / axis.scale for axis in axes], 1),
        mode=axes[0].mode,
        last=_world(spec, [axis.inner - 1 for axis in axes], 0),
    )


def _first(axis: Axis) -> float:
    """The middle of the window's first tap at the first output: of a cell, or of the part that upsampling copies."""
    return axis.first_cell(0) + (1 / axis.scale - 1) / 2


def _linear(idle: str, lit: str) -> Floats:
    return np.array([linear(idle), linear(lit)])


def _between(colors: Floats, paler: Floats) -> Floats:
    return colors + PALER * (paler - colors)


def _upper(spec: Spec) -> TileGrid:
    """The output, its middle over the middle of all receptive fields; with stride 1, so is each of its tiles."""
    axes, colors = spec.layer.axes, spec.look.colors
    cells = _cells(spec, [range(axis.output) for axis in axes])
    shift = [
        _first(axis) + (axis.extent - 1) / 2 + (axis.output - 1) / 2 * (axis.step / axis.scale - 1) for axis in axes
    ]
    return TileGrid(
        name=OUTPUT,
        cells=cells,
        kinds=np.zeros(len(cells), np.int8),
        places=_placed(spec, cells, _world(spec, shift, 0)),
        size=spec.look.tile_size,
        thickness=(spec.look.thickness,),
        palette=np.array([[linear(colors.output), linear(colors.output_active)]]),
        rule=Rule((0, 0, 0), _world(spec, [1] * len(axes), 0), (1, 1, 1), (1, 1, 1)),
    )


def _gap(spec: Spec, lower: TileGrid, upper: TileGrid) -> float:
    """The height of the upper layer over the lower one: what the look says, or what lets the camera see below it."""
    if spec.look.gap is not None:
        return spec.look.gap
    elevation, azimuth = np.radians(spec.camera.elevation), np.radians(spec.camera.azimuth)
    ahead = np.abs([np.sin(azimuth), np.cos(azimuth)])
    depths = [float((grid.bounds[1] - grid.bounds[0])[:2] @ ahead) for grid in (lower, upper)]
    # at this height the upper layer's near edge and the lower one's far edge meet in the picture
    clear = np.tan(min(elevation, np.radians(60))) * sum(depths) / 2
    # a quarter may be hidden, but not where it would be most of a lower layer that is the smaller one
    return float(np.clip(clear if depths[1] > depths[0] else 0.75 * clear, 2.0, None))


def _raised(grid: TileGrid, lift: float) -> TileGrid:
    return replace(grid, places=grid.places + np.array([0.0, 0.0, lift]))


def _connectors(spec: Spec, lower: TileGrid, upper: TileGrid, view: View) -> Connectors:
    rule, look = lower.rule, spec.look
    width = look.line_width
    if width is None:
        width = min(LINE_SHARE * max(view.width, view.height), WIDEST_LINE)
    # on the rounded corner, with the whole width of the line on the tile
    corner = look.tile_size / 2 - min(look.rounding, look.tile_size / 2) * (1 - np.sqrt(0.5))
    if look.thickness > 0:
        corner = max(corner - width / 2, corner / 2)
    sign = np.array([1.0, _row_sign(spec.look), 1.0])
    # where a part of a tile is meant, the outermost part ends where the tile does
    inner = np.maximum(corner - (1 - np.array(rule.size)) / 2, 0)
    hull = (np.array(rule.count) - 1) * np.array(rule.gap)
    tile = upper.places[0]
    first = _placed(spec, np.array(rule.first), (0.0, 0.0, 0.0))
    # on the lowest tiles that there are, so that no end hangs in the air
    lowest = min(lower.thickness[kind] for kind in lower.used)
    ends = np.empty((CONNECTORS, 2, 3))
    for line, (x, y) in enumerate([(0, 0), (1, 0), (1, 1), (0, 1)]):
        outward = np.array([2 * x - 1, 2 * y - 1, 0])
        ends[line, 0] = tile + outward * corner * sign
        ends[line, 1] = first + (hull * np.array([x, y, 0]) + outward * inner) * sign
        ends[line, 1, 2] = BASE + lowest
    step = np.array([np.array(upper.rule.step), np.array(rule.step)]) * sign
    return Connectors(ends, step, width, linear(look.colors.line))


def _walk_channels(spec: Spec) -> list[Channel]:
    walk, layer = spec.walk, spec.layer
    visited = positions(layer.output, walk.order)
    reached = walk.start(np.arange(len(visited)))
    easing, hold = walk.glide()
    channels = []
    for axis, name in enumerate(reversed(range(len(layer.output)))):
        values = visited[:, name]
        if easing == "step":
            channels.append(channel(f"walk.{XYZ[axis]}", reached, values, easing))
        else:
            keys = np.column_stack([reached, reached + hold - 1])[:, : 1 if hold == 1 else 2]
            channels.append(channel(f"walk.{XYZ[axis]}", keys.ravel(), np.repeat(values, keys.shape[1]), easing))
    frames = walk.frames(layer.steps)
    end = frames.stop - walk.lead_out
    lit = {frames.start: 0.0} if walk.lead_in else {}
    lit[frames.start + walk.lead_in] = 1.0
    if walk.lead_out:
        lit[end] = 0.0
    times, values = np.array(list(lit)), np.array(list(lit.values()))
    return [
        *channels,
        channel("walk.lit", times, values, "step"),
        channel("connectors.hidden", times, 1 - values, "step"),
    ]


def _connector_channels(walk: Sequence[Channel], connectors: Connectors) -> list[Channel]:
    """What moves of the lines: each end by a step per position, so it shares the walk's frames and easing."""
    channels = []
    for axis, name in enumerate(XYZ):
        walked = next((each for each in walk if each.target == f"walk.{name}"), None)
        if walked is None:
            continue
        for line in range(CONNECTORS):
            for end in (0, 1):
                values = connectors.ends[line, end, axis] + connectors.step[end, axis] * walked.values
                channels.append(Channel(f"connectors.{line}.{end}.{name}", walked.frames, values, walked.easing))
    return channels
