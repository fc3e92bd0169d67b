# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk as a glTF file. Blender's own exporters know neither the colors nor the values of tiles."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty

from ...core import make_plan
from ...core.errors import KernelwalkError
from ...core.gltf.walk_document import find_obstacle, make_glb
from ...scene.objects.word_meshes import WordMeshes
from ..fields.walk_settings import active_settings
from ..files.spec_files import NamedExport
from ..settings import spec_properties
from ..toolkit.operator_utils import Context, Result, report_failure, settings_are_valid

SUFFIX = ".glb"


class KERNELWALK_OT_export_glb(NamedExport, bpy.types.Operator):
    """Write the walk as glTF, which browsers play. Use this and not Blender's exporters, which leave out colors and
    write hidden copies of the tiles"""

    bl_idname = "kernelwalk.export_glb"
    bl_label = "Export Walk as glTF"
    filename_ext = SUFFIX
    filter_glob: StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})
    pointer: BoolProperty(
        name="Gliding Colors",
        description="Let colors and connectors glide, by the extension KHR_animation_pointer, which few viewers know",
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        return settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        path = Path(self.filepath)
        try:
            spec = spec_properties.read_spec(active_settings(context.scene))
            obstacle = find_obstacle(spec)
            if obstacle is None:
                with WordMeshes() as words:
                    data = make_glb(make_plan(spec), spec.name, words.triangulate, self.pointer)
                obstacle = find_obstacle(spec, len(data))
            if obstacle is None:
                path.write_bytes(data)
                self.report({"INFO"}, f"Wrote {path}")
                return {"FINISHED"}
        except KernelwalkError as error:
            obstacle = str(error)
        except OSError as error:
            obstacle = f"{path}: cannot be written: {error.strerror}. Choose another place"
        return report_failure(self, obstacle)


CLASSES = (KERNELWALK_OT_export_glb,)
