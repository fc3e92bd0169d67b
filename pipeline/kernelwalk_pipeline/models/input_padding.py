# SPDX-License-Identifier: GPL-3.0-or-later
"""A Pad node right before a convolution, which becomes the layer's own padding where that is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from .layer_parameters import read_attributes
from .model_graph import Scope

MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
"""Modes of a spec's padding by those of ONNX."""


@dataclass(frozen=True)
class InputPadding:
    """The padding that a Pad node adds.

    tensor: what the node reads
    pairs:  cells before and after along each axis
    mode:   as in a spec
    """

    tensor: str
    pairs: tuple[tuple[int, int], ...]
    mode: str

    def add_to(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a convolution with this padding too."""
        pairs = parameters["padding"]
        if isinstance(pairs, str):  # valid
            pairs = [(0, 0)] * len(self.pairs)
        sums = [[a + c, b + d] for (a, b), (c, d) in zip(self.pairs, pairs, strict=True)]
        added = {} if self.mode == "zeros" else {"padding_mode": self.mode}
        return {**parameters, "padding": sums, **added}


def find_padding(scope: Scope, node: Any) -> InputPadding | None:
    """Return the padding right before a convolution; None if there is none, or the layer's own cannot be the same."""
    if node.op_type != "Conv":
        return None
    attributes = read_attributes(node)
    found = scope.find_maker(node.input[0])
    if found is None or found[1].op_type != "Pad" or found[1].domain or not found[1].input:
        return None
    if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    place, pad = found
    own = read_attributes(pad)
    mode = MODES.get(own.get("mode", "constant"))
    pads = own.get("pads", own.get("paddings")) or _read_constant(place, pad, 1)
    value = own.get("value", 0.0) if len(pad.input) < 3 or not pad.input[2] else _read_constant(place, pad, 2)
    if mode is None or pads is None or value is None or np.any(value) or (len(pad.input) > 3 and pad.input[3]):
        return None
    numbers = [int(each) for each in np.ravel(pads)]
    half = len(numbers) // 2
    pairs = list(zip(numbers[:half], numbers[half:], strict=False))
    if half < 3 or any(pairs[0] + pairs[1]) or min(numbers) < 0:
        return None
    if mode != "zeros" and any(attributes.get("pads", [])):
        return None
    return InputPadding(pad.input[0], tuple(pairs[2:]), mode)


def _read_constant(scope: Scope, node: Any, at: int) -> Any:
    """Return the numbers of an input of a node as a list; None if the file does not hold them."""
    if len(node.input) <= at:
        return None
    name = node.input[at]
    found = scope.find_maker(name)
    if found is not None:
        attributes = read_attributes(found[1])
        if found[1].op_type != "Constant":
            return None
        value = next((attributes[key] for key in ("value", "value_ints", "value_float") if key in attributes), None)
        return onnx.numpy_helper.to_array(value).tolist() if isinstance(value, onnx.TensorProto) else value
    outer: Scope | None = scope
    while outer is not None:
        for tensor in outer.graph.initializer:
            if tensor.name == name:
                return onnx.numpy_helper.to_array(tensor).tolist()
        outer = outer.parent
    return None
