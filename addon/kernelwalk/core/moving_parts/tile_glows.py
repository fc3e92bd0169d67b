# SPDX-License-Identifier: GPL-3.0-or-later
"""Glows: bodies in the color of active tiles, each around a tile while it is active, and then around a later one.

There are as few as tiles are active at a time, so that a file grows with tiles and steps, but not with keyframes for
each tile. Where colors can change, glows fade in and out; others have a size or none. Tiles that become active and idle
together have one glow, with several bodies.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Floats
from ..spec.look_section import Look
from .motions import Motion, Value, show, simplify
from .solids import Solid, make_tile_solid
from .tile_group import TileGroup

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

    def __init__(self, tiles: TileGroup) -> None:
        self.tiles = tiles
        self.fades = tiles.glides and tiles.writer.make_changing_material is not None
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
            free = next((glow for glow in own if glow[-1].end + self.fades <= begin), None)  # which has faded out
            if free is None:
                own.append(free := [])
            free.append(stay)
        for (look, _), own in glows.items():
            for stays in own:
                self._add_glow(look, stays)

    def _add_glow(self, look: tuple[float, ...], stays: list[Stay]) -> None:
        thickness, *color = look
        rests, writer, size = self.tiles.rests, self.tiles.writer, self.tiles.grid.size
        rgb = self.tiles.look.to_linear_rgb(np.array(color))
        shown: Value = np.ones(3)
        if self.fades:
            material, moves = self._make_fading_material(rgb, stays), rests.lasts[[each.begin - 1 for each in stays]]
        else:
            material, moves = writer.add_material(rgb, is_lit=True), rests.changes[[each.begin for each in stays]]
            shown = show(rests, _join_spans([(stay.begin, stay.end) for stay in stays]))
        key = "glow", size, thickness
        shape = writer.add_shape(key, "Glow", partial(_make_glow_solid, self.tiles.look, size, thickness))
        upright = (thickness + 1.5 * GAP) / thickness if thickness else 1.0
        growth = np.array([1 + 2 * GAP / size, 1 + 2 * GAP / size, upright])
        down = np.array([0.0, 0.0, GAP / 2 if thickness else -GAP])
        times = np.column_stack([moves - 1, moves]).ravel()[1:]
        places = np.repeat([stay.places[0] - down for stay in stays], 2, axis=0)[:-1]
        place, offsets = simplify(times, places), stays[0].offsets
        if len(offsets) == 1:
            scale = shown._replace(values=shown.values * growth) if isinstance(shown, Motion) else growth
            writer.add_part(self.tiles.group, "Glow", shape, material, place, scale=scale)
            return
        group = writer.add_group(self.tiles.group, "Glow", "Glow")
        writer.move(group, place, scale=shown if isinstance(shown, Motion) else None)
        for offset in offsets:
            writer.add_part(group, "Glow", shape, material, offset, scale=growth)

    def _make_fading_material(self, rgb: Floats, stays: list[Stay]) -> Any:
        rests, make_material, keys = self.tiles.rests, self.tiles.writer.make_changing_material, []
        assert make_material is not None
        for begin, end, _ in stays:
            keys += [(rests.lasts[begin - 1], 0.0)] if begin else []
            keys += [(rests.frames[begin], 1.0), (rests.lasts[end - 1], 1.0)]
            keys += [(rests.frames[end], 0.0)] if end < len(rests.frames) else []
        frames, opacities = np.array(keys).T
        return make_material(simplify(frames, np.column_stack([np.tile(rgb, (len(keys), 1)), opacities])), True)


def _join_spans(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ascending spans, of which those that touch are one."""
    joined = spans[:1]
    for begin, end in spans[1:]:
        if begin == joined[-1][1]:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((begin, end))
    return joined


def _make_glow_solid(look: Look, size: float, thickness: float) -> Solid:
    """Return a tile without its outline, which does not change."""
    solid = make_tile_solid(look, size, thickness)
    return solid._replace(triangles=solid.triangles[~solid.is_edge], is_edge=np.zeros((~solid.is_edge).sum(), bool))
