# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry of a scene for one layout option: grids in their places, their tiles, the kernel, and the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..animation.orbit import list_orbit_angles_at_steps
from ..arrays import Booleans, Floats
from ..camera.framing import View, list_box_corners
from ..geometry.grids import Grid
from ..geometry.layout import Layout, LayoutOption
from ..geometry.tile_mesh import find_corner_surface_point
from ..layers.axis import CROPPED, INPUT, PADDING
from ..lines.channel_pairs import find_channel_pairs
from ..lines.clear_digits import find_clear_shares, find_shapes
from ..lines.connectors import CORNERS, LineAnchor, connect_grids
from ..lines.line_set import DigitFields, LineSet
from ..lines.padding_arches import make_arch_points
from ..lines.tile_rims import LINES_PER_RIM, make_rims
from ..lines.winner_marks import make_winner_rims
from ..spec.spec import Spec
from ..tiles.kernel_block import make_kernel_block
from ..tiles.occlusion import find_occlusion_ranges
from ..tiles.tile_grid import COPY_ACTIVE_SHARE, TileGrid, make_tile_grid
from ..values.compute import SpecValues, compute_values
from .grid_values import make_kernel_values, make_tile_values

LINE_WIDTH_SHARE, MAX_LINE_WIDTH = 1 / 260, 0.35
"""Default width of the connectors, as a share of the picture's longer side, and its maximum in units of the tile pitch,
so that a line never hides a tile."""

ARCH_WIDTH_SHARE, WINNER_WIDTH_SHARE = 0.6, 1.5
"""Widths of the arches and of the rims around winners, as shares of the connectors'."""

MAX_WINNER_WIDTH = 0.12
"""Largest width of the rims, in units of a tile's edge, so that a rim leaves the number on its tile free."""


