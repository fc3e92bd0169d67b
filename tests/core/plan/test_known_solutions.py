# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, load_preset, make_plan, spec_from_table
from kernelwalk.core.plan import known_solutions, solver
from kernelwalk.core.spec.spec import Spec

WALK = {"layer": {"op": "conv", "input": [5, 6], "kernel": 3, "padding": 1}}

COLORS = {"input": "#112233", "connector": "#445566", "text": "#FF0000", "background": "#00FF00"}

CHANGES: tuple[dict[str, Any], ...] = ({"title": "Another"}, {"look": {"colors": COLORS}})


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Begin and end without a known solution."""
    known_solutions.forget_solutions()
    yield
    known_solutions.forget_solutions()


def make_fresh_plan(spec: Spec) -> Plan:
    known_solutions.forget_solutions()
    return make_plan(spec)


@pytest.mark.parametrize(
    "more",
    [
        {"labels": {"position": True}},
        {"camera": {"projection": "perspective"}},
        {"labels": {"title": False, "names": False, "caption": False}},
        {"values": {"input": "random", "kernel": "sobel_x"}, "walk": {"trail": True}, "show": {"kernel": "on"}},
    ],
    ids=["labels", "perspective", "no labels", "values"],
)
def test_plan_after_another_is_that_of_a_fresh_start(more: dict[str, Any]) -> None:
    first = spec_from_table({**WALK, **more})
    for change in CHANGES:
        spec = spec_from_table({**WALK, **more, **change})
        expected = asdict(make_fresh_plan(spec))
        make_fresh_plan(first)
        np.testing.assert_equal(asdict(make_plan(spec)), expected)


def test_legend_follows_colors_that_become_equal() -> None:
    spec = load_preset("checkerboard")
    spec = replace(spec, labels=spec.labels._replace(legend=True))
    colors = dict.fromkeys(spec.look.colors._fields, "#123456")
    make_plan(spec)
    spec = replace(spec, look=spec.look._replace(colors=spec.look.colors._replace(**colors)))
    recalled = make_plan(spec)
    np.testing.assert_equal(asdict(recalled), asdict(make_fresh_plan(spec)))


def test_another_color_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    make_plan(spec_from_table(WALK))
    monkeypatch.setattr(known_solutions, "find_solution", None)
    make_plan(spec_from_table({**WALK, **CHANGES[1]}))  # finds nothing anew
    monkeypatch.setattr(known_solutions, "find_solution", solver.find_solution)
    monkeypatch.setattr(known_solutions, "make_grids", None)
    make_plan(spec_from_table({**WALK, **CHANGES[0]}))


def test_a_setting_that_is_undone_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = (
        spec_from_table({**WALK, "title": str(number)}) for number in range(known_solutions.MAX_SOLUTIONS + 1)
    )
    expected = asdict(make_plan(first))
    for other in others[:-1]:
        make_plan(other)
    with monkeypatch.context() as patched:
        patched.setattr(known_solutions, "find_solution", None)
        np.testing.assert_equal(asdict(make_plan(first)), expected)
    make_plan(others[-1])
    assert len(known_solutions._last) == known_solutions.MAX_SOLUTIONS
    assert first.title in {spec.title for spec in known_solutions._last}, "the one that was asked for last stays"
    assert others[0].title not in {spec.title for spec in known_solutions._last}


def test_large_scenes_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_from_table(WALK)
    monkeypatch.setattr(known_solutions, "MAX_TILES", spec.tile_count - 1)
    make_plan(spec)
    assert not known_solutions._last
