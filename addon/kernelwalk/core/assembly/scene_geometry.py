# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage: grids in their places, with the looks of their tiles, and what moves between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..animation.keyframes import orbit_angles_at_steps
from ..camera.framing import View, box_corners
from ..geometry.clearance import is_steep
from ..geometry.grids import Grid, rearranged_channel_pairs
from ..geometry.layout import Layout, LayoutOption
from ..geometry.tile_mesh import corner_surface_point
from ..layers.axis import CROPPED, INPUT, OUTPUT_PADDING, OVERHANG, PADDING, ZERO
from ..layers.registry import PixelShuffle, PixelUnshuffle, Unfold
from ..lines.line_set import MAX_CHANNEL_PAIRS, LineAnchor, LineSet, connect_grids
from ..lines.padding_arches import arch_points
from ..spec.label_texts import INPUT_NAME, OUTPUT_NAME
from ..spec.look_section import Colors, srgb_to_linear
from ..spec.spec import Spec
from ..tiles.occlusion import find_occlusion_ranges
from ..tiles.tile_grid import COPY_ACTIVATION, TileGrid
from ..tiles.visit_counts import make_visit_counts
from ..walk.activation import ActivationRanges, Floats

LOW_TILE_SHARE = 0.3
"""Height of the tiles that are no input, padding and inserted zeros, as a share of the others'."""

PALE_BLEND = 0.5
"""How far the colours of padding that holds copies go from the input's to those of padding, and the colours of what a
window hangs over from those of padding to the background's."""

LINE_WIDTH_SHARE, MAX_LINE_WIDTH = 1 / 260, 0.35
"""Width of the connectors: a share of the picture's longer side, but never so wide that it hides a tile."""

ARCH_WIDTH_SHARE = 0.6
"""Width of the arches over padding, as a share of the connectors'."""

KERNEL_SIZE_SHARE, KERNEL_THICKNESS_SHARE = 0.44, 0.4
"""Of the kernel's tiles, as a share of the others'."""

KERNEL_NEAR, KERNEL_FAR, MIN_KERNEL_HEIGHT = 0.3, 0.77, 0.12
"""Between which distances from the middle of a tile, towards the camera, the sight of it may pass the heights of the
kernel's tiles: between the one over it and the next. And how high at least these stand over those."""

KERNEL_OPACITY = 0.28
"""Of each side of the kernel's tiles, where no height leaves that sight free: both together stop half."""

KERNEL_NAME = "Kernel"
"""The name of the block of tiles that moves with the receptive field."""

INPUT_KIND_NAMES = {INPUT: "Input", ZERO: "Inserted zero", PADDING: "Padding", OVERHANG: "Overhang"}
OUTPUT_KIND_NAMES = {INPUT: "Output", OUTPUT_PADDING: "Output padding", CROPPED: "Cropped"}


