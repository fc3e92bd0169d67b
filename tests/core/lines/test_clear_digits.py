# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors cover no digit of the fields that they connect, and are thinner the more there are."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.animation.orbit import list_orbit_angles_at_steps
from kernelwalk.core.assembly import scene_geometry
from kernelwalk.core.spec import presets

CAMERAS: list[dict[str, Any]] = [{}, {"projection": "perspective"}, {"orbit": 90.0}, {"elevation": 55.0}]
SAMPLES = np.linspace(0, 1, 41)


def plan_of(name: str, **sections: dict[str, Any]) -> Plan:
    table = presets.load_preset_table(name)
    return make_plan(spec_from_table(table | {key: table.get(key, {}) | more for key, more in sections.items()}))


def list_texts_seen(plan: Plan, step: int, number: int) -> np.ndarray:
    """Return the corners (n, 4, 2) of the squares that hold the digits of a grid's active tiles, in pixels."""
    tiles = plan.grids[number]
    assert tiles.values is not None and tiles.values.digits is not None
    state = plan.state_at(float(plan.spec.walk.start_frame(step)))
    is_active = tiles.active_share_at(state.position) > 0.99
    heights = np.array(tiles.thicknesses)[tiles.kinds] + tiles.lift
    middles = tiles.base_centers[is_active] + heights[is_active, None] * [0, 0, 1]
    square = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * tiles.values.plate_size * 0.92 / 2
    view = plan.view.orbit_by(float(list_orbit_angles_at_steps(plan.spec)[step]))
    return view.project(middles[:, None] + square) * plan.spec.render.resolution


def is_within(points: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Return True for points (n, 2) within a convex quadrilateral (4, 2)."""
    along = np.roll(square, -1, axis=0) - square
    offsets = points[:, None] - square
    sides = along[:, 0] * offsets[..., 1] - along[:, 1] * offsets[..., 0]
    return (sides > 0).all(axis=1) | (sides < 0).all(axis=1)


@pytest.mark.parametrize("camera", CAMERAS, ids=str)
@pytest.mark.parametrize("name", ["dilation_values", "stamps", "digit"])
def test_no_connector_covers_the_digits_of_its_fields(name: str, camera: dict[str, Any]) -> None:
    plan = plan_of(name, camera=camera, values={"digits": True})
    angles = list_orbit_angles_at_steps(plan.spec)
    for step in range(0, plan.spec.step_count, 2):
        view = plan.view.orbit_by(float(angles[step]))
        seen = view.project(plan.lines[0].points[step]) * plan.spec.render.resolution
        for number in range(1, len(plan.grids)):
            texts = np.concatenate([list_texts_seen(plan, step, each) for each in (number - 1, number)])
            for start, end in seen[4 * number - 4 : 4 * number]:
                if np.allclose(start, end):  # the fields overlap in the picture, and nothing is left
                    continue
                points = start + SAMPLES[:, None] * (end - start)
                covered = [square for square in texts if is_within(points, square).any()]
                assert not covered, (step, number, start, end)


@pytest.mark.parametrize("name", ["sobel", "stamps"])
def test_what_is_left_of_a_connector_lies_on_it_and_one_at_the_side_is_whole(name: str) -> None:
    kept, whole = (plan_of(name, values={"digits": digits}).lines[0] for digits in (True, False))
    for step, line in itertools.product(range(len(whole.points)), range(4)):
        (start, end), (begin, last) = whole.points[step, line], kept.points[step, line]
        for point in (begin, last):
            share = (point - start) @ (end - start) / ((end - start) @ (end - start))
            assert point == pytest.approx(start + share * (end - start)) and -1e-9 <= share <= 1 + 1e-9
    lengths = np.linalg.norm(np.diff(kept.points, axis=2), axis=-1) / np.linalg.norm(
        np.diff(whole.points, axis=2), axis=-1
    )
    assert ((lengths > 0.9).sum(axis=1) >= 1).all() and (lengths > 0.2).all()


@pytest.mark.parametrize("name", ["sobel", "stamps", "digit"])
def test_lines_of_one_shape_are_shortened_alike_wherever_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(name)
    monkeypatch.setattr(scene_geometry, "find_shapes", lambda lines: (np.arange(len(lines)),) * 2)
    assert np.allclose(plan.lines[0].points, plan_of(name).lines[0].points, rtol=0, atol=1e-4)


def test_a_body_keeps_its_edges_and_many_pairs_of_channels_have_thin_lines() -> None:
    bodies = [plan_of("sobel", look={"frustum": 0.2}, values={"digits": digits}) for digits in (True, False)]
    assert np.array_equal(*(plan.lines[0].points for plan in bodies))
    layer = {"out_channels": 4}
    one, four = (
        plan_of("blur", layer=more, values={"digits": True}, look={"connector_width": 0.1}).lines[0]
        for more in ({}, layer)
    )
    assert one.width == pytest.approx(0.1) and four.width == pytest.approx(0.05)
