# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of Keras as nodes of ONNX.

Layouts of weights: Conv (*kernel, in / groups, out), DepthwiseConv (*kernel, in, multiplier), ConvTranspose (*kernel,
out, in), BatchNormalization gamma, beta, mean, variance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from kernelwalk.core import SpecError
from kernelwalk.core.layers.transposed_convolution import ConvTranspose

from .channels_last import ACTIVATIONS, Graph, pad_same
from .layer_parameters import NotDrawn

Config = Mapping[str, Any]

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


def _is_turned(config: Config) -> bool:
    """Return True if channels stand last, so that ONNX wants the tensor turned."""
    return bool(config.get("data_format") != "channels_first")


def _add_activated(graph: Graph, config: Config, key: str, add: Callable[[str], None]) -> None:
    """Add a node with the activation of its layer."""
    function = config.get("activation") or "linear"
    if function == "linear":
        add(key)
        return
    add(f"{key}/before")
    graph.nodes[-1].name = key
    _add_function(graph, function, f"{key}/before", key)
    graph.nodes[-1].name = f"{key}/activation"


def _add_function(graph: Graph, function: Any, read: str, key: str) -> None:
    function = {"swish": "silu", "hard_silu": "hard_swish"}.get(function, function) if isinstance(function, str) else ""
    if function == "leaky_relu":
        graph.add_each("LeakyRelu", [read], key, alpha=0.2)
    elif function == "softmax":
        _add_softmax(graph, read, key)
    elif function == "linear":
        graph.add_each("Identity", [read], key)
    elif function in ("silu", "relu6", *ACTIVATIONS):
        graph.add_activation(function, read, key)
    else:
        raise NotDrawn("")


def _add_softmax(graph: Graph, read: str, key: str) -> None:
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
        graph.add_window("Conv", read, made, weights, _is_turned(config), **attributes)

    _add_activated(graph, config, key, add)


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
        graph.add_window("ConvTranspose", read, made, bias, _is_turned(config), **attributes)

    _add_activated(graph, config, key, add)


def _add_max_pool(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_pool(graph, "MaxPool", config, read, key)


def _add_average_pool(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_pool(graph, "AveragePool", config, read, key)


def _add_pool(graph: Graph, op: str, config: Config, read: str, key: str) -> None:
    dims = graph.axes[read] - 2
    size = _sizes(config["pool_size"], dims)
    stride = _sizes(config.get("strides") or size, dims)
    padding = _pad(config, size, stride, [1] * dims)
    graph.add_window(op, read, key, (), _is_turned(config), kernel_shape=size, strides=stride, **padding)


def _add_global_max(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_global(graph, "GlobalMaxPool", config, read, key)


def _add_global_average(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    _add_global(graph, "GlobalAveragePool", config, read, key)


def _add_global(graph: Graph, op: str, config: Config, read: str, key: str) -> None:
    pooled = key if config.get("keepdims") else f"{key}/pooled"
    graph.add_window(op, read, pooled, (), _is_turned(config))
    graph.nodes[-1].name = key
    if pooled != key:
        graph.add_reshape(pooled, key, [0, -1])


def _add_upsampling(graph: Graph, config: Config, _weights: Any, read: str, key: str) -> None:
    dims = graph.axes[read] - 2
    kind = config.get("interpolation", "nearest")
    if kind not in ("nearest", "bilinear"):
        raise NotDrawn(f'its interpolation is "{kind}"')
    tensor = graph.turn(read) if _is_turned(config) else graph.keep(read)
    scales = graph.add_weight(np.array([1, 1, *_sizes(config["size"], dims)], np.float32))
    mode = "nearest" if kind == "nearest" else "linear"
    name = graph.add("Resize", [tensor, "", scales], f"{key}/Resize", key, mode=mode)
    graph.set(key, name, dims + 2, _is_turned(config))


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
    return [[0, 0], *pairs, [0, 0]] if _is_turned(config) else [[0, 0], [0, 0], *pairs]


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


def _add_norm(graph: Graph, config: Config, weights: Any, reads: Sequence[str], key: str) -> None:
    axes = graph.axes[reads[0]]
    axis = config["axis"][0] if isinstance(config["axis"], list) else config["axis"]
    place = axis % axes
    if place not in (1, axes - 1):
        raise NotDrawn("")
    is_turned = place != 1 or axes == 2
    numbers = iter(range(4))
    scale = weights[next(numbers)] if config.get("scale", True) else None
    offset = weights[next(numbers)] if config.get("center", True) else None
    mean, variance = weights[next(numbers)], weights[next(numbers)]
    parts = [np.ones_like(mean) if scale is None else scale, np.zeros_like(mean) if offset is None else offset]
    tensor = graph.turn(reads[0]) if is_turned and axes > 2 else graph.keep(reads[0])
    tensors = [tensor, *(graph.add_weight(each) for each in (*parts, mean, variance))]
    made = graph.add("BatchNormalization", tensors, f"{key}/norm", key, epsilon=config["epsilon"])
    graph.set(key, made, axes, is_turned and axes > 2)


def _add_named(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    _add_function(graph, config["activation"], reads[0], key)


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
    _add_softmax(graph, reads[0], key)


def _add_concatenation(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    tensors = [graph.keep(each) for each in reads]
    made = graph.add("Concat", tensors, f"{key}/Concat", key, axis=config["axis"])
    graph.set(key, made, graph.axes[reads[0]], is_turned=False)


def _add_flatten(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    if not _is_turned(config):
        raise NotDrawn("")
    graph.add_reshape(reads[0], key, [0, -1])


def _add_reshape(graph: Graph, config: Config, _weights: Any, reads: Sequence[str], key: str) -> None:
    graph.add_reshape(reads[0], key, [0, *config["target_shape"]])


def _add_dense(graph: Graph, config: Config, weights: Any, reads: Sequence[str], key: str) -> None:
    axes = graph.axes[reads[0]]
    product = graph.add("MatMul", [graph.keep(reads[0]), graph.add_weight(weights[0])], f"{key}/MatMul", key)
    graph.set(f"{key}/product", product, axes, is_turned=False)
    graph.add_constant(f"{key}/bias", weights[1] if config.get("use_bias", True) else np.float32(0))
    _add_activated(graph, config, key, lambda made: graph.add_each("Add", [f"{key}/product", f"{key}/bias"], made))


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
