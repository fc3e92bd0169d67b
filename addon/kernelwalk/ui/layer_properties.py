# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer's settings: sizes for each axis, of which some may follow from others, and what no size is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
from bpy.props import BoolProperty, BoolVectorProperty, EnumProperty, IntVectorProperty

from ..core.layers.padding import CONV_PADDING
from ..core.layers.parameters import MAX_AXES, MAX_SIZE
from ..core.layers.registry import LAYERS, Layer
from ..core.layers.registry import OPTION_CHECKS as LAYER
from ..core.validation import Integer
from .properties import AUTO_SUFFIX, DEFAULT_TABLE, NOTIFY_CHANGED, make_properties, notify_changed
from .words import WORDS

# Blender keeps no strings of its own for these, so they live as long as this module
OPERATION_ITEMS = [(op, layer.label, (layer.__doc__ or "").split(".")[0]) for op, layer in LAYERS.items()]
PADDING_ITEMS = [
    ("numbers", "Numbers", "As many cells as are written"),
    *zip(
        CONV_PADDING,
        ("Valid", "Same", "Full", "Same, Upper", "Same, Lower", "Causal"),
        (
            "None",
            "The output is as large as the input, with the convention's rule for strides",
            "All there can be",
            "As many outputs as there are strides in the input, an odd cell of padding at the end",
            "As many outputs as there are strides in the input, an odd cell of padding at the beginning",
            "All there can be before the first cell, and none after the last: along one axis, which is time",
        ),
        strict=True,
    ),
]
DIMENSION_ITEMS = [
    ("1", "1D", "One axis: a row of cells, such as time"),
    ("2", "2D", "Two axes: rows and columns"),
    ("3", "3D", "Three axes: slices, rows and columns"),
]
SIZES = {
    "input": ("Input", "Cells of the input", 1),
    "kernel": ("Kernel", "Taps of the kernel", 1),
    "stride": (
        "Stride",
        "Cells from one receptive field to the next, or between inputs if transposed",
        1,
    ),
    "dilation": ("Dilation", "Cells from one tap to the next", 1),
    "before": ("Padding", "Cells of padding before the first cell", 0),
    "after": ("Padding after", "Cells of padding after the last cell", 0),
    "output_padding": ("Out Padding", "Output padding: cells by which the output grows at its end", 0),
    "scale": ("Scale", "How often each cell is repeated", 1),
    "factor": ("Factor", "Cells along each axis that channels become, or that become channels", 1),
    "output_shape": ("Out Shape", "Cells of the output, from which its padding follows", 1),
}
AUTO_SWITCHES = {
    "stride": ("As Kernel", "Let pooling go on by its kernel's size"),
    "output_padding": ("By Padding", "Let the convention and the padding decide"),
    "output_shape": ("By Padding", "Let the output's size follow from the padding"),
    "channels": ("By Factor", "As many as one channel of the output needs"),
}
"""Numbers that may follow from others."""

CHANNEL_KEYS = ("in_channels", "out_channels", "groups", "channels")
"""Numbers of channels."""

UNUSED_SIZES = {"output_padding": 0, "scale": 2, "factor": 2, "output_shape": 6}
"""What sizes are set to that a layer does not have."""


