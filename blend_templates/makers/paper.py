# SPDX-License-Identifier: GPL-3.0-or-later
"""Paper: white, unlit and exact, with soft shadows on the floor, for print."""

from __future__ import annotations

from . import parts


def make() -> None:
    # from the far right, so that shadows fall towards the viewer
    sun = parts.sun("Sun", angle=16, share=1.0, tilt=(-20, 14))
    parts.stage(sun, parts.floor(shade=0.22), world=parts.world())
    parts.unlit_tile(upright=0.72, upward=0.28, sideways=0.08)
    parts.unlit_line()
