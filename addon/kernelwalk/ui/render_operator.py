# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering from the panel with Blender's own render job. The scene's settings are restored afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty

from ..core.layers.registry import LAYERS
from ..core.spec.render_section import Render
from ..scene import built_spec, compat, render_settings, saved_settings, step_navigation
from . import spec_properties
from .operator_utils import NOTHING_GENERATED, Context, Result
from .spec_files import safe_file_name

POLL_INTERVAL = 0.2
"""Seconds between two checks of the render job."""


def output_path(scene: bpy.types.Scene, animation: bool) -> Path:
    """Return the path of the picture, of the film, or of the folder of pictures. The scene must be generated."""
    props, name = scene.kernelwalk.output, _output_name(scene)
    others = [other for other in bpy.data.scenes if other != scene and built_spec.get_stored_table(other)]
    if any(_output_name(other) == name for other in others):
        name = f"{name} ({safe_file_name(scene.name)})"
    if not animation:
        return resolve_folder(props.folder) / f"{name} {step_navigation.get_current_step(scene) or 0}.png"
    return resolve_folder(props.folder) / (f"{name}.mp4" if props.film else name)


def _output_name(scene: bpy.types.Scene) -> str:
    """Return the title of the generated spec as a file name, or else the name of its operation."""
    table = built_spec.get_stored_table(scene)
    return safe_file_name(table.get("title", "")) or (LAYERS[table["layer"]["op"]].display_name if table else "")


def resolve_folder(text: str) -> Path:
    """Return the folder that a user has typed. A relative one is beside the .blend file, as is one that begins //."""
    return Path(bpy.path.abspath(text if _is_absolute(text) else f"//{text}")).expanduser()


def _is_absolute(text: str) -> bool:
    return text.startswith(("//", "~")) or Path(text).is_absolute()


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
        """Set the scene up for the render. Return False, with a report, if it cannot be rendered."""
        scene = context.scene
        reason = film_blocker(scene) if self.animation else ""
        if reason:
            self.report({"ERROR"}, reason)
            return False
        self.path = output_path(scene, self.animation)
        self.is_cancelled = False
        self.start_time = time.time() - 2  # timestamps of some file systems are coarse
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.report({"ERROR"}, f"{self.path.parent}: cannot be created: {error.strerror}. Choose another folder")
            return False
        self.frame = scene.frame_current
        # setting a film format changes more settings of the medium than are listed, so all of them are saved
        parts = ("render.image_settings", "render.ffmpeg")
        medium = {path: value for part in parts for path, value in saved_settings.get_settings(scene, part).items()}
        self.saved_settings = {
            **saved_settings.set_settings(scene, _render_settings(scene, self.animation, self.path)),
            **medium,
        }
        bpy.app.handlers.render_cancel.append(self._on_cancel)
        return True

    def _on_cancel(self, *_: Any) -> None:
        self.is_cancelled = True

    def _restore(self, scene: bpy.types.Scene) -> None:
        bpy.app.handlers.render_cancel.remove(self._on_cancel)
        saved_settings.reset_settings(scene, self.saved_settings)
        if scene.frame_current != self.frame:
            scene.frame_set(self.frame)

    def _report_result(self) -> Result:
        if self.is_cancelled:
            self.report({"WARNING"}, "The render was stopped")
            return {"CANCELLED"}
        single = [self.path] if self.path.is_file() else []
        files = list(self.path.glob("frame_*.png")) if self.path.is_dir() else single
        written = [path for path in files if path.stat().st_mtime >= self.start_time]
        if not written or not all(path.stat().st_size for path in written):
            self.report({"ERROR"}, f"{self.path}: Blender wrote nothing. Is the disk full, or the folder read-only?")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Rendered {self.path}")
        older = len(files) - len(written)
        if older:
            self.report({"WARNING"}, f"{self.path}: {older} pictures of an earlier render are still there")
        return {"FINISHED"}


def render_blocker(scene: bpy.types.Scene) -> str:
    """Return the reason why a scene cannot be rendered, or an empty text."""
    if built_spec.get_built_walk(scene) is None:
        return NOTHING_GENERATED
    if scene.camera is None:
        return "The scene has no camera. Switch Set Up Scene on and press Generate"
    if bpy.app.is_job_running("RENDER"):
        return "A render is running"
    folder = scene.kernelwalk.output.folder
    if (folder.startswith("//") or not _is_absolute(folder)) and not bpy.data.filepath:
        return "This file was never saved. Save it, or choose a folder that does not begin with //"
    return ""


def film_blocker(scene: bpy.types.Scene) -> str:
    """Return the reason why the walk, unlike a step, cannot be rendered, or an empty text."""
    props = scene.kernelwalk
    if props.output.film and any(side % 2 for side in props.render.resolution):
        return "A film needs an even width and height. Change the resolution by 1"
    if props.output.film and props.render.transparent:
        return "An MP4 film cannot be transparent. Switch Transparent off, or Film (MP4) for pictures"
    return ""


def _render_settings(scene: bpy.types.Scene, animation: bool, path: Path) -> dict[str, Any]:
    """Return the settings of the scene for a render, by their paths."""
    built = built_spec.get_built_walk(scene)
    assert built is not None  # otherwise render_blocker gives a reason
    frames = built.walk.frames(built.step_count)
    film = animation and scene.kernelwalk.output.film
    render = Render(**spec_properties.read_section(scene.kernelwalk, "render"))
    filepath = path / "frame_#####.png" if animation and not film else path
    return {
        **render_settings.make_render_values(render, built.walk.fps),
        **(render_settings.VIDEO_VALUES if film else render_settings.make_image_values(render.transparent)),
        "frame_start": frames.start,
        "frame_end": frames.stop - 1,
        "render.filepath": compat.escape_path(str(filepath)),
        "render.use_file_extension": False,
        "render.use_overwrite": True,
        "render.use_placeholder": False,
    }


CLASSES = (KERNELWALK_OT_render,)
