# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of a layer: sizes for each axis, of which some may follow from others, names and options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    EnumProperty,
    FloatVectorProperty,
    IntVectorProperty,
    PointerProperty,
)

from ...core.layers.conventions import CONVENTIONS
from ...core.layers.padding import CONV_PADDING
from ...core.layers.parameters import MAX_AXES, MAX_SIZE, OPTION_CHECKS, SCALES
from ...core.layers.registry import LAYERS, Layer
from ...core.spec.fields import format_label
from ...core.spec.layer_section import FIELDS
from ...core.validation import Integer
from ..fields.properties import AUTO_SUFFIX, DEFAULT_TABLE, NOTIFY_CHANGED, make_properties, notify_changed, on_edit
from ..fields.walk_settings import find_settings
from .weights_properties import KERNELWALK_PG_weights

OPERATION_ITEMS = [(op, layer.display_name, (layer.__doc__ or "").split(".")[0]) for op, layer in LAYERS.items()]

PADDING_MEANINGS = {
    "numbers": "Cells of padding, as numbers",
    "valid": "No padding",
    "same": "The output is as large as the input; the convention decides for other strides than 1",
    "full": "The most padding: every output that reads at least one cell of the input",
    "same_upper": "ceil(input / stride) outputs; an odd cell of padding is at the end",
    "same_lower": "ceil(input / stride) outputs; an odd cell of padding is at the beginning",
    "causal": "All padding before the first cell of the one axis, time: no output reads a later input",
}
PADDING_ITEMS = [(name, format_label(name), PADDING_MEANINGS[name]) for name in ("numbers", *CONV_PADDING)]

DIMENSION_ITEMS = [
    ("1", "1D", "One axis: a row of cells, such as time"),
    ("2", "2D", "Two axes: rows and columns"),
    ("3", "3D", "Three axes: slices, rows and columns"),
]

SIDE_MEANINGS = {
    "padding_before": "Cells of padding before the first cell",
    "padding_after": "Cells of padding after the last cell",
}
SIZES = (
    "input",
    "kernel",
    "stride",
    "dilation",
    "padding_before",
    "padding_after",
    "output_padding",
    "scale",
    "factor",
    "output_shape",
)
"""Names of the properties with one integer per axis. Their order is that of the locks in `linked`."""

MAY_BE_ZERO = ("padding_before", "padding_after", "output_padding")
"""Sizes whose minimum is 0; that of all others is 1."""

UNUSED_SIZES = {"output_padding": 0, "scale": 2, "factor": 2, "output_shape": 6}
"""Values of sizes that a layer does not have, if not 1."""

AUTO_SWITCHES = {
    "stride": ("As Kernel", "Use the kernel's size, as pooling layers do by default"),
    "output_padding": ("From Convention", "Derive the output padding from the convention and the padding"),
    "output_shape": ("Automatic", "Derive the output's size from the padding, or that of an upsampling from its scale"),
    "channels": ("As Needed", "Use as many channels as one channel of the output needs"),
}
"""Label and meaning of the switch of each number that may follow from others."""

CHANNEL_KEYS = ("in_channels", "out_channels", "groups", "channels")
"""Names of the properties that count channels."""


