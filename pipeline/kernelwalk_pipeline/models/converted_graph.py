# SPDX-License-Identifier: GPL-3.0-or-later
"""An ONNX graph that computes what a model of another format does, whose channels stand last.

ONNX has channels before the axes. A tensor is turned round once, where a node wants it so, and elementwise nodes leave
it as it is: a layer, its normalization and its activation thus follow each other as in a model of ONNX.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from .layer_parameters import UNREAD

OPSET, IR_VERSION = 20, 9
"""Versions of ONNX's operators (the first with Gelu) and of its files."""

SAME = "SAME_UPPER"

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "gelu": ("Gelu", {}),
    "hard_swish": ("HardSwish", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
}
"""Functions of each number that are one node, by the names of Keras."""


@dataclass
class Graph:
    """The graph while it is made. A tensor of the other format has a key; its versions are tensors of the graph.

    nodes, weights, inputs: of the graph
    kept:   version of each tensor as the other format has it
    turned: version with channels before the axes
    axes:   number of axes of each tensor, with those of the batch and of channels
    """

    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    inputs: list[Any] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    turned: dict[str, str] = field(default_factory=dict)
    axes: dict[str, int] = field(default_factory=dict)

    def add_input(self, key: str, shape: Sequence[int | None], kind: Any = np.float32) -> None:
        """Add an input of the model."""
        number = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind))
        self.inputs.append(onnx.helper.make_tensor_value_info(key, number, shape))
        self.kept[key], self.axes[key] = key, len(shape)

    def add_weight(self, numbers: Any) -> str:
        """Add numbers, and return the name of their tensor."""
        name = f"weight_{len(self.weights)}"
        self.weights.append(onnx.numpy_helper.from_array(np.ascontiguousarray(numbers), name))
        return name

    def keep(self, key: str) -> str:
        """Return the tensor of a key as the other format has it."""
        if key not in self.kept:
            self.kept[key] = self._turn(self.turned[key], [0, *range(2, self.axes[key]), 1], f"{key}/last")
        return self.kept[key]

    def turn(self, key: str) -> str:
        """Return the tensor of a key with channels before the axes."""
        if key not in self.turned:
            last = self.axes[key] - 1
            self.turned[key] = self._turn(self.kept[key], [0, last, *range(1, last)], f"{key}/first")
        return self.turned[key]

    def _turn(self, tensor: str, order: list[int], made: str) -> str:
        self.nodes.append(onnx.helper.make_node("Transpose", [tensor], [made], perm=order))
        return made

    def add(self, op: str, tensors: Sequence[str], made: str, name: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return the name of that."""
        node = onnx.helper.make_node(op, list(tensors), [made], name=name or made, **attributes)
        self.nodes.append(node)
        return made

    def set(self, key: str, tensor: str, axes: int, is_turned: bool) -> None:
        """Set the tensor of a key."""
        (self.turned if is_turned else self.kept)[key] = tensor
        self.axes[key] = axes

    def add_unread(self, op: str, read: Sequence[str], made: Sequence[tuple[str, int]], reason: str = "") -> None:
        """Add a node that is not computed, with its outputs' keys and numbers of axes.

        reason: why a layer cannot be drawn; "" if the node is no layer
        """
        node = onnx.helper.make_node(op, [self.keep(key) for key in read], [key for key, _ in made], name=made[0][0])
        node.domain, node.doc_string = UNREAD, reason
        self.nodes.append(node)
        for key, axes in made:
            self.set(key, key, axes, is_turned=False)

    def add_each(self, op: str, read: Sequence[str], key: str, name: str = "", **attributes: Any) -> None:
        """Add a node that computes each number from those in the same place: turned, if one of its inputs is."""
        axes = max(self.axes[each] for each in read)
        is_turned = any(each in self.turned for each in read) and all(self.axes[each] == axes for each in read)
        tensors = [self.turn(each) if is_turned else self.keep(each) for each in read]
        self.set(key, self.add(op, tensors, f"{key}/{op}", name or key, **attributes), axes, is_turned)

    def add_activation(self, function: str, read: str, key: str) -> None:
        """Add a function of each number, by Keras' name. Raises KeyError for another one."""
        if function == "silu":
            self.add_each("Sigmoid", [read], f"{key}/gate")
            self.add_each("Mul", [read, f"{key}/gate"], key)
        elif function in ("relu6", "relu_n1_to_1"):
            limits = (0.0, 6.0) if function == "relu6" else (-1.0, 1.0)
            self.add_clip(read, key, *limits)
        else:
            op, attributes = ACTIVATIONS[function]
            self.add_each(op, [read], key, **attributes)

    def add_clip(self, read: str, key: str, low: float, high: float) -> None:
        """Add limits to each number."""
        limits = [self.add_weight(np.float32(limit)) for limit in (low, high)]
        is_turned = read in self.turned
        tensor = self.turn(read) if is_turned else self.keep(read)
        self.set(key, self.add("Clip", [tensor, *limits], f"{key}/Clip", key), self.axes[read], is_turned)

    def add_constant(self, key: str, numbers: Any) -> None:
        """Add numbers as a tensor that nodes read as any other; scalars go with tensors of all numbers of axes."""
        self.set(key, self.add_weight(numbers), np.ndim(numbers), is_turned=False)

    def add_window(
        self, op: str, read: str, key: str, weights: Sequence[Any] = (), is_turned: bool = True, **attributes: Any
    ) -> None:
        """Add a layer of windows. weights: as ONNX has them; is_turned: False if channels stand first already."""
        tensors = [self.turn(read) if is_turned else self.keep(read), *(self.add_weight(each) for each in weights)]
        self.set(key, self.add(op, tensors, f"{key}/{op}", key, **attributes), self.axes[read], is_turned)

    def add_pad(self, read: str, key: str, pairs: Sequence[Sequence[int]], mode: str = "constant") -> None:
        """Add padding. pairs: before and after along every axis, in the order of the other format."""
        is_turned = read in self.turned or (len(pairs) > 2 and not any((*pairs[0], *pairs[-1])))
        if is_turned:
            pairs = [pairs[0], pairs[-1], *pairs[1:-1]]
        tensor = self.turn(read) if is_turned else self.keep(read)
        pads = self.add_weight(np.array([pair[end] for end in (0, 1) for pair in pairs], np.int64))
        self.set(key, self.add("Pad", [tensor, pads], f"{key}/Pad", key, mode=mode), self.axes[read], is_turned)

    def add_reshape(self, read: str, key: str, shape: Sequence[int]) -> None:
        """Add another shape; -1 is the size that fits, 0 the one that there is."""
        tensor = self.add_weight(np.array(shape, np.int64))
        made = self.add("Reshape", [self.keep(read), tensor], f"{key}/Reshape", key)
        self.set(key, made, len(shape), is_turned=False)

    def make_model(self) -> Any:
        """Return the model. It has no outputs: those that are asked for are added when it runs."""
        graph = onnx.helper.make_graph(self.nodes, "model", self.inputs, [], self.weights)
        opsets = [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid(UNREAD, 1)]
        return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def pad_same(kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> dict[str, Any]:
    """Return ONNX's attributes of the padding that TensorFlow calls SAME; ONNX Runtime's own refuses a dilation."""
    if all(step == 1 for step in dilation):
        return {"auto_pad": SAME}
    totals = [step * (size - 1) for size, step in zip(kernel, dilation, strict=True)]
    if any(step != 1 for step in stride):
        raise ValueError("stride and dilation")
    return {"pads": [total // 2 for total in totals] + [total - total // 2 for total in totals]}


def pad_transposed(totals: Sequence[int]) -> dict[str, Any]:
    """Return ONNX's attributes of a transposed convolution's padding: cells to cut along each axis, or to add."""
    cut = [max(total, 0) for total in totals]
    return {
        "pads": [total // 2 for total in cut] + [total - total // 2 for total in cut],
        "output_padding": [max(-total, 0) for total in totals],
    }


def count_numbers(shape: Sequence[int]) -> int:
    """Return the number of cells of a shape, of whole numbers of any size."""
    return math.prod(int(size) for size in shape)
