# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers of the scene tests: Blender (or a skip), layers to try, functions that read a build back, and pictures.

Tests import the modules that need Blender from here, so that without Blender they are skipped and do not fail.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module: pip install bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from kernelwalk.core import Plan, make_plan, spec_from_table  # noqa: E402
from kernelwalk.core.tiles.tile_grid import TileGrid  # noqa: E402
from kernelwalk.core.walk.active_ranges import ActiveRanges  # noqa: E402
from kernelwalk.scene import BuiltScene, apply_settings, build_scene, compat, render_settings  # noqa: E402
from kernelwalk.scene import clear_scene as clear_scene  # noqa: E402
from kernelwalk.scene.builds import ownership as ownership  # noqa: E402
from kernelwalk.scene.setup import saved_settings  # noqa: E402
from kernelwalk.scene.setup import viewport as viewport  # noqa: E402
from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer as FrameRenderer  # noqa: E402
from kernelwalk_pipeline.worker.frame_renderer import find_full_frame_reason as find_full_frame_reason  # noqa: E402
from kernelwalk_pipeline.worker.partial_render import render_regions as render_regions  # noqa: E402
from mathutils import Vector  # noqa: E402

LAYERS: dict[str, dict[str, Any]] = {
    "plain": {"op": "conv", "input": 5, "kernel": 3},
    "dilated on y, padded unevenly": {
        "op": "conv", "input": [6, 5], "kernel": [3, 2], "dilation": [2, 1], "padding": [[1, 0], [0, 2]],
    },
    "strided, leaving cells unused": {"op": "conv", "input": [7, 6], "kernel": 3, "stride": 2, "padding": 1},
    "strided over cells, dilated on x": {
        "op": "conv", "input": [7, 8], "kernel": [1, 2], "stride": [3, 2], "dilation": [1, 3],
    },
    "transposed, strided": {
        "op": "conv_transpose", "input": [3, 2], "kernel": 3, "stride": 2, "padding": 1, "output_padding": [1, 0],
    },
    "transposed, cropped and dilated": {
        "op": "conv_transpose", "input": [3, 3], "kernel": 2, "stride": [2, 1], "dilation": [1, 2],
        "padding": [[2, 0], [0, 1]],
    },
    "a single step": {"op": "conv", "input": [3, 2], "kernel": [3, 2]},
}  # fmt: skip
"""Layers that differ in everything that could be confused: axes, sides, strides, dilations, directions."""

OTHER_LAYERS: dict[str, dict[str, Any]] = {
    "reflecting, dilated on y": {
        "op": "conv", "input": [5, 4], "kernel": [2, 3], "padding": [[4, 1], [2, 3]], "dilation": [3, 1],
        "padding_mode": "reflect",
    },
    "replicating, strided": {
        "op": "conv", "input": [4, 3], "kernel": 3, "stride": [1, 2], "padding": [[3, 0], [2, 4]],
        "padding_mode": "replicate",
    },
    "circular": {"op": "conv", "input": [3, 4], "kernel": [2, 3], "padding": [[2, 3], 1], "padding_mode": "circular"},
    "max pooling, hanging over": {
        "op": "max_pool", "input": [5, 6], "kernel": [2, 3], "stride": [2, 3], "padding": [0, 1], "dilation": [1, 2],
        "ceil_mode": True,
    },
    "upsampling": {"op": "upsample", "input": [3, 2], "scale": [2, 3]},
    "weighted": {"op": "upsample", "input": [3, 5], "output_shape": [4, 7], "interpolation": "cubic"},
    "transposed, grown": {
        "op": "conv_transpose", "input": [2, 3], "kernel": [1, 3], "stride": [3, 2], "padding": "same_upper",
    },
}  # fmt: skip
"""Layers of the other operations and paddings."""

BESIDE = {"compare": {"op": "conv", "kernel": 2}, "beside": "B"}
"""Keys that draw another layer beside one whose kernel is 3."""

WALKS: dict[str, dict[str, Any]] = {
    "rows, gliding": {"order": "rows", "easing": "smooth", "frames_per_step": 5, "hold": 2},
    "columns, jumping": {"order": "columns", "easing": "step", "frames_per_step": 3},
    "serpentine, gliding all the time": {"order": "serpentine", "easing": "smooth", "frames_per_step": 4, "hold": 1},
    "a frame a step, no lead": {"order": "rows", "frames_per_step": 1, "lead_in": 0, "lead_out": 0},
}

