# SPDX-License-Identifier: GPL-3.0-or-later
"""Receptive fields of a model's layers in its input, also through branches that meet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from .field_spans import Spans, extend, join, slides
from .layer_parameters import NotDrawn, build_layer, read_attributes

if TYPE_CHECKING:
    from kernelwalk.core import Layer

    from .model_graph import Scope
    from .model_layers import ModelLayer

CELLWISE = (
    *("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean"),
    *("Concat", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Sigmoid", "HardSigmoid"),
    *("HardSwish", "Tanh", "Softplus", "Mish", "Clip", "Abs", "Neg", "Exp", "Sqrt"),
    *(
        "Erf",
        "BatchNormalization",
        "Identity",
        "Dropout",
        "Cast",
        "QuantizeLinear",
        "DequantizeLinear",
        "Where",
        "Swish",
    ),
)
"""Operators whose outputs read the cells at their own place, of each input; a Concat joins channels."""

MAX_DEPTH = 4000
"""Nodes one after another that are followed."""


class FieldFinder:
    """Finder of the receptive fields of the layers of an ONNX model, which remembers those of tensors."""

    def __init__(self, layers: Sequence[ModelLayer]) -> None:
        self.makers = {(layer.scope.key, str(layer.node.output[0])): layer for layer in layers}
        self.known: dict[tuple[tuple[str, ...], str], Spans | None] = {}

    def find_layer(self, layer: ModelLayer) -> Spans | None:
        """Return the spans of a layer's outputs, one for each axis; None where they do not follow."""
        return self._find(layer.scope, str(layer.node.output[0]), 0)

    def _find(self, scope: Scope, tensor: str, depth: int) -> Spans | None:
        place = (scope.key, tensor)
        if place not in self.known:
            self.known[place] = None  # of a circle
            self.known[place] = self._follow(scope, tensor, depth) if depth < MAX_DEPTH else None
        return self.known[place]

    def _follow(self, scope: Scope, tensor: str, depth: int) -> Spans | None:
        layer = self.makers.get((scope.key, tensor))
        if layer is not None:
            built = _build(layer)
            if built is None or not slides(built):
                return None
            reads = self._find(scope, layer.tensor, depth + 1)
            return None if reads is None else extend(reads, built)
        found = scope.find_maker(tensor)
        if found is None:
            return () if tensor not in scope.tensors else None  # an input of the model, of any number of axes
        inner, node = found
        is_stack = node.op_type == "Concat" and read_attributes(node).get("axis") != 1
        if node.op_type not in CELLWISE or is_stack:
            return None
        names = [name for name in node.input[: 1 if node.op_type == "BatchNormalization" else None] if name]
        parts = [self._find(inner, name, depth + 1) for name in names if not _is_constant(inner, name)]
        return None if not parts or None in parts else reduce(join, parts)


def _is_constant(scope: Scope, tensor: str) -> bool:
    found = scope.find_maker(tensor)
    return tensor in scope.tensors or (found is not None and found[1].op_type == "Constant")


def _build(layer: ModelLayer) -> Layer | None:
    sizes = layer.reads[2:] if layer.reads else ()
    if not layer.parameters or not sizes or None in sizes:
        return None
    try:
        return build_layer(layer.parameters, [int(size or 0) for size in sizes])
    except NotDrawn:
        return None
