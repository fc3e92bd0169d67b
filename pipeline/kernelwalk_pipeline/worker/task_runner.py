# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that Blender is given: a spec's scene is built, and pictures of it are rendered or it is saved."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.scene import apply_settings, build_scene, viewport

from .frame_renderer import FrameRenderer, WrittenFrame, find_full_frame_reason
from .stdio import send_event, send_heartbeat

sys.setswitchinterval(0.0002)  # Cycles calls Python often, and would wait each time for what is done beside it


def build_scene(planned: Plan) -> tuple[bpy.types.Scene, tuple[str, ...]]:
    """An empty file with the plan built in it, ready to render, and what was left out of its template."""
    if bpy.app.factory_startup:  # nobody's preferences, and ours are as they were: the file alone is read anew
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    built = build_scene(planned, scene)
    apply_settings(planned, built, scene)
    return scene, built.left_out


class TaskRunner:
    """Does tasks, and keeps the scene that stands for the next of the same spec."""

    def __init__(self) -> None:
        self.spec: Any = None
        self.build_seconds = 0.0  # that the scene took to build
        self.reported_reason = ""  # that was told why pictures are rendered in whole
        self.renderer: FrameRenderer

    def run(self, task: dict[str, Any]) -> None:
        """Do a task."""
        if task["spec"] != self.spec or "blend" in task:
            self._build(task)
        if "blend" in task:
            viewport.look_through_camera()
            bpy.ops.wm.save_as_mainfile(filepath=task["blend"], compress=True, copy=True)
            return
        self.renderer.scratch = Path(task["folder"])
        self._set_threads(task["threads"])
        self.renderer.render_frames(task["frames"], Path(task["still"]), self._report_written, self._report_started)

    def _report_started(self, frame: int) -> None:
        send_event("begin", frame=frame)

    def _report_written(self, picture: WrittenFrame) -> None:
        if self.renderer.full_frame_reason != self.reported_reason:
            self.reported_reason = self.renderer.full_frame_reason
            send_event("note", text=f"every picture is rendered in whole: {self.reported_reason}")
        seconds = {"build": self.build_seconds, **picture.seconds}
        self.build_seconds = 0.0
        send_event("frame", frame=picture.frame, part=str(picture.path), seconds=seconds)

    def _build(self, task: dict[str, Any]) -> None:
        began = time.perf_counter()
        self.spec = None
        planned = make_plan(spec_from_table(task["spec"]))
        scene, left_out = build_scene(planned)
        for note in left_out:
            send_event("note", text=note)
        if "blend" not in task:
            reason = "" if task["whole"] else find_full_frame_reason(planned, scene)
            if reason:
                send_event("note", text=f"every picture is rendered in whole: {reason}")
            self.reported_reason = reason or ("asked" if task["whole"] else "")
            self.renderer = FrameRenderer(planned, scene, Path(task["folder"]), self.reported_reason, send_heartbeat)
            self.spec = task["spec"]
        self.build_seconds = time.perf_counter() - began

    def _set_threads(self, threads: int) -> None:
        render = self.renderer.scene.render
        render.threads_mode = "FIXED" if threads else "AUTO"
        if threads:
            render.threads = threads
