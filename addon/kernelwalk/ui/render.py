# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering from the panel, by Blender's own render job, with the scene's settings given back afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty

from ..core.spec import Render
from ..scene import before, owned, standing
from ..scene import settings as scene_settings
from . import settings
from .files import file_name
from .operator import Context, Result

TICK = 0.2
"""Seconds between two looks at the render job."""


def target(scene: bpy.types.Scene, animation: bool) -> Path:
    """Where the picture, the film or the folder of pictures goes."""
    given, stands = scene.kernelwalk.output, standing.standing(scene)
    (root, *_) = owned.roots(scene)
    folder, name = Path(bpy.path.abspath(given.folder)), file_name(owned.unnumbered(root.name))
    if not animation:
        return folder / f"{name} {standing.shown_step(scene) if stands else 0}.png"
    return folder / (f"{name}.mp4" if given.film else name)


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
        reason = hindrance(context.scene)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: Context, _event: bpy.types.Event) -> Result:
        if not self._begin(context):
            return {"CANCELLED"}
        try:
            bpy.ops.render.render("INVOKE_DEFAULT", animation=self.animation, write_still=not self.animation)
        except RuntimeError as error:
            self._end(context.scene)
            self.report({"ERROR"}, str(error).strip())
            return {"CANCELLED"}
        self.timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: bpy.types.Event) -> Result:
        if event.type == "TIMER" and not bpy.app.is_job_running("RENDER"):
            self.cancel(context)
            return self._told()
        return {"PASS_THROUGH"}  # Esc reaches Blender's own render job

    def cancel(self, context: Context) -> None:
        context.window_manager.event_timer_remove(self.timer)
        self._end(context.scene)

    def execute(self, context: Context) -> Result:
        if not self._begin(context):
            return {"CANCELLED"}
        try:
            bpy.ops.render.render(animation=self.animation, write_still=not self.animation)
        except RuntimeError as error:
            self.report({"ERROR"}, str(error).strip())
            return {"CANCELLED"}
        finally:
            self._end(context.scene)
        return self._told()

    def _begin(self, context: Context) -> bool:
        """Set the scene up for the render; whether it can begin."""
        scene = context.scene
        self.path = target(scene, self.animation)
        self.stopped = False
        self.began = time.time() - 2  # file systems are coarse
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.report({"ERROR"}, f"{self.path.parent}: cannot be made: {error.strerror}. Choose another folder")
            return False
        self.frame = scene.frame_current
        encoder = before.get_all(scene, "render.ffmpeg")  # choosing a film sets more of these than is said
        self.own = {**before.put_all(scene, _settings(scene, self.animation, self.path)), **encoder}
        bpy.app.handlers.render_cancel.append(self._stop)
        return True

    def _stop(self, *_: Any) -> None:
        self.stopped = True

    def _end(self, scene: bpy.types.Scene) -> None:
        bpy.app.handlers.render_cancel.remove(self._stop)
        before.put_all(scene, self.own)
        if scene.frame_current != self.frame:
            scene.frame_set(self.frame)

    def _told(self) -> Result:
        if self.stopped:
            self.report({"WARNING"}, "The render was stopped")
            return {"CANCELLED"}
        pictures = self.path.glob("*.png") if self.path.is_dir() else [self.path] if self.path.is_file() else []
        written = [path for path in pictures if path.stat().st_mtime >= self.began]
        if not written or not all(path.stat().st_size for path in written):
            self.report({"ERROR"}, f"{self.path}: Blender wrote nothing. Is the disk full, or the folder locked?")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Rendered {self.path}")
        return {"FINISHED"}


def hindrance(scene: bpy.types.Scene) -> str:
    """Why nothing can be rendered, or nothing."""
    if standing.standing(scene) is None:
        return "Nothing stands in this scene yet: press Generate"
    if scene.camera is None:
        return "The scene has no camera: switch Set Up Scene on and press Generate"
    if bpy.app.is_job_running("RENDER"):
        return "A render is running"
    given = scene.kernelwalk.output
    if given.folder.startswith("//") and not bpy.data.filepath:
        return "This file was never saved: save it, or choose a folder that does not begin with //"
    if given.film and any(side % 2 for side in scene.kernelwalk.render.resolution):
        return "A film needs an even width and height: change the resolution by 1"
    return ""


def _settings(scene: bpy.types.Scene, animation: bool, path: Path) -> dict[str, Any]:
    """The settings of the scene, by their paths, for a render."""
    stands = standing.standing(scene)
    assert stands is not None  # or nothing could be rendered
    frames = stands.walk.frames(stands.layer.steps)
    film = animation and scene.kernelwalk.output.film
    inside = path / "frame_#####.png" if animation and not film else path
    return {
        **scene_settings.rendering(Render(**settings.section(scene.kernelwalk, "render")), stands.walk.fps),
        **(scene_settings.FILM if film else scene_settings.PICTURES),
        "frame_start": frames.start,
        "frame_end": frames.stop - 1,
        "render.filepath": str(inside),
        "render.use_file_extension": False,
        "render.use_overwrite": True,
        "render.use_placeholder": False,
    }


CLASSES = (KERNELWALK_OT_render,)
