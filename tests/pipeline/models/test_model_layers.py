# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of a model's layers: sizes as far as the file has them, and why some are not drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.models.layer_list import format_json, format_layers
from kernelwalk_pipeline.models.model_choice import Feed
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_inputs import make_inputs
from kernelwalk_pipeline.models.model_layers import ModelLayer, find_chain, find_layer, list_layers
from kernelwalk_pipeline.models.model_run import measure_layers
from onnx import helper

from .onnx_models import CHAIN, MODELS, NESTED_IF, NORM, W, branch, constant, graph, node, save, tensor, whole


@pytest.fixture
def listed(tmp_path: Path) -> Any:
    """Return a function that saves a model and lists its layers."""

    def read(given: Any) -> list[ModelLayer]:
        return list_layers(load_model(save(tmp_path / "model.onnx", given)))

    return read


def test_every_parameter_of_a_layer_is_listed(listed):
    entry = json.loads(format_json(listed(MODELS["groups, strides and dilation"])))["layers"][0]
    assert entry | {"place": ""} == {
        **{"number": 0, "name": "conv", "op": "Conv", "place": "", "is_drawn": True, "reason": None},
        **{"in_channels": 2, "out_channels": 4, "groups": 2, "kernel": [3, 2], "stride": [2, 1]},
        **{
            "padding": [[0, 2], [1, 3]],
            "dilation": [1, 2],
            "scale": None,
            "input": [6, 7],
            "output": [3, 9],
            "then": [],
            "receptive_field": [3, 3],
        },
    }


def test_layers_in_branches_have_their_place(listed):
    layers = listed(NESTED_IF)
    assert [layer.scope.path for layer in layers] == [
        'else_branch of "outer"',
        'then_branch of "inner" in then_branch of "outer"',
    ]
    assert [layer.parameters["kernel"] for layer in layers] == [[3, 3], [3, 3]]


def test_open_sizes_are_unknown_until_they_are_measured(tmp_path):
    path = save(tmp_path / "model.onnx", MODELS["open sizes"])
    model = load_model(path)
    layers = list_layers(model)
    assert (layers[0].reads, layers[0].reason) == ((None, 2, None, None), "")
    assert "?" in format_layers(layers)
    inputs, _ = make_inputs(path, model, Feed(size=(9, 8)), for_sizes=True)
    with pytest.raises(UsageError, match="no size of its own"):
        make_inputs(path, model, Feed(), for_sizes=True)
    assert measure_layers(path, model, inputs, layers)[0].writes == (1, 3, 9, 8)


def make_loop() -> Any:
    """Return a convolution in a Loop."""
    state = [helper.make_tensor_value_info(*given) for given in (("i", 7, []), ("c", 9, []), ("s", 1, None))]
    body = helper.make_graph(
        [node("Conv", "s", "w", output="t"), node("Identity", "c", output="d")],
        "body",
        state,
        [helper.make_tensor_value_info("d", 9, []), helper.make_tensor_value_info("t", 1, None)],
    )
    return graph([node("Loop", "count", "", "x", body=body)], [tensor("w", 2, 2, 1, 1), whole("count", 2, shape=())])


REASONS = {
    "another domain": (graph([node("FusedConv", "x", "w", domain="com.microsoft")]), "before its optimization"),
    "Loop": (make_loop(), "it stands in a Loop or Scan"),
    "Resize of old coordinates": (
        graph(
            [node("Resize", "x", "", "s", mode="linear", coordinate_transformation_mode="asymmetric")],
            [whole("s", 1, 1, 2, 2, kind="f4")],
        ),
        'its coordinates are "asymmetric"',
    ),
    "Resize by a factor that rounds the size": (
        graph([node("Resize", "x", "", "s", mode="linear")], [whole("s", 1, 1, 1.4, 1, kind="f4")]),
        "no whole factor",
    ),
    "Resize by a fraction": (
        graph([node("Resize", "x", "", "s", mode="nearest")], [whole("s", 1, 1, 1.5, 1, kind="f4")]),
        "no whole factor",
    ),
    "unknown weights": (graph([node("Conv", "x", "u")], more=[helper.make_tensor_value_info("u", 1, None)]), "weights"),
    "attributes that do not fit": (graph([node("Conv", "x", "w", pads=[1])], [W]), "do not fit together"),
    "negative padding": (graph([node("Conv", "x", "w", pads=[-1, 0, 0, 0])], [W]), "padding is negative"),
}


