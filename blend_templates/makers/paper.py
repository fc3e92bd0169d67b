# SPDX-License-Identifier: GPL-3.0-or-later
"""Paper: white, unlit and exact, with soft shadows on the floor, for print."""

from __future__ import annotations

from . import scene_parts, shader_nodes


def make_template() -> None:
    """Make the template in the open file."""
    # the light comes from the far right, so that shadows fall towards the viewer
    sun = scene_parts.make_sun("Sun", angle=16, share=1.0, tilt=(-20, 14))
    scene_parts.set_up_scene(sun, scene_parts.make_floor(shadow_share=0.22), world=scene_parts.make_world())
    shader_nodes.make_unlit_tile(upright=0.72, upward=0.28, sideways=0.08)
    shader_nodes.make_unlit_line()
