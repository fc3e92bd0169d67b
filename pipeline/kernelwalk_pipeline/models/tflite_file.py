# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of LiteRT (.tflite), read by their schema: no framework is needed. The model becomes one of ONNX."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..failures import UsageError
from .converted_graph import Graph, count_numbers
from .layer_parameters import NotDrawn
from .onnx_file import MAX_BYTES, read_bytes
from .tflite_nodes import Tensor, add_operator

MAX_TENSOR = MAX_BYTES // 4
"""Numbers of a tensor."""

MARK, MARK_PLACE = b"TFL3", slice(4, 8)

TYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 6: np.bool_, 9: np.int8, 10: np.float64}
"""Types of numbers by the schema's TensorType."""


def load_tflite(path: Path) -> Any:
    """Return the model in a file as a model of ONNX. Raises UsageError."""
    data = read_bytes(path)
    if data[MARK_PLACE] != MARK:
        raise UsageError(f"{path}: it is no .tflite file, or it is damaged. Convert the model again")
    try:
        return _read(data).make_model()
    except (
        *(struct.error, IndexError, TypeError, ValueError, AttributeError, KeyError, OverflowError),
        *(RecursionError, AssertionError),  # what the schema's reader raises where numbers point outside the file
    ):
        raise UsageError(f"{path}: it is damaged. Convert the model again") from None


def _read(data: bytes) -> Graph:
    import tflite

    model = tflite.Model.GetRootAs(data, 0)
    part = model.Subgraphs(0)  # others are bodies of loops and branches
    tensors = _read_tensors(model, part)
    names = {number: name for name, number in vars(tflite.BuiltinOperator).items() if isinstance(number, int)}
    graph = Graph()
    for at in range(part.InputsLength()):
        given = tensors[part.Inputs(at)]
        graph.add_input(given.key, given.shape, given.kind)
    for at in range(part.OperatorsLength()):
        operator = part.Operators(at)
        code = model.OperatorCodes(operator.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = names.get(number, f"OPERATOR_{number}")
        reads = [tensors[each] if each >= 0 else None for each in operator.InputsAsNumpy().tolist()]
        writes = [tensors[each] for each in operator.OutputsAsNumpy().tolist()]
        folded = _fold(name, reads, part, operator)
        if folded is not None:
            number = operator.Outputs(0)
            old = tensors[number]
            if folded.shape != old.shape:
                raise ValueError("another shape")
            tensors[number] = Tensor(old.key, old.shape, old.kind, folded)
            continue
        _add_constants(graph, reads)
        try:
            add_operator(graph, name, operator.BuiltinOptions(), reads, writes)
        except NotDrawn as error:
            made = [(each.key, len(each.shape)) for each in writes]
            graph.add_unread(name, [each.key for each in reads if each is not None], made, str(error))
    return graph


def _read_tensors(model: Any, part: Any) -> list[Tensor]:
    tensors: list[Tensor] = []
    taken: set[str] = set()
    for number in range(part.TensorsLength()):
        given = part.Tensors(number)
        key = (given.Name() or b"").decode(errors="replace") or f"tensor_{number}"
        if key in taken:
            key = f"{key}_{number}"
        taken.add(key)
        shape = tuple(given.ShapeAsNumpy().tolist()) if given.ShapeLength() else ()
        kind = TYPES.get(given.Type())
        numbers: Any = None
        buffer = model.Buffers(given.Buffer())
        if buffer.DataLength() and kind is not None:
            numbers = np.frombuffer(buffer.DataAsNumpy().tobytes(), kind)
            numbers = _make_dense(numbers, given, shape) if given.Sparsity() else numbers.reshape(shape)
        tensors.append(Tensor(key, shape, kind, numbers))
    return tensors


def _add_constants(graph: Graph, reads: Sequence[Tensor | None]) -> None:
    """Add the numbers of the file that a node reads, once."""
    for each in reads:
        if each is not None and each.numbers is not None and each.key not in graph.axes:
            graph.add_constant(each.key, each.numbers)


def _fold(name: str, reads: Sequence[Tensor | None], part: Any, operator: Any) -> Any:
    """Return what a node makes of the file's own numbers: weights of 16 or 8 bits, or sparse ones; else None."""
    given = reads[0] if reads else None
    if given is None or given.numbers is None:
        return None
    if name == "DENSIFY":
        return given.numbers  # read so
    if name != "DEQUANTIZE":
        return None
    if given.kind is np.float16:
        return given.numbers.astype(np.float32)
    quantization = part.Tensors(operator.Inputs(0)).Quantization()
    scale, zero = quantization.ScaleAsNumpy(), quantization.ZeroPointAsNumpy()
    along = [1] * len(given.shape)
    if scale.size > 1:
        along[quantization.QuantizedDimension()] = -1
    return ((given.numbers.astype(np.float64) - zero.reshape(along)) * scale.reshape(along)).astype(np.float32)


def _make_dense(numbers: Any, tensor: Any, shape: tuple[int, ...]) -> Any:
    """Return all numbers of a sparse tensor.

    Its levels are those of SparsityParameters in the schema: along each level, either all places or those listed.
    """
    sparsity = tensor.Sparsity()
    count = count_numbers(shape)
    if count > MAX_TENSOR:
        raise ValueError("too large")
    order = sparsity.TraversalOrderAsNumpy().tolist()
    blocks = sparsity.BlockMapAsNumpy().tolist() if sparsity.BlockMapLength() else []
    places = np.zeros(1, np.int64)
    found = [np.zeros(1, np.int64) for _ in order]
    sizes = [1] * len(order)
    for level, axis in enumerate(order):
        metadata = sparsity.DimMetadata(level)
        if metadata.Format() == 0:
            size = metadata.DenseSize()
            if not 0 < size * len(places) <= count:
                raise ValueError("too large")
            inner, repeats = np.tile(np.arange(size), len(places)), np.full(len(places), size)
            places, sizes[axis] = np.repeat(places, size) * size + inner, size
        else:
            segments = _read_indices(metadata.ArraySegments(), metadata.ArraySegmentsType())
            listed = _read_indices(metadata.ArrayIndices(), metadata.ArrayIndicesType())
            repeats = segments[places + 1] - segments[places]
            if repeats.min(initial=0) < 0 or repeats.sum() > count:
                raise ValueError("no segments")
            ends = np.repeat(np.cumsum(repeats), repeats)
            places = np.repeat(segments[places + 1], repeats) - (ends - np.arange(len(ends)))
            inner = listed[places]
        found = [np.repeat(each, repeats) for each in found]
        found[axis] = inner
    for number, axis in enumerate(blocks, start=len(shape)):
        found[axis] = found[axis] * sizes[number] + found[number]
    dense = np.zeros(shape, numbers.dtype)
    dense[tuple(found[: len(shape)])] = numbers[places]
    return dense


def _read_indices(table: Any, kind: int) -> Any:
    """Return a SparseIndexVector of the schema."""
    import tflite

    vector = (None, tflite.Int32Vector, tflite.Uint16Vector, tflite.Uint8Vector)[kind]()  # type: ignore[misc]
    vector.Init(table.Bytes, table.Pos)
    return vector.ValuesAsNumpy().astype(np.int64)
