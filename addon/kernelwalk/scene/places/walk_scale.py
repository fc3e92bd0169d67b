# SPDX-License-Identifier: GPL-3.0-or-later
"""The scale of a walk: that of the empty that carries it.

An object's scale leaves the camera's lens and the power of lamps as they are, so these are fitted to it: a walk shows
the same picture at any scale. Each camera and lamp stores the scale to which it is fitted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from ..builds.ownership import TAG, get_built_objects, is_tagged
from ..setup.camera_rig import scale_lens
from .placement import get_origin, make_origin

SCALE_KEY = f"{TAG}_scale"
"""Key of a camera's or a lamp's data: the scale to which it is fitted, if not 1."""

TOLERANCE = 1e-4
"""Difference between the scales of two axes, as a share, that still counts as none."""

LAMP_POWERS = {
    "energy": 2,  # of a lamp at a distance: what arrives falls with the distance squared
    "shadow_soft_size": 1,
    "cutoff_distance": 1,
}
"""Property of a lamp → power of the scale with which it grows. The size of an area lamp grows with its object."""


def get_scale(root: bpy.types.Collection) -> float | None:
    """Return the scale of a walk; None if it is stretched, mirrored or scaled to nothing."""
    origin = get_origin(root)
    if origin is None:
        return 1.0
    matrix = origin.matrix_basis
    if origin.parent is not None:
        matrix = origin.parent.matrix_world @ origin.matrix_parent_inverse @ matrix
    sizes = [float(column.length) for column in matrix.to_3x3().col]
    is_even = max(sizes) - min(sizes) <= TOLERANCE * max(sizes)
    return sum(sizes) / 3 if is_even and matrix.determinant() > 0 else None


def scale_walk(root: bpy.types.Collection, scale: float) -> None:
    """Scale a walk about its origin, with its camera and its lights.

    A walk that has never been moved has no empty, and gets one if its scale is not 1.
    """
    if get_origin(root) is None and scale == 1:
        return
    make_origin(root).scale = (scale,) * 3
    fit_scale(root)


def fit_scale(root: bpy.types.Collection) -> None:
    """Fit a walk's camera and lamps to its scale. Those of a stretched walk stay as they are."""
    scale = get_scale(root)
    if scale is not None:
        fit_objects(root, get_built_objects(root), scale)


def needs_fitting(root: bpy.types.Collection) -> bool:
    """Return whether a walk's scale is another than the one to which its camera and lamps are fitted."""
    scale, fitted = get_scale(root), _list_fitted(get_built_objects(root))
    return scale is not None and any(_get_factor(built.data, scale) != 1 for built in fitted)


def fit_objects(root: bpy.types.Collection, objects: Iterable[Any], scale: float) -> None:
    """Fit the cameras and lamps among objects to a scale, with what a user has set of them.

    root: the root collection of their build
    """
    for built in _list_fitted(objects):
        data, factor = built.data, _get_factor(built.data, scale)
        if factor == 1:
            continue
        if built.type == "CAMERA":
            scale_lens(root, built, factor)
        else:
            _scale_lamp(data, factor)
        data[SCALE_KEY] = scale


def _list_fitted(objects: Iterable[Any]) -> list[Any]:
    return [each for each in objects if each.type in ("CAMERA", "LIGHT") and is_tagged(each.data)]


def _get_factor(data: Any, scale: float) -> float:
    """Return the factor from the scale to which data is fitted to another one; exactly 1 if there is no need."""
    factor = scale / float(data.get(SCALE_KEY, 1.0))
    return 1.0 if abs(factor - 1) < TOLERANCE / 100 else factor


def _scale_lamp(lamp: Any, factor: float) -> None:
    for name, power in LAMP_POWERS.items():
        if lamp.type != "SUN" and hasattr(lamp, name):
            setattr(lamp, name, getattr(lamp, name) * factor**power)
