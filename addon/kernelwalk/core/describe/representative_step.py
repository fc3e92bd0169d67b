# SPDX-License-Identifier: GPL-3.0-or-later
"""The step that represents a walk: in one picture, or where a scene begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..spec.spec import Spec

REPRESENTATIVE_POSITION = 0.6
"""Fraction of the walk at which the representative step is wanted: well on its way, and not near the end."""


def choose_representative_step(spec: Spec) -> int:
    """Return the step that represents a walk in one picture: among those that read most inputs, or in scatter write
    most outputs, the one nearest to REPRESENTATIVE_POSITION.

    If padding holds copies of inputs, a step that reads some of them is preferred.
    """
    numbers = np.arange(spec.step_count)
    positions = spec.walk_order.positions_at(numbers)[:, 1:]
    uses, copies = np.ones(spec.step_count, np.int64), np.zeros(spec.step_count, np.bool_)
    for axis, (table, along) in enumerate(zip(spec.layer.mapping.source_tables, spec.layer.axes, strict=True)):
        places = positions[:, axis]
        uses *= _count_uses(table, along.input, spec.is_scatter)[places]
        if along.padding_mode != "zeros":
            first = along.first_cell(places)
            copies |= (first < 0) | (first + along.extent > along.dilated_input)
    best = uses == uses.max()
    candidates = numbers[best & copies] if (best & copies).any() else numbers[best]
    return int(candidates[np.argmin(np.abs(candidates - REPRESENTATIVE_POSITION * (spec.step_count - 1)))])


def _count_uses(table: NDArray[np.int64], inputs: int, scatters: bool) -> NDArray[np.int64]:
    """Count, along an axis, the inputs that each output reads; in scatter, the outputs that each input writes."""
    if scatters:
        return np.bincount(table[table >= 0], minlength=inputs)
    counts: NDArray[np.int64] = (table >= 0).sum(axis=1)
    return counts
