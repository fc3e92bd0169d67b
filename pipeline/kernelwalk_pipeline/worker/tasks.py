# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that Blender is given: a spec's scene is built, and pictures of it are rendered or it is saved."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.scene import apply, build, viewport

from .pictures import Pictures, Written, hindrance
from .telling import tell, tell_of_life

sys.setswitchinterval(0.0002)  # Cycles calls Python often, and would wait each time for what is done beside it


def fresh_scene(planned: Plan) -> tuple[bpy.types.Scene, tuple[str, ...]]:
    """An empty file with the plan built in it, ready to render, and what was left out of its template."""
    if bpy.app.factory_startup:  # nobody's preferences, and ours are as they were: the file alone is read anew
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    built = build(planned, scene)
    apply(planned, built, scene)
    return scene, built.left_out


class Worker:
    """Does tasks, and keeps the scene that stands for the next of the same spec."""

    def __init__(self) -> None:
        self.spec: Any = None
        self.seconds = 0.0  # that the scene took to build
        self.reason = ""  # that was told why pictures are rendered in whole
        self.pictures: Pictures

    def run(self, task: dict[str, Any]) -> None:
        """Do a task."""
        if task["spec"] != self.spec or "blend" in task:
            self._build(task)
        if "blend" in task:
            viewport.look_through_camera()
            bpy.ops.wm.save_as_mainfile(filepath=task["blend"], compress=True, copy=True)
            return
        self.pictures.scratch = Path(task["folder"])
        self._set_threads(task["threads"])
        self.pictures.render_all(task["frames"], Path(task["still"]), self._written, self._begun)

    def _begun(self, frame: int) -> None:
        tell("begin", frame=frame)

    def _written(self, picture: Written) -> None:
        if self.pictures.whole_because != self.reason:
            self.reason = self.pictures.whole_because
            tell("note", text=f"every picture is rendered in whole: {self.reason}")
        seconds = {"build": self.seconds, **picture.seconds}
        self.seconds = 0.0
        tell("frame", frame=picture.frame, part=str(picture.path), seconds=seconds)

    def _build(self, task: dict[str, Any]) -> None:
        began = time.perf_counter()
        self.spec = None
        planned = make_plan(spec_from_table(task["spec"]))
        scene, left_out = fresh_scene(planned)
        for note in left_out:
            tell("note", text=note)
        if "blend" not in task:
            reason = "" if task["whole"] else hindrance(planned, scene)
            if reason:
                tell("note", text=f"every picture is rendered in whole: {reason}")
            self.reason = reason or ("asked" if task["whole"] else "")
            self.pictures = Pictures(planned, scene, Path(task["folder"]), self.reason, tell_of_life)
            self.spec = task["spec"]
        self.seconds = time.perf_counter() - began

    def _set_threads(self, threads: int) -> None:
        render = self.pictures.scene.render
        render.threads_mode = "FIXED" if threads else "AUTO"
        if threads:
            render.threads = threads