def _fill_axes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return MAX_AXES sizes: those of the last axes, with the first one repeated for the axes before."""
    return (*[sizes[0]] * (MAX_AXES - len(sizes)), *sizes)


@on_edit
def _set_all_dims(group: Any, context: Any) -> None:
    """Set the number of axes of every layer to that of one: a chain has layers of the same dimensions."""
    props = find_settings(group)
    for layer_props in (props.layer, *props.more_layers):
        if layer_props.dims != group.dims:
            layer_props.dims = group.dims
    notify_changed(group, context)


def _make_layer_properties() -> dict[str, Any]:
    layer = DEFAULT_TABLE["layer"]
    (before, after) = zip(*layer["padding"], strict=True)
    values = {**layer, "padding_before": before, "padding_after": after}
    properties: dict[str, Any] = {
        "dims": EnumProperty(
            name="Dimensions",
            description="Number of axes of the layer",
            items=DIMENSION_ITEMS,
            default=str(len(before)),
            update=_set_all_dims,
        ),
        "op": EnumProperty(
            name=format_label("op"), description=FIELDS["op"].meaning, items=OPERATION_ITEMS, **NOTIFY_CHANGED
        ),
        "padding": EnumProperty(
            name=format_label("padding"), description="Padding around the input", items=PADDING_ITEMS, **NOTIFY_CHANGED
        ),
        "sides": BoolProperty(
            name="Each Side", description="Set the padding of the two sides of each axis separately", **NOTIFY_CHANGED
        ),
    }
    for key in SIZES:
        meaning = SIDE_MEANINGS[key] if key in SIDE_MEANINGS else FIELDS[key].meaning
        minimum = 0 if key in MAY_BE_ZERO else 1
        bounds: dict[str, Any] = {"size": MAX_AXES, "min": minimum, "soft_max": 64, "max": MAX_SIZE}
        bounds["default"] = _fill_axes(values.get(key, [UNUSED_SIZES.get(key, 1)]))
        if key == "scale":
            bounds |= {"min": SCALES.minimum, "step": 100, "precision": 2}
        vector = FloatVectorProperty if key == "scale" else IntVectorProperty
        properties[key] = vector(name=format_label(key), description=meaning, **bounds, **NOTIFY_CHANGED)
    properties["linked"] = BoolVectorProperty(
        name="Square",
        description="Use one number for all axes",
        size=len(SIZES),
        default=[True] * len(SIZES),
        **NOTIFY_CHANGED,
    )
    defaults = {"ceil_mode": False, "count_include_pad": True, "channel_order": "CRD", **layer}
    defaults |= {"interpolation": "nearest", "align_corners": False, "flip_kernel": False}
    for key in OPTION_CHECKS:
        properties |= make_properties(f"layer.{key}", FIELDS[key], defaults[key])
    for key in CHANNEL_KEYS:
        properties |= make_properties(f"layer.{key}", FIELDS[key]._replace(check=Integer(1, MAX_SIZE)), 1)
    for key, (label, meaning) in AUTO_SWITCHES.items():
        properties[key + AUTO_SUFFIX] = BoolProperty(
            name=f"{format_label(key)}: {label}", description=meaning, default=True, **NOTIFY_CHANGED
        )
    properties["weights"] = PointerProperty(type=KERNELWALK_PG_weights, name="Weights")
    return properties


KERNELWALK_PG_layer = type(
    "KERNELWALK_PG_layer",
    (bpy.types.PropertyGroup,),
    {"__annotations__": _make_layer_properties(), "__module__": __name__, "__doc__": "A layer; vectors are (z, y, x)."},
)


def axis_count(layer_props: Any) -> int:
    """Return the number of axes of a layer. The last entries of its vectors belong to them."""
    return int(layer_props.dims)


def _read_sizes(layer_props: Any, key: str, dims: int | None = None) -> tuple[Any, ...]:
    dims = dims or axis_count(layer_props)
    # Blender's numbers are float32: 1.3 is 1.2999999523162842
    values = tuple(float(f"{value:.7g}") if isinstance(value, float) else value for value in getattr(layer_props, key))
    return values[-1:] * dims if layer_props.linked[SIZES.index(key)] else values[-dims:]


def read_layer_table(layer_props: Any) -> dict[str, Any]:
    """Return a layer as a spec has it."""
    keys = LAYERS[layer_props.op].PARAMETERS
    sizes = [key for key in SIZES if key in keys and not is_automatic(layer_props, key)]
    options = [key for key in (*OPTION_CHECKS, *CHANNEL_KEYS) if key in keys and not is_automatic(layer_props, key)]
    table = {"op": layer_props.op, **{key: _read_sizes(layer_props, key) for key in sizes}}
    table |= {key: getattr(layer_props, key) for key in options}
    if "output_shape" in sizes:
        table = {key: value for key, value in table.items() if affects_output(layer_props, key)}
    if "padding" in keys and layer_props.padding != "numbers":
        table["padding"] = layer_props.padding
    elif "padding" in keys and has_padding_numbers(layer_props):
        before = _read_sizes(layer_props, "padding_before")
        after = _read_sizes(layer_props, "padding_after") if layer_props.sides else before
        table["padding"] = list(zip(before, after, strict=True))
    return table


def has_padding_numbers(layer_props: Any) -> bool:
    """Return True unless padding in numbers follows from the output's size."""
    return not LAYERS[layer_props.op].output_shape_sets_padding or is_automatic(layer_props, "output_shape")


