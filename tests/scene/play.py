# SPDX-License-Identifier: GPL-3.0-or-later
"""Player that opens a saved scene in a Blender without Kernelwalk, with scripts disabled, and steps through it.

Run as: python -I play.py SCENE.blend WANTED.json FOUND.json. WANTED is {"frames": [...], "picture": [frame, path]}.
"""

import json
import os
import sys
from pathlib import Path

sys.modules["kernelwalk"] = None  # makes its import fail, even where it is installed

import bpy  # noqa: E402

blend, wanted_path, found_path = sys.argv[1:]
wanted = json.loads(Path(wanted_path).read_text())


def handlers():
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return {name: len(item) for name, item in lists.items() if isinstance(item, list)}


bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.context.preferences.filepaths.use_scripts_auto_execute = False
handlers_before = handlers()
bpy.ops.wm.open_mainfile(filepath=blend, use_scripts=False, load_ui=False)
scene = bpy.context.scene

owners = [item for kind in ("objects", "curves", "materials", "node_groups", "worlds", "meshes", "scenes")
          for item in getattr(bpy.data, kind)]  # fmt: skip
owners += [item.node_tree for item in (*bpy.data.materials, *bpy.data.worlds) if item.node_tree]
report = {
    "handlers": handlers() == handlers_before,
    "refused": bpy.app.autoexec_fail,
    "drivers": sum(len(item.animation_data.drivers) for item in owners if item.animation_data),
    "texts": len(bpy.data.texts),
    "libraries": [library.filepath for library in bpy.data.libraries],
    "missing": [item.name for item in owners if item.library],
    "frames": {},
}
try:
    import kernelwalk  # noqa: F401
except ImportError:
    report["kernelwalk"] = False
else:
    report["kernelwalk"] = True

(lines,) = [item for item in bpy.data.objects if item.type == "CURVE" and item.name == "Connectors"]
tiles = [item for item in bpy.data.objects if item.type == "MESH" and "cell" in item.data.attributes]
graph = bpy.context.evaluated_depsgraph_get()
for frame in wanted["frames"]:
    scene.frame_set(frame)
    material = tiles[0].evaluated_get(graph).material_slots[0].material
    (walk,) = [node.node_tree for node in material.node_tree.nodes
               if node.type == "GROUP" and "active" in node.node_tree.nodes]  # fmt: skip
    report["frames"][str(frame)] = {
        "walk": [walk.nodes[name].outputs[0].default_value for name in ("x", "y", "z", "c", "active")],
        "hidden": [lines.hide_render, lines.hide_viewport],
        "lines": [[list(point.co[:3]) for point in spline.points]
                  for spline in lines.evaluated_get(graph).data.splines],
    }  # fmt: skip
if "picture" in wanted:
    frame, path = wanted["picture"]
    scene.frame_set(frame)
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
Path(found_path).write_text(json.dumps(report))
sys.stdout.flush()
os._exit(0)  # bpy can hang at exit
