# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs in files: import, export, dropped into the window, and the presets, which are such files too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..core import SpecError, spec_from_table
from ..core.spec import presets
from ..core.spec.spec import load_spec_table
from ..core.spec.toml import dump_toml
from . import spec_properties
from .operator_utils import Context, Result, is_editable, report_error, settings_are_valid
from .preferences import ADDON_ID
from .words import sentence

SUFFIX = ".toml"

MAX_NAME_BYTES = 200
"""Bytes of a file's name, without what is put behind it."""


def user_presets_folder() -> Path:
    """The folder of a user's own presets, which outlives updates of the add-on."""
    try:
        return Path(bpy.utils.extension_path_user(ADDON_ID, path="presets", create=True))
    except ValueError:  # registered by a script, not installed
        return Path(bpy.utils.user_resource("CONFIG", path="kernelwalk/presets", create=True))


def safe_file_name(text: str) -> str:
    """`text` as a file's name on every system: without what separates folders or has a meaning of its own."""
    plain = "".join("_" if each in '\\/:*?"<>|#{}' or not each.isprintable() else each for each in text)
    return plain.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip(" .")


def _save_spec(operator: bpy.types.Operator, context: Context, path: Path) -> Result:
    try:
        path.write_text(dump_toml(spec_properties.read_spec(context.scene.kernelwalk).to_table()))
    except SpecError as error:
        return report_error(operator, error)
    except OSError as error:
        operator.report({"ERROR"}, f"{path}: cannot be written: {error.strerror}. Choose another place")
        return {"CANCELLED"}
    return {"FINISHED"}


def _display_name(path: Path) -> str:
    """A file's name as a menu shows it; a user's own as it was written."""
    name = bpy.path.display_name(path.name, title_case=False)
    return sentence(name) if path.parent == presets.PRESETS_FOLDER else name


class KERNELWALK_OT_import_spec(bpy.types.Operator, ImportHelper):
    """Set the panel to a spec file"""

    bl_idname = "kernelwalk.import_spec"
    bl_label = "Import Spec"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = SUFFIX
    filter_glob: StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene)

    def invoke(self, context: Context, event: bpy.types.Event) -> Result:  # type: ignore[override]  # the stubs lack it
        if self.properties.is_property_set("filepath"):  # dropped into the window, or a preset
            return self.execute(context)
        return super().invoke(context, event)

    def execute(self, context: Context) -> Result:
        path = Path(self.filepath)
        try:
            spec_properties.write_spec(spec_from_table(load_spec_table(path)), context.scene.kernelwalk)
        except SpecError as error:
            return report_error(self, error)
        self.report({"INFO"}, f"The panel is set to {_display_name(path)}")
        return {"FINISHED"}


class KERNELWALK_OT_export_spec(bpy.types.Operator, ExportHelper):
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
    """A spec file dropped into a 3D view sets the panel to it."""

    bl_idname = "KERNELWALK_FH_spec"
    bl_label = "Kernelwalk Spec"
    bl_import_operator = KERNELWALK_OT_import_spec.bl_idname
    bl_export_operator = KERNELWALK_OT_export_spec.bl_idname
    bl_file_extensions = SUFFIX

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


class KERNELWALK_OT_preset_add(bpy.types.Operator):
    """Keep the panel's settings as a preset of your own, or remove one"""

    bl_idname = "kernelwalk.preset_add"
    bl_label = "Add Preset"
    bl_options = {"REGISTER", "INTERNAL"}
    name: StringProperty(name="Name", description="Name of the preset", options={"SKIP_SAVE"})
    remove_name: BoolProperty(default=False, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return "Remove this preset" if properties.remove_name else "Keep the panel's settings as a preset of your own"

    def execute(self, context: Context) -> Result:
        folder = user_presets_folder()
        if self.remove_name:
            for path in folder.glob(f"*{SUFFIX}"):
                if _display_name(path) == self.name:  # as the menu names it
                    path.unlink(missing_ok=True)
            return {"FINISHED"}
        name = safe_file_name(self.name)
        if not name:
            self.report({"ERROR"}, "The preset has no name. Write one beside the plus")
            return {"CANCELLED"}
        return _save_spec(self, context, folder / f"{name}{SUFFIX}")


class KERNELWALK_PT_presets(bpy.types.Panel):
    """Set the panel to a preset"""

    bl_label = "Presets"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    path_menu = bpy.types.Menu.path_menu  # Blender's own list of presets

    def draw(self, _context: Context) -> None:
        layout = self.layout
        layout.emboss = "PULLDOWN_MENU"
        layout.operator_context = "EXEC_DEFAULT"
        self._draw_presets(presets.PRESETS_FOLDER)
        layout.separator()
        layout.label(text="Your Own")
        self._draw_presets(user_presets_folder(), add_operator=KERNELWALK_OT_preset_add.bl_idname)

    def _draw_presets(self, folder: Path, **more: Any) -> None:
        self.path_menu(
            [str(folder)],
            KERNELWALK_OT_import_spec.bl_idname,
            filter_ext=lambda suffix: suffix.lower() == SUFFIX,
            display_name=lambda path: _display_name(Path(path)),
            **more,
        )


CLASSES = (
    KERNELWALK_OT_import_spec,
    KERNELWALK_OT_export_spec,
    KERNELWALK_FH_spec,
    KERNELWALK_OT_preset_add,
    KERNELWALK_PT_presets,
)
