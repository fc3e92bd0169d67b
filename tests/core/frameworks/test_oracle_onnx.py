# SPDX-License-Identifier: GPL-3.0-or-later
"""Random nodes of ONNX as code, read by Kernelwalk, against onnx.reference and ONNX Runtime, which compute them."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import SpecError
from kernelwalk.core.frameworks.known_frameworks import BY_KEY
from kernelwalk.core.frameworks.parsing.code_parser import parse_layer
from kernelwalk.core.frameworks.remarks import list_remarks
from kernelwalk.core.layers.registry import LAYERS, Layer

from ..helpers import connectivity_by_tap, example_count
from ..layers.onnx_runtime import make_model, run

Node = tuple[str, list[int], dict[str, Any]]
"""A node's kind, the sizes of its input, and its attributes."""


def draw_node(chance: random.Random) -> Node:
    dims = chance.choice([1, 2])
    op = chance.choice(["Conv", "ConvTranspose", "MaxPool", "AveragePool"])

    def sizes(least: int, most: int, count: int = dims) -> list[int]:
        return [chance.randint(least, most) for _ in range(count)]

    size, given = sizes(1, 10 - 2 * dims), {"kernel_shape": sizes(1, 4), "strides": sizes(1, 4)}
    if chance.random() < 0.5:
        given["dilations"] = sizes(1, 3)
    auto_pad = chance.choice(["pads", "SAME_UPPER", "SAME_LOWER", "VALID", ""])
    given |= {"pads": sizes(0, 3, 2 * dims)} if auto_pad == "pads" else {"auto_pad": auto_pad} if auto_pad else {}
    if op == "ConvTranspose" and chance.random() < 0.4:
        given["output_padding"] = sizes(0, 3)
    if op == "ConvTranspose" and auto_pad != "pads" and chance.random() < 0.5:
        parts = zip(size, given["strides"], given["kernel_shape"], given.get("dilations", [1] * dims), strict=True)
        given["output_shape"] = [max((i - 1) * s + d * (k - 1) + 1 + chance.randint(-4, 4), 1) for i, s, k, d in parts]
    if op.endswith("Pool") and chance.random() < 0.5:
        given["ceil_mode"] = 1
    if op == "AveragePool":
        given["count_include_pad"] = chance.randint(0, 1)
    return op, size, given


def read_node(node: Node, convention: str) -> Layer | None:
    """Return the layer that Kernelwalk reads from a node's code; None if it refuses it."""
    op, size, given = node
    named = ", ".join(f"{key}={value!r}" for key, value in given.items())
    keys = {**parse_layer(f'helper.make_node("{op}", ["x", "w"], ["y"], {named})'), "input": size}
    try:
        return LAYERS[keys.pop("op")](**{**keys, "convention": convention})
    except SpecError:
        return None


def compute_node(compute: Callable[..., Any], node: Node) -> Any:
    """Return a node's outputs for impulses, shape (inputs, taps, *output), or (inputs, *output) of a pooling.

    None if it is refused.
    """
    op, size, given = node
    cells, taps = math.prod(size), math.prod(given["kernel_shape"])
    values = np.eye(cells, dtype=np.float32).reshape(cells, 1, *size)
    weight = np.eye(taps, dtype=np.float32)
    weight = weight.reshape(
        (1, taps, *given["kernel_shape"]) if op == "ConvTranspose" else (taps, 1, *given["kernel_shape"])
    )
    is_pool = op.endswith("Pool")
    try:
        actual = compute(op, values, None if is_pool else weight, **given)
    except Exception:  # a dozen kinds, none of which is exported
        return None
    return actual[:, 0] if is_pool else actual


def agrees(layer: Layer, actual: Any) -> bool:
    """Return True if a layer has the outputs that were computed."""
    expected = connectivity_by_tap(layer)
    if layer.has_weights:
        return np.array_equal(expected, actual)
    expected = expected.sum(axis=1)
    if layer.divisors:
        # the mean of nothing, under a window that is larger than the input, is 0
        expected = expected / np.maximum(functools.reduce(np.multiply.outer, layer.divisors), 1)
        return expected.shape == actual.shape and np.allclose(expected, actual, atol=1e-6)
    return np.array_equal(expected, actual == 1)


def run_reference(op: str, values: Any, weight: Any, **attributes: Any) -> Any:
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(make_model(op, values, weight, **attributes)).run(None, {"x": values})[0]


