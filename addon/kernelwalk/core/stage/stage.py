# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage: grids in their places, with the looks of their tiles, and what moves between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import CROPPED, INPUT, OUTPUT_PADDING, OVERHANG, PADDING, ZERO
from ..layers.registry import PixelShuffle, PixelUnshuffle, Unfold
from ..spec.label_texts import INPUT_NAME, OUTPUT_NAME
from ..spec.look_section import Colors, srgb_to_linear
from ..spec.spec import Spec
from ..walk.activation import ActivationRanges, Floats
from .clearance import is_steep
from .copies import arches
from .framing import View, corners_of
from .grids import Grid, moved_channels
from .heat import heat
from .keys import turns_at_steps
from .layout import Layout, Way
from .lines import MOST_FANS, Ends, Lines, connectors
from .shape import at_corner
from .tilegrid import COPIED, TileGrid
from .veil import veil

GHOST = 0.3
"""Height of the tiles that are no input, padding and inserted zeros, as a share of the others'."""

PALER = 0.5
"""How far the colours of padding that holds copies go from the input's to those of padding, and the colours of what a
window hangs over from those of padding to the background's."""

LINE_SHARE, WIDEST_LINE = 1 / 260, 0.35
"""Width of the connectors: a share of the picture's longer side, but never so wide that it hides a tile."""

ARCH_WIDTH = 0.6
"""Width of the arches over padding, as a share of the connectors'."""

KERNEL_SIZE, KERNEL_THICKNESS = 0.44, 0.4
"""Of the kernel's tiles, as a share of the others'."""

KERNEL_NEAR, KERNEL_FAR, KERNEL_OVER = 0.3, 0.77, 0.12
"""Between which distances from the middle of a tile, towards the camera, the sight of it may pass the heights of the
kernel's tiles: between the one over it and the next. And how high at least these stand over those."""

KERNEL_OPACITY = 0.28
"""Of each side of the kernel's tiles, where no height leaves that sight free: both together stop half."""

KERNEL = "Kernel"
"""The name of the block of tiles that moves with the receptive field."""

INPUT_KINDS = {INPUT: "Input", ZERO: "Inserted zero", PADDING: "Padding", OVERHANG: "Overhang"}
OUTPUT_KINDS = {INPUT: "Output", OUTPUT_PADDING: "Output padding", CROPPED: "Cropped"}


