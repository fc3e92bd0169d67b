# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles as parts. While a tile is active, a glow is around it, which is in its active color.

A tile that is translucent, that moves, or that has more than two looks has a twin for each, of which one at a time has
a size; or a material that changes, where the writer has these.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..plan.plan import Plan
from ..plan.rests import Rests, Runs
from ..tiles.body_opacity import find_body_opacity
from .grid_runs import find_grid_runs
from .motions import group_runs, show, simplify
from .part_writer import PartWriter, WordMaker
from .solids import make_tile_solid
from .tile_glows import GlowCollector
from .tile_group import TileGroup, add_tile_group
from .value_parts import add_values


def add_tiles(writer: PartWriter, parent: Any, plan: Plan, rests: Rests, make_words: WordMaker) -> None:
    """Add the tiles of all grids, and of the kernel where it is shown, in a group for each."""
    for number, runs in enumerate(find_grid_runs(plan, rests)):
        tiles = add_tile_group(writer, parent, plan, number, rests)
        looks = _add_glowing_tiles(tiles, runs.looks)
        if writer.make_changing_material is not None and tiles.glides:
            _add_gliding_tiles(tiles, looks)
        else:
            _add_twins(tiles, looks)
        if runs.values is not None:
            add_values(tiles, runs.values, make_words)


def _add_glowing_tiles(tiles: TileGroup, looks: Runs) -> Runs:
    """Add the tiles that are always opaque, at one height and in one color but where they are active, with glows.

    Return the runs of all others.
    """
    writer, look, grid, kinds = tiles.writer, tiles.look, tiles.grid, tiles.grid.kinds.tolist()
    surfaces: dict[tuple[float, ...], tuple[Any, Any]] = {}
    glows = GlowCollector(tiles)
    edges = [*np.flatnonzero(np.diff(looks.items, prepend=-1)).tolist(), len(looks.items)]
    items, rows = looks.items.tolist(), [tuple(row) for row in looks.values.tolist()]
    begins, ends = looks.begins.tolist(), looks.ends.tolist()
    is_other = np.zeros(len(items), np.bool_)
    for start, stop in pairwise(edges):
        tile, rests_of = items[start], dict.fromkeys(rows[start:stop], 0)
        for run in range(start, stop):
            rests_of[rows[run]] += ends[run] - begins[run]
        if len(rests_of) > 2 or {(opacity, rise) for *_, opacity, rise in rests_of} != {(1.0, rows[start][4])}:
            is_other[start:stop] = True
            continue
        idle = max(rests_of, key=rests_of.__getitem__)
        thickness = grid.thicknesses[int(kinds[tile])]
        key = (*idle[:3], thickness)
        if key not in surfaces:
            material = writer.add_material(look.to_linear_rgb(np.array(idle[:3])), is_lit=True)
            surfaces[key] = _add_tile_shape(tiles, thickness, material, 1.0)
        shape, material = surfaces[key]
        place = tiles.places[tile] + [0.0, 0.0, idle[4]]
        writer.add_part(tiles.group, tiles.names[tile], shape, material, place)
        for run in range(start, stop):
            if rows[run] != idle:
                glows.add((thickness, *rows[run][:3]), begins[run], ends[run], place)
    glows.add_parts()
    return Runs(looks.items[is_other], looks.values[is_other], looks.begins[is_other], looks.ends[is_other])


def _add_twins(tiles: TileGroup, looks: Runs) -> None:
    """Add each tile once for each of its looks, of which one at a time has a size."""
    writer, look, grid = tiles.writer, tiles.look, tiles.grid
    kinds, surfaces = grid.kinds.tolist(), {}
    for tile, (*color, opacity, rise), spans in group_runs(looks):
        if opacity == 0:
            continue
        thickness = grid.thicknesses[int(kinds[tile])]
        key = (*color, opacity, thickness)
        if key not in surfaces:
            total = find_body_opacity(opacity) if thickness > 0 else opacity
            material = writer.add_material(look.to_linear_rgb(np.array(color)), total, is_lit=True)
            surfaces[key] = _add_tile_shape(tiles, thickness, material, total)
        shape, material = surfaces[key]
        place, scale = tiles.places[tile] + [0.0, 0.0, rise], show(tiles.rests, spans)
        writer.add_part(tiles.group, tiles.names[tile], shape, material, place, scale=scale)


def _add_gliding_tiles(tiles: TileGroup, looks: Runs) -> None:
    """Add each tile once, with a material whose color goes from look to look."""
    writer, look, grid, rests = tiles.writer, tiles.look, tiles.grid, tiles.rests
    make_material = writer.make_changing_material
    assert make_material is not None
    edges = [*np.flatnonzero(np.diff(looks.items, prepend=-1)).tolist(), len(looks.items)]
    for begin, end in pairwise(edges):
        tile, rows = int(looks.items[begin]), looks.values[begin:end]
        if not rows[:, 3].any():
            continue
        thickness = grid.thicknesses[int(grid.kinds[tile])]
        frames = np.column_stack([rests.frames[looks.begins[begin:end]], rests.lasts[looks.ends[begin:end] - 1]])
        hidden = rows[:, 3] == 0
        colors = look.to_linear_rgb(np.where(hidden[:, None], rows[~hidden][0, :3], rows[:, :3]))
        opacities = find_body_opacity(rows[:, 3]) if thickness > 0 else rows[:, 3]
        rgba = simplify(frames.ravel(), np.repeat(np.column_stack([colors, opacities]), 2, axis=0))
        material = make_material(rgba, True)
        shape, material = _add_tile_shape(tiles, thickness, material, float(opacities.max()))
        rises = np.repeat(rows[:, 4:], 2, axis=0) * [0.0, 0.0, 1.0]
        place = simplify(frames.ravel(), tiles.places[tile] + rises)
        writer.add_part(tiles.group, tiles.names[tile], shape, material, place)


def _add_tile_shape(tiles: TileGroup, thickness: float, material: Any, opacity: float) -> tuple[Any, Any]:
    """Return the shape of a tile, and its material, which is None where the shape has several of its own."""
    writer, look, size = tiles.writer, tiles.look, tiles.grid.size
    key, make = ("tile", size, thickness), partial(make_tile_solid, look, size, thickness)
    if look.outline == 0:
        return writer.add_shape(key, "Tile", make), material
    edge_color = look.to_linear_rgb(look.to_scene_rgb(look.colors.outline))
    surfaces = writer.add_material(edge_color, opacity, is_lit=True), material
    return writer.add_shape((*key, surfaces), "Tile", make, surfaces), None
