# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of Keras that move a window, and activations, as nodes of ONNX.

Layouts of weights: Conv (*kernel, in / groups, out), DepthwiseConv (*kernel, in, multiplier), ConvTranspose (*kernel,
out, in).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from kernelwalk.core import SpecError
from kernelwalk.core.layers.transposed_convolution import ConvTranspose

from .converted_graph import ACTIVATIONS, Graph, pad_same
from .layer_parameters import NotDrawn

Config = Mapping[str, Any]

INTERPOLATIONS: dict[str, dict[str, Any]] = {
    "nearest": {"mode": "nearest"},
    "bilinear": {"mode": "linear"},
    "bicubic": {"mode": "cubic", "cubic_coeff_a": -0.5, "exclude_outside": 1},
}
"""Attributes of Resize for each interpolation of Keras' upsampling."""


def is_turned(config: Config) -> bool:
    """Return True if channels stand last, so that ONNX wants the tensor turned."""
    return bool(config.get("data_format") != "channels_first")


def add_activated(graph: Graph, config: Config, key: str, add: Callable[[str], None]) -> None:
    """Add a node with the activation of its layer."""
    function = config.get("activation") or "linear"
    if function == "linear":
        add(key)
        return
    add(f"{key}/before")
    graph.nodes[-1].name = key
    add_function(graph, function, f"{key}/before", key)
    graph.nodes[-1].name = f"{key}/activation"


def add_function(graph: Graph, function: Any, read: str, key: str) -> None:
    """Add an activation, by the name that Keras gives it. Raises NotDrawn for another.

    read, key: tensors that it reads and computes
    """
    function = {"swish": "silu", "hard_silu": "hard_swish"}.get(function, function) if isinstance(function, str) else ""
    if function == "leaky_relu":
        graph.add_each("LeakyRelu", [read], key, alpha=0.2)
    elif function == "softmax":
        add_softmax(graph, read, key)
    elif function == "linear":
        graph.add_each("Identity", [read], key)
    elif function in ("silu", "relu6", *ACTIVATIONS):
        graph.add_activation(function, read, key)
    else:
        raise NotDrawn("")


def add_softmax(graph: Graph, read: str, key: str) -> None:
    """Add a softmax over the last axis of a tensor, the channels."""
    axes = graph.axes[read]
    graph.set(key, graph.add("Softmax", [graph.keep(read)], f"{key}/Softmax", axis=-1), axes, is_turned=False)


def _sizes(value: Any, axes: int) -> list[int]:
    """Return a size for each axis; Keras writes one number, or one for each."""
    sizes = [value] * axes if isinstance(value, int) else [int(each) for each in value]
    if len(sizes) != axes:
        raise ValueError("another number of axes")
    return sizes


def _set_bias(config: Config, weights: Any, kernel: Any, number: int) -> list[Any]:
    return [kernel, weights[number]] if config.get("use_bias", True) else [kernel]


