# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a model: those that can be drawn, those that cannot with the reason, and what follows each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelwalk.core.errors import format_value

from ..failures import UsageError
from .input_padding import InputPadding, find_padding
from .layer_parameters import DRAWN, FOREIGN, UNREAD, WEIGHTED, NotDrawn, build_layer, read_attributes, read_parameters
from .model_graph import Scope, Shape, Shapes, iterate_nodes
from .quantized_nodes import WholeNumbers, add_real_convolutions, read_whole_numbers

ACTIVATIONS = {"Relu": "relu", "LeakyRelu": "leaky_relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Gelu": "gelu"}
"""Activations of a spec by ONNX's names, with ONNX's defaults."""

PASSED = ("Identity", "Dropout")
"""Operators that change nothing in evaluation."""


@dataclass(frozen=True, eq=False)
class Followers:
    """The nodes after a layer that a spec has too.

    norm:       the batch normalization, or None
    activation: name of the activation
    output:     the tensor after them
    names:      operators of these nodes
    """

    norm: Any
    activation: str
    output: str
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ModelLayer:
    """A node of a model that is a layer.

    number:        place in the list, from 0
    kind:          type of its input's numbers, as in onnx.TensorProto
    weights:       shape of its weights; None where there are none, or it is not known
    reads, writes: shapes of input and output; None where nothing is known
    parameters:    as in a spec's table, without the input's size; empty if it cannot be drawn
    reason:        why it cannot be drawn, or ""
    padding:       that of a node before it, or None
    whole_numbers: the convolution of whole numbers that it stands for, or None
    """

    number: int
    name: str
    node: Any
    scope: Scope
    kind: int
    weights: Shape | None
    reads: Shape | None
    writes: Shape | None
    parameters: dict[str, Any]
    reason: str
    followers: Followers
    padding: InputPadding | None = None
    whole_numbers: WholeNumbers | None = None

    @property
    def op(self) -> str:
        """The operator in the file."""
        return self.whole_numbers.op if self.whole_numbers else str(self.node.op_type)

    @property
    def tensor(self) -> str:
        """The tensor that it reads."""
        return self.padding.tensor if self.padding else str(self.node.input[0])

    def read_parameters(self, reads: Shape | None, weights: Shape | None, writes: Shape | None) -> dict[str, Any]:
        """Return the parameters in a spec's table, without the input's size, for these shapes. Raises NotDrawn."""
        parameters = read_parameters(self.node, reads, weights, writes)
        return self.padding.add_to(parameters) if self.padding else parameters


def list_layers(model: Any) -> list[ModelLayer]:
    """Return the layers of a model in its own order. Nodes are added to it: see add_real_convolutions."""
    add_real_convolutions(model)
    shapes = Shapes(model)
    layers: list[ModelLayer] = []
    for scope, node in iterate_nodes(Scope(model.graph)):
        if node.doc_string == "" if node.domain == UNREAD else node.op_type not in (*DRAWN, *FOREIGN):
            continue
        if not node.input or not node.output:
            continue  # damaged: ONNX Runtime refuses the model
        padding, whole_numbers = find_padding(scope, node), read_whole_numbers(node)
        writes = shapes.find(scope, node.output[0])[1]
        weights = shapes.find(scope, node.input[1])[1] if node.op_type in WEIGHTED and len(node.input) > 1 else None
        name = node.name or f"{node.op_type}_{len(layers)}"
        followers = find_followers(scope, node.output[0])
        if whole_numbers is not None:
            followers = Followers(None, "none", whole_numbers.output, ())
        layer = ModelLayer(
            *(len(layers), name, node, scope, 0, weights, None, None, {}, "", followers, padding, whole_numbers)
        )
        kind, reads = shapes.find(scope, layer.tensor)
        layers.append(give_sizes(replace(layer, kind=kind), reads, writes))
    return layers


def give_sizes(layer: ModelLayer, reads: Shape | None, writes: Shape | None) -> ModelLayer:
    """Return a layer with these shapes of its input and output, and what follows from them."""
    parameters, reason = {}, ""
    try:
        if not layer.scope.is_reachable:
            raise NotDrawn("it stands in a Loop or Scan, which runs it many times")
        parameters = layer.read_parameters(reads, layer.weights, writes)
        if reads is not None and None not in (*reads[2:], *parameters.values()):
            built = build_layer(parameters, [int(size or 0) for size in reads[2:]])
            _check_output(built.output, writes)
    except NotDrawn as error:
        parameters, reason = {}, str(error)
    return replace(layer, reads=reads, writes=writes, parameters=parameters, reason=reason)


