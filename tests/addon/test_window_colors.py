# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D view that Show Colors sets up, in the real window, held against the rendered picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from .window import Window
from .window_actions import NEEDS_WINDOW, collection_names, generate, set_preference

pytestmark = NEEDS_WINDOW

RESOLUTION = 640, 360
"""Size of the picture, in pixels: about that of the camera's frame in the view."""

FLAT_RANGE = 6
"""Largest range of a channel, of 255, around the center of a tile that no line crosses, and no shadow's edge."""

TILE_TOLERANCE = 4
"""Largest difference of a channel, of 255, between view and picture at the center of a tile."""

TEXT_TOLERANCE = 50
"""Largest difference of a channel, of 255, between view and picture in the mean of a text's box, which has one
sample a pixel in the view, and four in the picture."""

SET_UP = """
window, area, _ = find_view()
props, shading = window.scene.kernelwalk, area.spaces.active.shading
props.render.resolution, props.render.samples = {resolution}, 4
props.output.folder = {folder!r}
shading.use_scene_world = shading.use_scene_lights = False
window.scene.eevee.use_taa_reprojection = False  # no rest of an earlier picture
"""

PLACES = """
from bpy_extras.object_utils import world_to_camera_view
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector
window, _, regions = find_view()
scene, region = window.scene, regions["WINDOW"]

def place(point):
    share, seen = world_to_camera_view(scene, scene.camera, point), location_3d_to_region_2d(region, region.data, point)
    return [[share.x, 1 - share.y], [region.x + seen.x, window.height - region.y - seen.y]]

tiles = []
for built in (scene.objects["Input"], scene.objects["Output"]):
    mesh, tops = built.evaluated_get(bpy.context.evaluated_depsgraph_get()).data, {}
    for face, cell in zip(mesh.polygons, mesh.attributes["cell"].data):
        if face.normal.z > 0.9:
            tops.setdefault(tuple(cell.vector), []).append(face.center)
    tiles += [place(built.matrix_world @ (sum(some, Vector()) / len(some))) for some in tops.values()]
texts = {built.name: [place(built.matrix_world @ Vector(built.bound_box[corner])) for corner in (3, 4)]
    for built in scene.objects if built.type == "FONT"}  # upper left and lower right
answer = [tiles, texts]
"""


Pixels = npt.NDArray[np.float64]
Places = list[list[list[float]]]
"""Points from the upper left: each as shares of the picture's size, and as pixels of the screenshot."""


def read_pixels(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), float)


def find_spots(view: Pixels, picture: Pixels, tiles: Places) -> list[tuple[Pixels, Pixels]]:
    """Return the pixels around the center of each tile in both pictures, where they are flat."""
    spots = []
    for share, seen in tiles:
        places = np.rint([np.multiply(share, RESOLUTION), seen]).astype(int)
        pair = [each[y - 2 : y + 3, x - 2 : x + 3] for each, (x, y) in zip((picture, view), places, strict=True)]
        if max(np.ptp(spot, axis=(0, 1)).max() for spot in pair) <= FLAT_RANGE:
            spots.append((pair[0], pair[1]))
    return spots


def cut_box(view: Pixels, picture: Pixels, corners: Places) -> tuple[Pixels, Pixels]:
    """Return the pixels of a text's box in both pictures."""
    (left, top), (right, bottom) = np.rint([np.multiply(share, RESOLUTION) for share, _ in corners]).astype(int)
    (x, y), (x_end, y_end) = np.rint([seen for _, seen in corners]).astype(int)
    return picture[top:bottom, left:right], view[y:y_end, x:x_end]


def find_difference(pair: tuple[Pixels, Pixels]) -> float:
    """Return the largest difference of a channel between the means of two pictures."""
    one, other = (each.mean(axis=(0, 1)) for each in pair)
    return float(np.abs(one - other).max())


def test_tiles_and_texts_in_material_preview_have_the_colors_of_the_picture_in_every_look(window: Window) -> None:
    set_preference(window, "show_colors", "MATERIAL")
    window.run_python(SET_UP.format(resolution=RESOLUTION, folder=f"{window.folder}/"))
    generate(window)
    window.wait_until_drawn()
    for look in ("paper", "dark", "studio"):
        window.run_python(f"""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.title = props.look.template = {look!r}
""")
        window.wait_until(lambda: look in collection_names(window), look)  # noqa: B023  # called at once
        window.run_python("answer = settle()")
        view = read_pixels(window.take_screenshot(f"colors_{look}"))
        assert window.run_python("answer = list(bpy.ops.kernelwalk.render())") == ["FINISHED"]
        picture = read_pixels(next(window.folder.glob(f"{look} *.png")))
        tiles, texts = window.run_python(PLACES)
        spots = find_spots(view, picture, tiles)
        assert len(spots) > len(tiles) / 4 and max(map(find_difference, spots)) <= TILE_TOLERANCE, look
        differences = {name: find_difference(cut_box(view, picture, corners)) for name, corners in texts.items()}
        assert len(differences) == 6 and max(differences.values()) <= TEXT_TOLERANCE, (look, differences)
