# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views that have moved with a walk go back with undo or its removal, unless they show something else by then."""

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


def test_a_view_that_was_turned_since_stays_where_it_shows_something(moved: list[tuple[float, ...]]) -> None:
    for view in list_views():
        view.view_location = (1, 1, 0)  # among the walk's tiles, where they are without the move
    after = read_views()
    bpy.ops.ed.undo()
    assert read_views() == after


def test_a_view_that_was_turned_since_goes_back_from_an_empty_place(moved: list[tuple[float, ...]]) -> None:
    for view in list_views():
        view.view_rotation, view.view_distance = (1, 0, 0, 0), 20
    bpy.ops.ed.undo()
    assert read_views() == moved


@pytest.mark.parametrize("remove", [bpy.ops.kernelwalk.clear, bpy.ops.kernelwalk.remove_walk])
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_removed_walk_takes_the_views_back_with_it(
    moved: list[tuple[float, ...]], remove: Any, is_turned: bool
) -> None:
    first = read_views()
    bpy.ops.kernelwalk.add_walk()
    bpy.ops.kernelwalk.generate()
    bpy.data.scenes[0].cursor.location = (0, 500, 0)
    run_with_undo(bpy.ops.kernelwalk.place_at_cursor)
    if is_turned:
        for view in list_views():
            view.view_rotation = (1, 0, 0, 0)
    second = read_views()
    assert second != first
    run_with_undo(remove)
    assert read_views() == first
    bpy.ops.ed.undo()
    assert read_views() == second or is_turned
    bpy.ops.ed.redo()
    assert read_views() == first


def test_views_through_the_camera_stay_while_another_walk_has_it(moved: list[tuple[float, ...]]) -> None:
    bpy.ops.kernelwalk.add_walk()
    bpy.ops.kernelwalk.generate()
    for view in list_views():
        view.view_perspective = "CAMERA"
    bpy.data.scenes[0].cursor.location = (0, 500, 0)
    bpy.ops.kernelwalk.place_at_cursor()
    bpy.ops.kernelwalk.remove_walk()
    assert {view.view_perspective for view in list_views()} == {"CAMERA"}


def test_an_undo_of_something_else_moves_no_view(moved: list[tuple[float, ...]]) -> None:
    after = read_views()
    run_with_undo(bpy.ops.mesh.primitive_cube_add)
    run_with_undo(bpy.ops.object.select_all)
    for _ in range(2):
        bpy.ops.ed.undo()
        assert read_views() == after


def test_another_file_has_no_views_to_bring_back(moved: list[tuple[float, ...]]) -> None:
    from kernelwalk.ui.walks import view_history

    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert not view_history._states and not view_history._current
