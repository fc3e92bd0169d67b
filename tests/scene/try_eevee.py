# SPDX-License-Identifier: GPL-3.0-or-later
"""Trial of EEVEE: it renders a few pixels and exits with 0 on success."""

import os
import sys
import tempfile
from pathlib import Path

import bpy

bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
# before 5.0 it had another identifier
scene.render.engine = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"
scene.render.resolution_x = scene.render.resolution_y = 8
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
scene.collection.objects.link(camera)
scene.camera = camera
with tempfile.TemporaryDirectory() as folder:
    picture = Path(folder) / "eevee.png"
    scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)
    written = picture.is_file() and picture.stat().st_size > 0
sys.stdout.flush()
os._exit(0 if written else 1)  # bpy can hang at exit