@pytest.mark.parametrize("name", REASONS)
def test_a_layer_that_is_not_drawn_is_listed_with_the_reason(listed, name):
    given, reason = REASONS[name]
    layers = listed(given)
    assert len(layers) == 1 and reason in layers[0].reason
    assert f"not drawn: {layers[0].reason}" in format_layers(layers)
    with pytest.raises(UsageError, match="cannot be drawn"):
        find_layer(Path("a.onnx"), layers, "0")


# names and chains


def test_a_layer_is_named_by_its_name_its_number_or_a_part_that_is_unique(listed):
    layers = listed(CHAIN)
    path = Path("a.onnx")
    assert find_layer(path, layers, "last").number == 2
    assert find_layer(path, layers, "1").node.op_type == "MaxPool"
    assert find_layer(path, layers, "MaxP").number == 1
    with pytest.raises(UsageError, match=r"kernelwalk layers a.onnx lists them"):
        find_layer(path, layers, "nothing")


def test_two_layers_of_one_name_are_told_apart_by_numbers(listed):
    layers = listed(
        graph([node("Conv", "x", "w", name="same/a", output="c"), node("Conv", "x", "w", name="same/b")], [W])
    )
    with pytest.raises(UsageError, match=r"2 layers have this name. Give a number of the list: 0, 1"):
        find_layer(Path("a.onnx"), layers, "same")


def test_what_stands_between_the_layers_of_no_plain_chain_is_told(listed):
    given = graph(
        [
            node("Conv", "x", "w", output="c"),
            node("HardSwish", "c", output="h"),
            node("Conv", "h", "v", name="last"),
        ],
        [W, tensor("v", 3, 3, 1, 1)],
    )
    layers = listed(given)
    with pytest.raises(UsageError, match="at last, a HardSwish stands before it"):
        find_chain(Path("a.onnx"), layers, layers[0], layers[1])
    with pytest.raises(UsageError, match="at conv, it reads an input of the model"):
        find_chain(Path("a.onnx"), layers, layers[1], layers[0])


def test_a_leaky_relu_of_another_slope_is_left_out(listed):
    for alpha, expected in ((0.01, "leaky_relu"), (0.2, "none")):
        nodes = [node("Conv", "x", "w", output="c"), node("LeakyRelu", "c", alpha=alpha)]
        assert listed(graph(nodes, [W]))[0].followers.activation == expected


@pytest.mark.parametrize(
    ("outputs", "options", "is_read"),
    [
        (["n"], {}, True),
        (["n", ""], {"training_mode": 0}, True),
        (["n"], {"training_mode": 1}, False),
        (["n", "running_mean"], {}, False),  # as old models write training
        (["n"], {"domain": "own"}, False),
    ],
)
def test_a_normalization_is_read_only_as_it_works_in_evaluation(listed, outputs, options, is_read):
    norm = helper.make_node("BatchNormalization", ["c", "gamma", "beta", "mean", "var"], outputs, **options)
    given = graph([node("Conv", "x", "w", output="c"), norm, node("Relu", "n")], [W, *NORM])
    followers = listed(given)[0].followers
    assert (followers.norm is not None, followers.activation) == ((True, "relu") if is_read else (False, "none"))


def test_functions_of_a_model_are_written_out(tmp_path):
    body = [helper.make_node("Conv", ["a", "w"], ["c"]), helper.make_node("Relu", ["c"], ["r"])]
    opset = [helper.make_opsetid("", 17)]
    function = helper.make_function("own", "Block", ["a", "w"], ["r"], body, opset)
    given = graph([node("Block", "x", "w", domain="own")], [W])
    model = helper.make_model(given, opset_imports=[*opset, helper.make_opsetid("own", 1)], functions=[function])
    onnx.save(model, tmp_path / "model.onnx")
    layers = list_layers(load_model(tmp_path / "model.onnx"))
    assert [(layer.node.op_type, layer.followers.activation) for layer in layers] == [("Conv", "relu")]


def test_a_constant_of_a_branch_is_not_taken_for_the_outer_one(listed):
    other = tensor("w", 4, 2, 1, 1)
    given = graph(
        [
            node(
                "If",
                "flag",
                then_branch=branch(constant(other), node("Conv", "x", "w", output="c"), output="c"),
                else_branch=branch(node("Conv", "x", "v", output="c"), output="c"),
            )
        ],
        [tensor("v", 3, 2, 3, 3)],
        more=[helper.make_tensor_value_info("flag", 9, [])],
    )
    assert [layer.parameters["kernel"] for layer in listed(given)] == [[3, 3], [1, 1]]  # else_branch first
