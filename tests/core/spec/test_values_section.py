# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [values] of a spec: numbers in the layers' shapes, names, activations of code, and errors."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Spec, SpecError, parse_spec, spec_from_table
from kernelwalk.core.spec.nested_numbers import MAX_NUMBERS
from kernelwalk.core.spec.toml import dump_toml
from kernelwalk.core.spec.values_section import (
    ACTIVATIONS,
    FIELDS,
    INPUT_NAMES,
    KERNEL_NAMES,
    NORM_FIELDS,
    LayerValues,
    Norm,
    Values,
)
from kernelwalk.core.values import activations

CONV = {"op": "conv", "input": [3, 4], "kernel": 2}
GRID = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
CHAIN = "nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Tanh())"


def read(values: dict[str, Any], layer: Any = None) -> Spec:
    key = "input" if isinstance(layer, str) else "title"
    return spec_from_table({"layer": layer or CONV, key: [6, 6] if key == "input" else "", "values": values})


def find_errors(values: Any, layer: Any = None) -> dict[str, str]:
    """Return the messages of a section by their keys."""
    with pytest.raises(SpecError) as caught:
        read(values, layer)
    return {problem.where: f"{problem.what}. {problem.remedy}" for problem in caught.value.problems}


def test_a_spec_without_the_section_has_no_values() -> None:
    spec = spec_from_table({"layer": CONV})
    assert spec.values is None
    assert "values" not in spec.to_table()


def test_every_key_has_a_field() -> None:
    own = {item.name for item in dataclasses.fields(Values)}
    assert own == {*FIELDS, "norm", "layers"}
    assert {item.name for item in dataclasses.fields(Norm)} == set(NORM_FIELDS)
    assert set(activations.ACTIVATIONS) == set(ACTIVATIONS)


def test_numbers_have_the_axes_of_channels_also_where_they_were_left_out() -> None:
    values = read({"input": GRID, "kernel": [[1, 0], [0, -1]], "bias": [0.5]}).values
    assert values is not None
    assert values.input == (tuple(tuple(map(float, row)) for row in GRID),)
    assert values.kernel == ((((1.0, 0.0), (0.0, -1.0)),),)
    assert values.bias == (0.5,)
    hash(values)


NUMBERS = st.floats(-1e30, 1e30) | st.integers(-1000, 1000)


