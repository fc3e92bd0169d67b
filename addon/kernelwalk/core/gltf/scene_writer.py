# SPDX-License-Identifier: GPL-3.0-or-later
"""A glTF document that is written part by part, with numpy and the standard library alone: materials, shapes that many
parts share, and parts that move.

By default only nodes are animated, and by steps, which every viewer plays. Gliding, values go straight from one
keyframe to the next, but for those that jump, and colors are animated by the extension KHR_animation_pointer. Such a
file is for viewers that know extensions, and two more make it small: places of vertices are whole numbers
(KHR_mesh_quantization), and parts that stand still and look the same are one node (EXT_mesh_gpu_instancing).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Floats
from ..camera.framing import View
from ..moving_parts.motions import Motion, Value, find_jumps, jumps
from ..moving_parts.solids import Solid
from .container import pack_glb
from .packed_arrays import PackedArrays

UNLIT, POINTER = "KHR_materials_unlit", "KHR_animation_pointer"
QUANTIZATION, INSTANCING = "KHR_mesh_quantization", "EXT_mesh_gpu_instancing"

FEWEST_INSTANCES = 4
"""Parts that take less room as one node than as many."""

ROUGHNESS = 0.7
"""Of lit surfaces: matt, so that colors show."""

DECIMALS = 5
"""Of what is written as text."""


class Material(NamedTuple):
    """A surface.

    rgba: linear RGB and opacity
    is_lit: light falls on it
    edge: of a tile's outline, where it has one
    number: of a surface whose color is animated, else -1
    """

    rgba: tuple[float, ...]
    is_lit: bool
    edge: tuple[float, ...] = ()
    number: int = -1


class GltfWriter:
    """Writes a document with one scene, in which y is up and lengths are meters.

    shade: returns the brightness (n,) of surfaces with normals (n, 3) of a linear RGB (3,); None: light falls on them
    glides_colors: True for values that glide, and colors that are animated
    """

    def __init__(
        self,
        title: str,
        frames: range,
        fps: int | Fraction,
        shade: Callable[[Floats, Floats], Floats] | None = None,
        glides_colors: bool = False,
    ):
        self.shade = shade
        self.glides, self.first, self.fps = glides_colors, frames.start, float(fps)
        self._end = len(frames) / self.fps
        self._arrays = PackedArrays()
        self._nodes: list[dict[str, Any]] = []
        self._materials: dict[tuple[Any, ...], int] = {}
        self._written_materials: list[dict[str, Any]] = []
        self._shapes: dict[object, tuple[str, Solid]] = {}
        self._surfaces: dict[object, Material] = {}
        self._meshes: dict[tuple[object, Material], int] = {}
        self._written_meshes: list[dict[str, Any]] = []
        self._channels: list[dict[str, Any]] = []
        self._samplers: dict[tuple[int, int, bool], int] = {}
        self._cameras: list[dict[str, Any]] = []
        self._extensions: set[str] = set()
        self._still: defaultdict[tuple[int, str, int, tuple[float, ...]], list[Floats]] = defaultdict(list)
        self._animated: list[Motion] = []
        self._histories: dict[tuple[bytes, bytes], int] = {}
        self.title = title
        self.make_changing_material = self._make_changing_material if glides_colors else None
        self.root = self.add_group(None, title)

    def add_group(self, parent: int | None, name: str, title: str = "") -> int:
        """Add a group whose parts move together, and return its number."""
        number = len(self._nodes)
        self._nodes.append({"name": title or name})
        if parent is not None:
            self._nodes[parent].setdefault("children", []).append(number)
        return number

    def add_material(self, linear_rgb: Floats, opacity: float = 1.0, is_lit: bool = False) -> Material:
        """Return the material of a color (3,)."""
        return Material(_round([*np.clip(linear_rgb, 0.0, 1.0).tolist(), opacity]), is_lit)

    def _make_changing_material(self, rgba: Value, is_lit: bool) -> Material:
        """Return the material whose linear RGB and opacity (4,) change like this."""
        if not isinstance(rgba, Motion):
            return self.add_material(rgba[:3], float(rgba[3]), is_lit)
        number = self._histories.setdefault((rgba.frames.tobytes(), rgba.values.tobytes()), len(self._animated))
        if number == len(self._animated):
            self._animated.append(rgba)
        least = rgba.values.min(axis=0)
        return Material(_round([*rgba.values[0, :3].tolist(), float(least[3])]), is_lit, (), number)

    def add_shape(
        self,
        key: object,
        name: str,
        make: Callable[[], Solid],
        surfaces: tuple[Material, Material] | None = None,
    ) -> object:
        """Return the key of a shape that many parts have, which is made once.

        surfaces: the materials of what is an edge and of what is not; without them, parts have a material each
        """
        if key not in self._shapes:
            self._shapes[key] = name, make()
        if surfaces is not None:
            self._surfaces[key] = surfaces[1]._replace(edge=surfaces[0].rgba)
        return key

    def add_part(
        self,
        parent: int,
        name: str,
        shape: object,
        material: Material | None,
        place: Value | None = None,
        turn: Value | None = None,
        scale: Value | None = None,
    ) -> None:
        """Add a part.

        place: shape (3,); turn: a quaternion (4,), its real part first; scale: shape (3,)
        """
        mesh = self._find_mesh(shape, self._surfaces[shape] if material is None else material)
        if self.glides:  # vertices have places from -1 to 1
            scale, extent = np.ones(3) if scale is None else scale, _find_extent(self._shapes[shape][1])
            scale = scale._replace(values=scale.values * extent) if isinstance(scale, Motion) else scale * extent
            if turn is None and isinstance(place, np.ndarray) and isinstance(scale, np.ndarray):
                self._still[parent, self._shapes[shape][0], mesh, tuple(scale.tolist())].append(place)
                return
        self._add_mesh_node(parent, name, mesh, place, turn, scale)

    def _add_mesh_node(
        self, parent: int, name: str, mesh: int, place: Value | None, turn: Value | None, scale: Value | None
    ) -> None:
        number = self.add_group(parent, name)
        self._nodes[number]["mesh"] = mesh
        self.move(number, place, turn, scale)

    def _add_still_parts(self) -> None:
        """Add the parts that stand still, many that look the same as one node."""
        for (parent, name, mesh, scale), places in self._still.items():
            if len(places) < FEWEST_INSTANCES:
                for place in places:
                    self._add_mesh_node(parent, name, mesh, place, None, np.array(scale))
                continue
            self._add_mesh_node(parent, name, mesh, None, None, np.array(scale))
            attributes = {"TRANSLATION": self._arrays.add_values(np.array(places) / scale)}
            self._nodes[-1]["extensions"] = {INSTANCING: {"attributes": attributes}}
            self._extensions.add(INSTANCING)

    def move(
        self, part: int, place: Value | None = None, turn: Value | None = None, scale: Value | None = None
    ) -> None:
        """Place a part or a group in its parent, as of `add_part`: it is scaled, turned and then moved."""
        if turn is not None:  # glTF has the real part last
            order = [1, 2, 3, 0]
            turn = turn._replace(values=turn.values[:, order]) if isinstance(turn, Motion) else turn[order]
        for path, value in (("translation", place), ("rotation", turn), ("scale", scale)):
            if value is None:
                continue
            if isinstance(value, Motion):
                self._animate(value, {"node": part, "path": path})
                value = value.values[0]
            self._nodes[part][path] = list(_round(value.tolist()))

    def add_camera(self, parent: int, view: View, pitch: float, origin: Floats) -> None:
        """Add a view as a camera, without its shift, for which glTF has no word.

        pitch: meters of a unit of the view
        origin: shape (3,), the place of the view's origin
        """
        x, y, z = view.location
        tilt, azimuth = view.rotation[0] - np.pi / 2, view.rotation[2]  # from y up
        turn = np.array([np.cos(azimuth / 2), np.sin(azimuth / 2)]), np.array([np.cos(tilt / 2), np.sin(tilt / 2)])
        (about, up), (across, right) = turn
        node = self.add_group(parent, "Camera")
        self._nodes[node]["camera"] = 0
        rotation = np.array([about * across, about * right, up * across, -up * right])
        self.move(node, origin + pitch * np.array([x, z, -y]), rotation)
        if view.distance is None:
            lens = {"xmag": pitch * view.width / 2, "ymag": pitch * view.height / 2, "znear": 0.0}
            self._cameras.append({"type": "orthographic", "orthographic": lens | {"zfar": pitch * view.far_clip}})
        else:
            lens = {
                "aspectRatio": view.width / view.height,
                "yfov": 2 * float(np.arctan(view.height / 2 / view.distance)),
            }
            near, far = 0.1 * pitch * view.near, pitch * view.far_clip
            self._cameras.append({"type": "perspective", "perspective": lens | {"znear": near, "zfar": far}})

    def finish(self, generator: str) -> bytes:
        """Return the document as a .glb. generator: of the file"""
        self._add_still_parts()
        document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": generator},
            "scene": 0,
            "scenes": [{"name": self.title, "nodes": [0]}],
            "nodes": self._nodes,
            "meshes": self._written_meshes,
            "materials": self._written_materials,
        }
        if self._cameras:
            document["cameras"] = self._cameras
        if self._channels:
            samplers = [
                {"input": times, "output": values} | ({"interpolation": "STEP"} if is_step else {})
                for times, values, is_step in self._samplers
            ]
            document["animations"] = [{"name": "Walk", "channels": self._channels, "samplers": samplers}]
        if self._extensions:
            document["extensionsUsed"] = sorted(self._extensions)
        if required := sorted(self._extensions & {QUANTIZATION, INSTANCING}):
            document["extensionsRequired"] = required
        views, buffer = self._arrays.finish()
        document |= {
            "accessors": self._arrays.accessors,
            "bufferViews": views,
            "buffers": [{"byteLength": len(buffer)}],
        }
        return pack_glb(document, buffer)

    def _animate(self, motion: Motion, target: dict[str, Any]) -> None:
        is_step = not self.glides or jumps(motion)
        frames, values = find_jumps(motion, self.first) if is_step else motion
        seconds = (frames - self.first) / self.fps
        if not self._channels and seconds[-1] < self._end:  # one of them tells how long the walk is
            seconds, values = np.append(seconds, self._end), np.concatenate([values, values[-1:]])
        packing = {"pointer": self._arrays.add_colors, "rotation": self._arrays.add_turns}
        add_values = packing.get(target["path"], self._arrays.add_values) if self.glides else self._arrays.add_values
        key = self._arrays.add_times(seconds), add_values(values), is_step
        sampler = self._samplers.setdefault(key, len(self._samplers))
        self._channels.append({"sampler": sampler, "target": target})

    def _find_mesh(self, shape: object, material: Material) -> int:
        key = shape, material
        if key not in self._meshes:
            (name, solid), shade = self._shapes[shape], self.shade
            is_flat = not np.ptp(solid.points[:, 2])
            primitives = []
            groups = [(solid.triangles, material._replace(edge=()))]
            if material.edge:
                face, edge = solid.triangles[~solid.is_edge], solid.triangles[solid.is_edge]
                groups = [(face, groups[0][1]), (edge, Material(material.edge, material.is_lit))]
            for triangles, surface in groups:
                if len(triangles):
                    attributes = {"POSITION": self._add_points(solid)}
                    if surface.is_lit and shade is None:
                        attributes["NORMAL"] = self._arrays.add_vectors(solid.normals)
                    elif surface.is_lit and shade is not None:
                        shades = shade(solid.normals, np.array(surface.rgba[:3]))
                        attributes["COLOR_0"] = self._arrays.add_shades(shades)
                    indices = self._arrays.add_triangles(triangles)
                    number = self._write_material(surface, is_flat)
                    primitives.append({"attributes": attributes, "indices": indices, "material": number})
            self._meshes[key] = len(self._written_meshes)
            is_named = material.number < 0  # no name for each of many that differ in their colors alone
            self._written_meshes.append(({"name": name} if is_named else {}) | {"primitives": primitives})
        return self._meshes[key]

    def _add_points(self, solid: Solid) -> int:
        if not self.glides:
            return self._arrays.add_vectors(solid.points, has_bounds=True)
        self._extensions.add(QUANTIZATION)
        return self._arrays.add_shares(solid.points / _find_extent(solid))

    def _write_material(self, material: Material, is_flat: bool) -> int:
        key = *material, is_flat
        if key in self._materials:
            return self._materials[key]
        number = self._materials[key] = len(self._written_materials)
        surface: dict[str, Any] = {"baseColorFactor": list(material.rgba)}
        written: dict[str, Any] = {"pbrMetallicRoughness": surface}
        if material.is_lit and self.shade is None:
            surface |= {"metallicFactor": 0, "roughnessFactor": ROUGHNESS}
        else:
            if material.number < 0:  # for viewers that do not know this extension, but those of a later one do
                surface["metallicFactor"] = 0
            self._extensions.add(UNLIT)
            written["extensions"] = {UNLIT: {}}
        if material.rgba[3] < 1:
            written["alphaMode"] = "BLEND"
        if is_flat:
            written["doubleSided"] = True
        self._written_materials.append(written)
        if material.number >= 0:
            written["name"] = f"Color_{number}"  # by which three.js' plugin finds it
            self._extensions.add(POINTER)
            pointer = {"pointer": f"/materials/{number}/pbrMetallicRoughness/baseColorFactor"}
            motion = self._animated[material.number]
            self._animate(motion, {"path": "pointer", "extensions": {POINTER: pointer}})
        return number


def _find_extent(solid: Solid) -> float:
    """Return how far the points of a solid are from its origin, along an axis."""
    return float(np.abs(solid.points).max())


def _round(values: Any) -> tuple[float, ...]:
    rounded = [round(value, DECIMALS) for value in values]
    return tuple([int(value) if value == int(value) else value for value in rounded])
