# SPDX-License-Identifier: GPL-3.0-or-later
"""The look's colors and measures, with which the page draws the walk anew where parameters change."""

from __future__ import annotations

from typing import Any

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.assembly.scene_geometry import MAX_WINNER_WIDTH, WINNER_WIDTH_SHARE
from kernelwalk.core.geometry.clearance import MAX_USEFUL_ELEVATION, SIGHT_MARGIN
from kernelwalk.core.geometry.layout import BASE_HEIGHT, MIN_GAP, ROW_GAP, SIDE_GAP, SLICE_GAP
from kernelwalk.core.geometry.tile_mesh import find_corner_surface_point
from kernelwalk.core.labels.corner_labels import NOT_COMPUTED, VISITED
from kernelwalk.core.lines.channel_pairs import MAX_CHANNEL_PAIRS
from kernelwalk.core.lines.padding_arches import ARCH_HEIGHT, ARCH_HEIGHT_PER_CELL, MAX_ARCHES
from kernelwalk.core.tiles.palette import (
    INPUT_KIND_NAMES,
    OUTPUT_KIND_NAMES,
    find_visit_colors,
    make_input_palette,
    make_output_palette,
)
from kernelwalk.core.tiles.tile_grid import COPY_ACTIVE_SHARE, LOW_TILE_SHARE
from kernelwalk.core.values.color_maps import MAPS

from ..figures.blending import format_color

LEVEL = 1e-4
"""Difference of heights, in units of the tile pitch, below which things are at one height."""


def find_obstacle(plan: Plan) -> str | None:
    """Return why the parameters of a plan's layers cannot be changed on the page; None if they can."""
    spec = plan.spec
    if len(spec.layers) > 1:
        return "A page changes single layers only, not a chain: write a page of one of its layers to change it."
    if spec.compared is not None:
        return "A page changes single layers only, not two that are compared: leave out the key compare to change it."
    if plan.has_sliding_grids:
        return "A page changes layers that it draws whole, and this walk shows an excerpt: use smaller sizes."
    return None


def make_making_tables(plan: Plan) -> dict[str, Any]:
    """Return the colors and measures with which the page draws changed parameters.

    Colors are #RRGGBB; lengths are in units of the tile pitch.
    """
    spec, look = plan.spec, plan.spec.look
    distance, top = find_corner_surface_point(
        look.tile_size, look.thickness, look.rounding, look.bevel, plan.lines[0].width / 2 if look.thickness else 0.0
    )

    def write(colors: Floats) -> Any:
        if colors.ndim > 1:
            return [write(each) for each in colors]
        return format_color(look, colors)

    visits = find_visit_colors(spec, "output")
    return {
        "palettes": {
            "input": write(make_input_palette(look, "input", holds_copies=False)),
            "copies": write(make_input_palette(look, "input", holds_copies=True)),
            "output": write(make_output_palette(look)),
        },
        "kindNames": {"input": INPUT_KIND_NAMES, "output": OUTPUT_KIND_NAMES},
        "visits": None if visits is None else [None if each is None else write(each) for each in visits],
        "thickness": look.thickness,
        "lowShare": LOW_TILE_SHARE,
        "copyShare": COPY_ACTIVE_SHARE,
        "opacity": look.opacity,
        "lift": spec.walk.lift,
        "text": look.colors.text,
        "isCausal": spec.layer.padding_name == "causal",
        "showsCropped": spec.shows_cropped,
        "drawsAllChannels": spec.drawn_channels[-1] == spec.layer.drawn_channels,
        "layout": {
            "isStacked": any(float(np.ptp(grid.base_centers[:, 2])) > LEVEL for grid in plan.grids),
            "sliceHeight": _find_slice_height(plan),
            "side": _find_side(plan),
            "down": -1 if look.first_row == "far" else 1,
            "spread": spec.show.spread,
            "gap": look.gap,
            "slope": float(np.tan(min(np.radians(spec.camera.elevation), MAX_USEFUL_ELEVATION))),
            "base": BASE_HEIGHT,
            "minGap": MIN_GAP,
            "sideGap": SIDE_GAP,
            "sliceGap": SLICE_GAP,
            "rowGap": ROW_GAP,
            "sight": SIGHT_MARGIN,
        },
        "lines": {
            "corner": distance,
            "top": top,
            "maxPairs": MAX_CHANNEL_PAIRS,
            "maxArches": MAX_ARCHES,
            "arch": [ARCH_HEIGHT, ARCH_HEIGHT_PER_CELL],
            "arches": spec.show.arches,
        },
        "maps": MAPS,
        "visitNames": [VISITED, NOT_COMPUTED],
        "winner": [WINNER_WIDTH_SHARE, MAX_WINNER_WIDTH],
        "winnerColor": write(look.to_scene_rgb(look.colors.output_active)),
        "valueColors": None if spec.values is None else spec.values.colors,
        "valueRange": None if spec.values is None else spec.values.range,
    }


def _find_slice_height(plan: Plan) -> float:
    """Return the height from slice to slice where slices stand above each other."""
    for grid in plan.grids:
        heights = np.unique(grid.base_centers[:, 2].round(4))
        if len(heights) > 1:
            return float(heights[1] - heights[0])
    look, spec = plan.spec.look, plan.spec
    return float(look.thickness + spec.walk.lift + spec.show.spread)


def _find_side(plan: Plan) -> dict[str, int] | None:
    """Return the axis and the direction in which the second grid lies beside the first; None if it stands above."""
    below, above = plan.grids[0], plan.grids[-1]
    if above.base_centers[:, 2].min() > below.base_centers[:, 2].min() + LEVEL:
        return None
    shift = above.bounds.mean(axis=0)[:2] - below.bounds.mean(axis=0)[:2]
    axis = int(np.argmax(np.abs(shift)))
    return {"axis": axis, "sign": 1 if shift[axis] > 0 else -1}