@st.composite
def sections(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a section for CONV."""
    grid = st.lists(st.lists(NUMBERS, min_size=4, max_size=4), min_size=3, max_size=3)
    plane = st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=2, max_size=2)
    fitting = [name for name in KERNEL_NAMES if name in ("identity", "box", "gaussian", "random")]
    return draw(
        st.fixed_dictionaries(
            {"input": grid | st.sampled_from(list(INPUT_NAMES)), "kernel": plane | st.sampled_from(fitting)},
            optional={
                "bias": NUMBERS | st.lists(NUMBERS, min_size=1, max_size=1),
                "activation": st.sampled_from(list(ACTIVATIONS)),
                "norm": st.fixed_dictionaries({}, optional={"mean": NUMBERS, "variance": st.floats(0, 9)}),
                "flip_kernel": st.booleans(),
                "seed": st.integers(0, 99),
                "digits": st.booleans() | st.just("auto"),
                "decimals": st.integers(0, 6) | st.just("auto"),
                "range": st.just("auto") | st.tuples(st.floats(-9, 0), st.floats(1, 9)).map(list),
            },
        )
    )


@given(sections())
def test_values_written_out_are_the_values_again(section: dict[str, Any]) -> None:
    spec = read(section)
    assert spec_from_table(spec.to_table()) == spec
    assert spec_from_table(json.loads(json.dumps(spec.to_table()))) == spec
    assert parse_spec(dump_toml(spec.to_table())) == spec


def test_a_chain_has_values_for_each_layer_and_is_written_with_them() -> None:
    kernel = [[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]]
    norm = {"mean": [1, 2], "variance": [3, 4]}
    spec = read({"input": "ramp", "layers": [{"kernel": kernel, "norm": norm}, {}]}, CHAIN)
    assert spec.values is not None
    first, second = spec.values.layers
    assert (first.activation, first.norm) == ("relu", Norm((1.0, 2.0), (3.0, 4.0)))
    assert second == LayerValues(activation="tanh")
    assert spec.values.of_layer(1) is second
    assert spec_from_table(spec.to_table()) == spec


BAD = {
    "no table": (3, "values", "not a table"),
    "no input": ({"kernel": "box"}, "values.input", "missing"),
    "no kernel": ({"input": "ramp"}, "values.kernel", "Write 2 × 2 numbers, a name (identity, box, gaussian, random)"),
    "an unknown name": ({"input": "rampp", "kernel": "box"}, "values.input", "ramp, impulse"),
    "a file": ({"input": "a.png", "kernel": "box"}, "values.input", "is a file"),
    "a wrong shape": ({"input": [[1, 2]], "kernel": "box"}, "values.input", "it is 1 × 2 numbers. Write 3 × 4 numbers"),
    "one number": ({"input": 5, "kernel": "box"}, "values.input", "one number"),
    "ragged lists": ({"input": [*GRID[:2], [1, 2]], "kernel": "box"}, "values.input", "at [2] has 2 entries, not 4"),
    "a number among lists": ({"input": [GRID[0], 5, 6], "kernel": "box"}, "values.input", "at [1], 5 is not a list"),
    "a list among numbers": ({"input": [*GRID[:2], [1, 2, 3, [4]]], "kernel": "box"}, "values.input", "at [2][3]"),
    "an empty list": ({"input": [[]], "kernel": "box"}, "values.input", "empty"),
    "a text": ({"input": [*GRID[:2], [1, 2, 3, "4"]], "kernel": "box"}, "values.input", 'at [2][3], "4"'),
    "a truth": ({"input": "ramp", "kernel": [[1, 0], [True, 0]]}, "values.kernel", "at [1][0], true"),
    "no number": ({"input": "ramp", "kernel": [[1, 0], [float("nan"), 0]]}, "values.kernel", "nan"),
    "infinity": ({"input": "ramp", "kernel": [[1, 0], [float("inf"), 0]]}, "values.kernel", "too large"),
    "a huge number": ({"input": "ramp", "kernel": [[1, 0], [10**400, 0]]}, "values.kernel", "too large"),
    "a kernel that does not fit": ({"input": "ramp", "kernel": "sobel_x"}, "values.kernel", "is 3 × 3, and the kernel"),
    "too many biases": ({"input": "ramp", "kernel": "box", "bias": [1, 2]}, "values.bias", "Write one number"),
    "a negative variance": (
        {"input": "ramp", "kernel": "box", "norm": {"variance": -1}},
        "values.norm.variance",
        "neg",
    ),
    "an unknown key of a norm": ({"input": "ramp", "kernel": "box", "norm": {"gamma": 1}}, "values.norm.gamma", "no s"),
    "a range turned round": ({"input": "ramp", "kernel": "box", "range": [1, 0]}, "values.range", "not less than"),
    "colors without channels": ({"input": "ramp", "kernel": "box", "colors": "rgb"}, "values.colors", "3 channels"),
    "a channel that is not there": ({"input": "ramp", "kernel": "box", "channel": 1}, "values.channel", "there is 1"),
    "layers of another number": ({"input": "ramp", "layers": [{}, {}]}, "values.layers", "1 times"),
    "a layer twice": ({"input": "ramp", "kernel": "box", "layers": [{"kernel": "box"}]}, "values.kernel", "beside"),
    "layers that are none": ({"input": "ramp", "layers": [3]}, "values.layers[0]", "not a table"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_value_is_an_error_with_its_key_and_a_remedy(name: str) -> None:
    values, key, message = BAD[name]
    errors = find_errors(values)
    assert list(errors) == [key]
    assert message in errors[key]


def test_lists_nested_deeper_than_a_kernel_are_an_error() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    assert "deeper" in find_errors({"input": deep, "kernel": "box"})["values.input"]


def test_too_many_numbers_are_an_error_before_they_are_converted() -> None:
    row = [0] * 1001
    layer = {"op": "conv", "input": [1000, 1001], "kernel": 3}
    message = find_errors({"input": [row] * 1000, "kernel": "box"}, layer)["values.input"]
    assert f"at most {MAX_NUMBERS:,}" in message


def test_too_many_numbers_in_all_are_an_error() -> None:
    grid = [[0] * 800] * 800
    layer = {"op": "conv", "input": 800, "kernel": 800, "padding": 0}
    assert "1,280,000 numbers" in find_errors({"input": grid, "kernel": grid}, layer)["values"]


def test_all_errors_of_a_section_are_told_at_once_with_those_of_others() -> None:
    with pytest.raises(SpecError) as caught:
        values = {"input": [1], "kernel": "no", "bias": "no", "activation": "no", "digits": 3, "seed": -1, "no": 1}
        spec_from_table({"layer": CONV, "walk": {"fps": 0}, "values": values})
    keys = {problem.where for problem in caught.value.problems}
    assert keys == {"walk.fps", *(f"values.{key}" for key in values)}


def test_wrong_values_are_told_beside_a_wrong_layer() -> None:
    errors = find_errors({"input": "ramp", "seed": -1}, {**CONV, "kernel": 0})
    assert set(errors) == {"layer.kernel", "values.seed"}


def test_a_layer_without_weights_needs_an_input_alone_and_takes_no_kernel() -> None:
    pool = {"op": "max_pool", "input": [4, 4], "kernel": 2}
    assert read({"input": "ramp"}, pool).values == Values(input="ramp")
    assert "no weights" in find_errors({"input": "ramp", "kernel": "box"}, pool)["values.kernel"]


def test_a_layer_with_too_many_values_is_an_error() -> None:
    layer = {"op": "conv", "input": 224, "kernel": 3, "in_channels": 512, "out_channels": 512}
    assert "25,690,112 values" in find_errors({"input": "ramp", "kernel": "box"}, layer)["layer"]


def test_numbers_whose_sums_no_float_holds_are_an_error() -> None:
    chain = {"layers": [{"op": "conv", "input": [2], "kernel": 1}, *[{"op": "conv", "kernel": 1}] * 11]}
    for weight, count in ((1e20, 0), (1e30, 1)):
        table = {**chain, "values": {"input": "ramp", "layers": [{"kernel": [weight]}] * 12}}
        try:
            spec_from_table(table)
            problems: tuple[Any, ...] = ()
        except SpecError as error:
            problems = error.problems
        assert [problem.where for problem in problems] == ["values.layers[9]"] * count


@pytest.mark.parametrize(
    ("code", "activation"),
    [
        ("nn.Conv2d(1, 1, 3)", "none"),
        ("nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(inplace=True))", "relu"),
        ("nn.Sequential(nn.Conv2d(1, 1, 3), nn.Dropout(0.5), nn.LeakyReLU(0.01))", "leaky_relu"),
        ("nn.Sequential(nn.Conv2d(1, 1, 3), nn.GELU())", "gelu"),
        ('layers.Conv2D(1, 3, activation="relu")', "relu"),
        ("layers.Conv2D(1, 3, activation=activations.swish)", "silu"),
        ("layers.Conv2D(1, 3, activation=None)", "none"),
        ('keras.Sequential([layers.Conv2D(1, 3), layers.Activation("tanh")])', "tanh"),
    ],
)
def test_an_activation_in_the_code_counts(code: str, activation: str) -> None:
    values = read({"input": "ramp", "kernel": "box"}, code).values
    assert values is not None and values.activation == activation


UNKNOWN = [
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.Hardtanh())",
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.ELU())",
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU6())",
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.LeakyReLU(0.2))",
    "keras.Sequential([layers.Conv2D(1, 3), layers.LeakyReLU()])",  # Keras' slope is 0.3
    'nn.Sequential(nn.Conv2d(1, 1, 3), nn.GELU(approximate="tanh"))',
    "keras.Sequential([layers.Conv2D(1, 3), layers.ReLU(max_value=6)])",
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Tanh())",
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.BatchNorm2d(1))",
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.GroupNorm(1, 1))",
    'layers.Conv2D(1, 3, activation="softmax")',
]


@pytest.mark.parametrize("code", UNKNOWN)
def test_an_activation_that_values_cannot_have_is_an_error_only_beside_values_that_do_not_replace_it(code: str) -> None:
    assert read({"input": "ramp", "kernel": "box", "activation": "relu"}, code).values is not None
    assert spec_from_table({"layer": code, "input": [6, 6]}).values is None
    message = find_errors({"input": "ramp", "kernel": "box"}, code)["layer"]
    assert "values cannot be computed for" in message and "values.activation" in message


def test_what_changes_the_input_before_the_first_layer_is_an_error() -> None:
    code = "nn.Sequential({}, nn.Conv2d(1, 1, 3))"
    assert "before the first" in find_errors({"input": "ramp", "kernel": "box"}, code.format("nn.ReLU()"))["layer"]
    read({"input": "ramp", "kernel": "box"}, code.format("nn.Identity()"))


def test_a_batch_normalization_in_the_code_needs_its_numbers() -> None:
    code = "nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1), nn.ReLU())"
    assert "batch normalization" in find_errors({"input": "ramp", "kernel": "box"}, code)["values.norm"]
    values = read({"input": "ramp", "kernel": "box", "norm": {"mean": 2}}, code).values
    assert values is not None and values.norm == Norm(mean=2.0) and values.activation == "relu"
