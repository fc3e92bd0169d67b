# SPDX-License-Identifier: GPL-3.0-or-later
"""The times after which a Blender process is ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timeouts:
    """Timeouts in seconds.

    stall: without any output, start-up included. Cycles prints once for about 256 samples of all pixels, which takes
           minutes in the largest pictures
    frame: for one frame
    kernels: for loading Cycles' kernels for a GPU, which takes seconds, or as long as the driver compiles them: 604 s
           were seen. The other two do not count meanwhile
    """

    stall: float = 1800.0
    frame: float = 7200.0
    kernels: float = 7200.0
