# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans with labels, and the distances of boxes from shapes in the picture."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.spec import presets

SIZES = {"16:9": [1280, 720], "1:1": [800, 800], "9:16": [720, 1280], "4:3": [1024, 768]}


MORE_LABELS = {"equation": True, "position": True, "indices": True, "legend": True}


MORE_SPECS: dict[str, dict[str, Any]] = {
    "chain": {
        "title": "A small network",
        "layers": [
            {"op": "conv", "input": 12, "kernel": 3, "padding": 1},
            {"op": "max_pool", "kernel": 2},
            {"op": "conv", "kernel": 3},
        ],
    },
    "channels": {"layer": {"op": "conv", "input": 6, "kernel": 3, "in_channels": 3, "out_channels": 2}},
    "one axis": {"layer": {"op": "conv", "input": [12], "kernel": 3, "padding": [[2, 0]]}},
    "three axes": {"layer": {"op": "conv", "input": [3, 4, 5], "kernel": 2}},
    "large": {"layer": {"op": "conv", "input": 30, "kernel": 3}},
    "from above": {"layer": {"op": "conv", "input": 6, "kernel": 3}, "camera": {"azimuth": 0, "elevation": 90}},
    "from the side": {"layer": {"op": "conv", "input": 6, "kernel": 3}, "camera": {"azimuth": -70, "elevation": 5}},
    "from behind": {"layer": {"op": "conv", "input": [7, 4], "kernel": 3}, "camera": {"azimuth": 150, "elevation": 30}},
    "scatter": {
        "layer": {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        "show": {"transposed": "scatter"},
    },
    "crowded": {"layer": {"op": "conv", "input": 8, "kernel": 3}, "look": {"gap": 1.0}},
    "a long title": {
        "title": "An exceedingly long title, Ångström and all " * 2,
        "layer": {"op": "conv", "input": 5, "kernel": 3},
    },
}


def load_table(name: str) -> dict[str, Any]:
    """Return the table of a preset, or of one of MORE_SPECS."""
    return dict(MORE_SPECS[name]) if name in MORE_SPECS else presets.load_preset_table(name)


CAMERAS: dict[str, dict[str, Any]] = {
    "perspective": {"projection": "perspective", "field_of_view": 45},
    "orbit": {"orbit": 60},
    "orbit in perspective": {"projection": "perspective", "orbit": -100},
}


@functools.cache
def make_labeled_plan(name: str, shape: str, camera: str = "", **labels: Any) -> Plan:
    """Build the plan of a spec in a picture of a shape, with one of CAMERAS and these labels."""
    table = load_table(name)
    table["camera"] = {**table.get("camera", {}), **CAMERAS.get(camera, {})}
    table["labels"] = {**table.get("labels", {}), **labels}
    table["render"] = {"resolution": SIZES[shape]}
    table["walk"] = {**table.get("walk", {}), "frames_per_step": 1}
    return make_plan(spec_from_table(table))


def project(plan: Plan, points: np.ndarray, frame: int = 1) -> np.ndarray:
    """Return the places of world points (..., 3) in the picture on a frame, in pixels, shape (..., 2)."""
    return plan.view_at(frame).project(points) * np.array(plan.spec.render.resolution)


def find_distances(boxes: np.ndarray, points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the distances of boxes (b, 4) from convex shapes (n, m, 2), shape (b, n): the largest gap along any axis.

    edges: shape (k, 2), directions of the edges of all shapes; or (n, k, 2), of each shape
    """
    axes = np.stack([-edges[..., 1], edges[..., 0]], axis=-1)
    length = np.linalg.norm(axes, axis=-1, keepdims=True)
    axes = np.where(length > 1e-9, axes / np.maximum(length, 1e-9), [1.0, 0.0])
    axes = np.concatenate([np.broadcast_to(np.eye(2), (*axes.shape[:-2], 2, 2)), axes], axis=-2).swapaxes(-1, -2)
    along = points @ axes
    # shape (b, n or 1, axes): the middle of each box, and how far the box reaches from there
    middle = ((boxes[:, None, :2] + boxes[:, None, 2:]) / 2)[:, :, None] @ axes
    reach = ((boxes[:, None, 2:] - boxes[:, None, :2]) / 2)[:, :, None] @ np.abs(axes)
    middle, reach = middle[:, :, 0], reach[:, :, 0]
    gaps = np.maximum(along.min(axis=1) - (middle + reach), (middle - reach) - along.max(axis=1))
    return np.asarray(gaps.max(axis=-1))
