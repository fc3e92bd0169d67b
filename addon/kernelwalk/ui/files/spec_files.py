# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs in files: import, export and drag-and-drop, and presets of the user, which are such files too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ...core import SpecError, spec_from_table
from ...core.describe.representative_step import choose_representative_step
from ...core.describe.summary import summarize_layers
from ...core.spec import presets
from ...core.spec.parse import load_spec_table
from ...core.spec.toml import dump_toml
from ...core.values.value_files import read_value_files
from ...scene.builds import built_spec
from ...scene.image_pixels import read_picture
from ...scene.steps import step_navigation
from ..builds import live_update
from ..fields.preferences import ADDON_ID
from ..fields.walk_settings import active_settings
from ..settings import spec_properties
from ..toolkit.operator_utils import Context, Result, is_editable, report_error, report_failure, settings_are_valid

SUFFIX = ".toml"

MAX_NAME_BYTES = 200
"""Bytes of a file's name, without suffixes."""


def user_presets_folder() -> Path:
    """Return the folder of the user's presets, which updates of the add-on leave alone."""
    try:
        return Path(bpy.utils.extension_path_user(ADDON_ID, path="presets", create=True))
    except ValueError:  # registered by a script, not installed
        return Path(bpy.utils.user_resource("CONFIG", path="kernelwalk/presets", create=True))


def safe_file_name(text: str) -> str:
    """Return the text as a file name that is valid on every system, with "_" for reserved characters."""
    valid = "".join("_" if letter in '\\/:*?"<>|#{}' or not letter.isprintable() else letter for letter in text)
    return valid.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip(" .")


class NamedExport(ExportHelper):
    """Base of the operators that write a file. It is named after the walk, unless the user names it."""

    def invoke(self, context: Context, event: bpy.types.Event) -> Any:
        path: str = self.filepath  # type: ignore[has-type]  # the stubs lack it
        self.filepath = path or suggest_path(context.scene, self.filename_ext)
        return super().invoke(context, event)  # type: ignore[func-returns-value]  # as above


def suggest_path(scene: bpy.types.Scene, suffix: str) -> str:
    """Return the path of a file beside the .blend file, named after the active walk. Its settings must be valid."""
    name = safe_file_name(spec_properties.read_spec(active_settings(scene)).name)
    return str(Path(bpy.data.filepath).parent / f"{name}{suffix}")


def _save_spec(operator: bpy.types.Operator, context: Context, path: Path) -> Result:
    try:
        path.write_text(dump_toml(spec_properties.read_spec(active_settings(context.scene)).to_table()))
    except SpecError as error:
        return report_error(operator, error)
    except OSError as error:
        return report_failure(operator, f"{path}: cannot be written: {error.strerror}. Choose another place")
    operator.report({"INFO"}, f"Wrote {path}")
    return {"FINISHED"}


def display_name(path: Path) -> str:
    """Return the name of a spec file as the user typed it."""
    return str(bpy.path.display_name(path.name, title_case=False))


def _describe_file(path: Path) -> str:
    """Return a tooltip on a spec file: its layers and its comment, or its problems."""
    try:
        table = load_spec_table(path)
        table.pop("values", None)  # it may name files, and the summary does not need it
        layers = summarize_layers(spec_from_table(table))
    except SpecError as error:
        return str(error)
    return f"{layers}.\n{presets.read_description(path)}".rstrip(".\n")  # Blender adds a full stop


class KERNELWALK_OT_import_spec(bpy.types.Operator, ImportHelper):
    """Load the panel's settings from a spec file"""

    bl_idname = "kernelwalk.import_spec"
    bl_label = "Import Spec"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = SUFFIX
    filter_glob: StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene)

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return _describe_file(Path(properties.filepath)) if properties.filepath else ""

    def invoke(self, context: Context, event: bpy.types.Event) -> Result:  # type: ignore[override]  # the stubs lack it
        if self.properties.is_property_set("filepath"):  # a file dropped into the window, or a preset
            return self.execute(context)
        return super().invoke(context, event)

    def execute(self, context: Context) -> Result:
        path = Path(self.filepath)
        try:
            table, notes = read_value_files(load_spec_table(path), read_picture)
            spec = spec_from_table(table)
        except SpecError as error:
            return report_error(self, error)
        spec_properties.write_spec(spec, active_settings(context.scene))
        live_update.update_pending_scenes()
        if built_spec.is_built_from(context.scene, spec):
            step_navigation.go_to_step(context.scene, choose_representative_step(spec))
        self.report({"INFO"}, ". ".join([f"Loaded {spec.name}", *notes]))
        return {"FINISHED"}


class KERNELWALK_OT_export_spec(NamedExport, bpy.types.Operator):
    """Save the panel's settings as a spec file, for the command line or another scene"""

    bl_idname = "kernelwalk.export_spec"
    bl_label = "Export Spec"
    filename_ext = SUFFIX
    filter_glob: StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        return _save_spec(self, context, Path(self.filepath))


class KERNELWALK_FH_spec(bpy.types.FileHandler):
    """Loader of spec files that are dropped into a 3D view"""

    bl_idname = "KERNELWALK_FH_spec"
    bl_label = "Kernelwalk Spec"
    bl_import_operator = KERNELWALK_OT_import_spec.bl_idname
    bl_export_operator = KERNELWALK_OT_export_spec.bl_idname
    bl_file_extensions = SUFFIX

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


class KERNELWALK_OT_preset_add(bpy.types.Operator):
    """Save the panel's settings as a preset, or remove one"""

    bl_idname = "kernelwalk.preset_add"
    bl_label = "Add Preset"
    bl_options = {"REGISTER", "INTERNAL"}
    name: StringProperty(name="Name", description="Name of the preset", options={"SKIP_SAVE"})
    remove_name: BoolProperty(default=False, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return "Remove this preset" if properties.remove_name else "Save the panel's settings as a preset"

    def execute(self, context: Context) -> Result:
        folder = user_presets_folder()
        if self.remove_name:
            for path in folder.glob(f"*{SUFFIX}"):
                if display_name(path) == self.name:  # the menu passes the name that it shows
                    path.unlink(missing_ok=True)
            return {"FINISHED"}
        name = safe_file_name(self.name)
        if not name:
            return report_failure(self, "The preset has no name. Type one beside the plus")
        return _save_spec(self, context, folder / f"{name}{SUFFIX}")


CLASSES = (
    KERNELWALK_OT_import_spec,
    KERNELWALK_OT_export_spec,
    KERNELWALK_FH_spec,
    KERNELWALK_OT_preset_add,
)
