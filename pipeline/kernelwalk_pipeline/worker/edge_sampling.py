# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a picture with all its samples at edges alone, and with one sample where one flat color is.

Samples of one color differ in rounding at most. Where a color lies so near the limit between two levels that this
decides, or where a square is not of one color although no edge is known there, the square gets all samples too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import bpy
import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Bytes, Float32s, Integers
from kernelwalk.core.incremental.edge_squares import find_edge_squares
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE, Region, SquareMask, cover_squares
from kernelwalk.core.incremental.render_costs import RenderCosts
from kernelwalk.scene import render_settings

from .drawn_shapes import ShapesUnknown, read_shapes
from .partial_render import SampledRegion, apply_view_transform, trace_regions

MAX_PIXELS = 1 << 24
"""Most pixels of a picture: their colors are held in memory several times, with 16 bytes each."""

FLAT_PROBES = 8
"""Flat squares that are rendered with all samples as well, to compare."""

EDGE_PROBES = 4
"""Squares with edges that are rendered with one sample as well, to compare them with the whole picture's."""

PIECE_SIDE = 256
"""Greatest width and height of what is rendered at once. After each region, Blender's whole result is read, which is as
large as the largest region: reading all of a picture each time takes longer than sampling a small region."""

ROUNDING = 2.0**-23
"""Relative error of a sample's color and of adding it."""


Part = TypeVar("Part", Bytes, Float32s)


class ProbesDiffer(Exception):
    """This Blender does not sample squares as expected."""


def find_even_sampling_reason(plan: Plan, scene: bpy.types.Scene) -> str:
    """Return why a picture gets all samples everywhere, whatever is drawn; "" if edges may be enough."""
    render = plan.spec.render
    if render.engine != "cycles":
        return "EEVEE does not render regions"
    if scene.cycles.device != "CPU":
        return "on a GPU, regions cost more than samples"
    if render.noise > 0:
        return "with a noise, Cycles chooses the samples"
    if render.samples < 2:
        return "there is one sample"
    width, height = render.resolution
    if max(width, height) > render_settings.MAX_TILE_SIZE or width * height > MAX_PIXELS:
        return "the picture is too large"
    return ""


def render_with_edges(
    plan: Plan,
    scene: bpy.types.Scene,
    costs: RenderCosts,
    scratch: Path,
    after_each: Callable[[], object] = lambda: None,
) -> Bytes:
    """Render the scene's current frame, and return its pixels as Blender would write them.

    The shape is (height, width, color components), top row first. Where it cannot be told what is flat, or costs more
    than it saves, the whole picture gets all samples.

    costs:                of regions with all samples, and of the whole picture with them
    scratch, after_each: as of `render_regions`

    Raises ProbesDiffer if this Blender does not sample squares as expected, RuntimeError as `trace_regions`.
    """
    picture = _EdgePicture(plan, costs)
    traced = trace_regions(scene, picture.choose_regions, picture.largest, after_each)
    pieces, rest = _split(traced, len(picture.pieces))
    whole = picture.join(pieces)
    if picture.edges is None:
        return apply_view_transform(scene, [whole], scratch)[0]
    regions = picture.edge_regions
    at_edges, rest = _split(rest, len(picture.edge_probes))
    parts, flat = _split(rest, len(regions))
    picture.check_probes(whole, at_edges, flat)
    colors, numbers, is_even = picture.find_colors(whole)
    limits = [colors[None] * np.float32(factor) for factor in (1, 1 - picture.tolerance, 1 + picture.tolerance)]
    (levels, low, high), painted = _split(apply_view_transform(scene, [*limits, *parts], scratch), 3)
    is_sure = is_even & (low == high).all(axis=2)[0][numbers]
    doubtful = picture.cover(~is_sure & ~picture.edges)
    if doubtful:
        sampled = [(region, picture.samples) for region in doubtful]
        traced = trace_regions(scene, lambda _: sampled, picture.largest, after_each)
        regions, painted = [*regions, *doubtful], [*painted, *apply_view_transform(scene, traced, scratch)]
    return picture.compose(levels[0][numbers], regions, painted)


def estimate_seconds(plan: Plan, depsgraph: bpy.types.Depsgraph, costs: RenderCosts) -> float:
    """Return what `render_with_edges` takes, as far as it is known without measuring.

    depsgraph: of the frame
    costs:     as of `render_with_edges`
    """
    picture = _EdgePicture(plan, costs)
    picture.choose_regions(depsgraph)
    return costs.whole if picture.edges is None else picture.add_up(picture.edge_regions)


def _split(parts: list[Part], count: int) -> tuple[list[Part], list[Part]]:
    return parts[:count], parts[count:]


