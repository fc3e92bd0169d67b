# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of size, checked before any memory is allocated."""

from __future__ import annotations

import enum
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import Problem
from ..walk.timing import MAX_FRAME

if TYPE_CHECKING:
    from .spec import Spec
    from .values_section import Numbers, Values

MAX_TILES = 2_000_000
MAX_TILE_OBJECTS = 20_000

MAX_PAIRS = 5_000_000
"""Pairs of a position and a tap along one axis, or of a filter and a channel. Each is an entry of a table."""

MAX_RANGES = 5_000_000
"""Tiles times the ranges of positions that activate one (ActiveRanges). A tile carries the ends of each range."""

MAX_NUMBERS = 1_000_000
"""Numbers of a spec, and so of one key."""

MAX_GRID_VALUES = 2_000_000
"""Values of a grid, over all of its channels, and weights of a kernel."""

MAX_PRODUCTS = 20_000_000_000
"""Products of a weight and a value that are added up to compute a layer."""

MAX_VALUE = 1e300
"""Absolute value that no sum may exceed; float64 ends near 1.8e308."""

MAX_NAMED_WEIGHT = 10.0
"""Largest absolute weight of a kernel with a name: scharr_x has it."""


class Purpose(enum.IntEnum):
    """The use of a spec. Each has the limits of those before it, and more."""

    REPORT = 0
    """Its sizes and numbers, in words."""

    PICTURE = 1
    """Pictures of single steps."""

    FILM = 2
    """The whole walk."""


def find_size_errors(spec: Spec, purpose: Purpose = Purpose.FILM) -> list[Problem]:
    """Return a problem for each part of a spec that is too large for a purpose."""
    if purpose == Purpose.REPORT:
        return [*_tap_errors(spec, purpose), *_value_errors(spec)]
    if spec.beside and spec.compared is not None:
        return _pair_errors(spec, purpose)
    errors = _tile_errors(spec) or [*_tap_errors(spec, purpose), *_filter_errors(spec)]
    errors += [*_frame_errors(spec, purpose), *_value_errors(spec)]
    return errors or _range_errors(spec)


def _pair_errors(spec: Spec, purpose: Purpose) -> list[Problem]:
    """Return the problems of a layer and of the one beside it, or of the time that both take."""
    errors = find_size_errors(replace(spec, beside=""), purpose)
    for problem in find_size_errors(replace(spec.turn_comparison(), beside=""), purpose):
        section, dot, key = problem.where.partition(".")
        mine = problem._replace(where=f"compare{dot}{key}") if section == "layer" else problem
        errors += [mine] if mine not in errors else []
    return errors or _frame_errors(spec, purpose)


def _layer_key(spec: Spec, number: int) -> str:
    return "layer" if len(spec.layers) == 1 else f"layers[{number}]"


def _tile_errors(spec: Spec) -> list[Problem]:
    one_mesh = spec.look.tiles == "layer"
    limit = MAX_TILES if one_mesh else MAX_TILE_OBJECTS
    if spec.tile_count <= limit:
        return []
    remedy = "Use a smaller layer" if one_mesh else 'Use a smaller layer, or look.tiles = "layer"'
    what = f"this layer has {spec.tile_count:,} tiles, more than {limit:,}"
    return [Problem(f"{_layer_key(spec, 0)}.input", what, remedy)]


def _frame_errors(spec: Spec, purpose: Purpose) -> list[Problem]:
    """Return the problem of a walk with too many frames; for pictures, which need one for each step, and one before."""
    steps = spec.beat_count
    frames = spec.walk.frame_count(steps) if purpose == Purpose.FILM else steps + 1
    if frames <= MAX_FRAME:
        return []
    what = f"this walk has {frames:,} frames, but Blender allows only {MAX_FRAME:,}"
    from .short_walks import propose_short_walk  # only now: most walks fit

    short = propose_short_walk(spec)
    if short is None:
        return [Problem("walk.frames_per_step", what, "Use a smaller layer, or lower walk.frames_per_step")]
    seconds = float(short.frames / spec.walk.fps)
    remedy = (
        f"Skip positions with walk.first = {short.first} and walk.every = {short.every}, which makes {short.steps} "
        f"steps in {seconds:,.0f} s: --set walk.first={short.first} --set walk.every={short.every}"
    )
    return [Problem("walk.frames_per_step", what, remedy)]


def _tap_errors(spec: Spec, purpose: Purpose) -> list[Problem]:
    """Return the problem of the first axis, from the last layer down, with too many pairs of position and tap. Where
    tiles are drawn, a chain has the pairs of all outputs that depend on a layer."""
    reads = [1] * len(spec.layer.axes)
    for number, layer in reversed(list(enumerate(spec.layers))):
        for index, axis in enumerate(layer.axes):
            outputs = layer.output[index] if purpose == Purpose.REPORT else spec.walk_order.sizes[index]
            positions = outputs * reads[index]
            if positions * axis.kernel > MAX_PAIRS:
                what = f"{positions:,} outputs of {axis.kernel:,} taps along one axis are too many"
                remedy = f"Use a smaller kernel or input: at most {MAX_PAIRS:,} of both multiplied"
                return [Problem(f"{_layer_key(spec, number)}.kernel[{index}]", what, remedy)]
            if purpose > Purpose.REPORT:
                reads[index] = min(reads[index] * axis.kernel, axis.size)
    return []