@dataclass(frozen=True)
class Stage:
    """Grids in their places.

    flat, places: the grids, and where their cells stand
    grids: their tiles
    kernel: the kernel's, at the first step
    moves: shape (steps, 3), how far the kernel has moved
    way: how what was left open is laid out
    """

    spec: Spec
    flat: Sequence[Grid]
    places: Sequence[Layout]
    grids: tuple[TileGrid, ...]
    kernel: TileGrid | None
    moves: Floats
    way: Way

    @property
    def tiles(self) -> tuple[TileGrid, ...]:
        """All that consists of tiles."""
        return self.grids if self.kernel is None else (*self.grids, self.kernel)

    @property
    def bounds(self) -> list[Floats]:
        """Shape (2, 3) each: the corners of all tiles that the camera is to see."""
        found = [box for grid in self.grids for box in grid.boxes]
        if self.kernel is not None:
            found += [self.kernel.bounds + self.moves.min(axis=0), self.kernel.bounds + self.moves.max(axis=0)]
        return found

    @property
    def corners(self) -> Floats:
        """Shape (n, 3): of the boxes around all tiles that the camera is to see."""
        return corners_of(self.bounds)

    def lines(self, view: View) -> tuple[Lines, ...]:
        """The connectors between all grids and their neighbours, and the arches over padding, for a view."""
        look = self.spec.look
        width = look.connector_width
        if width is None:
            width = min(LINE_SHARE * max(view.width, view.height), WIDEST_LINE)
        sign = np.array([1.0, -1.0 if look.first_row == "far" else 1.0, 1.0])
        links: list[Floats] = []
        fans: list[int] = []
        for number, pairs in enumerate(_pairs(self.spec, self.flat, self.way), start=1):
            begin = sum(link.shape[1] for link in links)
            fans += [begin + 4 * fan for fan in range(1 if pairs is None else pairs.shape[1])]
            links.append(connectors(self._ends(number, width), self._ends(number - 1, width, below=True), pairs, sign))
        color = srgb_to_linear(look.colors.connector)
        found = [Lines("connectors", np.concatenate(links, axis=1), width, color, fans=tuple(fans))]
        tied = self._arches()
        if tied is not None:
            found.append(Lines("copies", tied[0], ARCH_WIDTH * width, color, hidden=tied[1], arched=True))
        return tuple(found)

    def as_wide(self, lines: Sequence[Lines], view: View) -> tuple[Lines, ...]:
        """Lines that look as wide wherever a view shows them."""
        if view.distance is None:
            return tuple(lines)
        turns = turns_at_steps(self.spec)
        return tuple(
            replace(each, widths=view.away(view.unturned(each.points, turns)) / view.distance) for each in lines
        )

    def veiled(self, views: Sequence[View]) -> Stage:
        """The stage with tiles that fade where they stand before what is lit, as seen in these views."""
        if not self.spec.look.see_through:
            return self
        each = list(zip(self.flat, self.places, self.grids, strict=True))
        tiles = [replace(grid, veil=veil(grid, each[: n + 1], views)) for n, grid in enumerate(self.grids)]
        return replace(self, grids=tuple(tiles))

    def _ends(self, number: int, width: float, below: bool = False) -> Ends:
        """A grid as the lines' upper end, at the underside of its tiles, or as their lower one, on them."""
        look, grid, tiles = self.spec.look, self.flat[number], self.grids[number]
        # on the rounded corner, with the whole width of the line on the tile
        inside = width / 2 if look.thickness > 0 else 0.0
        corner, height = at_corner(tiles.size, max(tiles.thickness), look.rounding, look.bevel, inside)
        heights = [tiles.thickness[kind] for kind in tiles.used]
        # to a stamp as far as it is drawn
        hull = grid.lit if below and (CROPPED in tiles.used or not self.spec.is_scatter) else grid.held
        if self.way.aside is not None:  # they lie on all tiles on their way
            return Ends(hull, self.places[number], max(heights) + tiles.lift + width / 2, corner)
        if not below:
            return Ends(hull, self.places[number], tiles.lift, corner)
        tops = tuple(height * each for each in tiles.thickness)
        return Ends(hull, self.places[number], tiles.lift, corner, (grid.strips, tops))

    def _arches(self) -> tuple[Floats, NDArray[np.bool_]] | None:
        layer, below, tiles = self.spec.layer, self.flat[-2], self.grids[-2]
        if below.copies is None or not self.spec.show.arches:
            return None
        # while one is read by its copy in the padding alone, it rises half as far
        tops = tiles.thickness[INPUT] + COPIED * tiles.lift, tiles.thickness[PADDING] + tiles.lift
        return arches(layer.axes, self.spec.walk_order.positions, below.lit.low[:, 3], self.places[-2], tops)


def stage(spec: Spec, flat: Sequence[Grid], places: Sequence[Layout], way: Way) -> Stage:
    """The grids in their places."""
    roles = {INPUT_NAME: "input", OUTPUT_NAME: "output"}
    pairs = zip(flat, places, strict=True)
    tiles = [_tiles(spec, grid, layout, roles.get(grid.name, "feature")) for grid, layout in pairs]
    kernel, moves = _kernel(spec, flat, places, tiles)
    return Stage(spec, flat, places, tuple(tiles), kernel, moves, way)


