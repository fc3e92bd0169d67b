# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks inside Blender: builds a spec's scene, then renders frames of it or saves it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.spec.render_section import CPU
from kernelwalk.scene import apply_settings, build_scene
from kernelwalk.scene.setup import viewport

from .cycles_devices import CyclesDevices
from .device_choice import GRAPHICS_DRIVER, ChosenDevice, DeviceMissing, choose_device
from .frame_renderer import FrameRenderer, WrittenFrame, find_full_frame_reason
from .kernel_loading import load_kernels
from .preview_renderer import PreviewRenderer
from .protocol import FRAME_RENDERED, FRAME_STARTED, NOTE, READY, Task
from .stdio import send_event, send_heartbeat

sys.setswitchinterval(0.0002)  # Cycles often calls Python, and would wait each time for the thread that writes pictures


def prepare_scene(plan: Plan, for_views: bool = False) -> tuple[bpy.types.Scene, tuple[str, ...]]:
    """Build a plan in an empty file, ready to render.

    for_views: also build what Solid shading needs
    Returns the scene, and notes on what was left out of its template.
    """
    if bpy.app.factory_startup:  # no user preferences, and ours are unchanged: it is enough to read the file anew
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    built = build_scene(plan, scene, for_views)
    apply_settings(plan, built, scene)
    return scene, built.left_out


class TaskRunner:
    """Runs tasks one after another. Keeps the scene for further tasks of the same spec."""

    def __init__(self, is_superseded: Callable[[], bool] = lambda: False, devices: CyclesDevices | None = None) -> None:
        self.devices = devices or CyclesDevices()
        self.device = ChosenDevice(CPU)
        self.loaded: set[ChosenDevice] = set()  # devices whose kernels are loaded
        self.is_superseded = is_superseded  # polled while a preview is rendered, which then ends
        self.spec: Any = None
        self.build_seconds = 0.0
        self.reported_reason = ""  # why frames are rendered in full, as the user has been told
        self.renderer: FrameRenderer

    def run(self, task: Task) -> None:
        """Run a task. Raises DeviceMissing if the machine lacks the spec's device."""
        if not self._choose_device(task):
            return
        if task["spec"] != self.spec or "blend" in task:
            self._build(task)
        if "blend" in task:
            viewport.look_through_camera()
            bpy.ops.wm.save_as_mainfile(filepath=task["blend"], compress=True, copy=True)
            return
        self.renderer.scratch = Path(task["folder"])
        self.renderer.set_threads(task["threads"])
        if task["frames"] and self.device.is_gpu and self.device not in self.loaded:
            load_kernels(self.renderer.scene, self.device, self.renderer.scratch)
            self.loaded.add(self.device)
        if "samples" in task:
            self._render_preview(task)
            return
        self.renderer.render_frames(
            task["frames"], Path(task["base_frame"]), self._report_written, self._report_started
        )

    def _choose_device(self, task: Task) -> bool:
        """Choose the device of a task, and report it. Return False for a survey where it is missing."""
        if "blend" in task:
            send_event(READY, blender=bpy.app.version_string, device="")
            return True
        is_survey = task.get("survey", False)
        devices = self.devices.list_devices() if is_survey else ()
        is_there = True
        try:
            self.device = choose_device(task["spec"]["render"], self.devices.list_devices)
        except DeviceMissing:
            if not is_survey:
                raise
            is_there = False
        label = self.device.label if is_there else ""
        send_event(READY, blender=bpy.app.version_string, device=label, devices=[list(each) for each in devices])
        if self.device.kind == GRAPHICS_DRIVER and task["spec"]["render"]["device"] != CPU:
            send_event(NOTE, text="EEVEE draws with the graphics driver: render.device is for Cycles alone")
        return is_there

    def _render_preview(self, task: Task) -> None:
        (frame,) = task["frames"]
        preview = PreviewRenderer(self.renderer.plan, self.renderer.scene, self.renderer.scratch, self.is_superseded)
        for samples, path in preview.render_frame(frame, task["samples"]):
            send_event(FRAME_RENDERED, frame=frame, part=str(path), samples=samples)

    def _report_started(self, frame: int) -> None:
        send_event(FRAME_STARTED, frame=frame)

    def _report_written(self, written: WrittenFrame) -> None:
        if self.renderer.full_frame_reason != self.reported_reason:
            self.reported_reason = self.renderer.full_frame_reason
            _report_full_frames(self.reported_reason)
        seconds = {"build": self.build_seconds, **written.seconds}
        self.build_seconds = 0.0
        regions = written.regions
        send_event(FRAME_RENDERED, frame=written.frame, part=str(written.path), regions=regions, seconds=seconds)

    def _build(self, task: Task) -> None:
        start = time.perf_counter()
        self.spec = None
        plan = make_plan(spec_from_table(task["spec"]))
        scene, left_out = prepare_scene(plan, for_views="blend" in task)
        if "blend" not in task:
            self.devices.enable(scene, self.device)
        for note in left_out:
            send_event(NOTE, text=note)
        if "blend" not in task:
            reason = "" if task["full_frames"] else find_full_frame_reason(plan, scene)
            if reason:
                _report_full_frames(reason)
            self.reported_reason = reason or ("requested" if task["full_frames"] else "")
            self.renderer = FrameRenderer(
                plan,
                scene,
                Path(task["folder"]),
                self.reported_reason,
                send_heartbeat,
                may_sample_edges=not task["full_frames"],
            )
            self.spec = task["spec"]
        self.build_seconds = time.perf_counter() - start


def _report_full_frames(reason: str) -> None:
    send_event(NOTE, text=f"every frame is rendered in full: {reason}")
