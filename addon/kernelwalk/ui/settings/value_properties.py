# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of a spec's section [values]: the input, and how values are drawn. The weights belong to each layer."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty, StringProperty

from ...core import Spec
from ...core.arrays import Floats
from ...core.layers.registry import Layer
from ...core.spec.fields import collect_checks, format_label, to_plain
from ...core.spec.limits import MAX_NUMBERS
from ...core.spec.values_section import FIELDS, Values
from ...core.values.sources import make_input
from ...scene import compat
from ..fields.number_grid import make_grid_group
from ..fields.packed_numbers import fit_numbers, pack_numbers, unpack_numbers
from ..fields.properties import NOTIFY_CHANGED, make_properties, notify_changed, on_edit
from ..fields.walk_settings import find_settings
from .channel_numbers import make_channel_properties
from .layer_list import active_index, active_layer, list_layers, read_valid_layers
from .weights_properties import (
    KERNEL_LISTENERS,
    NUMBERS,
    make_hidden_text,
    make_named_kernel,
    read_kernel,
    write_weights,
)

PICTURE, FILE = "picture", "file"
INPUT_ITEMS = [
    *((name, format_label(name), meaning) for name, meaning in FIELDS["input"].options.items()),
    (NUMBERS, "Numbers", "The numbers in the grid"),
    (PICTURE, "Picture", "The pixels of one of Blender's images: grey for one channel, RGB for three"),
    (FILE, "File", "An array in a .npy, .npz or .safetensors file, or a signal in a .csv or .wav file"),
]

FILE_OPTIONS: dict[str, Any] = {"options": compat.RELATIVE_PATH_OPTIONS, **NOTIFY_CHANGED}

SHARED_KEYS = ("flip_kernel", "seed", "fit", "white", "channel", "digits", "decimals", "colors", "range")
"""Keys that a spec has once, beside the input."""

SHARED_CHECKS = {key: check for key, check in collect_checks(FIELDS).items() if key in SHARED_KEYS}


def input_shape(layer: Layer) -> tuple[int, ...]:
    """Return the shape of the values of a layer's input: (channels, *sizes)."""
    return (layer.channels.inputs, *layer.input)


def read_input_grid(props: Any) -> Floats | None:
    """Return the input as it can be edited, shape `input_shape`: numbers or those of a name, else None."""
    layers, values = read_valid_layers(props), props.values
    if not layers or values.input in (PICTURE, FILE):
        return None
    return _read_input(values.input, values.numbers, values.seed, input_shape(layers[0]))


def _read_input(name: str, numbers: str, seed: int, shape: tuple[int, ...]) -> Floats | None:
    if math.prod(shape) > MAX_NUMBERS:
        return None
    return fit_numbers(unpack_numbers(numbers), shape, 1) if name == NUMBERS else make_named_input(name, shape, seed)


@lru_cache(maxsize=8)
def make_named_input(name: str, shape: tuple[int, ...], seed: int) -> Floats:
    """Return the numbers of an input with a name."""
    return make_input(name, shape, seed)


def _write_input_grid(props: Any, array: Floats) -> None:
    props.values.input = NUMBERS
    props.values.numbers = pack_numbers(array)


@on_edit
def _on_input_change(group: Any, _context: Any) -> None:
    """Fill the grid with what the input was, when numbers are chosen."""
    if group.input == NUMBERS and group.last_input not in (NUMBERS, PICTURE, FILE):
        layers = read_valid_layers(find_settings(group))
        if layers:
            array = _read_input(group.last_input, "", group.seed, input_shape(layers[0]))
            group.numbers = "" if array is None else pack_numbers(array)
    group.last_input = group.input
    notify_changed(group)


def read_kernel_grid(props: Any) -> Floats | None:
    """Return the kernel of the active layer, shape (outputs, inputs per group, *kernel), or None."""
    layers, index = read_valid_layers(props), active_index(props)
    return read_kernel(active_layer(props).weights, layers[index], props.values.seed + index) if layers else None