def _tiles(spec: Spec, grid: Grid, layout: Layout, role: str) -> TileGrid:
    look, cells, kinds = spec.look, grid.cells, grid.kinds
    if role == "output":
        named, palette = OUTPUT_KINDS, _output_palette(look.colors)
    else:
        named, palette = INPUT_KINDS, _input_palette(look.colors, role, copies=grid.copies is not None)
    # of the others there are none in most layers, and each takes time wherever a ray meets a tile
    names = {kind: name for kind, name in named.items() if kind == INPUT or (kinds == kind).any()}
    low = {ZERO, PADDING, OVERHANG, CROPPED}
    found = TileGrid(
        name=grid.name,
        cells=cells,
        kinds=kinds,
        places=layout.place(cells),
        size=look.tile_size,
        thickness=tuple(look.thickness * (GHOST if kind in low else 1) for kind in range(len(palette))),
        kind_names=names,
        palette=palette,
        reach=grid.reach,
        copies=grid.copies,
        lift=spec.walk.lift,
    )
    left = _left_behind(spec, role)
    if left is None:
        return found
    return replace(found, heat=heat(grid.reach, _slowest_first(spec), kinds != CROPPED, *left))


def _left_behind(spec: Spec, role: str) -> tuple[Floats | None, Floats | None] | None:
    """What the walk leaves on a grid's tiles: the colours of those with one stamp and with the most, and of those
    without any; where either is None, their own. None where it leaves nothing."""
    walk, colors = spec.walk, spec.look.colors
    stamped = ghosts = None
    if role == "output" and spec.is_scatter:
        stamped = _linear(colors.one_stamp, colors.most_stamps)
    elif walk.trail and role == "input" and spec.is_scatter:
        stamped = _linear(colors.input_visited, colors.input_visited)
    elif walk.trail and role == "output":
        stamped = _linear(colors.output_visited, colors.output_visited)
    if walk.appear and role == "output":
        ghosts = srgb_to_linear(colors.ghost)
    return None if stamped is None and ghosts is None else (stamped, ghosts)


def _slowest_first(spec: Spec) -> tuple[int, ...]:
    """The axes of the walk: 0 to 3 for x, y, z and channel."""
    along = list(range(len(spec.layer.axes)))
    filters = [3] if spec.walk_order.filter_count > 1 else []
    return (*filters, *(along if spec.walk.order == "columns" else along[::-1]))


def _linear(idle: str, lit: str) -> Floats:
    return np.array([srgb_to_linear(idle), srgb_to_linear(lit)])


def _between(colors: Floats, paler: Floats) -> Floats:
    return colors + PALER * (paler - colors)


def _input_palette(colors: Colors, role: str, copies: bool) -> Floats:
    """Shape (4, 2, 3): of what a layer reads, by kind."""
    values = _linear(colors.input, colors.input_active)
    if role == "feature":
        values = _linear(colors.feature_map, colors.feature_map_active)
    zeros, padding = _linear(colors.zero, colors.zero_active), _linear(colors.padding, colors.padding_active)
    overhang = _between(padding, _linear(colors.background, colors.background))
    return np.array([values, zeros, _between(values, padding) if copies else padding, overhang])


def _output_palette(colors: Colors) -> Floats:
    """Shape (6, 2, 3): of the output, by kind."""
    values = _linear(colors.output, colors.output_active)
    extra, cropped = (
        _linear(colors.output_padding, colors.output_padding_active),
        _linear(colors.cropped, colors.cropped_active),
    )
    return np.array([values, values, values, values, extra, cropped])


def _pairs(spec: Spec, flat: Sequence[Grid], way: Way) -> list[NDArray[np.int64] | None]:
    """Of each grid but the first, the channels that have connectors of their own: an output channel of a step with an
    input channel that it reads, shape (steps, pairs, 2); None where the connectors run around all."""
    return [_pairs_of(spec, flat, number, way) for number in range(1, len(flat))]