def _filter_errors(spec: Spec) -> list[Problem]:
    filters = spec.walk_order.filter_count
    if filters == 1:
        return []
    channels = max(max(layer.inputs, layer.outputs) for layer in spec.drawn_channels)
    if filters * channels <= MAX_PAIRS:
        return []
    what = f"{filters:,} filters and {channels:,} channels are too many to be walked one by one"
    return [Problem("walk.filters", what, 'Write "together", use fewer channels, or show.all_channels = "off"')]


def _value_errors(spec: Spec) -> list[Problem]:
    """Return the problem of the first layer whose values are too many to be computed."""
    if spec.values is None:
        return []
    given = (
        0 if isinstance(spec.values.input, str) else spec.layers[0].channels.inputs * math.prod(spec.layers[0].input)
    )
    for number, layer in enumerate(spec.layers):
        channels, taps = layer.channels, math.prod(layer.kernel)
        outputs = channels.outputs * layer.position_count
        weights = channels.outputs * channels.inputs // channels.groups * taps if layer.has_weights else 0
        largest = max(channels.inputs * math.prod(layer.input), outputs, weights)
        products = outputs * taps * (channels.inputs // channels.groups if layer.has_weights else 1)
        for count, limit, what in ((largest, MAX_GRID_VALUES, "values"), (products, MAX_PRODUCTS, "products")):
            if count > limit:
                remedy = "Use a smaller layer or fewer channels, or leave [values] out"
                text = f"this layer has {count:,} {what}, more than the {limit:,} that are computed"
                return [Problem(_layer_key(spec, number), text, remedy)]
        given += weights if isinstance(spec.values.of_layer(number).kernel, tuple) else 0
    if given > MAX_NUMBERS:
        return [Problem("values", f"{given:,} numbers are too many", f"Write at most {MAX_NUMBERS:,} in all")]
    return _overflow_errors(spec, spec.values)


def _overflow_errors(spec: Spec, values: Values) -> list[Problem]:
    """Return the problem of the first layer whose values may be larger than float64 holds."""
    bound = _find_largest(values.input, MAX_GRID_VALUES)
    for number, layer in enumerate(spec.layers):
        given = values.of_layer(number)
        if layer.has_weights:
            terms = math.prod(layer.kernel) * layer.channels.inputs // layer.channels.groups
            bound = bound * terms * _find_largest(given.kernel, MAX_NAMED_WEIGHT) + _find_largest(given.bias, 0)
        elif layer.has_tap_channels:
            bound *= math.prod(layer.kernel)
        if given.norm is not None:
            bound = (bound + _find_largest(given.norm.mean, 0)) / math.sqrt(given.norm.epsilon)
            bound = bound * _find_largest(given.norm.weight, 0) + _find_largest(given.norm.bias, 0)
        if bound > MAX_VALUE:
            key = f"values.layers[{number}]" if values.layers else "values"
            return [Problem(key, f"values of up to {bound:.0e} cannot be computed", "Use smaller numbers")]
        bound = max(bound, 1.0)  # of an activation
    return []


def _find_largest(numbers: str | Numbers | None, named: float) -> float:
    """Return the largest absolute value of numbers, or `named` for those that have a name."""
    if isinstance(numbers, tuple):
        return max(_find_largest(item, named) for item in numbers)
    return named if numbers is None or isinstance(numbers, str) else abs(numbers)


def _range_errors(spec: Spec) -> list[Problem]:
    """Return the problem of chains, and of copies in padding, that need too many ranges of positions per tile."""
    has_copies = any(axis.padding_mode != "zeros" for layer in spec.layers for axis in layer.axes)
    if len(spec.layers) == 1 and not has_copies:
        return []
    bound = 1
    for axis, positions in enumerate(spec.walk_order.sizes):
        taps = math.prod(layer.axes[axis].kernel for layer in spec.layers)
        bound = max(bound, min(positions, taps * (3 if has_copies else 1)))
    if spec.tile_count * bound <= MAX_RANGES:  # true for nearly every spec
        return []
    from ..walk.dependencies import trace_gather  # loads numpy

    grids = trace_gather([layer.axes for layer in spec.layers], spec.drawn_channels, one_by_one=False)
    for number, axes in enumerate(grids):
        ranges = max(len(part.first) for axis in axes for part in (axis.active_ranges, axis.read_ranges))
        tiles = math.prod(len(axis.cells) for axis in axes)
        if ranges * tiles > MAX_RANGES:
            what = f"{tiles:,} tiles have up to {ranges:,} separate ranges of active positions each, which is too many"
            return [
                Problem(f"{_layer_key(spec, number)}.input", what, "Use a smaller input, or fewer layers or dilations")
            ]
    return []
