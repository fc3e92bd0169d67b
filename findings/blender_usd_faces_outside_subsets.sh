#!/usr/bin/env bash
# bpy 4.5.15: Blender's importer of USD gives the faces of a mesh that are in no subset the material of a subset.
#
# By UsdShade, faces that no GeomSubset of the family "materialBind" names have the material that is bound to the mesh,
# where the family is "nonOverlapping". usd-core 26.11 resolves the mesh to its own material, and the subset to its own.
# Blender imports the mesh with the subset's material alone, so that all faces have it, without a warning.
#
# bpy for Blender 4 needs Python 3.11; PYTHON names it where python3.11 is not on the path.
#
# Seen: usd-core has </Red> for the mesh and </Blue> for the subset of the second face; Blender has ['Blue'] for the
# mesh, and both faces have its slot 0. bpy 5.2.3, which needs Python 3.13, has the same.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q bpy==4.5.15 usd-core==26.11
cat >"$folder/mesh.usda" <<'USD'
#usda 1.0
def Material "Red" {
    token outputs:surface.connect = </Red/Shader.outputs:surface>
    def Shader "Shader" {
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor = (1, 0, 0)
        token outputs:surface
    }
}
def Material "Blue" {
    token outputs:surface.connect = </Blue/Shader.outputs:surface>
    def Shader "Shader" {
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor = (0, 0, 1)
        token outputs:surface
    }
}
def Mesh "Mesh" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    int[] faceVertexCounts = [3, 3]
    int[] faceVertexIndices = [0, 1, 2, 0, 2, 3]
    point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    rel material:binding = </Red>
    uniform token subsetFamily:materialBind:familyType = "nonOverlapping"
    def GeomSubset "Second" (prepend apiSchemas = ["MaterialBindingAPI"]) {
        uniform token elementType = "face"
        uniform token familyName = "materialBind"
        int[] indices = [1]
        rel material:binding = </Blue>
    }
}
USD
"$folder/venv/bin/python" - "$folder/mesh.usda" <<'PYTHON'
import os
import sys

from pxr import Usd, UsdShade

stage = Usd.Stage.Open(sys.argv[1])
bound = [
    UsdShade.MaterialBindingAPI(stage.GetPrimAtPath(path)).ComputeBoundMaterial()[0].GetPath().name
    for path in ("/Mesh", "/Mesh/Second")
]
print("usd-core: mesh and subset have", bound, flush=True)

import bpy

bpy.ops.wm.usd_import(filepath=sys.argv[1])
imported = next(each for each in bpy.data.objects if each.type == "MESH" and each.name.startswith("Mesh"))
slots = [slot.material.name for slot in imported.material_slots]
faces = [face.material_index for face in imported.data.polygons]
print("Blender", bpy.app.version_string, "has materials", slots, "and faces", faces, flush=True)
os._exit(0 if (bound, slots, faces) == (["Red", "Blue"], ["Blue"], [0, 0]) else 1)
PYTHON
