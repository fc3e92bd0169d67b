# SPDX-License-Identifier: GPL-3.0-or-later
"""The graphs of a model: who makes a tensor, who reads it, its shape; and inner tensors as outputs of the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx
from kernelwalk.core.errors import format_value

from .onnx_file import inner_graphs

Shape = tuple[int | None, ...]
"""Shape of a tensor; None for a size that is not known."""

FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


@dataclass(eq=False)
class Scope:
    """A graph, and its place: the model's own, or a branch of an If.

    owner:  the node that holds the graph, in `parent`
    branch: name of the attribute of the owner
    key:    the graph's place among all graphs of the model, which names it in `Shapes`
    """

    graph: Any
    parent: Scope | None = None
    owner: Any = None
    branch: str = ""
    key: tuple[str, ...] = ()
    makers: dict[str, Any] = field(default_factory=dict)
    readers: dict[str, list[Any]] = field(default_factory=dict)
    tensors: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.tensors = frozenset(tensor.name for tensor in self.graph.initializer)
        for node in self.graph.node:
            for name in node.output:
                self.makers[name] = node
        for node in self.graph.node:
            for name in _names_read(node):
                self.readers.setdefault(name, []).append(node)

    @property
    def is_reachable(self) -> bool:
        """True if inner tensors can be made outputs: no Loop or Scan stands around the graph."""
        return self.parent is None or (self.owner.op_type == "If" and self.parent.is_reachable)

    @property
    def path(self) -> str:
        """The place for people: "" or, for example, "then_branch of If_0"."""
        if self.parent is None:
            return ""
        own = f"{self.branch} of {format_value(self.owner.name or self.owner.op_type, 60)}"
        return f"{own} in {self.parent.path}" if self.parent.path else own

    def find_maker(self, name: str) -> tuple[Scope, Any] | None:
        """Return the node that makes a tensor, with its scope; None for an initializer or an input."""
        scope: Scope | None = self
        while scope is not None and name not in scope.tensors:
            if name in scope.makers:
                return scope, scope.makers[name]
            scope = scope.parent
        return None

    def is_output(self, name: str) -> bool:
        """Return True if a tensor is an output of the graph."""
        return any(value.name == name for value in self.graph.output)


def _names_read(node: Any) -> set[str]:
    """Return the tensors that a node reads, and those of this or an outer graph that the graphs inside it read."""
    names = {name for name in node.input if name}
    for graph in inner_graphs(node).values():
        inner = {name for each in graph.node for name in _names_read(each)} | {value.name for value in graph.output}
        names |= inner - {name for each in graph.node for name in each.output}
    return names


def find_needed(graph: Any, names: Sequence[str]) -> list[Any]:
    """Return the nodes of a graph that tensors need, in the graph's order."""
    makers = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
    waiting, found = list(names), set()
    while waiting:
        number = makers.get(waiting.pop())
        if number is not None and number not in found:
            found.add(number)
            waiting += _names_read(graph.node[number])
    return [graph.node[number] for number in sorted(found)]


def iterate_nodes(scope: Scope) -> Iterator[tuple[Scope, Any]]:
    """Iterate over the nodes of a graph and of those inside it, each with its graph's place, in order."""
    for number, node in enumerate(scope.graph.node):
        yield scope, node
        for name, inner in inner_graphs(node).items():
            yield from iterate_nodes(Scope(inner, scope, node, name, (*scope.key, f"{number}.{name}")))


class Shapes:
    """The shapes of a model's tensors as far as they follow from the file (onnx.shape_inference)."""

    def __init__(self, model: Any) -> None:
        try:
            graph = onnx.shape_inference.infer_shapes(model).graph
        except Exception:  # a damaged model, or operators that ONNX does not know: sizes then are unknown
            graph = model.graph
        self.known: dict[tuple[str, ...], dict[str, tuple[int, Shape | None]]] = {}
        self._read(graph, ())

    def _read(self, graph: Any, path: tuple[str, ...]) -> None:
        found = self.known[path] = {}
        for value in [*graph.input, *graph.output, *graph.value_info]:
            kind = value.type.tensor_type
            if kind.elem_type:
                shape = tuple(_read_size(each) for each in kind.shape.dim) if kind.HasField("shape") else None
                found[value.name] = kind.elem_type, shape
        for tensor in graph.initializer:
            found[tensor.name] = tensor.data_type, tuple(tensor.dims)
        for number, node in enumerate(graph.node):
            for name, inner in inner_graphs(node).items():
                self._read(inner, (*path, f"{number}.{name}"))

    def find(self, scope: Scope, name: str) -> tuple[int, Shape | None]:
        """Return the type (as in onnx.TensorProto) and the shape of a tensor; 0 and None if they are not known."""
        path = scope.key
        for length in range(len(path), -1, -1):
            found = self.known.get(path[:length], {})
            if name in found:
                return found[name]
        return 0, None


def _read_size(dimension: Any) -> int | None:
    """Return a size, None if it is symbolic; exporters also write 0 and -1 for a size that they do not know."""
    return dimension.dim_value if dimension.HasField("dim_value") and dimension.dim_value > 0 else None


def expose(model: Any, places: Sequence[tuple[Scope, str, int]], operator: str = "Identity") -> list[str]:
    """Make inner tensors outputs of a model, and return the outputs' names.

    places:   scope, name and type of each tensor
    operator: "Shape" for the tensors' shapes in place of their numbers
    An If gives the tensor of the branch that runs; the other branch gives an empty one.
    """
    names = []
    for number, (scope, name, kind) in enumerate(places):
        own = f"kernelwalk_{number}"
        scope.graph.node.append(onnx.helper.make_node(operator, [name], [own]))
        level = 0
        while scope.parent is not None:
            outer = f"{own}_{level}"
            for branch, graph in inner_graphs(scope.owner).items():
                given = own
                if branch != scope.branch:
                    given = f"{outer}_none"
                    empty = onnx.helper.make_tensor(given, kind or FLOAT, [0], [])
                    graph.node.append(onnx.helper.make_node("Constant", [], [given], value=empty))
                graph.output.append(onnx.ValueInfoProto(name=given))
            scope.owner.output.append(outer)
            scope, own, level = scope.parent, outer, level + 1
        model.graph.output.append(onnx.ValueInfoProto(name=own))
        names.append(own)
    return names
