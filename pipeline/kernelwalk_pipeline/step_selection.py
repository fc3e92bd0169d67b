# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of a walk: parsed from options, chosen by default, and their labels."""

from __future__ import annotations

import re

import numpy as np
from kernelwalk.core import Spec
from kernelwalk.core.errors import format_value

from .failures import UsageError

MAX_DEFAULT_STEPS = 25
"""Steps shown side by side if no option selects any."""


def resolve_step(number: int, steps: int, option: str = "--step") -> int:
    """Return a step as a number from 0; negative numbers count from the end. Raises UsageError.

    >>> resolve_step(-1, 9)
    8
    """
    if not -steps <= number < steps:
        raise UsageError(
            f"{option}: {number} is not one of the {steps} steps. Count from 0 to {steps - 1}, or from -1 backwards"
        )
    return number % steps


def parse_steps(text: str, steps: int) -> list[int]:
    """Return the steps that a text such as "0-8,12,-1" names, in its order; "0-8x2" is every second one.

    Raises UsageError.

    >>> parse_steps("0-2,-1", 9), parse_steps("0-8x4", 9)
    ([0, 1, 2, 8], [0, 4, 8])
    """
    selected: list[int] = []
    for part in text.replace(",", " ").split():
        ends = re.fullmatch(r"(-?[0-9]{1,9})(?:-([0-9]{1,9})(?:x([1-9][0-9]{0,8}))?)?", part)
        if ends is None:
            raise UsageError(
                f"--steps {format_value(text)}: {format_value(part)} is not a step. Write for example 0-8,12 or 0,4,-1"
            )
        first = resolve_step(int(ends[1]), steps, "--steps")
        last = resolve_step(int(ends[2]), steps, "--steps") if ends[2] else first
        if last < first:
            raise UsageError(f"--steps {format_value(text)}: {part} goes backwards. Write {last}-{first}")
        selected += range(first, last + 1, int(ends[3] or 1))
    if not selected:
        raise UsageError(f"--steps {format_value(text)}: no step is named. Write for example 0-8,12 or 0,4,-1")
    return selected


def every_nth(number: int, steps: int) -> list[int]:
    """Return every `number`-th step from the first on."""
    return list(range(0, steps, number))


def default_steps(steps: int) -> list[int]:
    """Return all steps, or MAX_DEFAULT_STEPS spread evenly from the first to the last if there are more."""
    return np.unique(np.linspace(0, steps - 1, min(steps, MAX_DEFAULT_STEPS)).round().astype(np.int64)).tolist()


def label_step(spec: Spec, number: int) -> tuple[str, str]:
    """Return the label of a step and of its position: ("Step 3", "output (0, 3)")."""
    channel, *position = spec.walk_order.position_at(number)
    place = f"({', '.join(map(str, position))})"
    if spec.is_scatter:
        owner = f"input channel {channel} " if spec.walk_order.filter_count > 1 else "input "
    else:
        owner = f"filter {channel}, output " if spec.walk_order.filter_count > 1 else "output "
    return f"Step {number}", owner + place
