# SPDX-License-Identifier: GPL-3.0-or-later
"""Add > Kernelwalk: a walk at the 3D cursor, and a further one each time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.builds import active_walk, ownership  # noqa: E402
from kernelwalk.scene.places import placement  # noqa: E402

from ..text_layout import draw  # noqa: E402
from ..walks.test_walk_operators import list_kernels, read_scene, read_walk  # noqa: E402
from .test_generation import run_with_undo  # noqa: E402

CURSOR = (40.0, -30.0, 2.0)


def locate(scene: Any) -> dict[int, tuple[float, ...]]:
    """Return the location of each walk in a scene, by its number."""
    locations = {}
    for number in list_kernels(scene):
        with active_walk.acting_on(scene, number):
            (root,) = ownership.find_root_collections(scene)
        locations[number] = tuple(placement.get_location(root).tolist())
    return locations


def test_each_add_builds_a_further_walk_at_the_cursor_and_undo_takes_one(scene: Any) -> None:
    run_with_undo(bpy.ops.kernelwalk.add_at_cursor)
    scene = bpy.data.scenes[0]
    assert locate(scene) == {1: (0, 0, 0)} and scene.camera.name == "Kernelwalk Camera"
    settings, alone = read_scene(scene), read_walk(scene, 1)
    scene.cursor.location = CURSOR
    run_with_undo(bpy.ops.kernelwalk.add_at_cursor)
    scene = bpy.data.scenes[0]
    assert locate(scene) == {1: (0, 0, 0), 2: CURSOR} and active_walk.get_active_number(scene) == 2
    assert read_scene(scene) == settings and len(read_walk(scene, 1)) == len(alone)
    scene.cursor.location = (1, 1, 0)
    run_with_undo(bpy.ops.kernelwalk.add_at_cursor)
    scene = bpy.data.scenes[0]
    beside = locate(scene)[3]
    assert beside not in ((0, 0, 0), (1, 1, 0), CURSOR), "it stands in the first walk"
    bpy.ops.ed.undo()
    assert list(locate(bpy.data.scenes[0])) == [1, 2]
    bpy.ops.ed.redo()
    assert locate(bpy.data.scenes[0])[3] == beside


def test_a_walk_that_was_added_and_not_built_yet_is_the_one_that_is_built(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.add_walk()
    scene.cursor.location = CURSOR
    bpy.ops.kernelwalk.add_at_cursor()
    assert locate(scene) == {1: (0, 0, 0), 2: CURSOR}


def test_a_walk_whose_template_is_missing_is_not_added(scene: Any, tmp_path: Any) -> None:
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk.look.template = str(tmp_path / "gone.blend")
    with pytest.raises(RuntimeError, match="gone"):
        bpy.ops.kernelwalk.add_at_cursor()
    assert list(locate(scene)) == [1] and not len(scene.kernelwalk_more_walks)


def test_the_add_menu_has_the_entry(scene: Any) -> None:
    from kernelwalk.ui import menus

    entry = dict(menus.MENU_ENTRIES)[bpy.types.VIEW3D_MT_add]
    assert draw(lambda layout, context: entry(SimpleNamespace(layout=layout), context))[1] == ["add_at_cursor"]
