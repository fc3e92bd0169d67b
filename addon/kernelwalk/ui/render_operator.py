# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering from the panel, by Blender's own render job, with the scene's settings given back afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty

from ..core.layers.registry import LAYERS
from ..core.spec.spec import Render
from ..scene import built_spec, compat, saved_settings
from ..scene import render_settings as scene_settings
from . import spec_properties
from .operator_utils import NOTHING_GENERATED, Context, Result
from .spec_files import safe_file_name

POLL_INTERVAL = 0.2
"""Seconds between two looks at the render job."""


def output_path(scene: bpy.types.Scene, animation: bool) -> Path:
    """Where the picture, the film or the folder of pictures goes. Something must stand in the scene."""
    given, name = scene.kernelwalk.output, _output_name(scene)
    if any(
        _output_name(other) == name
        for other in bpy.data.scenes
        if other != scene and built_spec.get_stored_table(other)
    ):
        name = f"{name} ({safe_file_name(scene.name)})"
    if not animation:
        return resolve_folder(given.folder) / f"{name} {built_spec.get_current_step(scene) or 0}.png"
    return resolve_folder(given.folder) / (f"{name}.mp4" if given.film else name)


def _output_name(scene: bpy.types.Scene) -> str:
    """What stands in the scene, as a file's name."""
    table = built_spec.get_stored_table(scene)
    return safe_file_name(table.get("title", "")) or (LAYERS[table["layer"]["op"]].label if table else "")


def resolve_folder(text: str) -> Path:
    """The folder that a user has written: as Blender reads it, and what is relative is beside the file."""
    return Path(bpy.path.abspath(text if _is_absolute(text) else f"//{text}")).expanduser()


def _is_absolute(text: str) -> bool:
    return text.startswith(("//", "~")) or Path(text).is_absolute()


class KERNELWALK_OT_render(bpy.types.Operator):
    """Render what stands in this scene. Esc stops it"""

    bl_idname = "kernelwalk.render"
    bl_label = "Render Walk"
    animation: BoolProperty(name="Animation", description="Render the whole walk, or the frame that is shown")

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        what = "the whole walk" if properties.animation else "the frame that is shown"
        return f"Render {what} with the settings above. Esc stops it; the scene's own settings come back afterwards"

    @classmethod
    def poll(cls, context: Context) -> bool:
        reason = render_blocker(context.scene)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: Context, _event: bpy.types.Event) -> Result:
        if not self._start(context):
            return {"CANCELLED"}
        try:
            bpy.ops.render.render("INVOKE_DEFAULT", animation=self.animation, write_still=not self.animation)
        except RuntimeError as error:
            self._restore(context.scene)
            self.report({"ERROR"}, str(error).strip())
            return {"CANCELLED"}
        self.timer = context.window_manager.event_timer_add(POLL_INTERVAL, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: bpy.types.Event) -> Result:
        if event.type == "TIMER" and not bpy.app.is_job_running("RENDER"):
            self.cancel(context)
            return self._report_result()
        return {"PASS_THROUGH"}  # Esc reaches Blender's own render job

    def cancel(self, context: Context) -> None:
        context.window_manager.event_timer_remove(self.timer)
        self._restore(context.scene)

    def execute(self, context: Context) -> Result:
        if not self._start(context):
            return {"CANCELLED"}
        try:
            bpy.ops.render.render(animation=self.animation, write_still=not self.animation)
        except RuntimeError as error:
            self.report({"ERROR"}, str(error).strip())
            return {"CANCELLED"}
        finally:
            self._restore(context.scene)
        return self._report_result()

    def _start(self, context: Context) -> bool:
        """Set the scene up for the render; whether it can begin."""
        scene = context.scene
        reason = film_blocker(scene) if self.animation else ""
        if reason:
            self.report({"ERROR"}, reason)
            return False
        self.path = output_path(scene, self.animation)
        self.stopped = False
        self.began = time.time() - 2  # file systems are coarse
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.report({"ERROR"}, f"{self.path.parent}: cannot be made: {error.strerror}. Choose another folder")
            return False
        self.frame = scene.frame_current
        # choosing a film sets more of these than is said
        parts = ("render.image_settings", "render.ffmpeg")
        medium = {path: value for part in parts for path, value in saved_settings.get_settings(scene, part).items()}
        self.own = {**saved_settings.set_settings(scene, _render_settings(scene, self.animation, self.path)), **medium}
        bpy.app.handlers.render_cancel.append(self._on_cancel)
        return True

    def _on_cancel(self, *_: Any) -> None:
        self.stopped = True

    def _restore(self, scene: bpy.types.Scene) -> None:
        bpy.app.handlers.render_cancel.remove(self._on_cancel)
        saved_settings.reset_settings(scene, self.own)
        if scene.frame_current != self.frame:
            scene.frame_set(self.frame)

    def _report_result(self) -> Result:
        if self.stopped:
            self.report({"WARNING"}, "The render was stopped")
            return {"CANCELLED"}
        one = [self.path] if self.path.is_file() else []
        pictures = list(self.path.glob("frame_*.png")) if self.path.is_dir() else one
        written = [path for path in pictures if path.stat().st_mtime >= self.began]
        if not written or not all(path.stat().st_size for path in written):
            self.report({"ERROR"}, f"{self.path}: Blender wrote nothing. Is the disk full, or the folder locked?")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Rendered {self.path}")
        older = len(pictures) - len(written)
        if older:
            self.report({"WARNING"}, f"{self.path}: {older} pictures of an earlier render are still there")
        return {"FINISHED"}


def render_blocker(scene: bpy.types.Scene) -> str:
    """Why nothing can be rendered, or nothing."""
    if built_spec.get_built_walk(scene) is None:
        return NOTHING_GENERATED
    if scene.camera is None:
        return "The scene has no camera: switch Set Up Scene on and press Generate"
    if bpy.app.is_job_running("RENDER"):
        return "A render is running"
    given = scene.kernelwalk.output
    if (given.folder.startswith("//") or not _is_absolute(given.folder)) and not bpy.data.filepath:
        return "This file was never saved: save it, or choose a folder that does not begin with //"
    return ""


def film_blocker(scene: bpy.types.Scene) -> str:
    """Why the walk cannot be rendered as it is asked for though a step could, or nothing."""
    given = scene.kernelwalk
    if given.output.film and any(side % 2 for side in given.render.resolution):
        return "A film needs an even width and height. Change the resolution by 1"
    if given.output.film and given.render.transparent:
        return "An MP4 film cannot be transparent. Switch Transparent off, or render pictures"
    return ""


def _render_settings(scene: bpy.types.Scene, animation: bool, path: Path) -> dict[str, Any]:
    """The settings of the scene, by their paths, for a render."""
    stands = built_spec.get_built_walk(scene)
    assert stands is not None  # or nothing could be rendered
    frames = stands.walk.frames(stands.step_count)
    film = animation and scene.kernelwalk.output.film
    render = Render(**spec_properties.read_section(scene.kernelwalk, "render"))
    inside = path / "frame_#####.png" if animation and not film else path
    return {
        **scene_settings.make_render_values(render, stands.walk.fps),
        **(scene_settings.VIDEO_VALUES if film else scene_settings.make_image_values(render.transparent)),
        "frame_start": frames.start,
        "frame_end": frames.stop - 1,
        "render.filepath": compat.escape_path(str(inside)),
        "render.use_file_extension": False,
        "render.use_overwrite": True,
        "render.use_placeholder": False,
    }


CLASSES = (KERNELWALK_OT_render,)
