# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers side by side: one camera sees both, each in its half."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, SpecError, make_plan, spec_from_table
from kernelwalk.core.camera.framing import list_box_corners

TABLE: dict[str, Any] = {
    "title": "A: nn.Conv2d(1, 1, 2)",
    "layer": "nn.Conv2d(1, 1, 2)",
    "beside": "B: nn.Conv2d(1, 1, 2, padding=1)",
    "compare": "nn.Conv2d(1, 1, 2, padding=1)",
    "input": [2, 3],
    "walk": {"frames_per_step": 2, "lead_in": 1, "lead_out": 1},
    "labels": {"legend": True, "position": True, "indices": True},
}
CAMERAS = {
    "at rest": {},
    "turning in perspective": {"projection": "perspective", "distance": 3.0, "orbit": 180.0},
    "low": {"elevation": 6.0, "orbit": 30.0},
}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=() if name == "at rest" else pytest.mark.thorough) for name in CAMERAS],
)
def plans(request: pytest.FixtureRequest) -> tuple[Plan, Plan]:
    """Return the plans of both layers."""
    plan = make_plan(spec_from_table({**TABLE, "camera": CAMERAS[request.param]}))
    assert plan.beside is not None
    return plan, plan.beside


def test_each_layer_is_in_its_half_with_its_labels(plans: tuple[Plan, Plan]) -> None:
    for number, plan in enumerate(plans):
        left, right = number / 2, (number + 1) / 2
        width, height = plan.spec.render.resolution
        corners = list_box_corners([grid.bounds for grid in plan.grids])
        boxes = [label.box for label in (*plan.labels, *plan.swatches, *plan.counter_labels.values())]
        assert {label.role for label in plan.labels} >= {"title", "caption", "name", "legend"}
        for frame in plan.frames:
            seen = plan.view_at(frame).project(corners)
            assert (seen.min(axis=0) > [left, 0]).all() and (seen.max(axis=0) < [right, 1]).all()
        for box in boxes:
            assert left * width < box[0] < box[2] < right * width and 0 < box[1] < box[3] < height


def test_both_titles_are_as_large_where_only_one_is_long() -> None:
    long = "B: keras.layers.Conv2D(1, 3, strides=2, padding='same'), which takes more than two lines in a half"
    for title, beside in (("A", long), (long, "A")):
        plan = make_plan(spec_from_table({**TABLE, "title": title, "beside": beside}))
        assert plan.beside is not None
        sizes = {label.font_size for each in (plan, plan.beside) for label in each.labels if label.role == "title"}
        assert max(sizes) == pytest.approx(min(sizes))


def test_the_second_layers_place_makes_both_cameras_one(plans: tuple[Plan, Plan]) -> None:
    first, second = plans
    for frame in first.frames:
        views = [plan.view_at(frame) for plan in plans]
        place = [second.curves[f"place.{axis}"].value_at(np.array([float(frame)]))[0] for axis in "xy"]
        assert np.allclose(views[0].location, np.array(views[1].location) + [*place, 0.0])
        assert views[0].rotation == views[1].rotation and views[0].shift == views[1].shift
        sizes = [view.width if view.distance is None else view.width / view.distance for view in views]
        assert sizes[0] == pytest.approx(sizes[1])
    assert first.view.far_clip >= second.view.far


def test_both_films_are_one_whose_frames_show_the_same_output(plans: tuple[Plan, Plan]) -> None:
    first, second = plans
    assert first.frames == second.frames
    specs = [plan.spec for plan in plans]
    for step, position in enumerate(specs[0].walk_order.positions.tolist()):
        frame = specs[0].start_frame(step)
        other = specs[1].step_at(frame)
        assert other is not None and specs[1].walk_order.positions[other].tolist() == position
        assert first.state_at(frame).position.tolist() == second.state_at(frame).position.tolist() == position
    beyond = specs[1].start_frame(specs[1].step_count - 1)  # an output that the first layer lacks
    assert specs[0].step_at(beyond) == specs[0].step_count - 1 and first.activity_at(beyond) == 1
    if not first.has_moving_camera:  # the first layer rests while the second goes on
        assert len(np.unique(first.unique_frames)) > len(np.unique(replace(first, beside=None).unique_frames))


def test_a_title_beside_needs_another_layer() -> None:
    with pytest.raises(SpecError, match=r"beside: there is no other layer\. Add the key compare"):
        spec_from_table({"layer": "nn.Conv2d(1, 1, 2)", "input": 3, "beside": "B"})


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ("nn.ConvTranspose2d(1, 1, 2, stride=90000)", "compare.input: this layer has .* tiles, more than 2,000,000"),
        ("nn.ConvTranspose2d(1, 1, 2, stride=600)", "walk.frames_per_step: this walk has .* frames"),
    ],
)
def test_a_layer_beside_has_the_same_limits(other: str, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        spec_from_table({**TABLE, "compare": other})


def test_a_film_of_both_may_be_too_long_where_that_of_each_is_not() -> None:
    table = {"layer": "nn.Conv2d(1, 1, (600, 1))", "compare": "nn.Conv2d(1, 1, (1, 600))", "input": [600, 600]}
    timing = {"walk": {"frames_per_step": 900}}
    spec_from_table({**table, **timing})
    with pytest.raises(SpecError, match=r"this walk has 1,0\d\d,\d+ frames"):
        spec_from_table({**table, **timing, "beside": "B"})