class _EdgePicture:
    """A picture that is rendered with one sample as a whole, and with all of them at its edges.

    pieces:       regions that make up the picture
    edges:        the squares with edges; None if the whole picture gets all samples
    edge_regions: regions around them
    tolerance:    relative difference up to which two means of samples count as one color
    """

    def __init__(self, plan: Plan, costs: RenderCosts) -> None:
        self.plan, self.costs = plan, costs
        self.resolution, self.samples = plan.spec.render.resolution, plan.spec.render.samples
        width, height = self.resolution
        self.largest: Region = (0, 0, min(width, PIECE_SIDE), min(height, PIECE_SIDE))
        self.pieces = _cut((0, 0, width, height))
        self.tolerance = ROUNDING * (self.samples + 16)
        self.edges: SquareMask | None = None
        self.edge_regions: list[Region] = []
        self.flat_probes: list[Region] = []
        self.edge_probes: list[Region] = []

    def choose_regions(self, depsgraph: bpy.types.Depsgraph) -> list[SampledRegion]:
        """Return the pieces of the picture, then the probes at edges, the regions around edges and flat probes.

        What gets one sample comes first, since Blue Noise would give other pixels after more samples.
        """
        try:
            edges = find_edge_squares(read_shapes(depsgraph, self.plan), self.resolution)
        except ShapesUnknown:
            return [(piece, self.samples) for piece in self.pieces]
        regions = self.cover(edges)
        if self.add_up(regions) >= self.costs.whole:
            return [(piece, self.samples) for piece in self.pieces]
        self.edges, self.edge_regions = edges, regions
        self.flat_probes, self.edge_probes = _choose_probes(~edges, FLAT_PROBES), _choose_probes(edges, EDGE_PROBES)
        once = [(region, 1) for region in (*self.pieces, *self._crop(self.edge_probes))]
        return [*once, *((region, self.samples) for region in (*regions, *self._crop(self.flat_probes)))]

    def add_up(self, regions: list[Region]) -> float:
        """Return the seconds of the whole picture with one sample, and of regions with all of them."""
        return self.costs.whole / self.samples + self.costs.add_up(regions)

    def cover(self, squares: SquareMask) -> list[Region]:
        """Return the regions that hold the marked squares and cost least."""
        regions = cover_squares(squares, self.resolution, self.costs.region / self.costs.pixel)
        return [piece for region in regions for piece in _cut(region)]

    def join(self, parts: list[Float32s]) -> Float32s:
        """Return the picture of its pieces, shape (height, width, 4), bottom row first."""
        whole = np.empty((*self.resolution[::-1], 4), np.float32)
        for (x, y, width, height), part in zip(self.pieces, parts, strict=True):
            whole[y : y + height, x : x + width] = part
        return whole

    def _crop(self, regions: list[Region]) -> list[Region]:
        width, height = self.resolution
        return [(x, y, min(w, width - x), min(h, height - y)) for x, y, w, h in regions]

    def check_probes(self, whole: Float32s, at_edges: list[Float32s], flat: list[Float32s]) -> None:
        """Compare the probes at edges and of flat squares with the whole picture, all as of `trace_regions`."""
        for probes, parts, tolerance in ((self.edge_probes, at_edges, 0.0), (self.flat_probes, flat, self.tolerance)):
            for (x, y, _, _), part in zip(probes, parts, strict=True):
                expected = whole[y : y + part.shape[0], x : x + part.shape[1]]
                if (np.abs(part - expected) > tolerance * np.abs(expected)).any():
                    raise ProbesDiffer

    def find_colors(self, whole: Float32s) -> tuple[Float32s, Integers, SquareMask]:
        """Return the colors of squares (n, 4), the number of each square's, and which have one color everywhere."""
        height, width, _ = whole.shape
        extra = ((0, -height % SQUARE_SIZE), (0, -width % SQUARE_SIZE), (0, 0))
        padded = np.pad(whole, extra, "edge")
        rows, columns = padded.shape[0] // SQUARE_SIZE, padded.shape[1] // SQUARE_SIZE
        squares = padded.reshape(rows, SQUARE_SIZE, columns, SQUARE_SIZE, 4)
        first = np.ascontiguousarray(squares[:, :1, :, :1])
        is_even = (np.abs(squares - first) <= self.tolerance * np.abs(first)).all(axis=(1, 3, 4))
        numbers = np.zeros(rows * columns, np.int64)
        for half in first.reshape(-1, 4).view(np.uint64).T:  # sorting rows takes many times as long
            numbers = numbers * len(numbers) + np.unique(half, return_inverse=True)[1].ravel()
            numbers = np.unique(numbers, return_inverse=True)[1].ravel()
        places = np.unique(numbers, return_index=True)[1]
        return first.reshape(-1, 4)[places], numbers.reshape(rows, columns), is_even

    def compose(self, squares: Bytes, regions: list[Region], parts: list[Bytes]) -> Bytes:
        """Return the picture of the levels of squares, shape (rows, columns, color components), and of regions."""
        width, height = self.resolution
        picture = squares.repeat(SQUARE_SIZE, axis=0).repeat(SQUARE_SIZE, axis=1)[:height, :width][::-1].copy()
        for (x, y, _, _), part in zip(regions, parts, strict=True):
            picture[height - y - len(part) : height - y, x : x + part.shape[1]] = part
        return picture


def _cut(region: Region) -> list[Region]:
    """Return a region as pieces of PIECE_SIDE or less."""
    left, bottom, width, height = region
    return [
        (x, y, min(PIECE_SIDE, left + width - x), min(PIECE_SIDE, bottom + height - y))
        for y in range(bottom, bottom + height, PIECE_SIDE)
        for x in range(left, left + width, PIECE_SIDE)
    ]


def _choose_probes(squares: SquareMask, count: int) -> list[Region]:
    """Return some of the marked squares, from all of the picture."""
    rows, columns = np.nonzero(squares)
    chosen = np.unique(np.linspace(0, len(rows) - 1, count if len(rows) else 0).round().astype(np.int64))
    places = [(int(columns[index]) * SQUARE_SIZE, int(rows[index]) * SQUARE_SIZE) for index in chosen]
    return [(x, y, SQUARE_SIZE, SQUARE_SIZE) for x, y in places]