def _pad(config: Config, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> dict[str, Any]:
    if config["padding"] == "same":
        try:
            return pad_same(size, stride, dilation)
        except ValueError:
            raise NotDrawn("it has a stride and a dilation with the padding same") from None
    if config["padding"] == "causal":
        return {"pads": [dilation[0] * (size[0] - 1), 0]}
    return {}


def _add_conv(graph: Graph, config: Config, weights: Any, read: str, key: str) -> None:
    kernel = np.moveaxis(weights[0], (-1, -2), (0, 1))
    _add_plain(graph, config, _set_bias(config, weights, kernel, 1), read, key, config.get("groups", 1))


def _add_depthwise(graph: Graph, config: Config, weights: Any, read: str, key: str) -> None:
    kernel = _turn_depthwise(weights[0])
    _add_plain(graph, config, _set_bias(config, weights, kernel, 1), read, key, weights[0].shape[-2])


def _turn_depthwise(weights: Any) -> Any:
    size = weights.shape[:-2]
    return np.moveaxis(weights, (-2, -1), (0, 1)).reshape(-1, 1, *size)


def _add_separable(graph: Graph, config: Config, weights: Any, read: str, key: str) -> None:
    first = {**config, "activation": "linear"}
    _add_plain(graph, first, [_turn_depthwise(weights[0])], read, f"{key}/depthwise", weights[0].shape[-2])
    kernel = np.moveaxis(weights[1], (-1, -2), (0, 1))
    dims = kernel.ndim - 2
    plain = {**config, "strides": [1] * dims, "dilation_rate": [1] * dims, "padding": "valid"}
    _add_plain(graph, plain, _set_bias(config, weights, kernel, 2), f"{key}/depthwise", key, 1)


def _add_plain(graph: Graph, config: Config, weights: list[Any], read: str, key: str, groups: int) -> None:
    size = weights[0].shape[2:]
    stride, dilation = _sizes(config["strides"], len(size)), _sizes(config["dilation_rate"], len(size))
    attributes = {
        **{"kernel_shape": size, "strides": stride, "dilations": dilation, "group": groups},
        **_pad(config, size, stride, dilation),
    }

    def add(made: str) -> None:
        graph.add_window("Conv", read, made, weights, is_turned(config), **attributes)

    add_activated(graph, config, key, add)


def _add_transposed(graph: Graph, config: Config, weights: Any, read: str, key: str) -> None:
    kernel = np.moveaxis(weights[0], (-1, -2), (0, 1))
    size = list(kernel.shape[2:])
    stride, dilation = _sizes(config["strides"], len(size)), _sizes(config["dilation_rate"], len(size))
    extra = config.get("output_padding")
    try:
        layer = ConvTranspose(
            [8] * len(size),
            size,
            stride,
            config["padding"],
            dilation,
            None if extra is None else _sizes(extra, len(size)),
            convention="keras",
        )
    except SpecError as error:
        raise NotDrawn(str(error.problems[0])) from None
    pads, added = [list(pair) for pair in layer.padding], list(layer.output_padding)
    for axis, (before, after) in enumerate(pads):
        if before < 0:
            raise NotDrawn("its padding is negative")
        pads[axis][1], added[axis] = max(after, 0), added[axis] + max(-after, 0)
    attributes = {
        **{"kernel_shape": size, "strides": stride, "dilations": dilation, "output_padding": added},
        "pads": [pair[end] for end in (0, 1) for pair in pads],
    }

    def add(made: str) -> None:
        bias = _set_bias(config, weights, kernel, 1)
        graph.add_window("ConvTranspose", read, made, bias, is_turned(config), **attributes)

    add_activated(graph, config, key, add)


def _add_max_pool(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_pool(graph, "MaxPool", config, read, key)


def _add_average_pool(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_pool(graph, "AveragePool", config, read, key)


def _add_pool(graph: Graph, op: str, config: Config, read: str, key: str) -> None:
    dims = graph.axes[read] - 2
    size = _sizes(config["pool_size"], dims)
    stride = _sizes(config.get("strides") or size, dims)
    padding = _pad(config, size, stride, [1] * dims)
    graph.add_window(op, read, key, (), is_turned(config), kernel_shape=size, strides=stride, **padding)


def _add_global_max(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_global(graph, "GlobalMaxPool", config, read, key)


def _add_global_average(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_global(graph, "GlobalAveragePool", config, read, key)


def _add_global(graph: Graph, op: str, config: Config, read: str, key: str) -> None:
    pooled = key if config.get("keepdims") else f"{key}/pooled"
    graph.add_window(op, read, pooled, (), is_turned(config))
    graph.nodes[-1].name = key
    if pooled != key:
        graph.add_reshape(pooled, key, [0, -1])


def _add_upsampling(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    dims = graph.axes[read] - 2
    kind = config.get("interpolation", "nearest")
    if kind not in INTERPOLATIONS:
        raise NotDrawn(f'its interpolation is "{kind}"')
    tensor = graph.turn(read) if is_turned(config) else graph.keep(read)
    scales = graph.add_weight(np.array([1, 1, *_sizes(config["size"], dims)], np.float32))
    name = graph.add("Resize", [tensor, "", scales], f"{key}/Resize", key, **INTERPOLATIONS[kind])
    graph.set(key, name, dims + 2, is_turned(config))


def _add_zero_padding(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    graph.add_pad(read, key, _read_pairs(graph, config["padding"], config, read))


def _read_pairs(graph: Graph, given: Any, config: Config, read: str) -> list[list[int]]:
    """Return cells before and after along every axis, as the tensor has them in Keras."""
    dims = graph.axes[read] - 2
    pairs = [given] if dims == 1 and isinstance(given, list) and isinstance(given[0], int) else given
    pairs = [pairs] * dims if isinstance(pairs, int) else pairs
    pairs = [[each, each] if isinstance(each, int) else list(each) for each in pairs]
    if len(pairs) != dims or any(len(pair) != 2 for pair in pairs):
        raise ValueError("another number of axes")
    return [[0, 0], *pairs, [0, 0]] if is_turned(config) else [[0, 0], [0, 0], *pairs]


def _add_cropping(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    pairs = _read_pairs(graph, config["cropping"], config, read)
    given = ([pair[0] for pair in pairs], [-pair[1] or np.iinfo(np.int64).max for pair in pairs], range(len(pairs)))
    tensors = [graph.keep(read), *(graph.add_weight(np.array(each, np.int64)) for each in given)]
    graph.set(key, graph.add("Slice", tensors, f"{key}/Slice", key), len(pairs), is_turned=False)


WINDOWS: dict[str, Callable[..., None]] = {
    "Conv": _add_conv,
    "DepthwiseConv": _add_depthwise,
    "SeparableConv": _add_separable,
    "ConvTranspose": _add_transposed,
    "MaxPooling": _add_max_pool,
    "AveragePooling": _add_average_pool,
    "GlobalMaxPooling": _add_global_max,
    "GlobalAveragePooling": _add_global_average,
    "UpSampling": _add_upsampling,
    "ZeroPadding": _add_zero_padding,
    "Cropping": _add_cropping,
}
"""Layers with the number of axes in their names."""