CASES = [
    pytest.param(layer, walk, id=f"{layer}-{walk}", marks=[] if number % 4 == turn else pytest.mark.thorough)
    for number, layer in enumerate(LAYERS)
    for turn, walk in enumerate(WALKS)
    if (number + turn) % 2 == 0
]
"""Every layer with one of the walks, every walk with a layer; --thorough: with two of the walks."""

DUPLICATES = {"Twin of Input", "Twin of Output"}
LINE_OBJECTS = {"Connectors", "Connectors Seen Through"}

FLOAT_TOLERANCE = 2e-5
"""Error of Blender's single-precision floats, for values up to some tens."""


def make_test_plan(layer: dict[str, Any], **sections: Any) -> Plan:
    """Return the plan of a layer in small, quick pictures without labels; sections and keys as in a spec."""
    table: dict[str, Any] = {
        "layer": layer,
        "walk": {"frames_per_step": 4, "lead_in": 2, "lead_out": 2},
        "labels": {"title": False, "names": False, "caption": False},
        "render": {"resolution": [240, 160], "samples": 1},
    }
    for name, section in sections.items():
        table[name] = {**table.get(name, {}), **section} if isinstance(section, dict) else section
    return make_plan(spec_from_table(table))


def make_spread_plan(layer: dict[str, Any], **sections: dict[str, Any]) -> Plan:
    """Return such a plan, seen from high above, with so large a gap that the upper grid hides nothing of the lower."""
    camera = {"elevation": 60.0, "azimuth": 12.0} | sections.pop("camera", {})
    usual = make_test_plan(layer, **sections, camera=camera)
    depth = sum(float(np.linalg.norm((grid.bounds[1] - grid.bounds[0])[:2])) for grid in usual.grids)
    look = sections.pop("look", {}) | {"gap": np.tan(np.radians(camera["elevation"])) * depth / 2 + 1}
    return make_test_plan(layer, **sections, look=look, camera=camera)


def build_and_apply(planned: Plan, scene: Any, engine: str = "cycles") -> BuiltScene:
    """Build a plan and set the scene up to render it."""
    built = build_scene(planned, scene)
    apply_settings(planned, built, scene)
    scene.render.engine = compat.ENGINE_IDS[engine]
    if engine == "eevee":
        scene.eevee.taa_render_samples = 1  # without a graphics card, each sample takes a second
    return built


def count_datablocks() -> dict[str, int]:
    """Return the number of datablocks of each type in the file."""
    kinds = [kind.identifier for kind in bpy.data.bl_rna.properties if kind.type == "COLLECTION"]
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def list_datablocks() -> Iterator[Any]:
    """Iterate over every datablock of the file."""
    for kind in bpy.data.bl_rna.properties:
        if kind.type == "COLLECTION" and kind.identifier != "all_ids":
            yield from getattr(bpy.data, kind.identifier)


def find_tiles(built: BuiltScene, name: str) -> list[Any]:
    """Return the objects that hold the tiles of a grid, such as "Input" or "Output"."""
    matches = []
    for item in built.collection.all_objects:
        if (
            item.type == "MESH"
            and "cell" in item.data.attributes
            and re.match(rf"{re.escape(name)}( \(|\.|$)", item.name)
        ):
            matches.append(item)
    return matches


def find_lines(built: BuiltScene, name: str = "connectors") -> Any:
    """Return the object of a set of lines."""
    curves = [item for item in built.collection.all_objects if item.type == "CURVE"]
    (match,) = [item for item in curves if item.name.split(".")[0] == name.capitalize()]
    return match


def find_walk_node(material: Any) -> Any:
    """Return the group node with which a material reads the walk."""
    groups = [node for node in material.node_tree.nodes if node.type == "GROUP"]
    (match,) = [node for node in groups if "active" in node.node_tree.nodes]
    return match


def find_walk_group(built: BuiltScene) -> Any:
    """Return the node group that holds the keyed values."""
    return find_walk_node(find_tiles(built, "Output")[0].active_material).node_tree


