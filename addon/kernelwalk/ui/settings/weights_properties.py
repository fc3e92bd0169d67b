# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of a layer's weights: its kernel, by name or as numbers, its biases, its activation and normalization."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...core.arrays import Floats
from ...core.layers.registry import Layer
from ...core.spec.fields import format_label
from ...core.spec.limits import MAX_NUMBERS
from ...core.spec.value_names import find_misfit
from ...core.spec.values_section import LAYER_FIELDS, LayerValues, Norm
from ...core.values.sources import make_kernel
from ..fields.packed_numbers import fit_numbers, pack_numbers, unpack_numbers
from ..fields.properties import make_properties, notify_changed, on_edit

NUMBERS = "numbers"
"""Choice of the numbers in a grid, in place of a name."""

DEFAULT_KERNEL = "box"
"""Kernel of a new layer: one that fits every size."""

KERNEL_ITEMS = [
    (NUMBERS, "Numbers", "The numbers in the grid"),
    *((name, format_label(name), meaning) for name, meaning in LAYER_FIELDS["kernel"].options.items()),
]

KERNEL_LISTENERS: list[Any] = []
"""Functions that are called with the weights whose kernel has been chosen."""


@on_edit
def _on_kernel_change(group: Any, _context: Any) -> None:
    for listener in KERNEL_LISTENERS:
        listener(group)
    group.last_kernel = group.kernel
    notify_changed(group)


def make_hidden_text(name: str, description: str, default: str = "") -> Any:
    """Return a property that the panel does not show as it is."""
    return StringProperty(
        name=name, description=description, default=default, options={"HIDDEN"}, update=notify_changed
    )


KERNELWALK_PG_weights = type(
    "KERNELWALK_PG_weights",
    (bpy.types.PropertyGroup,),
    {
        "__annotations__": {
            "kernel": EnumProperty(
                name=format_label("kernel"),
                description=LAYER_FIELDS["kernel"].meaning,
                items=KERNEL_ITEMS,
                default=DEFAULT_KERNEL,
                update=_on_kernel_change,
            ),
            "last_kernel": make_hidden_text("Last Kernel", "Kernel that was chosen last", DEFAULT_KERNEL),
            "numbers": make_hidden_text("Numbers", "Weights, [output channel][input channel] before the axes"),
            "biases": make_hidden_text("Biases", "A bias, or one for each output channel", "0.0"),
            **make_properties("values.activation", LAYER_FIELDS["activation"], "none"),
            "has_norm": BoolProperty(
                name="Batch Normalization",
                description="Normalize each output channel by given numbers, before the activation",
                update=notify_changed,
            ),
            "norm": make_hidden_text("Normalization's Numbers", "Numbers of the batch normalization after the layer"),
        },
        "__module__": __name__,
    },
)

SAVED_KEYS = ("kernel", "last_kernel", "numbers", "biases", "activation", "has_norm", "norm")


def save_weights(weights: Any) -> dict[str, Any]:
    """Return the weights of a layer, to be given to another one by `restore_weights`."""
    return {key: getattr(weights, key) for key in SAVED_KEYS}


def restore_weights(saved: Mapping[str, Any], weights: Any) -> None:
    """Set a layer's weights to saved ones; what was not saved has its default."""
    for key in SAVED_KEYS:
        if key not in saved:
            weights.property_unset(key)
        elif getattr(weights, key) != saved[key]:
            setattr(weights, key, saved[key])


def write_weights(values: LayerValues, weights: Any) -> None:
    """Set the properties to a layer's values in a spec."""
    is_name = isinstance(values.kernel, str)
    if values.kernel is not None:
        weights.kernel = values.kernel if is_name else NUMBERS
        weights.numbers = "" if is_name else pack_numbers(values.kernel)
    weights.biases = pack_numbers(values.bias)
    weights.activation = values.activation
    weights.has_norm = values.norm is not None
    weights.norm = json.dumps(vars(values.norm)) if values.norm is not None else ""


def read_kernel(weights: Any, layer: Layer, seed: int) -> Floats | None:
    """Return the numbers of a layer's kernel, shape `layer.kernel_shape`; None if it has none, or far too many.

    seed: that of the layer's random weights
    """
    if not layer.has_weights or math.prod(layer.kernel_shape) > MAX_NUMBERS:
        return None
    if weights.kernel == NUMBERS:
        return fit_numbers(unpack_numbers(weights.numbers), layer.kernel_shape, 2)
    return make_named_kernel(weights.kernel, layer, seed)


def make_named_kernel(name: str, layer: Layer, seed: int) -> Floats | None:
    """Return the numbers of a kernel with a name; None if it does not fit the layer."""
    if find_misfit(name, layer.kernel) is not None or math.prod(layer.kernel_shape) > MAX_NUMBERS:
        return None
    return _make_kernel(name, layer.kernel_shape, seed)


@lru_cache(maxsize=8)
def _make_kernel(name: str, shape: tuple[int, ...], seed: int) -> Floats:
    return make_kernel(name, shape, seed)


def fit_channels(numbers: Any, outputs: int, missing: float) -> Any:
    """Return a number, or one for each output channel: `missing` for channels that have none."""
    if not isinstance(numbers, list) or len(numbers) == outputs:
        return numbers
    return (numbers + [missing] * outputs)[:outputs]


def read_norm(text: str, outputs: int) -> dict[str, Any]:
    """Return the numbers of a batch normalization, by name; those of a new one where the text is empty."""
    given = json.loads(text or "{}")
    return {key: fit_channels(given.get(key, new), outputs, new) for key, new in vars(Norm()).items()}
