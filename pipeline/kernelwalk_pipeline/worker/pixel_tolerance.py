# SPDX-License-Identifier: GPL-3.0-or-later
"""The difference up to which two renders of the same thing count as equal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from kernelwalk.core.arrays import Bytes


class Tolerance(NamedTuple):
    """levels: by which a pixel may differ, of 255; per_million: pixels that may differ, one at least."""

    levels: int
    per_million: int

    def allows(self, first: Bytes, second: Bytes) -> bool:
        """Return True if two pictures of shape (height, width, color components) count as equal."""
        if first.shape != second.shape:
            return False
        differences = np.abs(first.astype(np.int16) - second).max(axis=2)
        allowed = max(1, self.per_million * differences.size // 1_000_000)
        return bool(differences.max() <= self.levels and np.count_nonzero(differences) <= allowed)


EXACT = Tolerance(0, 0)
"""The tolerance of the CPU: every run gives the same pixels."""

GPU = Tolerance(1, 10)
"""The tolerance of GPUs, about twice of what was measured on one: of 921,600 pixels two differ from run to run by one
level, and of two million nine between a part and the whole picture (tests/bench/devices.py)."""


TOLERANCES = {"CPU": EXACT, "GPU": GPU}
"""By `scene.cycles.device`."""
