# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be too much for Blender or for memory, told before any is taken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import Problem

if TYPE_CHECKING:
    from .spec import Spec

MAX_TILES = 2_000_000
MAX_TILE_OBJECTS = 20_000

MAX_PAIRS = 5_000_000
"""Pairs of a position and a tap along one axis, or of a filter and a channel: each is an entry of a table."""

MAX_RANGES = 5_000_000
"""Tiles times the runs of positions that light one (Reach): a tile carries the ends of each."""

MAX_FRAME = 1_048_574
"""Blender's own last frame."""


def find_size_errors(spec: Spec) -> list[Problem]:
    """What of a spec is too large."""
    problems = [*(_tiles(spec) or [*_taps(spec), *_filters(spec)]), *_frames(spec)]
    return problems or _runs(spec)


def _where(spec: Spec, number: int) -> str:
    return "layer" if len(spec.layers) == 1 else f"layers[{number}]"


def _tiles(spec: Spec) -> list[Problem]:
    whole = spec.look.tiles == "layer"
    most = MAX_TILES if whole else MAX_TILE_OBJECTS
    if spec.tile_count <= most:
        return []
    remedy = "Use a smaller layer" if whole else 'Use a smaller layer, or look.tiles = "layer"'
    what = f"this layer has {spec.tile_count:,} tiles, more than {most:,}"
    return [Problem(f"{_where(spec, 0)}.input", what, remedy)]


def _frames(spec: Spec) -> list[Problem]:
    frames = spec.walk.frame_count(spec.step_count)
    if frames <= MAX_FRAME:
        return []
    what = f"this walk has {frames:,} frames, Blender at most {MAX_FRAME:,}"
    remedy = "Use fewer frames per step, walk.fast_frames, walk.every, or a smaller layer"
    return [Problem("walk.frames_per_step", what, remedy)]


def _taps(spec: Spec) -> list[Problem]:
    """The first axis, from the last layer down, along which all positions read too much."""
    reads = [1] * len(spec.layer.axes)
    for number, layer in reversed(list(enumerate(spec.layers))):
        for axis, along in enumerate(layer.axes):
            positions = spec.walk_order.sizes[axis] * reads[axis]
            if positions * along.kernel > MAX_PAIRS:
                what = f"{positions:,} outputs of {along.kernel:,} taps along one axis are too many to be told"
                remedy = f"Use a smaller kernel or input: at most {MAX_PAIRS:,} of both multiplied"
                return [Problem(f"{_where(spec, number)}.kernel[{axis}]", what, remedy)]
            reads[axis] = min(reads[axis] * along.kernel, along.size)
    return []


def _filters(spec: Spec) -> list[Problem]:
    if spec.walk_order.filter_count == 1:
        return []
    channels = max(max(each.inputs, each.outputs) for each in spec.drawn_channels)
    if spec.walk_order.filter_count * channels <= MAX_PAIRS:
        return []
    what = f"{spec.walk_order.filter_count:,} filters and {channels:,} channels are too many to be walked one by one"
    return [Problem("walk.filters", what, 'Write "together", use fewer channels, or show.channels = "one"')]


def _runs(spec: Spec) -> list[Problem]:
    """Chains and copies in padding may light a tile at positions that no single run holds."""
    copies = any(axis.padding_mode != "zeros" for layer in spec.layers for axis in layer.axes)
    if len(spec.layers) == 1 and not copies:
        return []
    most = 1
    for axis, positions in enumerate(spec.walk_order.sizes):
        taps = math.prod(layer.axes[axis].kernel for layer in spec.layers)
        most = max(most, min(positions, taps * (3 if copies else 1)))
    if spec.tile_count * most <= MAX_RANGES:  # as is nearly always so
        return []
    from ..walk.dependencies import trace_gather  # which brings in numpy

    for number, strips in enumerate(
        trace_gather([layer.axes for layer in spec.layers], spec.drawn_channels, one_by_one=False)
    ):
        runs = max(len(each.first) for strip in strips for each in (strip.active_ranges, strip.read_ranges))
        tiles = math.prod(len(strip.cells) for strip in strips)
        if runs * tiles > MAX_RANGES:
            what = f"{tiles:,} tiles are lit by up to {runs:,} separate runs of positions, which is too much to be held"
            return [Problem(f"{_where(spec, number)}.input", what, "Use a smaller input, or fewer layers or dilations")]
    return []
