# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a Blender may take before it is ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timeouts:
    """In seconds.

    silence: without a sign of life, starting included. Cycles gives one for some 256 samples of all pixels together,
             which takes minutes for the largest pictures
    frame:   for one frame
    """

    stall: float = 1800.0
    frame: float = 7200.0
