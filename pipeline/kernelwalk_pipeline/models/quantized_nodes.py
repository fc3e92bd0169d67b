# SPDX-License-Identifier: GPL-3.0-or-later
"""Convolutions of whole numbers, QLinearConv and ConvInteger: beside each stands one of real numbers, which is drawn.

It has the same input and weights, as the real numbers that their whole ones stand for, and is not rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from .onnx_file import iterate_graphs

QUANTIZED = ("QLinearConv", "ConvInteger")

FLOAT = onnx.TensorProto.FLOAT

MARK = "kernelwalk.real"
"""Metadata of an added convolution: tells the operator that it stands for."""


@dataclass(frozen=True)
class Rounding:
    """The rounding of a layer's values, in real numbers.

    step:      distance of neighboring values
    low, high: least and largest value
    """

    step: float
    low: float
    high: float

    @classmethod
    def read(cls, scale: Any, zero: Any) -> Rounding:
        """Return the rounding of QuantizeLinear, by its scale and zero point."""
        limits = np.iinfo(zero.dtype)
        step, middle = float(np.ravel(scale)[0]), int(np.ravel(zero)[0])
        return cls(step, (int(limits.min) - middle) * step, (int(limits.max) - middle) * step)


@dataclass(frozen=True)
class WholeNumbers:
    """The convolution of whole numbers that a layer stands for.

    op:          QLinearConv or ConvInteger
    output:      tensor of its output, as real numbers
    scale, zero: tensors by which it rounds; "" for one that does not
    """

    op: str
    output: str
    scale: str
    zero: str


def add_real_convolutions(model: Any) -> None:
    """Add a convolution of real numbers behind each of whole ones, once."""
    for graph in iterate_graphs(model.graph):
        if not any(is_quantized(node) for node in graph.node) or any(is_real(node) for node in graph.node):
            continue
        nodes = [type(node).FromString(node.SerializeToString()) for node in graph.node]
        del graph.node[:]
        for node in nodes:
            graph.node.append(node)
            if is_quantized(node):
                graph.node.extend(_make_real(node))


def is_quantized(node: Any) -> bool:
    """Return True for a convolution of whole numbers of ONNX's own."""
    return bool(node.op_type in QUANTIZED and node.domain in ("", "ai.onnx") and node.input and node.output)


def is_real(node: Any) -> bool:
    """Return True for a convolution that was added."""
    return any(each.key == MARK for each in node.metadata_props)


def read_whole_numbers(node: Any) -> WholeNumbers | None:
    """Return what an added convolution stands for; None for another node."""
    for each in node.metadata_props:
        if each.key == MARK:
            op, scale, zero = each.value.split("\n")
            return WholeNumbers(op, f"{node.output[0]}/rounded", scale, zero)
    return None


def _make_real(node: Any) -> list[Any]:
    """Return the nodes of the convolution of real numbers, and of the other one's output as real numbers."""
    given = [*node.input, *[""] * 9][:9]
    nodes: list[Any] = []
    name = f"{node.output[0]}/real"
    if node.op_type == "QLinearConv":
        image, image_scale, image_zero, weights, scale, zero, own_scale, own_zero, bias = given
    else:
        image, weights, image_zero, zero = given[:4]
        image_scale = scale = own_scale = own_zero = bias = ""

    def add(op: str, *inputs: str, made: str, **attributes: Any) -> str:
        nodes.append(onnx.helper.make_node(op, list(inputs), [made], **attributes))
        return made

    def make_real(tensor: str, factor: str, offset: str, key: str, shape: str = "") -> str:
        """Add (tensor - offset) · factor; the two have a number per output channel where there is a shape."""
        found = add("Cast", tensor, made=f"{name}/{key}", to=FLOAT)
        for op, part in (("Sub", offset), ("Mul", factor)):
            if part:
                number = add("Cast", part, made=f"{found}/{op}/number", to=FLOAT)
                if shape:
                    number = add("Reshape", number, shape, made=f"{found}/{op}/along")
                found = add(op, found, number, made=f"{found}/{op}")
        return found

    # the number of axes follows from the weights, whose first one is that of output channels
    ones = add("Constant", made=f"{name}/ones", value_ints=[-1, *[1] * _count_axes(node)])
    parts = [make_real(image, image_scale, image_zero, "x"), make_real(weights, scale, zero, "w", ones)]
    if bias:
        parts.append(make_real(bias, add("Mul", image_scale, scale, made=f"{name}/scale"), "", "b"))
    attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    add("Conv", *parts, made=name, name=node.name or node.output[0], **attributes)
    nodes[-1].metadata_props.add(key=MARK, value=f"{node.op_type}\n{own_scale}\n{own_zero}")
    make_real(node.output[0], own_scale, own_zero, "y")
    add("Identity", nodes[-1].output[0], made=f"{name}/rounded")
    return nodes


def _count_axes(node: Any) -> int:
    """Return the axes of the weights without the first, from the attributes of the node; those of a picture if open."""
    for name, share in (("kernel_shape", 1), ("strides", 1), ("dilations", 1), ("pads", 2)):
        for each in node.attribute:
            if each.name == name and each.ints:
                return math.ceil(len(each.ints) / share) + 1
    return 3
