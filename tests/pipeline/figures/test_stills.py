# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of special settings laid over the stills of the same specs; test_presets.py has every preset and look."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from .drawn import PLAIN, draw_pixels, list_clear_tops, look_up, plan_preset

STEP = 4

CASES = [
    ("max_pool_values", ["look.template=dark"]),
    ("depthwise_separable", ["look.template=blueprint"]),
    ("reflect", ["camera.projection=perspective", "look.frustum=0.3"]),
    ("conv3d", ["show.stack=above"]),
    ("scatter", ["walk.trail=true", "walk.lift=0.3"]),
    ("grouped", ["look.opacity=0.6"]),
]

BACKDROPS = ("dark", "blueprint")
"""Looks whose floor is not of one color."""


@pytest.mark.thorough
@pytest.mark.once
@pytest.mark.usefixtures("shared_blender")
@pytest.mark.parametrize(("preset", "settings"), CASES, ids=[preset for preset, _ in CASES])
def test_a_figure_agrees_with_the_still_to_a_pixel(preset, settings, call, tmp_path):
    settings = [*PLAIN, "look.shadows=false", *settings]
    plan = plan_preset(preset, settings)
    sets = [word for each in ("render.samples=8", *settings) for word in ("--set", each)]
    assert call("still", preset, "--step", STEP, "--size", "640x360", "-o", "still.png", *sets).code == 0
    still = np.asarray(Image.open(tmp_path / "still.png").convert("RGB")).astype(int)
    figure = draw_pixels(plan, STEP)
    frame = float(plan.spec.walk.start_frame(STEP))
    template, is_opaque = plan.spec.look.template, plan.spec.look.opacity == 1 and plan.spec.look.frustum == 0
    for grid in plan.grids:
        tops = list_clear_tops(plan, grid, frame)
        if len(tops) and is_opaque:
            difference = np.abs(look_up(still, plan, frame, tops) - look_up(figure, plan, frame, tops)).max(axis=1)
            assert np.quantile(difference, 0.9) <= 2  # arches cross the others
    moved = [np.roll(figure, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    beyond = np.min([np.abs(still - each).max(axis=2) for each in moved], axis=0)
    share = float((beyond > (90 if template in BACKDROPS else 48)).mean())
    assert share < 0.004
    for shift in ((0, 4), (4, 0)):  # which a figure elsewhere would not pass
        moved = [np.roll(each, shift, (0, 1)) for each in moved]
    assert float((np.min([np.abs(still - each).max(axis=2) for each in moved], axis=0) > 48).mean()) > 0.004
