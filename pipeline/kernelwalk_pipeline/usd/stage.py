# SPDX-License-Identifier: GPL-3.0-or-later
"""A USD layer that is written part by part: materials, shapes that many parts share, and parts that move.

Only what ARKit's rules allow is used: meshes, groups, preview surfaces, and transforms over time.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from kernelwalk.core.arrays import Floats, Integers
from kernelwalk.core.moving_parts.motions import Motion, Value
from kernelwalk.core.moving_parts.solids import Solid
from pxr import Gf, Sdf, Tf, Vt

METERS_PER_UNIT = 0.01
"""Lengths are centimeters, which viewers take them for if they ignore what a file says."""

ROUGHNESS = 0.7
"""Of all surfaces: matt, so that colors show."""

TYPES = Sdf.ValueTypeNames


class StageWriter:
    """Writes a layer with one root, in which y is up.

    make_changing_material: None, since viewers on phones play no colors
    """

    make_changing_material: None = None

    def __init__(self, name: str, title: str, frames: range, fps: int | Fraction):
        self.layer = Sdf.Layer.CreateAnonymous(".usdc")
        self._counts: dict[tuple[Sdf.Path, str], int] = {}
        self._materials: dict[tuple[float, ...], Sdf.Path] = {}
        self._shapes: dict[object, Sdf.Path] = {}
        self.root = self.add_group(self.layer, name, title)
        self.root.SetInfo("kind", "component")
        self.layer.defaultPrim = self.root.name
        for key, value in (("upAxis", "Y"), ("metersPerUnit", METERS_PER_UNIT)):
            self.layer.pseudoRoot.SetInfo(key, value)
        self.layer.timeCodesPerSecond = self.layer.framesPerSecond = float(fps)
        self.layer.startTimeCode, self.layer.endTimeCode = float(frames.start), float(frames.stop - 1)
        self._material_scope = self._define(self.root, "Materials", "Scope")
        self._shape_scope = self._define(self.root, "Shapes", "", Sdf.SpecifierClass)

    def add_group(self, parent: Any, name: str, title: str = "") -> Sdf.PrimSpec:
        """Add a group whose parts move together. title: the name that programs show."""
        group = self._define(parent, name, "Xform")
        if title:
            group.SetInfo("displayName", title)
        return group

    def add_material(self, linear_rgb: Floats, opacity: float = 1.0, is_lit: bool = True) -> Sdf.Path:
        """Return the path of the material of a color (3,), which is added once. Light falls on all of them."""
        color = [round(float(value), 4) for value in np.clip(linear_rgb, 0.0, 1.0)]
        key = (*color, round(opacity, 3))
        if key not in self._materials:
            material = self._define(self._material_scope, "Material", "Material")
            shader = self._define(material, "Surface", "Shader")
            _set(shader, "info:id", TYPES.Token, "UsdPreviewSurface", is_uniform=True)
            _set(shader, "inputs:diffuseColor", TYPES.Color3f, Gf.Vec3f(*color))
            _set(shader, "inputs:roughness", TYPES.Float, ROUGHNESS)
            _set(shader, "inputs:metallic", TYPES.Float, 0.0)
            if key[3] < 1:
                _set(shader, "inputs:opacity", TYPES.Float, key[3])
            output = _set(shader, "outputs:surface", TYPES.Token)
            surface = _set(material, "outputs:surface", TYPES.Token)
            surface.connectionPathList.explicitItems = [output.path]
            self._materials[key] = material.path
        return self._materials[key]

    def add_shape(
        self,
        key: object,
        name: str,
        make: Callable[[], Solid],
        surfaces: tuple[Sdf.Path, Sdf.Path] | None = None,
    ) -> Sdf.Path:
        """Return the path of a shape that many parts have, which is made once.

        key: tells the shape from all others
        surfaces: the materials of what is an edge and of what is not; without them, parts have a material each
        """
        if key not in self._shapes:
            solid = make()
            shape = self._define(self._shape_scope, name, "Mesh")
            _set(shape, "points", TYPES.Point3fArray, _to_vectors(solid.points))
            _set(shape, "faceVertexCounts", TYPES.IntArray, _to_integers(np.full(len(solid.triangles), 3)))
            _set(shape, "faceVertexIndices", TYPES.IntArray, _to_integers(solid.triangles.ravel()))
            extent = np.array([solid.points.min(axis=0), solid.points.max(axis=0)])
            _set(shape, "extent", TYPES.Float3Array, _to_vectors(extent))
            _set(shape, "subdivisionScheme", TYPES.Token, "none", is_uniform=True)
            if not np.ptp(extent[:, 2]):
                _set(shape, "doubleSided", TYPES.Bool, True, is_uniform=True)
            else:  # of what is flat, the faces tell
                normals = _set(shape, "normals", TYPES.Normal3fArray, _to_vectors(solid.normals))
                normals.SetInfo("interpolation", "vertex")
            if surfaces is not None:
                _set(shape, "subsetFamily:materialBind:familyType", TYPES.Token, "partition", is_uniform=True)
                for surface, material, chosen in zip(
                    ("Edge", "Face"), surfaces, (solid.is_edge, ~solid.is_edge), strict=True
                ):
                    self._add_subset(shape, surface, np.flatnonzero(chosen), material)
            self._shapes[key] = shape.path
        return self._shapes[key]

    def add_part(
        self,
        parent: Sdf.PrimSpec,
        name: str,
        shape: Sdf.Path,
        material: Sdf.Path | None,
        place: Value | None = None,
        turn: Value | None = None,
        scale: Value | None = None,
    ) -> None:
        """Add a part with a shape, and a material where the shape has none.

        place: shape (3,); turn: a quaternion (4,), its real part first; scale: shape (3,)
        """
        part = self._define(parent, name, "Mesh")
        part.referenceList.Prepend(Sdf.Reference("", shape))
        if material is not None:
            _bind(part, material)
        self.move(part, place, turn, scale)

    def move(
        self,
        part: Sdf.PrimSpec,
        place: Value | None = None,
        turn: Value | None = None,
        scale: Value | None = None,
    ) -> None:
        """Place a part or a group in its parent, as of `add_part`: it is scaled, turned and then moved."""
        operations = []
        for name, type_name, make, value in (
            ("translate", TYPES.Double3, Gf.Vec3d, place),
            ("orient", TYPES.Quatf, Gf.Quatf, turn),
            ("scale", TYPES.Float3, Gf.Vec3f, scale),
        ):
            if value is None:
                continue
            operations.append(f"xformOp:{name}")
            if not isinstance(value, Motion):
                _set(part, operations[-1], type_name, make(*value.tolist()))
                continue
            first, *_ = rows = value.values.tolist()
            attribute = _set(part, operations[-1], type_name, make(*first))
            if len(rows) > 1:
                for frame, row in zip(value.frames.tolist(), rows, strict=True):
                    self.layer.SetTimeSample(attribute.path, frame, make(*row))
        if operations:
            _set(part, "xformOpOrder", TYPES.TokenArray, Vt.TokenArray(operations), is_uniform=True)

    def _add_subset(self, shape: Sdf.PrimSpec, name: str, triangles: Integers, material: Sdf.Path) -> None:
        subset = self._define(shape, name, "GeomSubset")
        _set(subset, "elementType", TYPES.Token, "face", is_uniform=True)
        _set(subset, "familyName", TYPES.Token, "materialBind", is_uniform=True)
        _set(subset, "indices", TYPES.IntArray, _to_integers(triangles))
        _bind(subset, material)

    def _define(
        self, parent: Any, name: str, type_name: str, specifier: Sdf.Specifier = Sdf.SpecifierDef
    ) -> Sdf.PrimSpec:
        """Define a prim with a name that no other has in its parent."""
        path = parent.path if isinstance(parent, Sdf.PrimSpec) else Sdf.Path.absoluteRootPath
        valid = Tf.MakeValidIdentifier(name)
        count = self._counts[path, valid] = self._counts.get((path, valid), 0) + 1
        return Sdf.PrimSpec(parent, valid if count == 1 else f"{valid}_{count}", specifier, type_name)


def _set(
    prim: Sdf.PrimSpec, name: str, type_name: Sdf.ValueTypeName, value: object = None, is_uniform: bool = False
) -> Sdf.AttributeSpec:
    variability = Sdf.VariabilityUniform if is_uniform else Sdf.VariabilityVarying
    attribute = Sdf.AttributeSpec(prim, name, type_name, variability)
    if value is not None:
        attribute.default = value
    return attribute


def _bind(prim: Sdf.PrimSpec, material: Sdf.Path) -> None:
    """Give a prim a material."""
    prim.SetInfo("apiSchemas", Sdf.TokenListOp.Create(prependedItems=["MaterialBindingAPI"]))
    Sdf.RelationshipSpec(prim, "material:binding", False).targetPathList.explicitItems = [material]


def _to_vectors(values: Floats) -> Any:
    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(values, np.float32))


def _to_integers(values: Integers) -> Any:
    return Vt.IntArray.FromNumpy(np.ascontiguousarray(values, np.int32))