def _write_kernel_grid(props: Any, array: Floats) -> None:
    weights = active_layer(props).weights
    weights.kernel = NUMBERS
    weights.numbers = pack_numbers(array)


def _fill_kernel(weights: Any) -> None:
    """Fill the grid with the kernel that was chosen before, when numbers are chosen."""
    props = find_settings(weights)
    if weights.kernel != NUMBERS or weights.last_kernel == NUMBERS:
        return
    number = next(number for number, layer in enumerate(list_layers(props)) if layer.weights == weights)
    layers = read_valid_layers(props)
    if layers and layers[number].has_weights:
        kernel = make_named_kernel(weights.last_kernel, layers[number], props.values.seed + number)
        weights.numbers = "" if kernel is None else pack_numbers(kernel)


KERNEL_LISTENERS.append(_fill_kernel)


def _read_input_shape(props: Any) -> tuple[int, ...]:
    layers = read_valid_layers(props)
    return input_shape(layers[0]) if layers else ()


def _read_kernel_shape(props: Any) -> tuple[int, ...]:
    """Return the shape of the active layer's kernel; of a layer without weights, its output channels alone."""
    layers = read_valid_layers(props)
    layer = layers[active_index(props)] if layers else None
    if layer is None:
        return ()
    return layer.kernel_shape if layer.has_weights else (layer.channels.outputs,)


KERNELWALK_PG_input_grid = make_grid_group("input", ("channel",), read_input_grid, _write_input_grid, _read_input_shape)

KERNELWALK_PG_kernel_grid = make_grid_group(
    "kernel", ("output_channel", "input_channel"), read_kernel_grid, _write_kernel_grid, _read_kernel_shape
)


def _make_value_properties() -> dict[str, Any]:
    defaults = Values()
    properties: dict[str, Any] = {
        "on": BoolProperty(
            name="Values", description="Draw the numbers that the layers compute on their tiles", **NOTIFY_CHANGED
        ),
        "input": EnumProperty(
            name=format_label("input"),
            description=FIELDS["input"].meaning,
            items=INPUT_ITEMS,
            default="ramp",
            update=_on_input_change,
        ),
        "last_input": make_hidden_text("Last Input", "Input that was chosen last", "ramp"),
        "numbers": make_hidden_text("Numbers", "Values of the input, channels first"),
        "image": PointerProperty(
            name="Image",
            description="Image whose pixels are the input: its stored values, from 0 for black to White",
            type=bpy.types.Image,
            **NOTIFY_CHANGED,
        ),
        "file": StringProperty(
            name="File",
            description="File with the values of the input; # and a name choose an array or a column in it",
            subtype="FILE_PATH",
            **FILE_OPTIONS,
        ),
        "input_grid": PointerProperty(type=KERNELWALK_PG_input_grid, name="Input Grid"),
        "kernel_grid": PointerProperty(type=KERNELWALK_PG_kernel_grid, name="Kernel Grid"),
        **make_channel_properties(),
    }
    for key in SHARED_KEYS:
        properties |= make_properties(f"values.{key}", FIELDS[key], to_plain(getattr(defaults, key)))
    return properties


KERNELWALK_PG_values = type(
    "KERNELWALK_PG_values",
    (bpy.types.PropertyGroup,),
    {"__annotations__": _make_value_properties(), "__module__": __name__},
)


def write_input(spec: Spec, props: Any) -> None:
    """Set the input and the weights to those of a spec whose layers have been written; switch values off if it has
    none."""
    values = spec.values
    props.values.on = values is not None
    if values is None:
        return
    is_name = isinstance(values.input, str)
    props.values.input = values.input if is_name else NUMBERS
    props.values.numbers = "" if is_name else pack_numbers(values.input)
    for number, layer_props in enumerate(list_layers(props)):
        write_weights(values.of_layer(number), layer_props.weights)


CLASSES = (KERNELWALK_PG_input_grid, KERNELWALK_PG_kernel_grid, KERNELWALK_PG_values)