def _fill_axes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes of the last axes with those before them, which a layer does not have, as the first."""
    return (*[sizes[0]] * (MAX_AXES - len(sizes)), *sizes)


def _set_all_dims(group: Any, context: Any) -> None:
    """The layers of a chain all have as many axes."""
    given = group.id_data.kernelwalk
    for layer in (given.layer, *given.more):
        if layer.dims != group.dims:
            layer.dims = group.dims
    notify_changed(group, context)


def _make_layer_properties() -> dict[str, Any]:
    layer = DEFAULT_TABLE["layer"]
    (before, after) = zip(*layer["padding"], strict=True)
    values = {**layer, "before": before, "after": after}
    fields: dict[str, Any] = {
        "dims": EnumProperty(
            name="Dimensions",
            description="How many axes the layer has",
            items=DIMENSION_ITEMS,
            default=str(len(before)),
            update=_set_all_dims,
        ),
        "op": EnumProperty(
            name="Operation", description="What the layer computes", items=OPERATION_ITEMS, **NOTIFY_CHANGED
        ),
        "padding": EnumProperty(
            name="Padding", description="How the input is padded", items=PADDING_ITEMS, **NOTIFY_CHANGED
        ),
        "sides": BoolProperty(
            name="Each Side", description="Give the padding of both sides of each axis by itself", **NOTIFY_CHANGED
        ),
    }
    for key, (name, description, least) in SIZES.items():
        bounds: dict[str, Any] = {"size": MAX_AXES, "min": least, "soft_max": 64, "max": MAX_SIZE}
        bounds["default"] = _fill_axes(values.get(key, [UNUSED_SIZES.get(key, 1)]))
        fields[key] = IntVectorProperty(name=name, description=description, **bounds, **NOTIFY_CHANGED)
    fields["linked"] = BoolVectorProperty(
        name="Square",
        description="Use one number for all axes",
        size=len(SIZES),
        default=[True] * len(SIZES),
        **NOTIFY_CHANGED,
    )
    usual = {"ceil_mode": False, "count_include_pad": True, "mode": "CRD", **layer}
    for key, check in LAYER.items():
        fields |= make_properties(f"layer.{key}", check, usual[key])
    for key in CHANNEL_KEYS:
        fields |= make_properties(f"layer.{key}", Integer(1, MAX_SIZE), 1)
    for key, (name, description) in AUTO_SWITCHES.items():
        shown = f"{SIZES[key][0] if key in SIZES else WORDS[f'layer.{key}'][0]}: {name}"
        fields[key + AUTO_SUFFIX] = BoolProperty(name=shown, description=description, default=True, **NOTIFY_CHANGED)
    return fields


KERNELWALK_PG_layer = type(
    "KERNELWALK_PG_layer",
    (bpy.types.PropertyGroup,),
    {"__annotations__": _make_layer_properties(), "__module__": __name__, "__doc__": "The layer; vectors are z, y, x."},
)


def axis_count(layer: Any) -> int:
    """How many axes the layer is set to have: of its vectors, so many of the last count."""
    return int(layer.dims)


def _sizes(layer: Any, key: str, dims: int | None = None) -> tuple[int, ...]:
    dims = dims or axis_count(layer)
    values = tuple(getattr(layer, key))
    return values[-1:] * dims if layer.linked[list(SIZES).index(key)] else values[-dims:]


def read_layer_table(layer: Any) -> dict[str, Any]:
    keys = LAYERS[layer.op].PARAMETERS
    sizes = [key for key in SIZES if key in keys and not is_automatic(layer, key)]
    table = {"op": layer.op, **{key: _sizes(layer, key) for key in sizes}}
    table |= {
        key: getattr(layer, key) for key in (*LAYER, *CHANNEL_KEYS) if key in keys and not is_automatic(layer, key)
    }
    if "padding" in keys and layer.padding != "numbers":
        table["padding"] = layer.padding
    elif "padding" in keys and "output_shape" not in sizes:
        before = _sizes(layer, "before")
        after = _sizes(layer, "after") if layer.sides else before
        table["padding"] = list(zip(before, after, strict=True))
    return table


def is_automatic(layer: Any, key: str) -> bool:
    """Whether a size follows from others, rather than being given."""
    return can_be_automatic(layer, key) and bool(getattr(layer, key + AUTO_SUFFIX))


def can_be_automatic(layer: Any, key: str) -> bool:
    """Whether the operation lets a size follow from others."""
    match key:
        case "stride":
            return layer.op in ("max_pool", "avg_pool")
        case "output_padding":
            return layer.convention == "keras" and layer.padding in ("same", "valid")
        case "channels":
            return layer.op == "pixel_shuffle"
    return key == "output_shape"


def input_size(layer: Any, dims: int | None = None) -> tuple[int, ...]:
    """The size that the input is set to, of so many axes, or of as many as it has."""
    return _sizes(layer, "input", dims)


def write_layer(layer: Layer, props: Any) -> None:
    """Set the layer's settings to a layer."""
    table = {"op": layer.op, **layer.to_table()}
    padding = table.get("padding", 0)
    named = isinstance(padding, str)
    props.op, props.padding = table["op"], padding if named else "numbers"
    props.dims = str(layer.dims)
    pairs = padding if isinstance(padding, list) else [[0, 0]] * layer.dims
    before, after = zip(*pairs, strict=True)
    if not named:
        props.sides = before != after
    values: dict[str, Any] = {**table, "before": before, "after": after}
    for index, key in enumerate(SIZES):
        if key in AUTO_SWITCHES and key in SIZES:
            setattr(props, key + AUTO_SUFFIX, key not in table or (key == "stride" and table[key] == table["kernel"]))
        sizes = values.get(key, [UNUSED_SIZES.get(key, 1)])
        setattr(props, key, _fill_axes(sizes))
        props.linked[index] = len(set(sizes)) == 1
    props.channels_auto = layer.op != "pixel_shuffle" or "channels" not in table
    counts = layer.channel_counts()
    for key in (*LAYER, *CHANNEL_KEYS):
        if key in table or key in counts:
            setattr(props, key, table[key] if key in table else counts[key])
        else:
            props.property_unset(key)
