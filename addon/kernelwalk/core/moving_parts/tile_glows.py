# SPDX-License-Identifier: GPL-3.0-or-later
"""Glows: bodies in the color of active tiles, which fade in around a tile, fade out, and go on to a later one.

Few are there at a time, so that a file grows with the steps, and not with a material for each tile. Tiles that begin
and end together share a glow's material.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Floats
from ..plan.rests import Rests
from ..spec.look_section import Look
from ..tiles.tile_grid import TileGrid
from .motions import simplify
from .part_writer import PartWriter
from .solids import Solid, make_tile_solid

GAP = 0.002
"""Distance of a glow's faces from those of its tile, in units of the tile pitch: less than that of a value above."""

DECIMALS = 4
"""Of places by which the forms of glows are told apart."""


class Stay(NamedTuple):
    """A stretch of rests, from one up to another, over which a glow is around tiles with places (n, 3)."""

    begin: int
    end: int
    places: Floats

    @property
    def offsets(self) -> Floats:
        """The places from that of the first tile on, shape (n, 3)."""
        return (self.places - self.places[0]).round(DECIMALS)


class GlowCollector:
    """Collects the stretches over which tiles of a grid are active, and adds glows to its group."""

    def __init__(self, writer: PartWriter, group: Any, look: Look, grid: TileGrid, rests: Rests):
        self.writer, self.group, self.look, self.grid, self.rests = writer, group, look, grid, rests
        self._stays: defaultdict[tuple[tuple[float, ...], int, int], list[Floats]] = defaultdict(list)

    def add(self, look: tuple[float, ...], begin: int, end: int, place: Floats) -> None:
        """Note a stretch of a tile. look: thickness and scene RGB"""
        self._stays[look, begin, end].append(place)

    def add_parts(self) -> None:
        """Add the glows, each as soon as another cannot go on."""
        glows: defaultdict[tuple[tuple[float, ...], bytes], list[list[Stay]]] = defaultdict(list)
        for (look, begin, end), places in sorted(self._stays.items(), key=lambda each: each[0][1:]):
            stay = Stay(begin, end, np.array(places))
            own = glows[look, stay.offsets.tobytes()]
            free = next((glow for glow in own if glow[-1].end < begin), None)  # one has to fade out before
            if free is None:
                own.append(free := [])
            free.append(stay)
        for (look, _), own in glows.items():
            for stays in own:
                self._add_glow(look, stays)

    def _add_glow(self, look: tuple[float, ...], stays: list[Stay]) -> None:
        thickness, *color = look
        rests, writer, size = self.rests, self.writer, self.grid.size
        make_material = writer.make_changing_material
        assert make_material is not None
        keys: list[tuple[int, float]] = []
        for begin, end, _ in stays:
            keys += [(rests.lasts[begin - 1], 0.0)] if begin else []
            keys += [(rests.frames[begin], 1.0), (rests.lasts[end - 1], 1.0)]
            keys += [(rests.frames[end], 0.0)] if end < len(rests.frames) else []
        frames, opacities = np.array(keys).T
        rgb = self.look.to_linear_rgb(np.array(color))
        material = make_material(simplify(frames, np.column_stack([np.tile(rgb, (len(keys), 1)), opacities])), True)
        key = "glow", size, thickness
        shape = writer.add_shape(key, "Glow", partial(_make_glow_solid, self.look, size, thickness))
        upright = (thickness + 1.5 * GAP) / thickness if thickness else 1.0
        scale = np.array([1 + 2 * GAP / size, 1 + 2 * GAP / size, upright])
        down = np.array([0.0, 0.0, GAP / 2 if thickness else -GAP])
        moves = [rests.lasts[stay.begin - 1] for stay in stays[1:]]
        times = np.array([rests.frames[0], *(frame for move in moves for frame in (move - 1, move))])
        places = np.repeat([stay.places[0] - down for stay in stays], 2, axis=0)[: len(times)]
        place, offsets = simplify(times, places), stays[0].offsets
        if len(offsets) == 1:
            writer.add_part(self.group, "Glow", shape, material, place, scale=scale)
            return
        group = writer.add_group(self.group, "Glow", "Glow")
        writer.move(group, place)
        for offset in offsets:
            writer.add_part(group, "Glow", shape, material, offset, scale=scale)


def _make_glow_solid(look: Look, size: float, thickness: float) -> Solid:
    """Return a tile without its outline, which does not change."""
    solid = make_tile_solid(look, size, thickness)
    return solid._replace(triangles=solid.triangles[~solid.is_edge], is_edge=np.zeros((~solid.is_edge).sum(), bool))
