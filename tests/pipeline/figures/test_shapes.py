# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of a step as pixels: what hides what, and which color it has."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk_pipeline.figures.blending import match_blending
from kernelwalk_pipeline.figures.figure import draw_step
from kernelwalk_pipeline.figures.shapes import Words

from .drawn import PLAIN, draw_pixels, find_hidden, look_up, plan_preset

BARE = ["look.see_through=false", "look.opacity=1.0", 'look.colors.connector="#FF0000"']
STEP = 5


@pytest.mark.parametrize(
    ("preset", "settings"),
    [("receptive_field", []), ("conv3d", ["show.stack=above", "camera.projection=perspective"])],
    ids=["chain", "slices above each other in perspective"],
)
def test_lines_are_seen_where_no_tile_is_before_them_and_tops_have_the_plans_colors(
    preset: str, settings: list[str]
) -> None:
    plan = plan_preset(preset, [*PLAIN, *BARE, *settings])
    frame = float(plan.spec.walk.start_frame(STEP))
    view, pixels = plan.view_at(frame), draw_pixels(plan, STEP)
    lines = plan.lines_at(frame)[0]
    points = (lines[:, :1] + np.linspace(0.02, 0.98, 60)[:, None] * (lines[:, 1:] - lines[:, :1])).reshape(-1, 3)
    is_red = (look_up(pixels, plan, frame, points) == [255, 0, 0]).all(axis=1)
    hidden, seen = find_hidden(points, plan, frame)
    assert hidden.sum() > 30 and seen.sum() > 100
    assert is_red[seen].mean() > 0.97
    assert is_red[hidden].mean() < 0.02
    for grid in plan.grids:
        tops = grid.base_centers + np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
        _, seen = find_hidden(tops, plan, frame)
        colors = look_up(pixels, plan, frame, tops)
        wanted = plan.colors_at(frame)[grid.name]
        linear = np.where(colors <= 10, colors / 255 / 12.92, ((colors / 255 + 0.055) / 1.055) ** 2.4)
        is_right = np.abs(linear - wanted).max(axis=1) < 0.01
        apart = np.linalg.norm(view.project(tops)[:, None] - view.project(points)[None], axis=2).min(axis=1)
        seen &= apart > 0.01  # shares of the picture
        assert seen.sum() >= 9
        assert is_right[seen].all()


def test_blending_in_linear_light_is_matched_as_displayed() -> None:
    look = plan_preset("no_padding_no_strides").spec.look
    line = look.to_scene_rgb("#20262E")
    backgrounds = np.array([look.to_scene_rgb(color) for color in ("#FFFFFF", "#C9DCF2", "#FBE0C3")])
    color, opacity = match_blending(look, line, 0.38, backgrounds)
    assert color == "#20262E"
    behind = np.array([255, 220, 224])  # green, as that of the line below: blended in linear light, and encoded
    linear = [((value / 255 + 0.055) / 1.055) ** 2.4 for value in (38, *behind)]
    wanted = [255 * (1.055 * (0.38 * linear[0] + 0.62 * each) ** (1 / 2.4) - 0.055) for each in linear[1:]]
    assert np.abs(opacity * 38 + (1 - opacity) * behind - wanted).max() < 3
    assert match_blending(plan_preset("mathematica").spec.look, line, 0.38, backgrounds)[1] == 0.38


def test_words_stand_where_the_plan_has_them() -> None:
    settings = ["labels.position=true", "labels.legend=true", "labels.indices=true"]
    plan = plan_preset("max_pool_values", settings)
    words = [shape for shape in draw_step(plan, STEP).shapes if isinstance(shape, Words)]
    assert {label.anchor for label in plan.labels} == {"left", "center"}
    for label in plan.labels:
        left, bottom, _, top = label.box
        starts = [shape.matrix[4:] for shape in words if shape.text == label.text]
        assert any(abs(x - left) < 0.6 and bottom - 0.6 < y < top for x, y in starts), label.text
    position = sorted(
        (shape.matrix[4], shape.text) for shape in words if shape.matrix[5] < 40 and shape.matrix[4] > 500
    )
    assert "".join(text for _, text in position).replace(" ", "") == "Output(1,2)"
    assert any(shape.places == (0.0,) and shape.text == "9" for shape in words)