def is_automatic(layer_props: Any, key: str) -> bool:
    """Return True if a number follows from others, and has no value of its own."""
    return can_be_automatic(layer_props, key) and bool(getattr(layer_props, key + AUTO_SUFFIX))


def can_be_automatic(layer_props: Any, key: str) -> bool:
    """Return True if the operation lets a number follow from others."""
    names = CONVENTIONS[layer_props.convention].derived_output_padding
    if key == "output_padding" and layer_props.padding not in names:
        return False
    return key in LAYERS[layer_props.op].DERIVED_PARAMETERS


def affects_output(layer_props: Any, key: str) -> bool:
    """Return True if an option or a size makes a difference with the other settings of the layer."""
    layer = LAYERS[layer_props.op]
    if key == "input" and layer.output_shape_sets_input:
        return is_automatic(layer_props, "output_shape")
    if layer_props.op != "upsample":
        return True
    match key:
        case "align_corners":
            return not layer_props.interpolation.startswith("nearest")
        case "convention":
            return bool(layer_props.interpolation == "cubic")
        case "scale":
            return bool(layer_props.output_shape_auto)
    return True


def affects_layer(key: str, layer_props: Any) -> bool:
    """Return True if a key of the section [show] makes a difference to the layer."""
    layer = LAYERS[layer_props.op]
    match key:
        case "transposed" | "cropped":
            return layer.can_scatter
        case "arches":
            return layer.has_parameter("padding_mode") and layer_props.padding_mode != "zeros"
        case "kernel":
            return layer.has_weights
    return True


def input_size(layer_props: Any, dims: int | None = None) -> tuple[int, ...]:
    """Return the size of the layer's input, for `dims` axes or for those that the layer has."""
    return _read_sizes(layer_props, "input", dims)


def write_layer(layer: Layer, layer_props: Any) -> None:
    """Set the properties to those of a layer."""
    table = {"op": layer.op, **layer.to_table()}
    padding = table.get("padding", 0)
    is_named = isinstance(padding, str)
    layer_props.op, layer_props.padding = table["op"], padding if is_named else "numbers"
    layer_props.dims = str(layer.dims)
    pairs = padding if isinstance(padding, list) else [[0, 0]] * layer.dims
    before, after = zip(*pairs, strict=True)
    if not is_named:
        layer_props.sides = before != after
    values: dict[str, Any] = {**table, "padding_before": before, "padding_after": after}
    for index, key in enumerate(SIZES):
        if key in AUTO_SWITCHES:
            is_default = key not in table or (key == "stride" and table[key] == table["kernel"])
            setattr(layer_props, key + AUTO_SUFFIX, is_default)
        sizes = values.get(key, [UNUSED_SIZES.get(key, 1)])
        setattr(layer_props, key, _fill_axes(sizes))
        layer_props.linked[index] = len(set(sizes)) == 1
    layer_props.channels_auto = "channels" not in layer.DERIVED_PARAMETERS or "channels" not in table
    counts = layer.channel_counts()
    for key in (*OPTION_CHECKS, *CHANNEL_KEYS):
        if key in table or key in counts:
            setattr(layer_props, key, table[key] if key in table else counts[key])
        else:
            layer_props.property_unset(key)
