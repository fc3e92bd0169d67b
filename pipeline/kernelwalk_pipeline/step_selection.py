# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps of a walk are meant, by number, by choice or by themselves, and what they are called."""

from __future__ import annotations

import re

import numpy as np
from kernelwalk.core import Spec
from kernelwalk.core.errors import format_value
from numpy.typing import NDArray

from .failures import UsageError

MAX_DEFAULT_STEPS = 25
"""Steps that are shown side by side where nobody says which."""

REPRESENTATIVE_POSITION = 0.6
"""Of the walk: far enough to show what it does, and on its way still."""


def resolve_step(number: int, steps: int, option: str = "--step") -> int:
    """A step counted from 0, or from -1 backwards. Raises UsageError."""
    if not -steps <= number < steps:
        raise UsageError(
            f"{option}: {number} is not one of the {steps} steps. Count from 0 to {steps - 1}, or from -1 backwards"
        )
    return number % steps


def parse_steps(text: str, steps: int) -> list[int]:
    """The steps that a text names, in its order: "0-8,12,-1". Raises UsageError."""
    found: list[int] = []
    for each in text.replace(",", " ").split():
        ends = re.fullmatch(r"(-?[0-9]{1,9})(?:-([0-9]{1,9}))?", each)
        if ends is None:
            raise UsageError(
                f"--steps {format_value(text)}: {format_value(each)} is no step. Write for example 0-8,12 or 0,4,-1"
            )
        first = resolve_step(int(ends[1]), steps, "--steps")
        last = resolve_step(int(ends[2]), steps, "--steps") if ends[2] else first
        if last < first:
            raise UsageError(f"--steps {format_value(text)}: {each} goes backwards. Write {last}-{first}")
        found += range(first, last + 1)
    if not found:
        raise UsageError(f"--steps {format_value(text)}: these are no steps. Write for example 0-8,12 or 0,4,-1")
    return found


def every_nth(number: int, steps: int) -> list[int]:
    """Every so manyth step from the first on."""
    return list(range(0, steps, number))


def default_steps(steps: int) -> list[int]:
    """All steps; of more than MOST as many, spread evenly from the first to the last."""
    return np.unique(np.linspace(0, steps - 1, min(steps, MAX_DEFAULT_STEPS)).round().astype(np.int64)).tolist()


def representative_step(spec: Spec) -> int:
    """The step that tells most in one picture: of those that use most inputs, the one nearest to TELLING of the walk.

    Where padding holds copies, a step that uses some; in scatter, of those whose stamps reach most outputs.
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
    found = numbers[best & copies] if (best & copies).any() else numbers[best]
    return int(found[np.argmin(np.abs(found - REPRESENTATIVE_POSITION * (spec.step_count - 1)))])


def _count_uses(table: NDArray[np.int64], inputs: int, scatters: bool) -> NDArray[np.int64]:
    """Along an axis, how many inputs each output reads; in scatter, how many outputs each input reaches."""
    if scatters:
        return np.bincount(table[table >= 0], minlength=inputs)
    counts: NDArray[np.int64] = (table >= 0).sum(axis=1)
    return counts


def label_step(spec: Spec, number: int) -> tuple[str, str]:
    """A step, and the position that it shows, in words: ("Step 3", "output (0, 3)")."""
    which, *position = spec.walk_order.position_at(number)
    place = f"({', '.join(map(str, position))})"
    if spec.is_scatter:
        of = f"input channel {which} " if spec.walk_order.filter_count > 1 else "input "
    else:
        of = f"filter {which}, output " if spec.walk_order.filter_count > 1 else "output "
    return f"Step {number}", of + place
