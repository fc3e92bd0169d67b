# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that a layer has for each output channel, its bias and its batch normalization, as fields of one channel.

The fields show the active layer's numbers at the output channel that the kernel's grid shows, and write them there.
"""

from __future__ import annotations

import json
from typing import Any

from bpy.props import FloatProperty

from ...core.spec.fields import Field, format_label
from ...core.spec.values_section import LARGEST_NUMBER, LAYER_FIELDS, NORM_FIELDS
from ..fields.packed_numbers import pack_numbers
from ..fields.walk_settings import find_settings
from .layer_list import active_index, active_layer, read_valid_layers
from .weights_properties import fit_channels, read_norm

NORM_PREFIX = "norm_"
"""Beginning of the properties of a batch normalization."""

BOUNDS: dict[str, dict[str, Any]] = {
    "norm_variance": {"min": 0.0, "max": LARGEST_NUMBER, "soft_max": 10.0, "precision": 6, "step": 10},
    "norm_epsilon": {"min": 1e-12, "max": 1.0, "precision": 6, "step": 0.001},
}
"""Bounds, decimals and steps of the properties that have others than the rest."""


def make_channel_properties() -> dict[str, Any]:
    """Return the properties, by name."""
    norm = {NORM_PREFIX + key: field for key, field in NORM_FIELDS.items()}
    return {key: _make_property(key, field) for key, field in {"bias": LAYER_FIELDS["bias"], **norm}.items()}


def _make_property(key: str, field: Field) -> Any:
    usual: dict[str, Any] = {"min": -LARGEST_NUMBER, "soft_min": -10.0, "max": LARGEST_NUMBER, "soft_max": 10.0}
    usual |= {"precision": 3, "step": 10}
    return FloatProperty(
        name=format_label(key),
        description=field.meaning,
        get=lambda group: _read_number(group, key),
        set=lambda group, value: _write_number(group, key, value),
        options={"SKIP_SAVE"},
        **BOUNDS.get(key, usual),
    )


def _read_number(group: Any, key: str) -> float:
    props = find_settings(group)
    layers = read_valid_layers(props)
    if not layers:
        return 0.0
    outputs = layers[active_index(props)].channels.outputs
    numbers = _read_numbers(active_layer(props).weights, key, outputs)
    return float(numbers[_find_channel(group, outputs)] if isinstance(numbers, list) else numbers)


def _write_number(group: Any, key: str, value: float) -> None:
    props = find_settings(group)
    layers = read_valid_layers(props)
    if not layers:
        return
    number = float(f"{value:.6g}")  # Blender's floats are single: the digits that were typed
    outputs, weights = layers[active_index(props)].channels.outputs, active_layer(props).weights
    numbers = _read_numbers(weights, key, outputs)
    if key == NORM_PREFIX + "epsilon":
        numbers = number
    else:
        numbers = list(numbers) if isinstance(numbers, list) else [numbers] * outputs
        numbers[_find_channel(group, outputs)] = number
        numbers = numbers if len(set(numbers)) > 1 else number
    if key == "bias":
        weights.biases = pack_numbers(numbers)
    else:
        weights.norm = json.dumps(read_norm(weights.norm, outputs) | {key.removeprefix(NORM_PREFIX): numbers})


def _read_numbers(weights: Any, key: str, outputs: int) -> Any:
    """Return a number, or a list with one for each output channel."""
    if key == "bias":
        return fit_channels(json.loads(weights.biases), outputs, 0.0)
    return read_norm(weights.norm, outputs)[key.removeprefix(NORM_PREFIX)]


def _find_channel(group: Any, outputs: int) -> int:
    return min(int(group.kernel_grid.output_channel), outputs - 1)