def curves_by_target(built: BuiltScene) -> dict[str, list[Any]]:
    """Return the F-curves of a build by the target of their curve, which is read from their paths alone."""
    by_target: dict[str, list[Any]] = {}
    curves = [item for item in built.collection.all_objects if item.type == "CURVE"]
    lines, hiding = [item.data for item in curves], [*curves, *find_tiles(built, "Kernel")]
    for data in list_datablocks():
        animation = getattr(data, "animation_data", None)
        for curve in compat.list_fcurves(data) if animation else ():
            axis = "xyz"[curve.array_index]
            if data in hiding and curve.data_path in ("hide_render", "hide_viewport"):
                target = "connectors.hidden"
            elif data in find_tiles(built, "Kernel") and curve.data_path == "location":
                target = f"kernel.{axis}"
            elif data in lines:
                spline, point, part = re.fullmatch(
                    r"splines\[(\d+)\]\.points\[(\d)\]\.(co|radius)", curve.data_path
                ).groups()
                target = f"{data.name.lower()}.{spline}." + (f"{point}.{axis}" if part == "co" else "width")
            else:
                assert data == find_walk_group(built), f"{data!r} is animated"
                (node,) = re.fullmatch(r'nodes\["([\w.]+)"\]\.outputs\[0\]\.default_value', curve.data_path).groups()
                target = node if "." in node else f"walk.{node}"
            by_target.setdefault(target, []).append(curve)
    return by_target


def get_evaluated(data: Any) -> Any:
    """Return the datablock as Blender evaluated it for the current frame."""
    return data.evaluated_get(bpy.context.evaluated_depsgraph_get())


def read_walk(built: BuiltScene, layer: str = "Output") -> tuple[NDArray[np.float64], float]:
    """Return the position (x, y, z, channel) and the activity in a grid's material on the current frame."""
    material = get_evaluated(find_tiles(built, layer)[0]).material_slots[0].material
    nodes = find_walk_node(material).node_tree.nodes
    *position, lit = (nodes[name].outputs[0].default_value for name in ("x", "y", "z", "c", "active"))
    return np.array(position), lit


def read_lines(built: BuiltScene, name: str = "connectors") -> NDArray[np.float64]:
    """Return the points of a set's visible lines on the current frame, shape (lines, points, 3)."""
    splines = get_evaluated(find_lines(built, name)).data.splines
    seen = [spline for spline in splines if any(point.radius > 0 for point in spline.points)]
    return np.array([[point.co[:3] for point in spline.points] for spline in seen]).reshape(len(seen), -1, 3)


def read_attribute(mesh: Any, attribute: str, field: str) -> NDArray[np.float64]:
    """Return an attribute's values, shape (n, 3) for vectors and (n,) for numbers."""
    data = mesh.attributes[attribute].data
    values = np.empty(len(data) * (3 if field == "vector" else 1), np.float32)
    data.foreach_get(field, values)
    return values.reshape(-1, 3).astype(float) if field == "vector" else values.astype(float)


def find_islands(mesh: Any) -> NDArray[np.int64]:
    """Return for each vertex the lowest one that it is connected with, shape (vertices,)."""
    edges = np.array([edge.vertices[:] for edge in mesh.edges])
    lowest = np.arange(len(mesh.vertices))
    while True:
        reached = np.minimum(lowest[edges[:, 0]], lowest[edges[:, 1]])
        saved_settings = lowest.copy()
        np.minimum.at(lowest, edges[:, 0], reached)
        np.minimum.at(lowest, edges[:, 1], reached)
        if np.array_equal(saved_settings, lowest):
            return lowest


def read_cells(mesh: Any) -> NDArray[np.float64]:
    """Return the cell of each face's tile: x, y, z and channel, shape (faces, 4)."""
    cells = read_attribute(mesh, "cell", "vector")
    channel = read_attribute(mesh, "channel", "value") if "channel" in mesh.attributes else np.zeros(len(cells))
    return np.column_stack([cells, channel])


