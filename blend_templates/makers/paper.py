# SPDX-License-Identifier: GPL-3.0-or-later
"""Paper: white, unlit and exact, with soft shadows on the floor, for print."""

from __future__ import annotations

from . import parts


def make_template() -> None:
    # from the far right, so that shadows fall towards the viewer
    sun = parts.make_sun("Sun", angle=16, share=1.0, tilt=(-20, 14))
    parts.set_up_scene(sun, parts.make_floor(shadow_share=0.22), world=parts.make_world())
    parts.make_unlit_tile(upright=0.72, upward=0.28, sideways=0.08)
    parts.make_unlit_line()
