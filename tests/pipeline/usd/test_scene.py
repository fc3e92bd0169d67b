# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks in USD, read back by usd-core: what has a size at each step is what the plan shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, load_preset, make_plan
from kernelwalk.core.plan.tile_moments import SMALLEST_OPACITY, list_moments
from kernelwalk.core.spec.presets import list_presets
from kernelwalk_pipeline.usd.scene import write_scene

from .read_back import Viewer

QUICK = ("max_pool_values", "circular")
PRESETS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.weekly) for name in list_presets()]


@pytest.fixture(scope="module")
def viewed() -> Callable[[str], tuple[Plan, Viewer]]:
    """Return a function that writes a preset once, and opens it."""
    known: dict[str, tuple[Plan, Viewer]] = {}

    def view(name: str) -> tuple[Plan, Viewer]:
        if name not in known:
            plan = make_plan(load_preset(name))
            known[name] = plan, Viewer(write_scene(plan, "Walk"), plan)
        return known[name]

    return view


def list_frames(plan: Plan) -> Iterator[float]:
    """Yield the first and the last frame, and those on which some steps begin."""
    yield from (float(plan.frames.start), float(plan.frames.stop - 1))
    for step in {0, plan.spec.step_count // 2, plan.spec.step_count - 1}:
        yield float(plan.spec.walk.start_frame(step))


def check_tiles(plan: Plan, viewer: Viewer, frame: float) -> None:
    look = plan.spec.look
    moments = {moment.grid.name: moment for moment in list_moments(plan, plan.state_at(frame), frame)}
    for grid in plan.all_grids:
        shown = viewer.list_tiles(grid.name, frame)
        moment = moments.get(grid.name)
        seen = np.flatnonzero(moment.opacities > SMALLEST_OPACITY) if moment is not None else []
        assert len(shown) == len(seen)
        if moment is None or not len(seen):
            continue
        places = np.array([part.origin for part in shown])
        distances = np.linalg.norm(places[:, None] - moment.centers[seen], axis=2)
        nearest = distances.argmin(axis=1)
        assert sorted(nearest.tolist()) == list(range(len(seen)))
        assert distances.min(axis=1).max() < 1e-3
        colors = look.to_linear_rgb(moment.colors[seen[nearest]])
        np.testing.assert_allclose([part.color for part in shown], colors, atol=1e-3)
        opacities = moment.opacities[seen[nearest]]
        if max(grid.thicknesses) > 0:
            opacities = 1 - (1 - opacities) ** 2
        np.testing.assert_allclose([part.opacity for part in shown], opacities, atol=1e-3)


@pytest.mark.parametrize("preset", PRESETS)
def test_tiles_stand_where_the_plan_has_them_and_have_its_colors(viewed, preset):
    plan, viewer = viewed(preset)
    for frame in list_frames(plan):
        check_tiles(plan, viewer, frame)


@pytest.mark.parametrize(
    "sections",
    [
        {"look": {"outline": 0.05, "opacity": 0.5, "template": "dark"}},
        {"walk": {"lift": 0.5, "trail": True, "easing": "step"}, "show": {"kernel": "on"}},
        {"layer": {"op": "conv", "input": [1, 14], "kernel": [1, 2]}, "show": {"excerpt": 6}},
    ],
    ids=lambda sections: ",".join(sections),
)
def test_other_looks_and_walks_are_those_of_the_plan(planned: Callable[..., Plan], sections: dict[str, Any]):
    plan = planned(**sections)
    viewer = Viewer(write_scene(plan, "Walk"), plan)
    for frame in list_frames(plan):
        check_tiles(plan, viewer, frame)


@pytest.mark.parametrize("preset", PRESETS)
def test_lines_lead_where_the_plan_leads_them(viewed, preset):
    plan, viewer = viewed(preset)
    for frame in list_frames(plan):
        for lines, expected in zip(plan.lines, plan.lines_at(frame), strict=True):
            ends = np.array([(part.origin, part.end) for part in viewer.list_shown(lines.name.capitalize(), frame)])
            ends, count = ends.reshape(-1, 2, 3), len(expected)
            assert len(ends) % max(count, 1) == 0
            if count:
                pieces = ends.reshape(count, -1, 2, 3)  # of arches
                np.testing.assert_allclose(pieces[:, 0, 0], expected[:, 0], atol=1e-3)
                np.testing.assert_allclose(pieces[:, -1, 1], expected[:, -1], atol=1e-3)
            else:
                assert not len(ends)


def test_digits_and_sums_are_those_of_each_step(viewed):
    plan, viewer = viewed("max_pool_values")
    for step in range(plan.spec.step_count):
        frame = float(plan.spec.walk.start_frame(step))
        shown = viewer.list_shown(plan.grids[-1].name, frame)
        assert len([part for part in shown if part.name.startswith("Digits")]) == step + 1
        assert len([part for part in shown if part.name.startswith("Hatching")]) == plan.spec.step_count - step - 1
