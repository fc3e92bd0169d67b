# SPDX-License-Identifier: GPL-3.0-or-later
"""Small files of LiteRT, written by the format's own schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite

FLOAT, HALF, INT32, INT8 = (getattr(tflite.TensorType, name) for name in ("FLOAT32", "FLOAT16", "INT32", "INT8"))
SAME, VALID = 0, 1

Tensor = tuple[str, Sequence[int], int, Any]
"""Name, shape, type, and numbers or None."""

Operator = tuple[str, Sequence[int], Sequence[int], str, dict[str, int]]
"""Operator, inputs and outputs by the numbers of their tensors, name of its options, and these."""


def write(tensors: Sequence[Tensor], operators: Sequence[Operator], inputs: Sequence[int] = (0,)) -> bytes:
    """Return a file with one graph, whose output is that of the last operator."""
    builder = flatbuffers.Builder(1024)
    buffers = [_buffer(builder, None), *(_buffer(builder, tensor[3]) for tensor in tensors)]
    made = [_tensor(builder, number, tensor) for number, tensor in enumerate(tensors, start=1)]
    kinds = sorted({operator[0] for operator in operators})
    codes = []
    for kind in kinds:
        number = getattr(tflite.BuiltinOperator, kind)
        tflite.OperatorCodeStart(builder)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
        tflite.OperatorCodeAddBuiltinCode(builder, number)
        codes.append(tflite.OperatorCodeEnd(builder))
    nodes = [_operator(builder, kinds.index(operator[0]), operator) for operator in operators]
    vectors = [_numbers(builder, each) for each in (inputs, operators[-1][2])]
    lists = [_offsets(builder, each) for each in (made, nodes)]
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, lists[0])
    tflite.SubGraphAddInputs(builder, vectors[0])
    tflite.SubGraphAddOutputs(builder, vectors[1])
    tflite.SubGraphAddOperators(builder, lists[1])
    graph = tflite.SubGraphEnd(builder)
    parts = [_offsets(builder, each) for each in (codes, [graph], buffers)]
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, parts[0])
    tflite.ModelAddSubgraphs(builder, parts[1])
    tflite.ModelAddBuffers(builder, parts[2])
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _numbers(builder: Any, numbers: Sequence[int]) -> Any:
    return builder.CreateNumpyVector(np.array(numbers, np.int32))


def _offsets(builder: Any, offsets: Sequence[int]) -> Any:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _buffer(builder: Any, numbers: Any) -> Any:
    data = None if numbers is None else builder.CreateByteVector(np.ascontiguousarray(numbers).tobytes())
    tflite.BufferStart(builder)
    if data is not None:
        tflite.BufferAddData(builder, data)
    return tflite.BufferEnd(builder)


def _tensor(builder: Any, buffer: int, tensor: Tensor) -> Any:
    name, shape, kind, _ = tensor
    text, sizes = builder.CreateString(name), _numbers(builder, shape)
    tflite.TensorStart(builder)
    tflite.TensorAddName(builder, text)
    tflite.TensorAddShape(builder, sizes)
    tflite.TensorAddType(builder, kind)
    tflite.TensorAddBuffer(builder, buffer)
    return tflite.TensorEnd(builder)


def _operator(builder: Any, code: int, operator: Operator) -> Any:
    _, reads, writes, name, settings = operator
    options = None
    if name:
        getattr(tflite, f"{name}Start")(builder)
        for key, value in settings.items():
            getattr(tflite, f"{name}Add{key}")(builder, value)
        options = getattr(tflite, f"{name}End")(builder)
    vectors = [_numbers(builder, each) for each in (reads, writes)]
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, vectors[0])
    tflite.OperatorAddOutputs(builder, vectors[1])
    if options is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, name))
        tflite.OperatorAddBuiltinOptions(builder, options)
    return tflite.OperatorEnd(builder)
