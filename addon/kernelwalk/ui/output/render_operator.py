# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering from the panel with Blender's own render job. The scene's settings are restored afterwards."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty

from ...core.spec.render_section import Render
from ...scene import compat, render_settings
from ...scene.builds import built_spec
from ...scene.setup import saved_settings
from ..fields.walk_settings import active_settings
from ..settings import spec_properties
from ..steps import step_redraw
from ..toolkit.operator_utils import NOTHING_GENERATED, Context, Result, report_failure
from . import render_files

NEVER_SAVED = "This file was never saved. Save it, or choose a folder that does not begin with //"

RUNNING = "A render is running"

POLL_INTERVAL = 0.2
"""Seconds between two checks of the render job."""


class KERNELWALK_OT_render(bpy.types.Operator):
    """Render the generated scene. Esc stops it"""

    bl_idname = "kernelwalk.render"
    bl_label = "Render Walk"
    animation: BoolProperty(name="Animation", description="Render the whole walk; if off, the current frame")

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        frames = "the whole walk" if properties.animation else "the current frame"
        return (
            f"Render {frames} with the settings above. Esc stops it. The scene's own settings are restored afterwards"
        )

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
            self._restore()
            self._remove_partial()
            return report_failure(self, str(error))
        self.timer = context.window_manager.event_timer_add(POLL_INTERVAL, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: bpy.types.Event) -> Result:
        if event.type == "TIMER" and not bpy.app.is_job_running("RENDER"):
            self._end(context)
            return self._report_result()
        return {"PASS_THROUGH"}  # Esc reaches Blender's own render job

    def cancel(self, context: Context) -> None:
        self._end(context)
        self._remove_partial()

    def _end(self, context: Context) -> None:
        context.window_manager.event_timer_remove(self.timer)
        self._restore()

    def execute(self, context: Context) -> Result:
        if not self._start(context):
            return {"CANCELLED"}
        try:
            bpy.ops.render.render(animation=self.animation, write_still=not self.animation)
        except RuntimeError as error:
            self._remove_partial()
            return report_failure(self, str(error))
        finally:
            self._restore()
        return self._report_result()

    def _start(self, context: Context) -> bool:
        """Set the scene up for the render. Return False, with a report, if it cannot be rendered."""
        scene = context.scene
        reason = film_blocker(scene) if self.animation else ""
        if reason:
            report_failure(self, reason)
            return False
        self.path = render_files.output_path(scene, self.animation)
        is_film = self.animation and active_settings(scene).output.film
        self.rendered_path = render_files.make_partial_path(self.path) if is_film else self.path
        self.is_cancelled = False
        self.start_time = time.time() - 2  # timestamps of some file systems are coarse
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._remove_partial()  # of a Blender that was killed
        except OSError as error:
            report_failure(self, f"{self.path.parent}: cannot be created: {error.strerror}. Choose another folder")
            return False
        self.scene_uid, self.frame = scene.session_uid, scene.frame_current
        # setting a film format changes more settings of the medium than are listed, so all of them are saved
        parts = ("render.image_settings", "render.ffmpeg")
        medium = {path: value for part in parts for path, value in saved_settings.get_settings(scene, part).items()}
        self.saved_settings = {
            **saved_settings.set_settings(scene, _render_settings(scene, self.animation, self.rendered_path)),
            **medium,
        }
        bpy.app.handlers.render_cancel.append(self._on_cancel)
        return True

    def _on_cancel(self, *_: Any) -> None:
        self.is_cancelled = True

    def _restore(self) -> None:
        bpy.app.handlers.render_cancel.remove(self._on_cancel)
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == self.scene_uid), None)
        if scene is None:  # deleted meanwhile
            return
        saved_settings.reset_settings(scene, self.saved_settings)
        if scene.frame_current != self.frame:
            scene.frame_set(self.frame)
        step_redraw.redraw_panels(scene)

    def _remove_partial(self) -> None:
        if self.rendered_path != self.path:
            with contextlib.suppress(OSError):  # it may be open while a render ends
                self.rendered_path.unlink()

    def _report_result(self) -> Result:
        is_film = self.rendered_path != self.path
        if self.is_cancelled:
            self._remove_partial()
            self.report({"WARNING"}, f"The render was stopped{'. No film was written' if is_film else ''}")
            return {"CANCELLED"}
        if is_film:
            return self._name_film()
        files = list(self.path.glob("frame_*.png")) if self.path.is_dir() else [self.path]
        written = [path for path in files if path.is_file() and path.stat().st_mtime >= self.start_time]
        if not written or not all(path.stat().st_size for path in written):
            return self._report_nothing_written()
        self.report({"INFO"}, f"Rendered {self.path}")
        older = len(files) - len(written)
        if older:
            self.report({"WARNING"}, f"{self.path}: {older} pictures of an earlier render are still there")
        return {"FINISHED"}

    def _name_film(self) -> Result:
        """Give a film its name if it is whole."""
        if not render_files.is_whole_film(self.rendered_path):
            self._remove_partial()
            return self._report_nothing_written()
        try:
            self.rendered_path.replace(self.path)
        except OSError as error:
            text = f"{self.path}: cannot be replaced: {error.strerror}. The film is at {self.rendered_path}"
            return report_failure(self, text)
        self.report({"INFO"}, f"Rendered {self.path}")
        return {"FINISHED"}

    def _report_nothing_written(self) -> Result:
        return report_failure(self, f"{self.path}: Blender wrote nothing. Is the disk full, or the folder read-only?")


def render_blocker(scene: bpy.types.Scene) -> str:
    """Return the reason why a scene cannot be rendered, or an empty text."""
    if built_spec.get_built_walk(scene) is None:
        return NOTHING_GENERATED
    if scene.camera is None:
        return "The scene has no camera. Switch Set Up Scene on and press Generate"
    if bpy.app.is_job_running("RENDER"):
        return RUNNING
    folder = active_settings(scene).output.folder
    if (folder.startswith("//") or not render_files.is_absolute(folder)) and not bpy.data.filepath:
        return NEVER_SAVED
    return ""


def film_blocker(scene: bpy.types.Scene) -> str:
    """Return the reason why the walk, unlike a step, cannot be rendered, or an empty text."""
    props = active_settings(scene)
    if props.output.film and any(side % 2 for side in props.render.resolution):
        return "A film needs an even width and height. Change the resolution by 1"
    if props.output.film and props.render.transparent:
        return "An MP4 film cannot be transparent. Switch Transparent off, or Film (MP4) for pictures"
    return ""


def _render_settings(scene: bpy.types.Scene, animation: bool, path: Path) -> dict[str, Any]:
    """Return the settings of the scene for a render, by their paths."""
    built = built_spec.get_built_walk(scene)
    assert built is not None  # otherwise render_blocker gives a reason
    frames = built.spec.frames
    output = active_settings(scene).output
    film = animation and output.film
    render = Render(**spec_properties.read_section(active_settings(scene), "render"))
    filepath = path / "frame_#####.png" if animation and not film else path
    return {
        **render_settings.make_render_values(render, built.walk.fps),
        **(render_settings.VIDEO_VALUES if film else render_settings.make_image_values(render.transparent)),
        "cycles.device": "GPU" if output.device == "PREFERENCES" else "CPU",
        "frame_start": frames.start,
        "frame_end": frames.stop - 1,
        "render.filepath": compat.escape_path(str(filepath)),
        "render.use_file_extension": False,
        "render.use_overwrite": True,
        "render.use_placeholder": False,
    }


CLASSES = (KERNELWALK_OT_render,)
