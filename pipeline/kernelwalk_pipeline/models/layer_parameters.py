# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of a model as layers: the parameters that a spec needs, or the reason why a node cannot be drawn.

The operators are those of onnx.ai/onnx/operators, of all versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx
from kernelwalk.core import SpecError
from kernelwalk.core.layers.registry import LAYERS, Layer

from .model_graph import Shape

FOREIGN = {
    "FusedConv": "it was fused by ONNX Runtime: use the model before its optimization",
    "DeformConv": "its taps move with the input",
    "LpPool": "pools of this kind have no layer",
    "GlobalLpPool": "pools of this kind have no layer",
    "MaxUnpool": "its taps move with the input",
    "MaxRoiPool": "its windows move with the input",
    "RoiAlign": "its windows move with the input",
    "Col2Im": "columns to an image have no layer",
}
"""Operators that are listed and never drawn, each with the reason."""

UNREAD = "kernelwalk.unread"
"""Domain of nodes of other formats whose operator is not read. The doc_string of one that is a layer tells why it
cannot be drawn."""

DRAWN = (
    *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"),
    *("Resize", "Upsample", "DepthToSpace", "SpaceToDepth"),
)
"""Operators that can be drawn."""

WEIGHTED = ("Conv", "ConvTranspose")

NEAREST = {
    "asymmetric": ("floor",),
    "half_pixel": ("round_prefer_floor", "round_prefer_ceil"),
    "pytorch_half_pixel": ("round_prefer_floor", "round_prefer_ceil"),
}
"""Modes of coordinates of Resize with the roundings by which a whole factor repeats each cell."""

CUBIC = {(-0.75, False): "onnx", (-0.5, True): "keras"}
"""Conventions of cubic upsampling by Keys' coefficient, and by whether taps beyond the input are left out."""


class NotDrawn(Exception):
    """The reason why a node cannot be drawn."""


def read_attributes(node: Any) -> dict[str, Any]:
    """Return the attributes of a node, texts as str."""
    values = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute if not each.HasField("g")}
    return {
        name: value.decode(errors="replace") if isinstance(value, bytes) else value for name, value in values.items()
    }


def read_parameters(node: Any, reads: Shape | None, weights: Shape | None, writes: Shape | None) -> dict[str, Any]:
    """Return the parameters of a node's layer as a spec's table has them, without the input's size.

    reads, weights, writes: shapes of the input, of the weights and of the output; None where unknown
    Raises NotDrawn.
    """
    try:
        return _read_known(node, reads, weights, writes)
    except (AttributeError, IndexError, TypeError, ValueError):
        raise NotDrawn("its attributes do not fit together") from None


def _read_known(node: Any, reads: Shape | None, weights: Shape | None, writes: Shape | None) -> dict[str, Any]:
    op = node.op_type
    if node.domain == UNREAD:
        raise NotDrawn(node.doc_string)
    if node.domain not in ("", "ai.onnx"):
        raise NotDrawn(FOREIGN.get(op, f"operators of {node.domain} are not known"))
    if op in FOREIGN:
        raise NotDrawn(FOREIGN[op])
    attributes = read_attributes(node)
    if op in WEIGHTED:
        return _read_convolution(op, attributes, weights)
    if op in ("MaxPool", "AveragePool"):
        return _read_pool(op, attributes, reads)
    if op in ("GlobalMaxPool", "GlobalAveragePool"):
        if reads is not None:
            _check_axes(len(reads) - 2)
        sizes = None if reads is None or None in reads[2:] else list(reads[2:])
        return {"op": _pool_name(op), "kernel": sizes, "stride": 1, "channels": _channels(reads)}
    if op in ("Resize", "Upsample"):
        return _read_resize(node, reads, writes)
    block = attributes.get("blocksize", 0)
    order = attributes.get("mode", "DCR") if op == "DepthToSpace" else "DCR"
    name = "pixel_shuffle" if op == "DepthToSpace" else "pixel_unshuffle"
    return {"op": name, "factor": [block, block], "channel_order": order, "channels": _channels(reads)}


def build_layer(parameters: Mapping[str, Any], sizes: Sequence[int]) -> Layer:
    """Return the layer of a node for an input of these sizes. Raises NotDrawn."""
    known = {key: value for key, value in parameters.items() if key != "op"}
    try:
        return LAYERS[parameters["op"]](input=list(sizes), **known)
    except SpecError as error:
        raise NotDrawn(str(error.problems[0])) from None


def _read_convolution(op: str, attributes: Mapping[str, Any], weights: Shape | None) -> dict[str, Any]:
    if weights is None or None in weights:
        raise NotDrawn("the shape of its weights is not known")
    dims = len(weights) - 2
    _check_axes(dims)
    kernel, groups = attributes.get("kernel_shape", list(weights[2:])), attributes.get("group", 1)
    if list(kernel) != list(weights[2:]):
        raise NotDrawn(f"its kernel_shape {list(kernel)} is not that of its weights, {list(weights[2:])}")
    first, second = (int(size or 0) for size in weights[:2])
    inputs, outputs = (second * groups, first) if op == "Conv" else (first, second * groups)
    table = {
        "op": "conv" if op == "Conv" else "conv_transpose",
        **_read_window(attributes, list(kernel), dims),
        "dilation": list(attributes.get("dilations", [1] * dims)),
        "convention": "onnx",
        **{"in_channels": inputs, "out_channels": outputs, "groups": groups},
    }
    if op == "ConvTranspose":
        if any(attributes.get("output_padding", [])):
            table["output_padding"] = list(attributes["output_padding"])
        if "output_shape" in attributes:
            table["output_shape"] = list(attributes["output_shape"])[-dims:]
            if not isinstance(table["padding"], str):
                del table["padding"]
    return table


