# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors of a plan as a figure's: sRGB, blended as displayed.

Readers of vector files blend sRGB values. Where a look blends linear light, another opacity comes closest to
what its pictures show.
"""

from __future__ import annotations

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.spec.colors_section import encode_srgb
from kernelwalk.core.spec.look_section import Look


def format_color(look: Look, scene_rgb: Floats) -> str:
    """Return scene RGB (3,) as #RRGGBB."""
    return "#" + "".join(f"{round(255 * value):02X}" for value in _display(look, scene_rgb).tolist())


def list_backgrounds(plan: Plan) -> Floats:
    """Return the scene RGB (n, 3) that may lie behind something transparent: half of them the picture's background, the
    others the tiles' colors."""
    look = plan.spec.look
    tiles = np.unique(np.concatenate([grid.palette[grid.used_kinds].reshape(-1, 3) for grid in plan.all_grids]), axis=0)
    return np.concatenate([np.tile(look.to_scene_rgb(look.colors.background), (len(tiles), 1)), tiles])


def match_blending(look: Look, scene_rgb: Floats, opacity: float, backgrounds: Floats) -> tuple[str, float]:
    """Return the color #RRGGBB and the opacity that, blended as displayed, come closest to the look's blending.

    For a look that blends linear light, the opacity is the least-squares fit over the backgrounds (n, 3).
    """
    if not look.blends_as_displayed and 0 < opacity < 1:
        behind, color = _display(look, backgrounds), _display(look, scene_rgb)
        wanted = _display(look, opacity * scene_rgb + (1 - opacity) * backgrounds)
        reach = behind - color
        opacity = float(((behind - wanted) * reach).sum()) / max(float((reach**2).sum()), 1e-9)
    return format_color(look, scene_rgb), min(max(opacity, 0.0), 1.0)


def _display(look: Look, scene_rgb: Floats) -> Floats:
    clipped = np.clip(scene_rgb, 0.0, 1.0)
    srgb: Floats = clipped if look.blends_as_displayed else encode_srgb(clipped)
    return srgb
