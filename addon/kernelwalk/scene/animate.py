# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels become F-curves: which datum each channel drives, and its keys written in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np

from ..core.channel import Channel
from ..core.easing import EASINGS
from ..core.plan import XYZ
from . import compat
from .owned import mark

Binding = tuple[Any, str, int]
"""The ID that is animated, the path in it and the index."""


def bindings(target: str, walk: bpy.types.NodeTree, connectors: bpy.types.Object) -> list[Binding]:
    """What a channel of a plan drives."""
    match target.split("."):
        case ["walk", value]:
            return [(walk, walk.nodes[value].outputs[0].path_from_id("default_value"), 0)]
        case ["connectors", "hidden"]:
            return [(connectors, path, 0) for path in ("hide_render", "hide_viewport")]
        case ["connectors", line, end, axis]:
            return [(connectors.data, f"splines[{line}].points[{end}].co", XYZ.index(axis))]
    raise KeyError(target)


def animate(channels: Mapping[str, Channel], walk: bpy.types.NodeTree, connectors: bpy.types.Object) -> None:
    """Write every channel's keys."""
    for target, channel in channels.items():
        for data, path, index in bindings(target, walk, connectors):
            curve = compat.fcurve(data, path, index, f"{data.name} walk")
            assert data.animation_data is not None
            mark(data.animation_data.action)
            _write(curve, channel)


def _write(curve: bpy.types.FCurve, channel: Channel) -> None:
    """All keys at once: adding them one by one takes quadratic time."""
    count = len(channel.frames)
    keys = curve.keyframe_points
    keys.add(count)
    keys.foreach_set("co", np.column_stack([channel.frames, channel.values]).astype(np.float32).ravel())
    easing = EASINGS[channel.easing]
    for field, word in (("interpolation", easing.interpolation), ("easing", easing.easing)):
        items = bpy.types.Keyframe.bl_rna.properties[field].enum_items  # type: ignore[attr-defined]  # the stubs know no enum's items
        keys.foreach_set(field, np.full(count, items[word].value, np.int32))
    curve.update()
