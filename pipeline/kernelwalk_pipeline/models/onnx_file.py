# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX files, read with the weights that lie in files beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelwalk.core.errors import format_value

from ..failures import UsageError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

MAX_BYTES = 1_000_000_000
"""Bytes of a model, its files of weights included."""


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a model's file. Raises UsageError."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(
                f"{path}: it has {size:,} bytes, more than the {MAX_BYTES:,} that are read. Use a smaller one"
            )
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read: {error.strerror}. Check its name and permissions") from None


def load_onnx(path: Path) -> ModelProto:
    """Return the model in a file, its weights read and its functions written out as nodes. Raises UsageError.

    Weights beside the model are read from its own folder only.
    """
    import onnx
    from google.protobuf.message import DecodeError

    data = read_bytes(path)
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError:
        raise UsageError(f"{path}: it is no ONNX file, or it is damaged. Export the model again") from None
    if any(isinstance(name, bytes) for name in _iterate_names(model)):  # as protobuf gives what is no text
        raise UsageError(f"{path}: a name in it is no text, so it is damaged. Export the model again")
    if not model.graph.node:
        raise UsageError(f"{path}: it holds no nodes, so it is no model, or it is damaged. Export the model again")
    _read_outside_weights(path, model, MAX_BYTES - len(data))
    if model.functions:
        from onnx import inliner

        try:
            model = inliner.inline_local_functions(model)
        except Exception as error:  # of C++, with no class of its own
            raise UsageError(f"{path}: its functions cannot be written out: {shorten_error(error)}") from None
    return model


def shorten_error(error: Exception) -> str:
    """Return the first line of an error of ONNX or ONNX Runtime, without the paths in it."""
    line = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    words = [Path(word).name if word.count("/") > 1 else word for word in line.split()]
    return " ".join(words)[:200]


def iterate_graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """Iterate over a graph and all graphs inside its nodes."""
    yield graph
    for node in graph.node:
        for inner in inner_graphs(node).values():
            yield from iterate_graphs(inner)


def inner_graphs(node: NodeProto) -> dict[str, GraphProto]:
    """Return the graphs that are attributes of a node, such as the branches of an If."""
    return {attribute.name: attribute.g for attribute in node.attribute if attribute.HasField("g")}


def _iterate_names(model: ModelProto) -> Iterator[str]:
    """Iterate over every name in a model."""
    for graph in iterate_graphs(model.graph):
        for value in (*graph.input, *graph.output, *graph.value_info):
            yield value.name
        for node in graph.node:
            yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
            yield from (attribute.name for attribute in node.attribute)
    for tensor in _iterate_tensors(model):
        yield tensor.name
        for entry in tensor.external_data:
            yield from (entry.key, entry.value)


def _iterate_tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Iterate over the tensors that a model holds: initializers, and attributes of nodes."""
    nodes = [node for function in model.functions for node in function.node]
    for graph in iterate_graphs(model.graph):
        yield from graph.initializer
        nodes += graph.node
    for node in nodes:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _read_outside_weights(path: Path, model: ModelProto, budget: int) -> None:
    """Read into the model the tensors that lie in other files. Raises UsageError."""
    from onnx import TensorProto

    for tensor in _iterate_tensors(model):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        where = f"{path}: the weights {format_value(tensor.name, 60)}"
        location = entries.get("location", "")
        file = _find_beside(path, location)
        if file is None:
            raise UsageError(
                f"{where} lie in {format_value(location, 80)}, outside the model's folder, where nothing is read. "
                "Save the model with its weights beside it"
            )
        try:
            first, available = int(entries.get("offset", 0)), file.stat().st_size
            length = int(entries.get("length", available - first))
            if first < 0 or length < 0 or first + length > available:
                what = f"should be {length:,} bytes from byte {first:,} of {file.name}, which has {available:,}"
                raise UsageError(f"{where} {what}. The file is damaged: export the model again")
            if length > budget:
                raise UsageError(f"{path}: it has more than the {MAX_BYTES:,} bytes that are read. Use a smaller model")
            budget -= length
            with file.open("rb") as stream:
                stream.seek(first)
                tensor.raw_data = stream.read(length)
        except ValueError:
            raise UsageError(f"{where} have no numbers as their place. The file is damaged: export it again") from None
        except OSError as error:
            reason = f"{error.strerror}. Put the file beside the model"
            raise UsageError(f"{where} lie in {file.name}, which cannot be read: {reason}") from None
        _check_length(where, tensor, length)
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.DEFAULT


def _find_beside(path: Path, location: str) -> Path | None:
    """Return the file that a model at `path` refers to, or None if it does not lie in the model's folder."""
    try:
        folder = path.parent.resolve()
        file = (folder / location).resolve()
        is_beside = bool(location) and not Path(location).is_absolute() and file.is_relative_to(folder)
    except (OSError, ValueError, RuntimeError):  # a name with a zero byte, or links in a circle
        return None
    return file if is_beside else None


def _check_length(where: str, tensor: Any, length: int) -> None:
    """Raise UsageError if a tensor's shape needs another number of bytes. Types of less than a byte are not checked."""
    from onnx import helper

    try:
        wanted = math.prod(tensor.dims) * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{where} have an unknown type. The file is damaged: export the model again") from None
    if length > wanted or (length < wanted and length * 8 < wanted):
        raise UsageError(f"{where} need {wanted:,} bytes, and {length:,} are there. Export the model again")
