# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators of LiteRT as nodes of ONNX, with the meaning that TensorFlow gives them.

Layouts of weights: CONV_2D (out, kh, kw, in), DEPTHWISE_CONV_2D (1, kh, kw, in x multiplier), TRANSPOSE_CONV (out, kh,
kw, in), CONV_3D (kd, kh, kw, in, out).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .converted_graph import Graph, pad_same, pad_transposed
from .layer_parameters import NotDrawn

LAYERS = (
    *("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "CONV_3D", "CONV_3D_TRANSPOSE"),
    *("MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D"),
)
"""Operators that are listed in any case."""

EACH = {
    **{"ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div", "MAXIMUM": "Max", "MINIMUM": "Min"},
    **{"ABS": "Abs", "EXP": "Exp", "NEG": "Neg", "SQRT": "Sqrt", "LOG": "Log"},
}
"""Operators on each number, by the schema's names."""

FUNCTIONS = {
    **{"RELU": "relu", "RELU6": "relu6", "RELU_N1_TO_1": "relu_n1_to_1", "LOGISTIC": "sigmoid", "TANH": "tanh"},
    **{"HARD_SWISH": "hard_swish", "ELU": "elu"},
}
FUSED = {1: "relu", 2: "relu_n1_to_1", 3: "relu6", 4: "tanh"}
"""Activations of a node's options, by the schema's ActivationFunctionType."""

SAME_PADDING = 0

EIGHT_BITS = "it computes in 8 bits: convert the model without quantization, or to float16"


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor of the file.

    key:     its name, made unique by its number where that is needed
    numbers: those that the file holds, None for one that is computed
    """

    key: str
    shape: tuple[int, ...]
    kind: Any
    numbers: Any


def add_operator(graph: Graph, name: str, table: Any, reads: Sequence[Tensor | None], writes: Sequence[Tensor]) -> None:
    """Add an operator to a graph. Raises NotDrawn, with a reason for a layer and without for another operator."""
    given = [each for each in reads if each is not None]
    made = writes[0]
    if any(each.kind in (np.int8, np.uint8) for each in (*given, *writes)):
        raise NotDrawn(EIGHT_BITS if name in LAYERS else "")
    options = _read_options(name, table)
    if name in WINDOWS:
        _add_fused(graph, options, made, lambda key: WINDOWS[name](graph, options, reads, made, key))
    elif name in EACH:
        _add_fused(graph, options, made, lambda key: graph.add_each(EACH[name], [each.key for each in given], key))
    elif name in FUNCTIONS:
        graph.add_activation(FUNCTIONS[name], given[0].key, made.key)
    elif name in OTHERS:
        OTHERS[name](graph, options, given, made)
    else:
        raise NotDrawn("layers of this kind are not read" if name in LAYERS else "")


def _add_fused(graph: Graph, options: Any, made: Tensor, add: Callable[[str], None]) -> None:
    """Add a node with the activation in its options."""
    number = options.FusedActivationFunction() if hasattr(options, "FusedActivationFunction") else 0
    if not number:
        add(made.key)
        return
    if number not in FUSED:
        raise NotDrawn("")
    add(f"{made.key}/before")
    graph.nodes[-1].name = made.key
    graph.add_activation(FUSED[number], f"{made.key}/before", made.key)
    graph.nodes[-1].name = f"{made.key}/activation"


def _read_options(name: str, table: Any) -> Any:
    import tflite

    kinds = {
        **{"DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions", "TRANSPOSE_CONV": "TransposeConvOptions"},
        **{"CONV_2D": "Conv2DOptions", "CONV_3D": "Conv3DOptions"},
        **{"MAX_POOL_2D": "Pool2DOptions", "AVERAGE_POOL_2D": "Pool2DOptions", "LEAKY_RELU": "LeakyReluOptions"},
        **{"RESIZE_BILINEAR": "ResizeBilinearOptions", "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions"},
        **{"DEPTH_TO_SPACE": "DepthToSpaceOptions", "SPACE_TO_DEPTH": "SpaceToDepthOptions"},
        **{"CONCATENATION": "ConcatenationOptions", "MIRROR_PAD": "MirrorPadOptions", "MEAN": "ReducerOptions"},
        **{"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions"},
        **{"FULLY_CONNECTED": "FullyConnectedOptions", "SOFTMAX": "SoftmaxOptions"},
    }
    if name not in kinds:
        return None
    options = getattr(tflite, kinds[name])()
    options.Init(table.Bytes, table.Pos)
    return options


def _numbers(tensor: Tensor | None) -> Any:
    """Return the numbers of a tensor that the file holds. Raises NotDrawn."""
    if tensor is None or tensor.numbers is None:
        raise NotDrawn("its weights are computed by the model")
    return tensor.numbers


def _weights(kernel: Any, bias: Tensor | None) -> list[Any]:
    return [kernel] if bias is None else [kernel, _numbers(bias)]


def _add_convolution(graph: Graph, options: Any, reads: Sequence[Tensor | None], _made: Tensor, key: str) -> None:
    image, weights, bias = (*reads, None)[:3]
    kernel = np.moveaxis(_numbers(weights), -1, 1)
    _add_conv(graph, options, image, _weights(kernel, bias), key, image.shape[-1] // kernel.shape[1])  # type: ignore[union-attr]


def _add_depthwise(graph: Graph, options: Any, reads: Sequence[Tensor | None], _made: Tensor, key: str) -> None:
    image, weights, bias = (*reads, None)[:3]
    kernel = np.moveaxis(_numbers(weights), -1, 0)
    _add_conv(graph, options, image, _weights(kernel, bias), key, image.shape[-1])  # type: ignore[union-attr]


def _add_volume(graph: Graph, options: Any, reads: Sequence[Tensor | None], _made: Tensor, key: str) -> None:
    image, weights, bias = (*reads, None)[:3]
    kernel = np.moveaxis(_numbers(weights), (4, 3), (0, 1))
    _add_conv(graph, options, image, _weights(kernel, bias), key, image.shape[-1] // kernel.shape[1])  # type: ignore[union-attr]


def _add_conv(graph: Graph, options: Any, image: Any, weights: list[Any], key: str, groups: int) -> None:
    size = weights[0].shape[2:]
    axes = "DHW"[-len(size) :]
    stride = [getattr(options, f"Stride{axis}")() for axis in axes]
    dilation = [getattr(options, f"Dilation{axis}Factor")() for axis in axes]
    attributes = {"strides": stride, "dilations": dilation, "group": groups, "kernel_shape": size}
    graph.add_window("Conv", image.key, key, weights, **attributes, **_padding(options, size, stride, dilation))


def _padding(options: Any, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> dict[str, Any]:
    if options.Padding() != SAME_PADDING:
        return {}
    try:
        return pad_same(size, stride, dilation)
    except ValueError:
        raise NotDrawn("it has a stride and a dilation with the padding SAME") from None


def _add_transposed(graph: Graph, options: Any, reads: Sequence[Tensor | None], made: Tensor, key: str) -> None:
    _, weights, image, bias = (*reads, None)[:4]
    kernel = np.moveaxis(_numbers(weights), (3, 0), (0, 1))
    stride = [options.StrideH(), options.StrideW()]
    have, get, size = image.shape[1:3], made.shape[1:3], kernel.shape[2:]  # type: ignore[union-attr]
    if min(have) < 1 or min(get) < 1:
        raise NotDrawn("the size of its output is not in the file")
    totals = [(n - 1) * step + k - m for n, m, k, step in zip(have, get, size, stride, strict=True)]
    graph.add_window(
        "ConvTranspose",
        image.key,  # type: ignore[union-attr]
        key,
        _weights(kernel, bias),
        strides=stride,
        kernel_shape=size,
        **pad_transposed(totals),
    )


def _add_max_pool(graph: Graph, options: Any, reads: Sequence[Any], _made: Tensor, key: str) -> None:
    _add_pool(graph, "MaxPool", options, reads, key)


def _add_average_pool(graph: Graph, options: Any, reads: Sequence[Any], _made: Tensor, key: str) -> None:
    _add_pool(graph, "AveragePool", options, reads, key)


def _add_pool(graph: Graph, op: str, options: Any, reads: Sequence[Any], key: str) -> None:
    size = [options.FilterHeight(), options.FilterWidth()]
    stride = [options.StrideH(), options.StrideW()]
    padding = _padding(options, size, stride, [1, 1])
    graph.add_window(op, reads[0].key, key, kernel_shape=size, strides=stride, **padding)


WINDOWS: dict[str, Callable[..., None]] = {
    "CONV_2D": _add_convolution,
    "DEPTHWISE_CONV_2D": _add_depthwise,
    "CONV_3D": _add_volume,
    "TRANSPOSE_CONV": _add_transposed,
    "MAX_POOL_2D": _add_max_pool,
    "AVERAGE_POOL_2D": _add_average_pool,
}


def _add_pad(graph: Graph, _options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    graph.add_pad(reads[0].key, made.key, _numbers(reads[1]).tolist())


def _add_mirror_pad(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    if options.Mode() != 0:
        raise NotDrawn("")  # SYMMETRIC repeats the border, which ONNX cannot
    graph.add_pad(reads[0].key, made.key, _numbers(reads[1]).tolist(), "reflect")


def _add_leaky(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    graph.add_each("LeakyRelu", [reads[0].key], made.key, alpha=options.Alpha())


def _add_prelu(graph: Graph, _options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    slope = _numbers(reads[1])
    slope = np.broadcast_to(slope, (*[1] * (len(reads[0].shape) - 1 - slope.ndim), *slope.shape))
    tensor = graph.turn(reads[0].key)
    named = graph.add_weight(np.moveaxis(slope, -1, 0))
    graph.set(made.key, graph.add("PRelu", [tensor, named], f"{made.key}/PRelu"), len(reads[0].shape), is_turned=True)


def _add_reshape(graph: Graph, _options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    graph.add_reshape(reads[0].key, made.key, made.shape)


def _add_concatenation(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    tensors = [graph.keep(each.key) for each in reads]
    name = graph.add("Concat", tensors, f"{made.key}/Concat", axis=options.Axis())
    graph.set(made.key, name, len(made.shape), is_turned=False)


def _add_resize(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor, mode: str) -> None:
    coordinates = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
    if options.AlignCorners():
        coordinates = "align_corners"
    rounding = {"half_pixel": "round_prefer_ceil", "asymmetric": "floor", "align_corners": "round_prefer_ceil"}
    sizes = graph.add_weight(np.array([*[made.shape[at] for at in (0, 3)], *made.shape[1:3]], np.int64))
    name = graph.add(
        "Resize",
        [graph.turn(reads[0].key), "", "", sizes],
        f"{made.key}/Resize",
        made.key,
        mode=mode,
        coordinate_transformation_mode=coordinates,
        nearest_mode=rounding[coordinates],
    )
    graph.set(made.key, name, 4, is_turned=True)


def _add_nearest(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    _add_resize(graph, options, reads, made, "nearest")


def _add_linear(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    _add_resize(graph, options, reads, made, "linear")


def _add_depth_to_space(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    graph.add_window("DepthToSpace", reads[0].key, made.key, blocksize=options.BlockSize())


def _add_space_to_depth(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    graph.add_window("SpaceToDepth", reads[0].key, made.key, blocksize=options.BlockSize())


def _add_mean(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    axes = sorted(axis % len(reads[0].shape) for axis in np.ravel(_numbers(reads[1])).tolist())
    if axes != [1, 2] or len(reads[0].shape) != 4:
        raise NotDrawn("")
    pooled = f"{made.key}/pooled"
    graph.add_window("GlobalAveragePool", reads[0].key, made.key if options.KeepDims() else pooled)
    if not options.KeepDims():
        graph.nodes[-1].name = made.key
        graph.add_reshape(pooled, made.key, [0, -1])


def _add_dense(graph: Graph, options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    weights = np.transpose(_numbers(reads[1]))
    graph.add_reshape(reads[0].key, f"{made.key}/flat", [-1, weights.shape[0]])
    tensors = [graph.keep(f"{made.key}/flat"), *(graph.add_weight(each) for each in (weights,))]
    if len(reads) > 2:
        tensors.append(graph.add_weight(_numbers(reads[2])))

    def add(key: str) -> None:
        graph.set(key, graph.add("Gemm", tensors, f"{key}/Gemm", key), 2, is_turned=False)

    _add_fused(graph, options, made, add)


def _add_softmax(graph: Graph, _options: Any, reads: Sequence[Tensor], made: Tensor) -> None:
    name = graph.add("Softmax", [graph.keep(reads[0].key)], f"{made.key}/Softmax", axis=-1)
    graph.set(made.key, name, len(made.shape), is_turned=False)


OTHERS: dict[str, Callable[..., None]] = {
    **{"PAD": _add_pad, "MIRROR_PAD": _add_mirror_pad, "LEAKY_RELU": _add_leaky, "PRELU": _add_prelu},
    **{"RESHAPE": _add_reshape, "CONCATENATION": _add_concatenation, "MEAN": _add_mean},
    **{"RESIZE_BILINEAR": _add_linear, "RESIZE_NEAREST_NEIGHBOR": _add_nearest},
    **{"DEPTH_TO_SPACE": _add_depth_to_space, "SPACE_TO_DEPTH": _add_space_to_depth},
    **{"FULLY_CONNECTED": _add_dense, "SOFTMAX": _add_softmax},
}