def _pairs_of(spec: Spec, flat: Sequence[Grid], number: int, way: Way) -> NDArray[np.int64] | None:
    channels, filters = spec.drawn_channels[number - 1], spec.walk_order.positions[:, 3].astype(np.int64)
    above = flat[number]
    if channels.inputs == channels.outputs == 1:
        return None
    if channels.groups == 1 and len(spec.layer.axes) == 1 and not way.above:
        return None  # channels of one axis are the rows of a plane, and all of them are read
    if isinstance(spec.layers[number - 1], (PixelShuffle, PixelUnshuffle)):
        return moved_channels(spec) if channels.outputs <= MOST_FANS or spec.walk_order.filter_count > 1 else None
    if isinstance(spec.layer, Unfold) and number == len(flat) - 1:
        return None  # a matrix has rows for all
    if spec.is_scatter:  # an input feeds outputs as in a convolution an output reads inputs
        channels = replace(channels, inputs=channels.outputs, outputs=channels.inputs)
    lit = above.strips[0].active_pairs
    counts = np.bincount(lit[:, 0], minlength=spec.walk_order.filter_count) * (channels.inputs // channels.groups)
    if (counts != counts[0]).any() or not 1 <= counts[0] <= MOST_FANS:
        return None
    read = channels.group_inputs(channels.group_of(lit[:, 1]))
    pairs = np.column_stack([np.repeat(lit[:, 1], read.shape[1]), read.ravel()])
    return pairs.reshape(spec.walk_order.filter_count, -1, 2)[filters]


def _kernel(
    spec: Spec, flat: Sequence[Grid], places: Sequence[Layout], tiles: Sequence[TileGrid]
) -> tuple[TileGrid | None, Floats]:
    """The kernel's tiles over the first field, and how far they have moved at each step."""
    layer, still = spec.layer, np.zeros((spec.step_count, 3))
    has_one = layer.op in ("conv", "conv_transpose")
    wanted = spec.show.kernel == "on" or (spec.show.kernel == "auto" and spec.shows_channels and len(flat) == 2)
    if not (has_one and wanted):
        return None, still
    below, layout = flat[-2], places[-2]
    low, high = below.lit.low, below.lit.high
    corners = layout.place(low)
    sizes = [int(high[0, 3] - low[0, 3]) + 1, *[1] * (3 - len(layer.kernel)), *layer.kernel]
    c, z, y, x = np.indices(sizes).reshape(4, -1)
    cells = np.column_stack([x, y, z, c]).astype(np.float64)
    apart = np.array([*reversed([*[1] * (3 - len(layer.dilation)), *layer.dilation]), 1])
    look, color = spec.look, srgb_to_linear(spec.look.colors.kernel)
    thickness = look.thickness * KERNEL_THICKNESS
    over, free = _kernel_over(spec, tiles[-2], thickness)
    always = ActivationRanges(
        np.zeros((1, len(cells), 4), np.float32), np.zeros((1, len(cells), 4), np.float32), (1, 1, 1, 1)
    )
    kernel = TileGrid(
        name=KERNEL,
        cells=cells,
        kinds=np.zeros(len(cells), np.int8),
        places=layout.place(low[0] + cells * apart) + np.array([0, 0, over]),
        size=look.tile_size * KERNEL_SIZE,
        thickness=(thickness,),
        kind_names={INPUT: KERNEL},
        palette=np.array([[color, color]]),
        reach=always,
        opacity=1.0 if free or not look.see_through else KERNEL_OPACITY,
    )
    return kernel, corners - corners[0]


def _kernel_over(spec: Spec, below: TileGrid, thickness: float) -> tuple[float, bool]:
    """How high the kernel's undersides are over those of the tiles that they read, and whether the camera sees the
    middles of all of these past them: it looks between two, at the height that is halfway from the one to the other.
    From far above it does not, at whatever height."""
    highest = max(below.thickness) + below.lift
    if is_steep(spec.camera):
        return float(highest + KERNEL_OVER), False
    lowest = min(below.thickness[kind] for kind in below.used) + below.lift
    slope = np.tan(np.radians(spec.camera.elevation))
    least, most = highest + KERNEL_NEAR * slope, lowest + KERNEL_FAR * slope - thickness
    over = max((least + most) / 2, highest + KERNEL_OVER)
    free = spec.camera.projection == "orthographic" and least <= over <= most
    return float(over), free