@dataclass(frozen=True)
class SceneGeometry:
    """Grids in their places, with their tiles.

    grids, layouts, tile_grids: one of each per grid, from the lowest up
    kernel: the kernel's tiles at the first step; None if it is not shown
    kernel_offsets: shape (steps, 3), how far the kernel has moved at each step
    option: the layout option that was chosen
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
        """The tiles of all grids and of the kernel."""
        return self.tile_grids if self.kernel is None else (*self.tile_grids, self.kernel)

    @property
    def boxes(self) -> list[Floats]:
        """Shape (2, 3) each: boxes around all tiles, wherever they move."""
        boxes = [box for tiles in self.tile_grids for box in tiles.kind_boxes]
        if self.kernel is not None:
            boxes.append(self.kernel.bounds + [self.kernel_offsets.min(axis=0), self.kernel_offsets.max(axis=0)])
        return boxes

    @property
    def corners(self) -> Floats:
        """Shape (n, 3): corners of the boxes around all tiles."""
        return list_box_corners(self.boxes)

    def make_lines(self, view: View) -> tuple[LineSet, ...]:
        """Return the connectors between neighboring grids, and the arches of padding, with widths for a view."""
        look = self.spec.look
        width = look.connector_width
        if width is None:
            width = min(LINE_WIDTH_SHARE * max(view.width, view.height), MAX_LINE_WIDTH)
        sign = np.array([1.0, -1.0 if look.first_row == "far" else 1.0, 1.0])
        points: list[Floats] = []
        edge_groups: list[int] = []
        edge_grids: list[int] = []
        for number, pairs in enumerate(find_channel_pairs(self.spec, self.grids, self.option), start=1):
            begin = sum(lines.shape[1] for lines in points)
            groups = range(1 if pairs is None else pairs.shape[1])
            edge_groups += [begin + 4 * group for group in groups]
            edge_grids += [number] * len(groups)
            above, below = self._make_anchor(number, width), self._make_anchor(number - 1, width, is_below=True)
            points.append(connect_grids(above, below, pairs, sign))
        color = look.to_scene_rgb(look.colors.connector)
        ends = np.concatenate(points, axis=1)
        edges = tuple(edge_groups), tuple(edge_grids)
        lines = [LineSet("connectors", ends, width, color, edge_groups=edges[0], edge_grids=edges[1])]
        arches = self._make_padding_arches()
        if arches is not None:
            points_of_arches, hidden = arches
            lines.append(LineSet("arches", points_of_arches, ARCH_WIDTH_SHARE * width, color, hidden, is_arched=True))
        winners = self._make_winner_rims(width)
        if winners is not None:
            points_of_rims, hidden = winners
            color = look.to_scene_rgb(look.colors.output_active)
            lines.append(LineSet("winners", points_of_rims, self._winner_width(width), color, hidden))
        differences = self._make_difference_rims(width)
        if differences is not None:
            points_of_rims, hidden = differences
            color = look.to_scene_rgb(look.colors.connector)
            lines.append(LineSet("differences", points_of_rims, self._winner_width(width), color, hidden))
        return tuple(lines)

    def with_constant_width(self, lines: Sequence[LineSet], view: View) -> tuple[LineSet, ...]:
        """Return the lines with widths scaled by depth, so that lines look equally wide in perspective."""
        if view.distance is None:
            return tuple(lines)
        angles = list_orbit_angles_at_steps(self.spec)
        return tuple(
            replace(
                line_set, width_factors=view.measure_depths(view.undo_orbit(line_set.points, angles)) / view.distance
            )
            for line_set in lines
        )

    def keep_clear_of_digits(self, lines: Sequence[LineSet], view: View) -> tuple[LineSet, ...]:
        """Return the lines with connectors that cover no digits of the fields that they connect.

        They are the thinner, the more pairs of channels have connectors of their own. Where a body is
        drawn between them, they stay its edges.
        """
        has_digits = [tiles.values is not None and tiles.values.digits is not None for tiles in self.tile_grids]
        if self.spec.look.frustum > 0 or not any(has_digits):
            return tuple(lines)
        connectors, *others = lines
        points = connectors.points.copy()
        fields = self._find_digit_fields(connectors, has_digits)
        angles = list_orbit_angles_at_steps(self.spec)
        sign = np.array([1.0, -1.0 if self.spec.look.first_row == "far" else 1.0])
        outward = np.pad((2.0 * CORNERS - 1) * sign, ((0, 0), (0, 1)))
        for first, rise, insets in zip(connectors.edge_groups, fields.rises, fields.insets, strict=True):
            lines_of_grid = points[:, first : first + 4]
            steps, shapes = np.arange(len(points)), np.arange(len(points))
            if view.distance is None and not angles.any():  # what is covered depends on the lines' shape alone
                steps, shapes = find_shapes(lines_of_grid)
            edges = lines_of_grid[steps]
            ends = edges[:, :, 0] + [0, 0, rise], edges[:, :, 1]
            at_rest = view.undo_orbit(edges, angles[steps])
            depths = np.ones(edges.shape[:3]) if view.distance is None else view.measure_depths(at_rest)
            upper, lower = (
                None
                if inset is None
                else view.to_view_plane(view.undo_orbit(each + inset * outward, angles[steps]))[..., :2]
                for each, inset in zip(ends, insets, strict=True)
            )
            seen = view.to_view_plane(at_rest)[..., :2]
            shares = find_clear_shares(seen, depths, (upper, lower))[shapes, :, :, None]
            points[:, first : first + 4] = lines_of_grid[:, :, :1] + shares * np.diff(lines_of_grid, axis=2)
        most_pairs = max(connectors.edge_grids.count(number) for number in connectors.edge_grids)
        shortened = replace(connectors, points=points, width=connectors.width / most_pairs**0.5, digit_fields=fields)
        return (shortened, *others)

    def _find_digit_fields(self, connectors: LineSet, has_digits: Sequence[bool]) -> DigitFields:
        """Return the fields that connectors lead to. has_digits: for each grid"""
        # lines between grids side by side begin on top of the tiles, others at their undersides
        is_beside = self.option.side is not None
        rises = [0.0 if is_beside else max(self.tile_grids[number].thicknesses) for number in connectors.edge_grids]
        insets = [
            self.tile_grids[number].size / 2 - self._make_anchor(number, connectors.width).corner_distance
            if has_digits[number]
            else None
            for number in range(len(self.tile_grids))
        ]
        pairs = tuple((insets[number], insets[number - 1]) for number in connectors.edge_grids)
        return DigitFields(connectors.points, tuple(rises), pairs)

    def with_occlusion(self, views: Sequence[View]) -> SceneGeometry:
        """Return the geometry with tiles that fade while they hide active tiles in these views."""
        if not self.spec.look.see_through or any(tiles.excerpt for tiles in self.tile_grids):
            return self  # what hides what would change as grids slide
        stack = list(zip(self.grids, self.layouts, self.tile_grids, strict=True))
        tile_grids = [
            replace(tiles, occlusion_ranges=find_occlusion_ranges(tiles, stack[: number + 1], views))
            for number, tiles in enumerate(self.tile_grids)
        ]
        return replace(self, tile_grids=tuple(tile_grids))

    def with_values(self, values: SpecValues, view: View) -> SceneGeometry:
        """Return the geometry with values on its tiles, as a view shows them."""
        tile_grids = [
            replace(tiles, values=make_tile_values(self.spec, values, self.grids, number, tiles, view))
            for number, tiles in enumerate(self.tile_grids)
        ]
        kernel = self.kernel
        if kernel is not None:
            kernel = replace(kernel, values=make_kernel_values(self.spec, values, kernel, view))
        return replace(self, tile_grids=tuple(tile_grids), kernel=kernel)

    def _make_anchor(self, number: int, width: float, is_below: bool = False) -> LineAnchor:
        """Return the anchor of lines in a grid: at the undersides of its tiles, or, for their lower ends, on top."""
        look, grid, tiles, layout = self.spec.look, self.grids[number], self.tile_grids[number], self.layouts[number]
        # on the rounded corner, far enough inside that all of the line's width is on the tile
        inside = width / 2 if look.thickness > 0 else 0.0
        thickness = max(tiles.thicknesses)
        distance, top = find_corner_surface_point(tiles.size, thickness, look.rounding, look.bevel, inside)
        # lines lead to all cells of a stamp that are drawn
        includes_cropped = is_below and (CROPPED in tiles.used_kinds or not self.spec.is_scatter)
        bounds = grid.active_bounds if includes_cropped else grid.value_bounds
        if self.option.side is not None:  # the lines lie on top of all tiles in between
            highest = max(tiles.thicknesses[kind] for kind in tiles.used_kinds)
            return LineAnchor(bounds, layout, highest + tiles.lift + width / 2, distance, None, tiles.slides)
        if not is_below:
            return LineAnchor(bounds, layout, tiles.lift, distance, None, tiles.slides)
        tile_tops = tuple(top * thickness for thickness in tiles.thicknesses)
        return LineAnchor(bounds, layout, tiles.lift, distance, (grid.axes, tile_tops), tiles.slides)

    def _make_winner_rims(self, width: float) -> tuple[Floats, Booleans] | None:
        """Return the lines around the tiles that win a max pooling, and those each step lacks; None if there are none.

        width: of the connectors
        """
        values = compute_values(self.spec)
        if values is None:
            return None
        tiles, own_width = self.tile_grids[-2], self._winner_width(width)
        height = tiles.thicknesses[INPUT] + tiles.lift
        rims = make_winner_rims(
            self.spec, values, self.layouts[-2], tiles.size - own_width, own_width, height + own_width / 2
        )
        return _slide(rims, tiles.slides)

    def _winner_width(self, width: float) -> float:
        """Return the width of the rims around winners. width: of the connectors."""
        return min(WINNER_WIDTH_SHARE * width, MAX_WINNER_WIDTH * self.tile_grids[-2].size)

    def _make_difference_rims(self, width: float) -> tuple[Floats, Booleans] | None:
        """Return the lines around what the compared layer does otherwise, and those each step lacks; None if there is
        no such layer or no difference.

        width: of the connectors
        """
        layer, marks = self.spec.layer, self.spec.difference_marks
        if marks is None:
            return None
        below, above = self.tile_grids[-2:]
        cells = np.zeros((*marks.has_input.shape, 4))
        spread = [axis.input_dilation for axis in layer.axes]
        cells[..., : layer.dims] = (marks.inputs * spread)[..., ::-1]
        cells[..., 3] = self.grids[-2].active_bounds.low[:, 3, None]
        own_width = self._winner_width(width)
        # the tiles that the layer reads have risen
        heights = below.thicknesses[INPUT] + np.where(marks.is_own, below.lift, 0.0) + own_width / 2
        middles = self.layouts[-2].to_world(cells) + heights[..., None] * np.array([0, 0, 1])
        top = above.thicknesses[INPUT] + above.lift + own_width / 2
        outputs_seen = self.layouts[-1].to_world(self.spec.walk_order.positions[:, None]) + np.array([0, 0, top])
        sets = [
            _slide((make_rims(each, tiles.size - own_width, own_width), ~shown), tiles.slides)
            for each, shown, tiles in (
                (middles, marks.has_input, below),
                (outputs_seen, marks.has_output[:, None], above),
            )
        ]
        points, hidden = zip(*(each for each in sets if each is not None), strict=True)
        return np.concatenate(points, axis=1), np.repeat(np.concatenate(hidden, axis=1), LINES_PER_RIM, axis=1)

    def _make_padding_arches(self) -> tuple[Floats, Booleans] | None:
        """Return the points of the arches, and which arches each step lacks; None if there are none."""
        layer, below, tiles = self.spec.layer, self.grids[-2], self.tile_grids[-2]
        if below.read_ranges is None or not self.spec.show.arches:
            return None
        if tiles.excerpt is not None and layer.axes[0].padding_mode == "circular":
            return None  # arches would lead to the other end, far outside the excerpt
        # an input tile that is read only through a copy rises less
        tops = tiles.thicknesses[INPUT] + COPY_ACTIVE_SHARE * tiles.lift, tiles.thicknesses[PADDING] + tiles.lift
        channels = below.active_bounds.low[:, 3]
        arches = make_arch_points(layer.axes, self.spec.walk_order.positions, channels, self.layouts[-2], tops)
        return _slide(arches, tiles.slides)


def _slide(lines: tuple[Floats, Booleans] | None, slides: Floats | None) -> tuple[Floats, Booleans] | None:
    """Return lines (steps, lines, points, 3), and which each step lacks, moved with a grid that slides."""
    if lines is None or slides is None:
        return lines
    points, hidden = lines
    return points + slides[:, None, None], hidden


def make_scene_geometry(
    spec: Spec, grids: Sequence[Grid], layouts: Sequence[Layout], option: LayoutOption
) -> SceneGeometry:
    """Return the geometry of grids with these layouts."""
    tile_grids = [make_tile_grid(spec, grid, layout) for grid, layout in zip(grids, layouts, strict=True)]
    kernel, kernel_offsets = make_kernel_block(spec, grids, layouts, tile_grids)
    return SceneGeometry(spec, grids, layouts, tuple(tile_grids), kernel, kernel_offsets, option)
