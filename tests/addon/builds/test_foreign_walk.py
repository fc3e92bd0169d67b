# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks that the panel's settings have not built: nothing replaces them unasked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core import make_plan, spec_from_table  # noqa: E402  # only where there is a Blender
from kernelwalk.scene import apply_settings, build_scene  # noqa: E402
from kernelwalk.scene.builds import built_spec, ownership  # noqa: E402
from kernelwalk.ui.builds import foreign_walk, generation, live_update  # noqa: E402

from ..text_layout import draw_layout  # noqa: E402

TABLE = {"title": "Theirs", "layer": {"op": "conv", "input": 7, "kernel": 4}, "look": {"template": "dark"}}


def follow() -> None:
    """Do what Blender does after a change: it tells of it, and then runs timers."""
    bpy.context.view_layer.update()
    if bpy.app.timers.is_registered(live_update.update_pending_scenes):
        live_update.update_pending_scenes()


def kernel_size(scene: Any) -> int:
    built = built_spec.get_built_walk(scene)
    assert built is not None
    return int(built.spec.layer.kernel[0])


def append_walk(scene: Any, folder: Path) -> None:
    """Generate a walk, and append it to the start file."""
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    (root,) = ownership.find_root_collections(scene)
    name, path = root.name, str(folder / "other.blend")
    bpy.data.libraries.write(path, {root}, fake_user=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with bpy.data.libraries.load(path) as (_there, wanted):
        wanted.collections = [name]
    bpy.context.scene.collection.children.link(wanted.collections[0])


def test_an_appended_walk_is_not_replaced_unasked(scene: Any, tmp_path: Path) -> None:
    append_walk(scene, tmp_path)
    scene = bpy.context.scene
    assert kernel_size(scene) == 2
    assert foreign_walk.stands_in(scene)
    scene.camera = None  # words follow the camera
    follow()
    scene.kernelwalk.title = "Mine"
    follow()
    assert kernel_size(scene) == 2
    asked: list[str] = []
    manager = SimpleNamespace(invoke_confirm=lambda *_, message, **__: asked.append(message) or {"RUNNING_MODAL"})
    context = SimpleNamespace(scene=scene, window_manager=manager)
    generation.KERNELWALK_OT_generate.invoke(SimpleNamespace(), context, None)
    assert asked == [foreign_walk.WARNING]
    bpy.ops.kernelwalk.generate()
    assert kernel_size(scene) == 3
    assert not foreign_walk.stands_in(scene)
    scene.kernelwalk.layer.kernel = (5, 5, 5)
    follow()
    assert kernel_size(scene) == 5


def test_the_panel_takes_over_the_settings_of_an_appended_walk(scene: Any, tmp_path: Path) -> None:
    append_walk(scene, tmp_path)
    scene = bpy.context.scene
    camera = scene.camera
    assert bpy.ops.kernelwalk.take_settings() == {"FINISHED"}
    assert tuple(scene.kernelwalk.layer.kernel)[:2] == (2, 2)
    assert not foreign_walk.stands_in(scene)
    assert not scene.kernelwalk.setup, "the walk has not set this scene up"
    scene.kernelwalk.layer.kernel = (4, 4, 4)
    follow()
    assert kernel_size(scene) == 4
    assert scene.camera == camera


def test_the_panel_takes_over_the_settings_of_a_walk_that_a_script_has_built(scene: Any) -> None:
    plan = make_plan(spec_from_table(TABLE))
    apply_settings(plan, build_scene(plan, scene), scene)
    scene.kernelwalk.title = "Mine"
    follow()
    assert kernel_size(scene) == 4
    assert bpy.ops.kernelwalk.take_settings() == {"FINISHED"}
    props = scene.kernelwalk
    assert (props.title, props.look.template, props.setup) == ("Theirs", "dark", True)
    assert not foreign_walk.stands_in(scene)
    props.layer.kernel = (2, 2, 2)
    follow()
    assert kernel_size(scene) == 2


def test_a_file_that_does_not_tell_what_has_built_its_walk_follows_settings_that_agree(
    scene: Any, tmp_path: Path
) -> None:
    bpy.ops.kernelwalk.generate()
    del ownership.get_record(scene, 1)[ownership.SETTINGS_KEY]
    path = str(tmp_path / "earlier.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    scene = bpy.context.scene
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    follow()
    assert kernel_size(scene) == 2


@pytest.mark.parametrize(("width", "words"), [(300, "Take Its Settings"), (150, "Take Them")])
def test_the_button_s_words_fit_the_sidebar(scene: Any, tmp_path: Path, width: int, words: str) -> None:
    append_walk(scene, tmp_path)
    assert draw_layout(live_update.draw_status, width).names["take_settings"] == words
