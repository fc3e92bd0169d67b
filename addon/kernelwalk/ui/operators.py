# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators: thin, over functions of the core and the scene; what goes wrong is reported in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..core import Spec, SpecError, from_table, plan, presets
from ..core.spec import load_file
from ..core.toml import dump_table
from ..scene import apply, build, clear, owned, viewport
from . import settings

Result = set[Any]

Context = Any
"""bpy.types.Context, of which the stubs say that everything in it may be missing."""


def generate(scene: bpy.types.Scene, spec: Spec, setup: bool) -> None:
    """Build a spec into a scene, in place of what was built before.

    setup: make the scene show and render it too
    Raises SpecError where the template cannot be used.
    """
    planned = plan(spec)
    built = build(planned, scene)
    if setup:
        apply(planned, built, scene)


def _told(operator: bpy.types.Operator, error: SpecError) -> Result:
    operator.report({"ERROR"}, str(error))
    return {"CANCELLED"}


class KERNELWALK_OT_generate(bpy.types.Operator):
    """Build the layer's tiles, keys and lines into this scene, in place of what Kernelwalk built in it before"""

    bl_idname = "kernelwalk.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        try:
            settings.read(context.scene.kernelwalk)
        except SpecError as error:
            cls.poll_message_set(str(error.problems[0]))
            return False
        return True

    def execute(self, context: Context) -> Result:
        try:
            given = context.scene.kernelwalk
            generate(context.scene, settings.read(given), given.setup)
        except SpecError as error:
            return _told(self, error)
        if given.setup and context.screen:
            viewport.show_materials(context.screen)
        return {"FINISHED"}


class KERNELWALK_OT_clear(bpy.types.Operator):
    """Remove what Kernelwalk built in this scene, and nothing else"""

    bl_idname = "kernelwalk.clear"
    bl_label = "Clear"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not owned.roots(context.scene):
            cls.poll_message_set("There is nothing of Kernelwalk's in this scene")
            return False
        return True

    def execute(self, context: Context) -> Result:
        clear(context.scene)
        return {"FINISHED"}


class KERNELWALK_OT_import_spec(bpy.types.Operator, ImportHelper):
    """Set the panel to a spec file"""

    bl_idname = "kernelwalk.import_spec"
    bl_label = "Import Spec"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = ".toml"
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN"})

    def execute(self, context: Context) -> Result:
        try:
            settings.write(from_table(load_file(Path(self.filepath))), context.scene.kernelwalk)
        except SpecError as error:
            return _told(self, error)
        return {"FINISHED"}


class KERNELWALK_OT_export_spec(bpy.types.Operator, ExportHelper):
    """Save the panel's settings as a spec file, for the command line or another scene"""

    bl_idname = "kernelwalk.export_spec"
    bl_label = "Export Spec"
    filename_ext = ".toml"
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN"})

    def execute(self, context: Context) -> Result:
        try:
            spec = settings.read(context.scene.kernelwalk)
            Path(self.filepath).write_text(dump_table(spec.table()))
        except SpecError as error:
            return _told(self, error)
        except OSError as error:
            self.report({"ERROR"}, f"{self.filepath}: cannot be written: {error.strerror}. Choose another place")
            return {"CANCELLED"}
        return {"FINISHED"}


class KERNELWALK_OT_preset(bpy.types.Operator):
    """Set the panel to this preset"""

    bl_idname = "kernelwalk.preset"
    bl_label = "Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}
    name: StringProperty(options={"HIDDEN"})

    def execute(self, context: Context) -> Result:
        try:
            settings.write(presets.preset(self.name), context.scene.kernelwalk)
        except SpecError as error:
            return _told(self, error)
        return {"FINISHED"}


CLASSES = (
    KERNELWALK_OT_generate,
    KERNELWALK_OT_clear,
    KERNELWALK_OT_import_spec,
    KERNELWALK_OT_export_spec,
    KERNELWALK_OT_preset,
)