def least_same_padding(node: Node, with_dilation: bool = False) -> int:
    """Return the least padding that SAME needs along an axis, negative where windows leave cells out."""
    _, size, given = node
    dilations = given.get("dilations", [1] * len(size)) if with_dilation else [1] * len(size)
    axes = zip(size, given["kernel_shape"], given["strides"], dilations, strict=True)
    return min((-(-i // s) - 1) * s + d * (k - 1) + 1 - i for i, k, s, d in axes)


def has_same(node: Node) -> bool:
    return str(node[2].get("auto_pad")).startswith("SAME")


DEVIATIONS: dict[str, Callable[[Node], bool]] = {
    # ONNX does not say what SAME means then: Kernelwalk pads nothing, as TensorFlow does
    "onnx.reference crops the input where windows of SAME leave cells out":
        lambda node: node[0] != "ConvTranspose" and has_same(node) and least_same_padding(node, True) < 0,
    "onnx.reference refuses ceil_mode beside auto_pad, or takes it for 0":
        lambda node: bool(node[2].get("ceil_mode")) and "auto_pad" in node[2],
    "onnx.reference does not dilate the window of averages as it counts them":
        lambda node: node[0] == "AveragePool" and max(node[2].get("dilations", [1])) > 1,
    "onnx.reference refuses MaxPool with SAME and strides of 1, or pads it at the wrong side with SAME_LOWER":
        lambda node: node[0] == "MaxPool" and has_same(node),
    "onnx.reference refuses output_shape without SAME, or leaves output_padding out of it":
        lambda node: "output_shape" in node[2] and not has_same(node),
    "onnx.reference refuses an output_padding that is not smaller than the stride":
        lambda node: any(e >= s for e, s in zip(node[2].get("output_padding", []), node[2]["strides"], strict=False)),
}  # fmt: skip
"""Where onnx.reference 1.23.2 does otherwise than ONNX' schema, or the schema is silent."""

REFUSED: dict[str, Callable[[Node], bool]] = {
    "padding of a pooling as large as the kernel": lambda node: node[0].endswith("Pool"),
    "an output_shape far beyond the full result": lambda node: "output_shape" in node[2],
}
"""Where onnx.reference computes what Kernelwalk refuses, as ONNX Runtime does."""


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_layers_are_those_of_onnx_reference() -> None:
    chance, compared = random.Random(1), 0
    while compared < example_count(200):
        node = draw_node(chance)
        if any(applies(node) for applies in DEVIATIONS.values()):
            continue
        layer, actual = read_node(node, "onnx"), compute_node(run_reference, node)
        if layer is None or actual is None:
            assert layer is None, node
            assert actual is None or actual.size == 0 or any(applies(node) for applies in REFUSED.values()), node
            continue
        assert agrees(layer, actual), (node, layer.output, actual.shape)
        compared += 1


def test_layers_are_those_of_onnx_runtime_and_remarks_say_where_it_differs() -> None:
    """ONNX Runtime has a convention of its own; beside it the remarks tell all refusals and differences."""
    chance, compared, told = random.Random(2), 0, set()
    rare = {each.text for each in BY_KEY["onnx"].framework.remarks if "onnxruntime" in each.version}
    while compared < example_count(400) or (not rare <= told and compared < 4000):
        node = draw_node(chance)
        layer, actual = read_node(node, "onnxruntime"), compute_node(run, node)
        if layer is None:
            assert actual is None or actual.size == 0, node
            continue
        remarks = [each for each in list_remarks(BY_KEY["onnx"].framework, layer) if "onnxruntime" in each.version]
        told |= {each.text for each in remarks}
        if actual is None:
            assert any(each.effect == "refuses" for each in remarks), node
        elif not agrees(layer, actual):
            assert any("leave cells out" in each.text for each in remarks), (node, layer.output, actual.shape)
        else:
            assert all("leave cells out" in each.text for each in remarks), (node, [*map(str, remarks)])
        compared += 1
    assert told == rare


def test_remarks_tell_what_onnx_runtime_makes_of_onnx_words() -> None:
    """The sizes that the remark on a node gives are those of ONNX Runtime."""
    chance, compared = random.Random(3), 0
    while compared < example_count(30):
        node = draw_node(chance)
        layer, actual = read_node(node, "onnx"), compute_node(run, node)
        if layer is None or actual is None or agrees(layer, actual):
            continue
        remarks = [str(each) for each in list_remarks(BY_KEY["onnx"].framework, layer)]
        sizes = " × ".join(map(str, actual.shape[-layer.dims :]))
        told = (
            f"{sizes} outputs, not ",
            "read other cells",
            "leave cells out",
            *(["no output"] if not actual.size else []),
        )
        assert any(part in remark for remark in remarks for part in told), (node, remarks)
        compared += 1
