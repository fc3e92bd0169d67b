# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells that each output reads along one axis, in a form in which equal readings compute the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ..layers.registry import Layer

WEIGHT_DIGITS = 9
"""Decimals to which the weights of interpolation are compared."""


class Reading(NamedTuple):
    """The cells that one output reads along one axis.

    cells:   input indices, in ascending order; a cell read twice stands twice
    weights: the kernel's index for each cell, or its share of the output, or nothing where all cells count alike
    divisor: number of cells by which an average divides; 1 for a layer that does not divide
    """

    cells: tuple[int, ...]
    weights: tuple[float, ...]
    divisor: int


def iterate_readings(layer: Layer, axis: int) -> Iterator[Reading]:
    """Iterate over the readings of all outputs along one axis.

    Padding of zeros and cells past it add nothing to a sum and never win a maximum, so they are left out.

    >>> from kernelwalk.core import Conv
    >>> next(iterate_readings(Conv(input=5, kernel=3, padding=1), 0))
    Reading(cells=(0, 1), weights=(1, 2), divisor=1)
    """
    divisors = layer.divisors[axis] if layer.divisors else None
    shares = layer.tap_weights[axis] if layer.tap_weights else None
    for output, sources in enumerate(layer.axes[axis].iterate_tap_sources()):
        divisor = 1 if divisors is None else divisors[output]
        taps = [(cell, tap) for tap, cell in enumerate(sources) if cell >= 0]
        if layer.has_weights or layer.has_tap_channels:
            pairs: list[tuple[int, float]] = sorted(taps)
        elif shares is None:
            yield Reading(tuple(sorted(cell for cell, _ in taps)), (), divisor)
            continue
        else:
            totals: Counter[int] = Counter()
            for cell, tap in taps:
                totals[cell] += shares[output, tap]
            pairs = sorted((cell, round(float(share), WEIGHT_DIGITS)) for cell, share in totals.items() if share)
        yield Reading(tuple(cell for cell, _ in pairs), tuple(weight for _, weight in pairs), divisor)