def _check_output(output: Sequence[int], writes: Shape | None) -> None:
    if writes is not None and None not in writes[2:] and tuple(output) != writes[2:]:
        raise NotDrawn(f"its output is {list(writes[2:])}, and a layer with its parameters has {list(output)}")


def find_followers(scope: Scope, tensor: str) -> Followers:
    """Return the batch normalization and the activation that alone read a tensor, one after the other."""
    norm, names = None, []
    while not scope.is_output(tensor):
        readers = scope.readers.get(tensor, [])
        activation = _read_activation(readers, tensor)
        if activation is not None:
            name, last = activation
            names += [node.op_type for node in readers]
            return Followers(norm, name, last, tuple(names))
        if len(readers) != 1 or readers[0].input[0] != tensor:
            break
        node = readers[0]
        if node.op_type == "BatchNormalization" and norm is None and _is_evaluated(node):
            norm = node
            names.append(node.op_type)
        elif node.op_type not in PASSED or not _is_evaluated(node):
            break
        tensor = node.output[0]
    return Followers(norm, "none", tensor, tuple(names))


def _is_evaluated(node: Any) -> bool:
    """Return True if a normalization or a dropout works as in evaluation, not in training."""
    if node.op_type == "Dropout":
        return len(node.input) < 3 or not node.input[2]
    is_plain = sum(bool(name) for name in node.output) == 1 and not node.domain
    return is_plain and not read_attributes(node).get("training_mode", 0)


def _read_activation(readers: Sequence[Any], tensor: str) -> tuple[str, str] | None:
    """Return the activation that reads a tensor, and the tensor that it makes; None if there is none of a spec's."""
    kinds = sorted(node.op_type for node in readers)
    if kinds == ["Mul", "Sigmoid"]:
        product, gate = sorted(readers, key=lambda node: node.op_type)
        is_silu = set(product.input) == {tensor, gate.output[0]}
        return ("silu", product.output[0]) if is_silu else None
    if len(kinds) != 1 or kinds[0] not in ACTIVATIONS or readers[0].domain:
        return None
    attributes = read_attributes(readers[0])
    if abs(attributes.get("alpha", 0.01) - 0.01) > 1e-6 or attributes.get("approximate", "none") != "none":
        return None
    return ACTIVATIONS[kinds[0]], readers[0].output[0]


def find_layer(path: Path, layers: Sequence[ModelLayer], text: str) -> ModelLayer:
    """Return the layer that a text names: a number of the list, a name, or a name's beginning or end that is unique.

    Raises UsageError if there is none, and if it cannot be drawn.
    """
    named = [layer for layer in layers if layer.name == text]
    if not named and text.isdecimal():
        named = [layer for layer in layers if layer.number == int(text)]
    if not named:
        named = [layer for layer in layers if layer.name.startswith(text) or layer.name.endswith(text)]
    where = f"{path}: --layer {format_value(text, 80)}"
    if not named:
        raise UsageError(f"{where}: there is no such layer. kernelwalk layers {path} lists them")
    if len(named) > 1:
        numbers = ", ".join(str(layer.number) for layer in named[:8])
        raise UsageError(f"{where}: {len(named)} layers have this name. Give a number of the list: {numbers}")
    if named[0].reason:
        raise UsageError(f"{where}: it cannot be drawn: {named[0].reason}")
    return named[0]


def find_chain(path: Path, layers: Sequence[ModelLayer], first: ModelLayer, last: ModelLayer) -> list[ModelLayer]:
    """Return the layers from one to another, each of which reads the output of the one before. Raises UsageError."""
    makers = {layer.followers.output: layer for layer in layers if layer.scope.key == first.scope.key}
    makers |= {layer.node.output[0]: layer for layer in makers.values()}
    chain = [last]
    while chain[0] is not first:
        tensor = chain[0].tensor
        before = makers.get(tensor)
        if before is None or before in chain:
            maker = chain[0].scope.find_maker(tensor)
            what = f"a {maker[1].op_type} stands before it" if maker else "it reads an input of the model"
            raise UsageError(
                f"{path}: --layers: there is no plain chain from {first.name} to {last.name}: between layers only "
                f"batch normalization and activations may stand, and at {chain[0].name}, {what}"
            )
        if before.reason:
            raise UsageError(f"{path}: --layers: {before.name} cannot be drawn: {before.reason}")
        if tensor != before.followers.output:  # it reads the layer itself, beside the activation
            before = _without_followers(before)
        chain.insert(0, before)
        if before.number == first.number:
            break
    return chain


def _without_followers(layer: ModelLayer) -> ModelLayer:
    return replace(layer, followers=Followers(None, "none", layer.node.output[0], ()))
