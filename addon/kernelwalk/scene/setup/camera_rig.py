# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera, and the empty that turns it where it orbits."""

from __future__ import annotations

import json
from typing import Any

import bpy
from mathutils import Matrix

from ...core.camera.framing import View
from ...core.plan.plan import Plan
from ...core.spec.camera_section import Camera
from ..builds.object_store import CAMERA_ROLE, CAMERA_ROOM, ROLE_KEY, ObjectStore
from ..builds.ownership import TAG, is_tagged, tag
from ..stored_values import set_value

PLACED_KEY = f"{TAG}_placed"
"""Key of a root collection: the camera as it was built, and the section [camera] of which."""

LENS_PROPERTIES = (
    "type",
    "lens",
    "ortho_scale",
    "sensor_width",
    "sensor_fit",
    "shift_x",
    "shift_y",
    "clip_start",
    "clip_end",
)
"""Properties of a camera's lens that a build sets."""

LENS_LENGTHS = ("ortho_scale", "clip_start", "clip_end")
"""Those of LENS_PROPERTIES that are lengths in the scene."""

NEAR_CLIP_SHARE = 0.02
"""Near clip distance in perspective, as a share of the distance to the nearest point of the scene."""

MIN_FOCAL_LENGTH = 1.0
"""Least focal length of Blender's cameras, in millimeters."""


def build_camera(plan: Plan, store: ObjectStore) -> tuple[bpy.types.Object, bpy.types.Object | None]:
    """Build the camera, and the empty whose rotation is keyed where the camera orbits, else None.

    The camera of an earlier build is used again, so that views through it go on. It stays where the user has placed it
    by hand, until a key of the section [camera] changes.
    """
    view = plan.view
    orbit = None
    if plan.has_moving_camera:
        orbit = store.make("orbit", "Kernelwalk Orbit", None, CAMERA_ROOM)
        orbit.empty_display_size = 0.5
        orbit.location = (*view.pivot, 0.0)
    camera = store.take(CAMERA_ROLE)
    if camera is not None and not store.is_fresh and keeps_place(store.root, camera, plan.spec.camera):
        store.add(CAMERA_ROLE, camera, CAMERA_ROOM)
        return camera, orbit
    if camera is None:
        camera = tag(bpy.data.objects.new(store.complete_name("Kernelwalk Camera"), _make_camera_data()))
    _reset_camera(camera)
    store.add(CAMERA_ROLE, camera, CAMERA_ROOM)
    _set_lens(camera.data, view)
    x, y, z = view.location
    location = view.location if orbit is None else (x - view.pivot[0], y - view.pivot[1], z)
    for name, value in (("parent", orbit), ("location", location), ("rotation_euler", view.rotation)):
        set_value(camera, name, value)
    store.root[PLACED_KEY] = json.dumps({"section": _write_section(plan.spec.camera), "state": _read_camera(camera)})
    return camera, orbit


def keeps_place(root: bpy.types.Collection, camera: bpy.types.Object, section: Camera) -> bool:
    """Return whether a camera stays where the user has placed it by hand in a build with this section [camera]."""
    return is_placed_by_hand(root, camera) and json.loads(root[PLACED_KEY])["section"] == _write_section(section)


def is_placed_by_hand(root: bpy.types.Collection, camera: bpy.types.Object) -> bool:
    """Return whether a user has changed the camera's place, its lens, or what moves it."""
    placed = root.get(PLACED_KEY)
    return placed is not None and json.loads(placed)["state"] != json.loads(json.dumps(_read_camera(camera)))


def scale_lens(root: bpy.types.Collection, camera: Any, factor: float) -> None:
    """Scale the lengths of a camera's lens. A camera that is as built counts as built so."""
    is_placed = is_placed_by_hand(root, camera)
    for name in LENS_LENGTHS:
        setattr(camera.data, name, getattr(camera.data, name) * factor)
    placed = root.get(PLACED_KEY)
    if placed is not None and not is_placed:
        root[PLACED_KEY] = json.dumps({**json.loads(placed), "state": _read_camera(camera)})


def _write_section(section: Camera) -> Any:
    return json.loads(json.dumps(section._asdict()))


def _read_camera(camera: Any) -> dict[str, Any]:
    """Return what a build sets of the camera, as JSON has it."""
    data, parent = camera.data, camera.parent
    animations = [each.animation_data for each in (camera, data)]
    return {
        "transform": [list(row) for row in camera.matrix_basis],
        "delta": [*camera.delta_location, *camera.delta_rotation_euler, *camera.delta_scale],
        "lens": [getattr(data, name) for name in LENS_PROPERTIES],
        "moved by": [constraint.type for constraint in camera.constraints],
        "parent": parent.name if parent is not None and ROLE_KEY not in parent else "",
        "animated": any(each is not None and each.action is not None for each in animations),
    }


def _reset_camera(camera: Any) -> None:
    """Remove anything that a user has done to the camera, but for its place and its parent.

    What is so already is not set again: Blender would sort the relations of the scene.
    """
    if not is_tagged(camera.data) or camera.data.users > 1:  # the user's, or one that a copy of the camera shares
        camera.data = _make_camera_data()
    for animated in (camera, camera.data):
        if animated.animation_data is not None:
            animated.animation_data_clear()
    if camera.constraints:
        camera.constraints.clear()
    values = {
        "rotation_mode": "XYZ",
        "matrix_parent_inverse": Matrix(),
        **dict.fromkeys(("delta_location", "delta_rotation_euler"), (0.0, 0.0, 0.0)),
        **dict.fromkeys(("scale", "delta_scale"), (1.0, 1.0, 1.0)),
    }
    for name, value in values.items():
        set_value(camera, name, value)


def _make_camera_data() -> bpy.types.Camera:
    return tag(bpy.data.cameras.new("Kernelwalk Camera"))


def _set_lens(data: bpy.types.Camera, view: View) -> None:
    defaults: Any = data.bl_rna.properties
    names = ("lens", "sensor_width", "shift_x", "shift_y", "clip_start")
    values: dict[str, Any] = {name: defaults[name].default for name in names}
    values |= {"sensor_fit": "HORIZONTAL", "clip_end": view.far_clip}
    if view.distance is None:
        values |= {"type": "ORTHO", "ortho_scale": view.width}
    else:
        widths = view.width / view.distance  # of the sensor, per focal length
        sensor_width = max(values["sensor_width"], widths * MIN_FOCAL_LENGTH)
        values |= {"type": "PERSP", "sensor_width": sensor_width, "lens": sensor_width / widths}
        values["shift_x"], values["shift_y"] = view.shift
        values["clip_start"] = NEAR_CLIP_SHARE * view.near
    for name, value in values.items():
        set_value(data, name, value)
    set_value(data.dof, "use_dof", False)