def read_tile_ranges(
    mesh: Any, grid: TileGrid, name: str = "reach"
) -> tuple[NDArray[np.float64], NDArray[np.float64], ActiveRanges]:
    """Return cells and kinds of a mesh's tiles, and the ranges in its attributes. Only the gaps come from the plan."""
    cells, first_face = np.unique(read_cells(mesh), axis=0, return_index=True)
    runs = sum(bool(re.fullmatch(rf"{name} first \d+", item.name)) for item in mesh.attributes)
    ends: dict[str, list[NDArray[np.float64]]] = {"first": [], "last": []}
    for run in range(runs):
        for end, values in ends.items():
            own = f"{name} {end} {run}" if f"{name} {end} {run}" in mesh.attributes else f"{name} first {run}"
            places = read_attribute(mesh, own, "vector")[first_face]
            channel = np.zeros(len(cells))
            if f"{own} channel" in mesh.attributes:
                channel = read_attribute(mesh, f"{own} channel", "value")[first_face]
            values.append(np.column_stack([places, channel]))
    gap = grid.active_ranges.gap if name == "reach" else grid.read_ranges.gap
    kinds = read_attribute(mesh, "kind", "value")[first_face]
    return cells, kinds, ActiveRanges(np.array(ends["first"]), np.array(ends["last"]), gap)


class Tiles:
    """The tiles of a grid in Blender, sorted by cell, one row each.

    cells: shape (n, 4); kinds: shape (n,); low, high: shape (n, 3), corners in the world
    """

    def __init__(self, objects: list[Any]):
        rows = [row for item in objects for row in self._rows(item)]
        rows.sort(key=lambda row: row[0])
        self.cells = np.array([cell for cell, _, _, _ in rows])
        self.kinds = np.array([kind for _, kind, _, _ in rows])
        self.low = np.array([low for _, _, low, _ in rows])
        self.high = np.array([high for _, _, _, high in rows])

    @staticmethod
    def _rows(made: Any) -> Iterator[tuple[Any, ...]]:
        mesh = made.data
        bpy.context.view_layer.update()
        world = np.array(made.matrix_world)
        points = read_attribute(mesh, "position", "vector") @ world[:3, :3].T + world[:3, 3]
        cells, kinds = read_cells(mesh), read_attribute(mesh, "kind", "value")
        of_vertex = find_islands(mesh)
        of_face = of_vertex[[face.vertices[0] for face in mesh.polygons]]
        for island in np.unique(of_vertex):
            own = of_face == island
            (cell,), (kind,) = np.unique(cells[own], axis=0), np.unique(kinds[own])
            inside = points[of_vertex == island]
            yield tuple(cell), kind, inside.min(axis=0), inside.max(axis=0)


def sort_grid(grid: TileGrid) -> tuple[NDArray[np.float64], ...]:
    """Return a plan's tiles in the form of Tiles: cells, kinds, low, high."""
    order = np.lexsort(grid.cells.T[::-1])
    low, high = tile_boxes(grid)
    return grid.cells[order], grid.kinds[order], low[order], high[order]


