# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a model by ONNX Runtime that give tensors from its inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from ..failures import UsageError
from .layer_parameters import UNREAD
from .model_graph import INT64, Scope, expose, find_needed
from .model_layers import ModelLayer, give_sizes
from .onnx_file import shorten_error

SILENT = 4
"""ONNX Runtime's own messages: only of what ends the process."""


def run_model(
    path: Path, model: Any, inputs: Mapping[str, Any], places: Sequence[tuple[Scope, str, int]]
) -> list[Any | None]:
    """Return tensors of a model, each as an array; None for one in a branch that these inputs do not take.

    The model is changed: its inner tensors become outputs. It runs on the CPU, in one thread, without optimization:
    nothing is fused, and every tensor is what the file says. Raises UsageError.

    places: scope, name and type (as in onnx.TensorProto) of each tensor
    """
    return _run(path, model, inputs, places, expose(model, places))


def measure_layers(path: Path, model: Any, inputs: Mapping[str, Any], layers: Sequence[ModelLayer]) -> list[ModelLayer]:
    """Return layers with the sizes that they have when the model runs on these inputs. Raises UsageError.

    The model is changed, as by `run_model`.
    """
    reached = [layer for layer in layers if layer.scope.is_reachable]
    places = [(each.scope, name, INT64) for each in reached for name in (each.tensor, each.node.output[0])]
    shapes = iter(_run(path, model, inputs, places, expose(model, places, "Shape")))
    measured = []
    for layer in layers:
        reads, writes = (next(shapes), next(shapes)) if layer.scope.is_reachable else (None, None)
        if reads is not None and writes is not None:
            layer = give_sizes(layer, tuple(reads.tolist()), tuple(writes.tolist()))
        measured.append(layer)
    return measured


def keep_needed(path: Path, model: Any, names: Sequence[str]) -> None:
    """Leave the nodes and outputs of a model that these outputs need. Raises UsageError if one cannot be computed."""
    graph = model.graph
    needed = find_needed(graph, names)
    unread = next((node for node in needed if node.domain == UNREAD), None)
    if unread is not None:
        what = f"{unread.op_type}, which is not computed: nothing after it can be drawn"
        raise UsageError(f"{path}: before the layer stands {unread.name[:80]}, of the kind {what}")
    outputs = [value for value in graph.output if value.name in names]
    for part, kept in ((graph.node, needed), (graph.output, outputs)):
        kept = [type(each).FromString(each.SerializeToString()) for each in kept]
        del part[:]
        part.extend(kept)


def _run(
    path: Path, model: Any, inputs: Mapping[str, Any], places: Sequence[tuple[Scope, str, int]], names: Sequence[str]
) -> list[Any | None]:
    keep_needed(path, model, names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = SILENT
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), sess_options=options, providers=["CPUExecutionProvider"]
        )
        found = session.run(list(names), dict(inputs))
    except Exception as error:  # ONNX Runtime has many classes of its own, of C++
        raise UsageError(f"{path}: ONNX Runtime cannot run it: {shorten_error(error)}") from None
    return [
        None if scope.parent is not None and array.shape == (0,) else array
        for (scope, _, _), array in zip(places, found, strict=True)
    ]
