# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers whose outputs are means: the divisors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .base_layer import BaseLayer


class AveragingLayer(BaseLayer):
    """A layer that divides each output by the number of cells that count. Its class has `divisors`."""

    def divisor(self, position: Sequence[int]) -> int:
        """Return the number of cells that one output averages over. Raises SpecError if there is no such output."""
        index = self.check_position(position)
        return math.prod(counts[at] for counts, at in zip(self.divisors, index, strict=True))

    def step_details(self, position: Sequence[int]) -> dict[str, int]:
        """Return the divisor of one output position. Raises SpecError if there is no such output."""
        return {"divisor": self.divisor(position)}

    def describe_step_details(self, position: Sequence[int]) -> str:
        """Return the end of a sentence that describes one output position: ", divided by 9"."""
        return f", divided by {self.divisor(position)}"

    def divisor_range(self) -> tuple[int, int]:
        """Return the smallest and the largest divisor of an output."""
        least, most = (math.prod(int(bound(counts)) for counts in self.divisors) for bound in (min, max))
        return least, most