def tile_boxes(grid: TileGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each tile's lowest and highest corner, shape (n, 3)."""
    half = np.array([grid.size / 2, grid.size / 2, 0])
    height = np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
    return grid.base_centers - half, grid.base_centers + half + height


def list_positions(output: tuple[int, int], order: str) -> list[tuple[int, int]]:
    """Return the output positions in the order of the walk, by plain loops."""
    rows, columns = (range(size) for size in output)
    if order == "columns":
        return [(y, x) for x in columns for y in rows]
    turned = order == "serpentine"
    return [(y, x) for y in rows for x in (reversed(columns) if turned and y % 2 else columns)]


# Pictures

CLEARANCE = 2.0
"""Pixels around a point that must show the same surface, so that the pixel filter mixes in no other."""


def render_frame(scene: Any, frame: int, path: Path) -> NDArray[np.int64]:
    """Render a frame and return 8-bit RGB, RGBA if transparent, shape (height, width, ...), the top row first."""
    transparent = scene.render.film_transparent
    saved_settings.set_settings(scene, render_settings.make_image_values(transparent))
    scene.render.filepath = str(path)
    scene.frame_set(frame)
    bpy.ops.render.render(write_still=True, scene=scene.name)
    return np.array(Image.open(path).convert("RGBA" if transparent else "RGB")).astype(int)


def linear_to_srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert linear RGB to 8-bit sRGB, not rounded (IEC 61966-2-1)."""
    curved = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, curved)


def srgb_to_linear_rgb(color: NDArray[np.int64]) -> NDArray[np.float64]:
    """Convert 8-bit sRGB to linear RGB."""
    return np.where(color <= 10.31475, color / 255 / 12.92, ((color / 255 + 0.055) / 1.055) ** 2.4)


def pixels_at(picture: NDArray[np.int64], planned: Plan, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the colors of the pixels that show these points of the world, shape (n, 3)."""
    height, width, _ = picture.shape
    across, up = planned.view.project(points).T
    return picture[(height * (1 - up)).astype(int), (width * across).astype(int)]


def project_by_blender(scene: Any, camera: Any, point: Any) -> tuple[float, ...]:
    """Return a point as Blender's camera sees it: across and up, 0 to 1, and the distance."""
    return tuple(world_to_camera_view(scene, camera, Vector(point)))


def camera_direction(planned: Plan) -> NDArray[np.float64]:
    """Return the direction from the scene to the camera, from the spec's angles."""
    camera = planned.spec.camera
    elevation, azimuth = np.radians(camera.elevation), np.radians(camera.azimuth)
    level = np.cos(elevation)
    return np.array([np.sin(azimuth) * level, -np.cos(azimuth) * level, np.sin(elevation)])


def pixel_size(planned: Plan) -> float:
    """Return the side of a pixel in world units."""
    return planned.view.width / planned.spec.render.resolution[0]


def tile_tops(grid: TileGrid) -> NDArray[np.float64]:
    """Return the center of each tile's upper face, shape (n, 3)."""
    return grid.base_centers + np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]


def is_near_lines(planned: Plan, frame: float, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether a line passes near each point in the picture, before or behind it, shape (n,)."""
    size = np.array([planned.view.width, planned.view.height])
    seen = planned.view.project(points) * size
    near = np.zeros(len(points), bool)
    for line_set, lines in zip(planned.lines, planned.lines_at(frame), strict=True):
        for line in lines:
            along = line if len(line) == 2 else arch_points(line)
            for start, end in itertools.pairwise(planned.view.project(along) * size):
                direction = end - start
                share = np.clip((seen - start) @ direction / max(direction @ direction, 1e-12), 0, 1)
                apart = np.linalg.norm(seen - start - share[:, None] * direction, axis=1)
                near |= apart < line_set.width / 2 + CLEARANCE * pixel_size(planned)
    return near


def arch_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points along an arch of three control points, shape (n, 3): a NURBS of order 3 with three points is a
    Bézier curve."""
    share = np.linspace(0, 1, 20)[:, None]
    start, middle, end = points
    return (1 - share) ** 2 * start + 2 * share * (1 - share) * middle + share**2 * end


def is_tile_visible(planned: Plan, frame: float, grid: TileGrid) -> NDArray[np.bool_]:
    """Return whether the camera sees the center of each tile's upper face, and the pixels around, shape (n,)."""
    points, ahead = tile_tops(grid), camera_direction(planned)
    margin = CLEARANCE * pixel_size(planned)
    seen = ~is_near_lines(planned, frame, points)
    with np.errstate(divide="ignore"):
        inverse = 1 / ahead
    moved = planned.kernel_offset_at(frame)
    kernel = [planned.kernel] if planned.kernel is not None and planned.activity_at(frame) else []
    for other in (*planned.grids, *kernel):
        low, high = tile_boxes(other)
        if other is planned.kernel:
            low, high = low + moved, high + moved
        ways = np.array([low - margin, high + margin])[:, None] - points[None, :, None]
        # the interval of each point's line of sight that lies in each box, axis by axis
        crossed = np.sort(ways * inverse, axis=0)
        enters, leaves = crossed[0].max(axis=-1), crossed[1].min(axis=-1)
        blocks = (leaves > np.maximum(enters, 0)) & (leaves > 0)
        if other is grid:
            np.fill_diagonal(blocks, False)
        seen &= ~blocks.any(axis=1)
    return seen


def box_corners(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of the box around points, shape (8, 3)."""
    return np.array(list(itertools.product(*np.array([points.min(axis=0), points.max(axis=0)]).T)))