@dataclass(frozen=True)
class SceneGeometry:
    """Grids in their places.

    flat, places: the grids, and where their cells stand
    grids: their tiles
    kernel: the kernel's, at the first step
    moves: shape (steps, 3), how far the kernel has moved
    way: how what was left open is laid out
    """

    spec: Spec
    grids: Sequence[Grid]
    layouts: Sequence[Layout]
    tile_grids: tuple[TileGrid, ...]
    kernel: TileGrid | None
    kernel_offsets: Floats
    option: LayoutOption

    @property
    def all_tile_grids(self) -> tuple[TileGrid, ...]:
        """All that consists of tiles."""
        return self.tile_grids if self.kernel is None else (*self.tile_grids, self.kernel)

    @property
    def boxes(self) -> list[Floats]:
        """Shape (2, 3) each: the corners of all tiles that the camera is to see."""
        found = [box for grid in self.tile_grids for box in grid.kind_boxes]
        if self.kernel is not None:
            found += [
                self.kernel.bounds + self.kernel_offsets.min(axis=0),
                self.kernel.bounds + self.kernel_offsets.max(axis=0),
            ]
        return found

    @property
    def corners(self) -> Floats:
        """Shape (n, 3): of the boxes around all tiles that the camera is to see."""
        return box_corners(self.boxes)

    def make_lines(self, view: View) -> tuple[LineSet, ...]:
        """The connectors between all grids and their neighbours, and the arches over padding, for a view."""
        look = self.spec.look
        width = look.connector_width
        if width is None:
            width = min(LINE_WIDTH_SHARE * max(view.width, view.height), MAX_LINE_WIDTH)
        sign = np.array([1.0, -1.0 if look.first_row == "far" else 1.0, 1.0])
        links: list[Floats] = []
        fans: list[int] = []
        for number, pairs in enumerate(_all_channel_pairs(self.spec, self.grids, self.option), start=1):
            begin = sum(link.shape[1] for link in links)
            fans += [begin + 4 * fan for fan in range(1 if pairs is None else pairs.shape[1])]
            links.append(
                connect_grids(
                    self._line_anchor(number, width), self._line_anchor(number - 1, width, below=True), pairs, sign
                )
            )
        color = srgb_to_linear(look.colors.connector)
        found = [LineSet("connectors", np.concatenate(links, axis=1), width, color, edge_groups=tuple(fans))]
        tied = self._padding_arches()
        if tied is not None:
            found.append(LineSet("copies", tied[0], ARCH_WIDTH_SHARE * width, color, hidden=tied[1], is_arched=True))
        return tuple(found)

    def with_constant_width(self, lines: Sequence[LineSet], view: View) -> tuple[LineSet, ...]:
        """Lines that look as wide wherever a view shows them."""
        if view.distance is None:
            return tuple(lines)
        turns = orbit_angles_at_steps(self.spec)
        return tuple(
            replace(each, widths=view.depths(view.undo_orbit(each.points, turns)) / view.distance) for each in lines
        )

    def with_occlusion(self, views: Sequence[View]) -> SceneGeometry:
        """The stage with tiles that fade where they stand before what is lit, as seen in these views."""
        if not self.spec.look.see_through:
            return self
        each = list(zip(self.grids, self.layouts, self.tile_grids, strict=True))
        tiles = [
            replace(grid, veil=find_occlusion_ranges(grid, each[: n + 1], views))
            for n, grid in enumerate(self.tile_grids)
        ]
        return replace(self, grids=tuple(tiles))

    def _line_anchor(self, number: int, width: float, below: bool = False) -> LineAnchor:
        """A grid as the lines' upper end, at the underside of its tiles, or as their lower one, on them."""
        look, grid, tiles = self.spec.look, self.grids[number], self.tile_grids[number]
        # on the rounded corner, with the whole width of the line on the tile
        inside = width / 2 if look.thickness > 0 else 0.0
        corner, height = corner_surface_point(tiles.size, max(tiles.thicknesses), look.rounding, look.bevel, inside)
        heights = [tiles.thicknesses[kind] for kind in tiles.used_kinds]
        # to a stamp as far as it is drawn
        hull = (
            grid.active_bounds
            if below and (CROPPED in tiles.used_kinds or not self.spec.is_scatter)
            else grid.value_bounds
        )
        if self.option.side is not None:  # they lie on all tiles on their way
            return LineAnchor(hull, self.layouts[number], max(heights) + tiles.lift + width / 2, corner)
        if not below:
            return LineAnchor(hull, self.layouts[number], tiles.lift, corner)
        tops = tuple(height * each for each in tiles.thicknesses)
        return LineAnchor(hull, self.layouts[number], tiles.lift, corner, (grid.axes, tops))

    def _padding_arches(self) -> tuple[Floats, NDArray[np.bool_]] | None:
        layer, below, tiles = self.spec.layer, self.grids[-2], self.tile_grids[-2]
        if below.read_ranges is None or not self.spec.show.arches:
            return None
        # while one is read by its copy in the padding alone, it rises half as far
        tops = tiles.thicknesses[INPUT] + COPY_ACTIVATION * tiles.lift, tiles.thicknesses[PADDING] + tiles.lift
        return arch_points(
            layer.axes, self.spec.walk_order.positions, below.active_bounds.low[:, 3], self.layouts[-2], tops
        )


def make_scene_geometry(
    spec: Spec, grids: Sequence[Grid], layouts: Sequence[Layout], option: LayoutOption
) -> SceneGeometry:
    """The grids in their places."""
    roles = {INPUT_NAME: "input", OUTPUT_NAME: "output"}
    pairs = zip(grids, layouts, strict=True)
    tiles = [_make_tile_grid(spec, grid, layout, roles.get(grid.name, "feature")) for grid, layout in pairs]
    kernel, moves = _make_kernel_block(spec, grids, layouts, tiles)
    return SceneGeometry(spec, grids, layouts, tuple(tiles), kernel, moves, option)


