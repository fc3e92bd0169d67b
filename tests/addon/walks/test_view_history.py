# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views that have moved with a walk go back with undo, and forth with redo, unless the user has turned them."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from ..builds.test_generation import run_with_undo  # noqa: E402

CURSOR = (40, -30, 2)


def list_views() -> list[Any]:
    areas = [area for area in bpy.context.screen.areas if area.type == "VIEW_3D"]
    return [area.spaces.active.region_3d for area in areas]


def read_views() -> list[tuple[float, ...]]:
    return [tuple(round(length, 3) for length in view.view_location) for view in list_views()]


@pytest.fixture
def moved(scene: Any) -> list[tuple[float, ...]]:
    """Return where the views looked before they moved with a walk to the 3D cursor."""
    run_with_undo(bpy.ops.kernelwalk.generate)
    for view in list_views():
        view.view_perspective, view.view_location = "PERSP", (1, 2, 3)
    before = read_views()
    bpy.data.scenes[0].cursor.location = CURSOR
    run_with_undo(bpy.ops.kernelwalk.place_at_cursor)
    assert before and read_views() == [(41, -28, 5)] * len(before)
    return before


def test_views_go_back_with_undo_and_forth_with_redo(moved: list[tuple[float, ...]]) -> None:
    after = read_views()
    for _ in range(2):
        bpy.ops.ed.undo()
        assert read_views() == moved
        bpy.ops.ed.redo()
        assert read_views() == after


def test_a_view_that_was_turned_since_stays_as_it_is(moved: list[tuple[float, ...]]) -> None:
    for view in list_views():
        view.view_distance += 1
    after = read_views()
    bpy.ops.ed.undo()
    assert read_views() == after


def test_an_undo_of_something_else_moves_no_view(moved: list[tuple[float, ...]]) -> None:
    after = read_views()
    run_with_undo(bpy.ops.kernelwalk.clear)
    run_with_undo(bpy.ops.object.select_all)
    for _ in range(2):
        bpy.ops.ed.undo()
        assert read_views() == after


def test_another_file_has_no_views_to_bring_back(moved: list[tuple[float, ...]]) -> None:
    from kernelwalk.ui.walks import view_history

    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert not view_history._states and not view_history._current
