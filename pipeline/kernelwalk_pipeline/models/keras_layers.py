# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of Keras as nodes of ONNX. The weights of BatchNormalization are gamma, beta, mean and variance."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .converted_graph import Graph
from .keras_windows import WINDOWS, Config, add_activated, add_function, add_softmax, is_turned
from .layer_parameters import NotDrawn

PASSED = (
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout"),
    *("AlphaDropout", "ActivityRegularization", "Identity"),
)
"""Layers that change nothing in evaluation."""

MERGES = {"Add": "Sum", "Multiply": "Mul", "Subtract": "Sub", "Maximum": "Max", "Minimum": "Min", "Average": "Mean"}


def add_layer(graph: Graph, name: str, config: Config, weights: Any, reads: Sequence[str], key: str) -> None:
    """Add a layer to a graph. Raises NotDrawn, with a reason for a layer that moves a window and else without.

    weights: its weights by their numbers
    reads:   keys of its inputs
    """
    axes = graph.axes[reads[0]]
    if name in PASSED:
        graph.add_each("Identity", reads, key)
    elif name in MERGES:
        graph.add_each(MERGES[name], reads, key)
    elif window := re.fullmatch(r"(\w*?(?:Conv|Pooling|UpSampling|ZeroPadding|Cropping))(\d)D(Transpose)?", name):
        if int(window[2]) != axes - 2:
            raise ValueError("another number of axes")
        add: Callable[..., None] = WINDOWS.get(f"{window[1]}{window[3] or ''}", _refuse)
        add(graph, config, weights, reads[0], key)
    elif name in OTHERS:
        OTHERS[name](graph, config, weights, reads, key)
    else:
        raise NotDrawn("")


def _refuse(*_: Any) -> None:
    raise NotDrawn("layers of this kind are not read")


def _add_norm(graph: Graph, config: Config, weights: Any, reads: Sequence[str], key: str) -> None:
    axes = graph.axes[reads[0]]
    axis = config["axis"][0] if isinstance(config["axis"], list) else config["axis"]
    place = axis % axes
    if place not in (1, axes - 1):
        raise NotDrawn("")
    turns = place != 1 and axes > 2
    numbers = iter(range(4))
    scale = weights[next(numbers)] if config.get("scale", True) else None
    offset = weights[next(numbers)] if config.get("center", True) else None
    mean, variance = weights[next(numbers)], weights[next(numbers)]
    parts = [np.ones_like(mean) if scale is None else scale, np.zeros_like(mean) if offset is None else offset]
    tensor = graph.turn(reads[0]) if turns else graph.keep(reads[0])
    tensors = [tensor, *(graph.add_weight(each) for each in (*parts, mean, variance))]
    made = graph.add("BatchNormalization", tensors, f"{key}/norm", key, epsilon=config["epsilon"])
    graph.set(key, made, axes, turns)


def _add_named(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    add_function(graph, config["activation"], reads[0], key)


def _add_relu(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    most, slope = config.get("max_value"), config.get("negative_slope") or 0.0
    if config.get("threshold"):
        raise NotDrawn("")
    if most is None:
        graph.add_each("LeakyRelu", reads, key, alpha=slope) if slope else graph.add_each("Relu", reads, key)
    elif slope:
        raise NotDrawn("")
    else:
        graph.add_clip(reads[0], key, 0.0, float(most))


def _add_leaky(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    graph.add_each("LeakyRelu", reads, key, alpha=config.get("negative_slope", config.get("alpha", 0.3)))


def _add_prelu(graph: Graph, _config: Config, weights: Any, reads: Sequence[str], key: str) -> None:
    tensors = [graph.keep(reads[0]), graph.add_weight(weights[0])]
    graph.set(key, graph.add("PRelu", tensors, f"{key}/PRelu", key), graph.axes[reads[0]], is_turned=False)


def _add_elu(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    graph.add_each("Elu", reads, key, alpha=config.get("alpha", 1.0))


def _add_softmax_layer(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    if config.get("axis", -1) != -1:
        raise NotDrawn("")
    add_softmax(graph, reads[0], key)


def _add_concatenation(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    tensors = [graph.keep(each) for each in reads]
    made = graph.add("Concat", tensors, f"{key}/Concat", key, axis=config["axis"])
    graph.set(key, made, graph.axes[reads[0]], is_turned=False)


def _add_flatten(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    if not is_turned(config):
        raise NotDrawn("")
    graph.add_reshape(reads[0], key, [0, -1])


def _add_reshape(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    graph.add_reshape(reads[0], key, [0, *config["target_shape"]])


def _add_dense(graph: Graph, config: Config, weights: Any, reads: Sequence[str], key: str) -> None:
    axes = graph.axes[reads[0]]
    product = graph.add("MatMul", [graph.keep(reads[0]), graph.add_weight(weights[0])], f"{key}/MatMul", key)
    graph.set(f"{key}/product", product, axes, is_turned=False)
    graph.add_constant(f"{key}/bias", weights[1] if config.get("use_bias", True) else np.float32(0))
    add_activated(graph, config, key, lambda made: graph.add_each("Add", [f"{key}/product", f"{key}/bias"], made))


def _add_rescaling(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    for name, op, read, made in (
        ("scale", "Mul", reads[0], f"{key}/scaled"),
        ("offset", "Add", f"{key}/scaled", key),
    ):
        graph.add_constant(f"{key}/{name}", np.array(config[name], np.float32))
        graph.add_each(op, [read, f"{key}/{name}"], made)


OTHERS: dict[str, Callable[..., None]] = {
    "BatchNormalization": _add_norm,
    "Activation": _add_named,
    "ReLU": _add_relu,
    "LeakyReLU": _add_leaky,
    "PReLU": _add_prelu,
    "ELU": _add_elu,
    "Softmax": _add_softmax_layer,
    "Concatenate": _add_concatenation,
    "Flatten": _add_flatten,
    "Reshape": _add_reshape,
    "Dense": _add_dense,
    "Rescaling": _add_rescaling,
}