def _make_tile_grid(spec: Spec, grid: Grid, layout: Layout, role: str) -> TileGrid:
    look, cells, kinds = spec.look, grid.cells, grid.kinds
    if role == "output":
        named, palette = OUTPUT_KIND_NAMES, _output_palette(look.colors)
    else:
        named, palette = INPUT_KIND_NAMES, _input_palette(look.colors, role, copies=grid.read_ranges is not None)
    # of the others there are none in most layers, and each takes time wherever a ray meets a tile
    names = {kind: name for kind, name in named.items() if kind == INPUT or (kinds == kind).any()}
    low = {ZERO, PADDING, OVERHANG, CROPPED}
    found = TileGrid(
        name=grid.name,
        cells=cells,
        kinds=kinds,
        base_centers=layout.to_world(cells),
        size=look.tile_size,
        thicknesses=tuple(look.thickness * (LOW_TILE_SHARE if kind in low else 1) for kind in range(len(palette))),
        kind_names=names,
        palette=palette,
        active_ranges=grid.active_ranges,
        read_ranges=grid.read_ranges,
        lift=spec.walk.lift,
    )
    left = _visit_colors(spec, role)
    if left is None:
        return found
    return replace(found, heat=make_visit_counts(grid.active_ranges, _axis_order(spec), kinds != CROPPED, *left))


def _visit_colors(spec: Spec, role: str) -> tuple[Floats | None, Floats | None] | None:
    """What the walk leaves on a grid's tiles: the colours of those with one stamp and with the most, and of those
    without any; where either is None, their own. None where it leaves nothing."""
    walk, colors = spec.walk, spec.look.colors
    stamped = ghosts = None
    if role == "output" and spec.is_scatter:
        stamped = _linear_pair(colors.one_stamp, colors.most_stamps)
    elif walk.trail and role == "input" and spec.is_scatter:
        stamped = _linear_pair(colors.input_visited, colors.input_visited)
    elif walk.trail and role == "output":
        stamped = _linear_pair(colors.output_visited, colors.output_visited)
    if walk.appear and role == "output":
        ghosts = srgb_to_linear(colors.ghost)
    return None if stamped is None and ghosts is None else (stamped, ghosts)


def _axis_order(spec: Spec) -> tuple[int, ...]:
    """The axes of the walk: 0 to 3 for x, y, z and channel."""
    along = list(range(len(spec.layer.axes)))
    filters = [3] if spec.walk_order.filter_count > 1 else []
    return (*filters, *(along if spec.walk.order == "columns" else along[::-1]))


def _linear_pair(idle: str, lit: str) -> Floats:
    return np.array([srgb_to_linear(idle), srgb_to_linear(lit)])


def _blend_paler(colors: Floats, paler: Floats) -> Floats:
    return colors + PALE_BLEND * (paler - colors)


def _input_palette(colors: Colors, role: str, copies: bool) -> Floats:
    """Shape (4, 2, 3): of what a layer reads, by kind."""
    values = _linear_pair(colors.input, colors.input_active)
    if role == "feature":
        values = _linear_pair(colors.feature_map, colors.feature_map_active)
    zeros, padding = _linear_pair(colors.zero, colors.zero_active), _linear_pair(colors.padding, colors.padding_active)
    overhang = _blend_paler(padding, _linear_pair(colors.background, colors.background))
    return np.array([values, zeros, _blend_paler(values, padding) if copies else padding, overhang])


def _output_palette(colors: Colors) -> Floats:
    """Shape (6, 2, 3): of the output, by kind."""
    values = _linear_pair(colors.output, colors.output_active)
    extra, cropped = (
        _linear_pair(colors.output_padding, colors.output_padding_active),
        _linear_pair(colors.cropped, colors.cropped_active),
    )
    return np.array([values, values, values, values, extra, cropped])


def _all_channel_pairs(spec: Spec, flat: Sequence[Grid], way: LayoutOption) -> list[NDArray[np.int64] | None]:
    """Of each grid but the first, the channels that have connectors of their own: an output channel of a step with an
    input channel that it reads, shape (steps, pairs, 2); None where the connectors run around all."""
    return [_channel_pairs(spec, flat, number, way) for number in range(1, len(flat))]