def _read_pool(op: str, attributes: Mapping[str, Any], reads: Shape | None) -> dict[str, Any]:
    kernel = list(attributes.get("kernel_shape", []))
    dims = len(kernel)
    _check_axes(dims)
    table = {
        "op": _pool_name(op),
        **_read_window(attributes, kernel, dims),
        "ceil_mode": bool(attributes.get("ceil_mode", 0)),
        "convention": "onnx",
        "channels": _channels(reads),
    }
    dilation = list(attributes.get("dilations", [1] * dims))
    if op == "MaxPool":
        return {**table, "dilation": dilation}
    if any(step != 1 for step in dilation):
        raise NotDrawn("an average pooling with dilation has no layer")
    return {**table, "count_include_pad": bool(attributes.get("count_include_pad", 0))}


def _read_window(attributes: Mapping[str, Any], kernel: list[int], dims: int) -> dict[str, Any]:
    """Return kernel, stride and padding. ONNX lists the padding before each axis, and then that after each."""
    padding: Any = attributes.get("auto_pad", "NOTSET")
    if padding == "NOTSET":
        pads = list(attributes.get("pads", [0] * 2 * dims))
        if min(pads) < 0:
            raise NotDrawn("its padding is negative")
        padding = [[before, after] for before, after in zip(pads[:dims], pads[dims:], strict=True)]
    else:
        padding = padding.lower()
    return {"kernel": kernel, "stride": list(attributes.get("strides", [1] * dims)), "padding": padding}


def _read_resize(node: Any, reads: Shape | None, writes: Shape | None) -> dict[str, Any]:
    attributes = read_attributes(node)
    mode = attributes.get("mode", "nearest")
    # before version 11, Resize had two inputs, and neither it nor Upsample had a mode of coordinates
    is_old = node.op_type == "Upsample" or len(node.input) == 2
    coordinates = attributes.get("coordinate_transformation_mode", "asymmetric" if is_old else "half_pixel")
    if mode == "nearest":
        table: dict[str, Any] = {"op": "upsample"}
        rounding = attributes.get("nearest_mode", "floor" if coordinates == "asymmetric" else "round_prefer_floor")
        if rounding not in NEAREST.get(coordinates, ()):
            raise NotDrawn(f'it rounds "{coordinates}" coordinates by "{rounding}", which does not repeat each cell')
    else:
        table = _read_interpolation(mode, coordinates, attributes)
    table["channels"] = _channels(reads)
    if reads is None or writes is None or None in (*reads, *writes):
        return {**table, "scale": None}
    _check_axes(len(reads) - 2)
    if reads[:2] != writes[:2]:
        raise NotDrawn("it resizes channels")
    sizes = [(int(have or 0), int(get or 0)) for have, get in zip(reads[2:], writes[2:], strict=True)]
    if not any(get % have for have, get in sizes):
        return {**table, "scale": [get // have for have, get in sizes]}
    # a factor that rounds the size is not that of the sizes, except where corners are aligned
    if mode == "nearest" or not (table["align_corners"] or (len(node.input) > 3 and node.input[3])):
        raise NotDrawn(f"it resizes {[have for have, _ in sizes]} to {[get for _, get in sizes]}: no whole factor")
    if coordinates == "pytorch_half_pixel" and any(get == 1 for _, get in sizes):
        raise NotDrawn(f'"{coordinates}" to one cell has a place of its own')
    return {**table, "output_shape": [get for _, get in sizes]}


def _read_interpolation(mode: str, coordinates: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of linear or cubic upsampling, without its size."""
    if mode not in ("linear", "cubic"):
        raise NotDrawn(f'its mode is "{mode}"')
    if coordinates not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise NotDrawn(f'its coordinates are "{coordinates}"')
    if attributes.get("antialias", 0):
        raise NotDrawn("its antialiasing reads more cells than are drawn")
    leaves_out = bool(attributes.get("exclude_outside", 0))
    table = {"op": "upsample", "interpolation": mode, "align_corners": coordinates == "align_corners"}
    if mode == "linear" and not leaves_out:
        return table
    key = round(attributes.get("cubic_coeff_a", -0.75), 4), leaves_out
    if mode == "linear" or key not in CUBIC:
        raise NotDrawn(f"its weights of coefficient {key[0]:g}, exclude_outside = {int(leaves_out)}, have no layer")
    return {**table, "convention": CUBIC[key]}


def _pool_name(op: str) -> str:
    return "max_pool" if "Max" in op else "avg_pool"


def _channels(reads: Shape | None) -> int | None:
    return reads[1] if reads is not None and len(reads) > 1 else None


def _check_axes(dims: int) -> None:
    if not 1 <= dims <= 3:
        raise NotDrawn(f"it has {dims} axes, and 1 to 3 are drawn")
