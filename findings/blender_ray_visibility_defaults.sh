#!/usr/bin/env bash
# bpy 4.2.23: the declared defaults of an object's ray visibility are the opposite of what a new object has.
#
# `bl_rna.properties["visible_camera"].default` is False, and so are those of diffuse, glossy, transmission, volume
# scatter and shadow, while a new object has True in all six. Code that resets an object to the declared defaults makes
# it invisible in renders, without an error. bpy 4.5.15 declares True.
#
# bpy for Blender 4 needs Python 3.11; PYTHON names it where python3.11 is not on the path.
#
# Seen: 4.2.23 declares False for all six, a new object has True; 4.5.15 declares True for all six, and has True.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 4.2.23 4.5.15; do
  "${PYTHON:-python3.11}" -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q "bpy==$version"
  "$folder/$version/bin/python" - "$version" <<'PYTHON'
import os
import sys

import bpy

rays = ["camera", "diffuse", "glossy", "transmission", "volume_scatter", "shadow"]
new = bpy.data.objects.new("New", None)
declared = {bpy.types.Object.bl_rna.properties[f"visible_{ray}"].default for ray in rays}
actual = {getattr(new, f"visible_{ray}") for ray in rays}
print(sys.argv[1], "declares", declared, "and a new object has", actual, flush=True)
as_seen = actual == {True} and declared == {sys.argv[1] != "4.2.23"}
os._exit(0 if as_seen else 1)
PYTHON
done
