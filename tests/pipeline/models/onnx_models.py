# SPDX-License-Identifier: GPL-3.0-or-later
"""Small ONNX models, each with what real files have: weights from nodes, branches, quantization, open sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def tensor(name: str, *shape: int, kind: Any = np.float32) -> Any:
    """Return an initializer of random numbers, for the same name and shape the same ones."""
    numbers = np.random.default_rng([len(name), *shape]).normal(size=shape)
    return numpy_helper.from_array(numbers.astype(kind), name)


def whole(name: str, *numbers: float, kind: Any = np.int64, shape: Any = None) -> Any:
    """Return an initializer of these numbers."""
    return numpy_helper.from_array(np.array(numbers, kind).reshape(shape or (len(numbers),)), name)


def constant(given: Any) -> Any:
    """Return a Constant node that makes the tensor of an initializer."""
    return helper.make_node("Constant", [], [given.name], value=given)


def graph(
    nodes: list[Any], weights: Any = (), reads: Any = (1, 2, 6, 7), output: str = "y", kind: int = FLOAT, more: Any = ()
) -> Any:
    """Return a graph that reads `x` and gives an output of any shape."""
    inputs = [helper.make_tensor_value_info("x", kind, reads), *more]
    return helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info(output, kind, None)], list(weights))


def save(path: Path, given: Any, opset: int = 17, **options: Any) -> Path:
    """Write a graph as a model, and return its path."""
    model = helper.make_model(given, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path, **options)
    return path


def node(op: str, *inputs: str, output: str = "y", name: str = "", **attributes: Any) -> Any:
    """Return a node with one output; a convolution without a name is named "conv"."""
    return helper.make_node(op, list(inputs), [output], name=name or ("conv" if op == "Conv" else ""), **attributes)


def branch(*nodes: Any, output: str, name: str = "branch") -> Any:
    """Return a branch of an If."""
    return helper.make_graph(list(nodes), name, [], [helper.make_tensor_value_info(output, FLOAT, None)])


CONV = node("Conv", "x", "w", "b", pads=[1, 1, 1, 1])
CONV_OF_PADDED = node("Conv", "q", "w", "b")
W, B = tensor("w", 3, 2, 3, 3), tensor("b", 3)


def _quantized() -> Any:
    numbers = numpy_helper.from_array(np.arange(-27, 27, dtype=np.int8).reshape(3, 2, 3, 3), "w8")
    scale = [whole("s", 0.1, kind=np.float32, shape=()), whole("z", 0, kind=np.int8, shape=())]
    return [numbers, *scale]


def _nested_if() -> Any:
    """Return a convolution in an If in an If; the inner condition is a Constant."""
    inner = node(
        "If",
        "yes",
        output="i",
        name="inner",
        then_branch=branch(
            node("Conv", "x", "w", "b", output="c", pads=[1, 1, 1, 1]), node("Relu", "c", output="r"), output="r"
        ),
        else_branch=branch(node("Identity", "x", output="e"), output="e"),
    )
    yes = constant(numpy_helper.from_array(np.array(True), "yes"))
    outer = node(
        "If",
        "flag",
        name="outer",
        then_branch=branch(yes, inner, output="i"),
        else_branch=branch(node("Conv", "x", "w", "b", output="o", name="other", strides=[2, 2]), output="o"),
    )
    return graph([outer], [W, B], more=[helper.make_tensor_value_info("flag", TensorProto.BOOL, [])])


def _pool(op: str, **attributes: Any) -> Any:
    return graph([node(op, "x", **attributes)])


NORM = [
    whole(name, *numbers, kind=np.float32)
    for name, numbers in {
        "gamma": (1.5, 0.5, -1),
        "beta": (0.1, 0.2, 0.3),
        "mean": (0.5, -0.5, 0),
        "var": (2, 0.5, 1),
    }.items()
]


def _resize(mode: str, sizes: tuple[int, int], **attributes: Any) -> Any:
    return graph([node("Resize", "x", "", "", "sizes", mode=mode, **attributes)], [whole("sizes", 1, 2, *sizes)])


MODELS: dict[str, Any] = {
    "initializers": graph([CONV], [W, B]),
    "Constant nodes": graph([constant(W), constant(B), CONV]),
    "weights from DequantizeLinear": graph(
        [node("DequantizeLinear", "w8", "s", "z", output="w"), CONV], [*_quantized(), B]
    ),
    "weights from Identity": graph([node("Identity", "v", output="w"), CONV], [tensor("v", 3, 2, 3, 3), B]),
    "weights from Transpose": graph(
        [node("Transpose", "v", output="w", perm=[3, 2, 0, 1]), CONV], [tensor("v", 3, 3, 2, 3), B]
    ),
    "normalization and ReLU": graph(
        [node("Conv", "x", "w", output="c"),
         node("BatchNormalization", "c", "gamma", "beta", "mean", "var", output="n"),
         node("Relu", "n")], [W, *NORM]
    ),
    "SiLU": graph(
        [node("Conv", "x", "w", output="c"), node("Sigmoid", "c", output="s"), node("Mul", "s", "c")], [W]
    ),
    "QDQ": graph(
        [node("QuantizeLinear", "x", "s", "z", output="q"), node("DequantizeLinear", "q", "s", "z", output="d"),
         node("DequantizeLinear", "w8", "s", "z", output="w"), node("Conv", "d", "w", "b", output="c"),
         node("QuantizeLinear", "c", "s", "z", output="p"), node("DequantizeLinear", "p", "s", "z")], [*_quantized(), B]
    ),
    "float16": graph(
        [node("Conv", "x", "w", "b")],
        [tensor("w", 3, 2, 3, 3, kind=np.float16), tensor("b", 3, kind=np.float16)], kind=TensorProto.FLOAT16
    ),
    "open sizes": graph([CONV], [W, B], reads=("n", 2, "h", None)),
    "groups, strides and dilation": graph(
        [node("Conv", "x", "w", group=2, strides=[2, 1], dilations=[1, 2], pads=[0, 1, 2, 3])],
        [tensor("w", 4, 1, 3, 2)]
    ),
    "SAME_UPPER": graph([node("Conv", "x", "w", auto_pad="SAME_UPPER", strides=[2, 2])], [tensor("w", 3, 2, 2, 2)]),
    "transposed, with groups": graph(
        [node("ConvTranspose", "x", "w", group=2, strides=[2, 2], pads=[1, 0, 0, 1], output_padding=[1, 0])],
        [tensor("w", 2, 2, 3, 3)]
    ),
    "transposed, by its output": graph(
        [node("ConvTranspose", "x", "w", strides=[2, 2], output_shape=[12, 14])], [tensor("w", 2, 3, 3, 3)]
    ),
    "one axis": graph([node("Conv", "x", "w", pads=[1, 1])], [tensor("w", 3, 2, 3)], reads=(1, 2, 9)),
    "zeros padded by a node": graph(
        [node("Pad", "x", "p", output="q"), node("Conv", "q", "w", "b", pads=[0, 1, 1, 0])],
        [whole("p", 0, 0, 1, 0, 0, 0, 2, 1), W, B]
    ),
    "reflection padded by a node": graph(
        [constant(whole("p", 0, 0, 1, 2, 0, 0, 1, 0)), node("Pad", "x", "p", output="q", mode="reflect"),
         node("Conv", "q", "w", "b", strides=[2, 1])], [W, B]
    ),
    "ones padded by a node": graph(
        [node("Pad", "x", "p", "v", output="q"), CONV_OF_PADDED],
        [whole("p", 0, 0, 1, 1, 0, 0, 1, 1), whole("v", 1, kind=np.float32, shape=()), W, B]
    ),
    "max pooling": _pool("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1], ceil_mode=1),
    "average pooling": _pool("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "average pooling that counts padding": _pool(
        "AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "global pooling": _pool("GlobalAveragePool"),
    "Resize": graph(
        [node("Resize", "x", "", "scales", mode="nearest", coordinate_transformation_mode="asymmetric",
              nearest_mode="floor")], [whole("scales", 1, 1, 2, 3, kind=np.float32)]
    ),
    "linear Resize": _resize("linear", (12, 21)),
    "linear Resize to a size, corners aligned": _resize(
        "linear", (9, 5), coordinate_transformation_mode="align_corners"
    ),
    "cubic Resize to a size": _resize("cubic", (11, 9)),
    "cubic Resize by the weights of TensorFlow": _resize("cubic", (12, 14), cubic_coeff_a=-0.5, exclude_outside=1),
    "depth to space": graph([node("DepthToSpace", "x", blocksize=2)], reads=(1, 8, 2, 3)),
    "depth to space, CRD": graph([node("DepthToSpace", "x", blocksize=2, mode="CRD")], reads=(1, 8, 2, 3)),
    "space to depth": graph([node("SpaceToDepth", "x", blocksize=2)], reads=(1, 2, 4, 6)),
}  # fmt: skip
"""Models whose first listed layer is drawn, by what they have."""

WHOLE_NUMBERS: dict[str, Any] = {
    "QLinearConv": graph(
        [node("QuantizeLinear", "x", "xs", "xz", output="q"),
         node("QLinearConv", "q", "xs", "xz", "w8", "ws", "wz", "ys", "yz", "b32", output="c", pads=[1, 0, 1, 2]),
         node("DequantizeLinear", "c", "ys", "yz")],
        [whole("xs", 0.03, kind=np.float32, shape=()), whole("xz", 120, kind=np.uint8, shape=()),
         numpy_helper.from_array(np.random.default_rng(1).integers(-50, 50, (3, 2, 3, 3)).astype(np.int8), "w8"),
         whole("ws", 0.01, 0.02, 0.015, kind=np.float32), whole("wz", 0, 0, 0, kind=np.int8),
         whole("ys", 0.02, kind=np.float32, shape=()), whole("yz", 0, kind=np.uint8, shape=()),
         whole("b32", 500, -900, 40, kind=np.int32)]
    ),
    "ConvInteger": graph(
        [node("QuantizeLinear", "x", "xs", "xz", output="q"),
         node("ConvInteger", "q", "w8", "xz", "wz", output="c", strides=[2, 1]),
         node("Cast", "c", to=FLOAT)],
        [whole("xs", 0.03, kind=np.float32, shape=()), whole("xz", 120, kind=np.uint8, shape=()),
         numpy_helper.from_array(np.random.default_rng(1).integers(-50, 50, (3, 2, 3, 3)).astype(np.int8), "w8"),
         whole("wz", 3, kind=np.int8, shape=())]
    ),
}  # fmt: skip
"""Models with convolutions of whole numbers. The first one rounds to steps of 0.02, and what is below 0 becomes 0."""

NESTED_IF = _nested_if()

CHAIN = graph(
    [node("Conv", "x", "w", "b", output="c", pads=[1, 1, 1, 1]), node("Relu", "c", output="r"),
     node("MaxPool", "r", output="m", kernel_shape=[2, 2], strides=[2, 2]),
     node("Conv", "m", "v", name="last", output="l"), node("Tanh", "l")],
    [W, B, tensor("v", 6, 3, 2, 2)],
)  # fmt: skip