def _channel_pairs(spec: Spec, flat: Sequence[Grid], number: int, way: LayoutOption) -> NDArray[np.int64] | None:
    channels, filters = spec.drawn_channels[number - 1], spec.walk_order.positions[:, 3].astype(np.int64)
    above = flat[number]
    if channels.inputs == channels.outputs == 1:
        return None
    if channels.groups == 1 and len(spec.layer.axes) == 1 and not way.is_stacked:
        return None  # channels of one axis are the rows of a plane, and all of them are read
    if isinstance(spec.layers[number - 1], (PixelShuffle, PixelUnshuffle)):
        return (
            rearranged_channel_pairs(spec)
            if channels.outputs <= MAX_CHANNEL_PAIRS or spec.walk_order.filter_count > 1
            else None
        )
    if isinstance(spec.layer, Unfold) and number == len(flat) - 1:
        return None  # a matrix has rows for all
    if spec.is_scatter:  # an input feeds outputs as in a convolution an output reads inputs
        channels = replace(channels, inputs=channels.outputs, outputs=channels.inputs)
    lit = above.axes[0].active_pairs
    counts = np.bincount(lit[:, 0], minlength=spec.walk_order.filter_count) * (channels.inputs // channels.groups)
    if (counts != counts[0]).any() or not 1 <= counts[0] <= MAX_CHANNEL_PAIRS:
        return None
    read = channels.group_inputs(channels.group_of(lit[:, 1]))
    pairs = np.column_stack([np.repeat(lit[:, 1], read.shape[1]), read.ravel()])
    return pairs.reshape(spec.walk_order.filter_count, -1, 2)[filters]


def _make_kernel_block(
    spec: Spec, flat: Sequence[Grid], places: Sequence[Layout], tiles: Sequence[TileGrid]
) -> tuple[TileGrid | None, Floats]:
    """The kernel's tiles over the first field, and how far they have moved at each step."""
    layer, still = spec.layer, np.zeros((spec.step_count, 3))
    has_one = layer.op in ("conv", "conv_transpose")
    wanted = spec.show.kernel == "on" or (spec.show.kernel == "auto" and spec.shows_channels and len(flat) == 2)
    if not (has_one and wanted):
        return None, still
    below, layout = flat[-2], places[-2]
    low, high = below.active_bounds.low, below.active_bounds.high
    corners = layout.to_world(low)
    sizes = [int(high[0, 3] - low[0, 3]) + 1, *[1] * (3 - len(layer.kernel)), *layer.kernel]
    c, z, y, x = np.indices(sizes).reshape(4, -1)
    cells = np.column_stack([x, y, z, c]).astype(np.float64)
    apart = np.array([*reversed([*[1] * (3 - len(layer.dilation)), *layer.dilation]), 1])
    look, color = spec.look, srgb_to_linear(spec.look.colors.kernel)
    thickness = look.thickness * KERNEL_THICKNESS_SHARE
    over, free = _kernel_height(spec, tiles[-2], thickness)
    always = ActivationRanges(
        np.zeros((1, len(cells), 4), np.float32), np.zeros((1, len(cells), 4), np.float32), (1, 1, 1, 1)
    )
    kernel = TileGrid(
        name=KERNEL_NAME,
        cells=cells,
        kinds=np.zeros(len(cells), np.int8),
        base_centers=layout.to_world(low[0] + cells * apart) + np.array([0, 0, over]),
        size=look.tile_size * KERNEL_SIZE_SHARE,
        thicknesses=(thickness,),
        kind_names={INPUT: KERNEL_NAME},
        palette=np.array([[color, color]]),
        active_ranges=always,
        opacity=1.0 if free or not look.see_through else KERNEL_OPACITY,
    )
    return kernel, corners - corners[0]


def _kernel_height(spec: Spec, below: TileGrid, thickness: float) -> tuple[float, bool]:
    """How high the kernel's undersides are over those of the tiles that they read, and whether the camera sees the
    middles of all of these past them: it looks between two, at the height that is halfway from the one to the other.
    From far above it does not, at whatever height."""
    highest = max(below.thicknesses) + below.lift
    if is_steep(spec.camera):
        return float(highest + MIN_KERNEL_HEIGHT), False
    lowest = min(below.thicknesses[kind] for kind in below.used_kinds) + below.lift
    slope = np.tan(np.radians(spec.camera.elevation))
    least, most = highest + KERNEL_NEAR * slope, lowest + KERNEL_FAR * slope - thickness
    over = max((least + most) / 2, highest + MIN_KERNEL_HEIGHT)
    free = spec.camera.projection == "orthographic" and least <= over <= most
    return float(over), free
