# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles as parts. A tile has a twin for each of its looks, of which one at a time has a size."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import numpy as np

from ..arrays import Floats, Integers
from ..plan.plan import Plan
from ..plan.rests import Rests, Runs
from ..spec.look_section import Look
from ..tiles.body_opacity import find_body_opacity
from ..tiles.tile_grid import TileGrid
from .grid_runs import find_grid_runs, find_offset
from .motions import glide, group_runs, show, simplify
from .part_writer import PartWriter, WordMaker
from .solids import make_tile_solid
from .tile_glows import GlowCollector
from .value_parts import add_values


def add_tiles(writer: PartWriter, parent: Any, plan: Plan, rests: Rests, make_words: WordMaker) -> None:
    """Add the tiles of all grids, and of the kernel where it is shown, in a group for each."""
    for number, (grid, runs) in enumerate(zip(plan.all_grids, find_grid_runs(plan, rests), strict=True)):
        group = writer.add_group(parent, grid.name, grid.name)
        middle = (grid.base_centers.min(axis=0) + grid.base_centers.max(axis=0)) / 2
        writer.move(group, glide(rests, middle + [find_offset(plan, number, frame) for frame in rests.frames.tolist()]))
        places = grid.base_centers - middle
        names = name_tiles(grid)
        if writer.make_changing_material is not None and plan.spec.walk.easing != "step":
            _add_gliding_tiles(writer, group, plan, grid, runs.looks, places, names, rests)
        else:
            _add_twins(writer, group, plan, grid, runs.looks, places, names, rests)
        if grid.values is not None and runs.values is not None:
            add_values(writer, group, plan.spec.look, grid, grid.values, runs.values, places, names, rests, make_words)


def _add_twins(
    writer: PartWriter,
    group: Any,
    plan: Plan,
    grid: TileGrid,
    looks: Runs,
    places: Floats,
    names: list[str],
    rests: Rests,
) -> None:
    look = plan.spec.look
    kinds, surfaces = grid.kinds.tolist(), {}
    for tile, (*color, opacity, rise), spans in group_runs(looks):
        if opacity == 0:
            continue
        thickness = grid.thicknesses[int(kinds[tile])]
        key = (*color, opacity, thickness)
        if key not in surfaces:
            total = find_body_opacity(opacity) if thickness > 0 else opacity
            material = writer.add_material(look.to_linear_rgb(np.array(color)), total, is_lit=True)
            surfaces[key] = _add_tile_shape(writer, look, grid.size, thickness, material, total)
        shape, material = surfaces[key]
        writer.add_part(group, names[tile], shape, material, places[tile] + [0.0, 0.0, rise], scale=show(rests, spans))


def _add_gliding_tiles(
    writer: PartWriter,
    group: Any,
    plan: Plan,
    grid: TileGrid,
    looks: Runs,
    places: Floats,
    names: list[str],
    rests: Rests,
) -> None:
    """Add each tile once: with a glow while it is active, or else with a material that goes from look to look."""
    make_material = writer.make_changing_material
    assert make_material is not None
    look = plan.spec.look
    glows = GlowCollector(writer, group, look, grid, rests)
    starts = np.flatnonzero(np.diff(looks.items, prepend=-1))
    for begin, end in zip(starts.tolist(), [*starts[1:].tolist(), len(looks.items)], strict=True):
        tile, rows = int(looks.items[begin]), looks.values[begin:end]
        if not rows[:, 3].any():
            continue
        thickness = grid.thicknesses[int(grid.kinds[tile])]
        own = [tuple(row) for row in rows.tolist()]
        if len(set(own)) == 2 and (rows[:, 3] == 1).all() and not np.ptp(rows[:, 4]):
            idle = _find_longest(own, looks.begins[begin:end], looks.ends[begin:end])
            spans = looks.begins[begin:end].tolist(), looks.ends[begin:end].tolist()
            for row, first, last in zip(own, *spans, strict=True):
                if row != idle:
                    glows.add((thickness, *row[:3]), first, last, places[tile] + [0.0, 0.0, row[4]])
            rows, end = np.array([idle]), begin + 1
        frames = np.column_stack([rests.frames[looks.begins[begin:end]], rests.lasts[looks.ends[begin:end] - 1]])
        hidden = rows[:, 3] == 0
        colors = look.to_linear_rgb(np.where(hidden[:, None], rows[~hidden][0, :3], rows[:, :3]))
        opacities = find_body_opacity(rows[:, 3]) if thickness > 0 else rows[:, 3]
        rgba = simplify(frames.ravel(), np.repeat(np.column_stack([colors, opacities]), 2, axis=0))
        material = make_material(rgba, True)
        shape, material = _add_tile_shape(writer, look, grid.size, thickness, material, float(opacities.max()))
        rises = np.repeat(rows[:, 4:], 2, axis=0) * [0.0, 0.0, 1.0]
        writer.add_part(group, names[tile], shape, material, simplify(frames.ravel(), places[tile] + rises))
    glows.add_parts()


def _find_longest(looks: list[tuple[float, ...]], begins: Integers, ends: Integers) -> tuple[float, ...]:
    """Return the look that a tile has for the most rests; of equally many, the first."""
    rests = Counter(dict.fromkeys(looks, 0))
    for look, count in zip(looks, (ends - begins).tolist(), strict=True):
        rests[look] += count
    return rests.most_common(1)[0][0]


def _add_tile_shape(
    writer: PartWriter, look: Look, size: float, thickness: float, material: Any, opacity: float
) -> tuple[Any, Any]:
    """Return the shape of a tile, and its material, which is None where the shape has several of its own."""
    key, make = ("tile", size, thickness), partial(make_tile_solid, look, size, thickness)
    if look.outline == 0:
        return writer.add_shape(key, "Tile", make), material
    edge_color = look.to_linear_rgb(look.to_scene_rgb(look.colors.outline))
    surfaces = writer.add_material(edge_color, opacity, is_lit=True), material
    return writer.add_shape((*key, surfaces), "Tile", make, surfaces), None


def name_tiles(grid: TileGrid) -> list[str]:
    """Return the names of a grid's tiles: row and column, and slice and channel where there are several."""
    shown = [1, 0, *(axis for axis in (2, 3) if np.ptp(grid.cells[:, axis]) > 0)]
    return ["_".join(["Tile", *map(str, cell)]).replace("-", "m") for cell in grid.cells[:, shown].astype(int).tolist()]
