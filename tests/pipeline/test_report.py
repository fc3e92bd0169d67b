# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of inspect for layers that are no presets."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import SpecError, load_preset, spec_from_table
from kernelwalk.core.spec.limits import Purpose
from kernelwalk_pipeline.report import format_json, list_rows

small = st.integers(1, 4)
layers = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["conv", "conv_transpose"]),
        "input": st.tuples(st.integers(1, 6), st.integers(1, 6)),
        "kernel": st.tuples(small, small),
        "stride": st.tuples(small, small),
        "dilation": st.tuples(small, small),
        "padding": st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    }
)


def spec_of(layer, **sections):
    try:
        return spec_from_table({"layer": layer, **sections})
    except SpecError:
        return None


@settings(max_examples=60, deadline=None)
@given(layer=layers)
def test_the_formula_of_each_axis_is_right_as_arithmetic(layer):
    spec = spec_of(layer)
    if spec is None:
        return
    formulas = [value for name, value in list_rows(spec) if not name]
    assert [formula[0] for formula in formulas] == ["y", "x"]
    for axis, formula in enumerate(formulas):
        _, left, right = formula.split(" = ")
        python = left.replace("·", "*").replace("⌊", "floor(").replace("⌋", ")")
        assert eval(python, {"floor": math.floor}) == int(right) == spec.layer.output[axis]


@settings(max_examples=60, deadline=None)
@given(layer=layers)
def test_the_pieces_are_one_json_object_with_every_step(layer):
    spec = spec_of(layer)
    if spec is None:
        return
    reported = json.loads("".join(format_json(spec)))
    assert reported["steps"] == len(reported["walk"]) == math.prod(reported["output"])
    assert sorted(tuple(entry["output"]) for entry in reported["walk"]) == [
        (y, x) for y in range(reported["output"][0]) for x in range(reported["output"][1])
    ]


def test_json_is_yielded_in_pieces_to_limit_memory():
    spec = spec_of({"op": "conv", "input": 900, "kernel": 1}, walk={"frames_per_step": 1})
    pieces = format_json(spec)
    assert max(len(next(pieces)) for _ in range(50)) < 400


@pytest.mark.parametrize(
    ("layer", "tiles"),
    [
        ({"op": "conv", "input": 5, "kernel": 3}, "25 input, 0 padding and zeros, 9 output"),
        ({"op": "conv", "input": 5, "kernel": 3, "padding": 1}, "25 input, 24 padding and zeros, 25 output"),
        ({"op": "conv_transpose", "input": 2, "kernel": 3}, "4 input, 32 padding and zeros, 16 output"),
        ({"op": "conv_transpose", "input": 2, "kernel": 3, "stride": 2}, "4 input, 45 padding and zeros, 25 output"),
    ],
)
def test_every_kind_of_tile_is_counted(layer, tiles):
    assert ("tiles", tiles) in list_rows(spec_of(layer))


AVERAGE = {"op": "avg_pool", "input": 6, "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}


def test_special_parameters_are_reported_for_their_layers():
    rows = dict(list_rows(spec_of(AVERAGE)))
    assert (rows["rounded up"], rows["padding counts"]) == ("yes", "yes")
    assert rows["divisor"] == "4 to 9, the number of cells that count: input and padding"
    assert rows["tiles"] == "36 input, 28 padding and zeros, 17 beyond it, 16 output"
    assert rows["PyTorch"] == "nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True)"
    assert rows["Keras"].startswith("not as one layer: padding is")
    up = dict(list_rows(spec_of({"op": "upsample", "input": 2, "scale": [2, 3]})))
    assert (up["scale"], up["output"]) == ("2 × 3", "4 × 6") and "kernel" not in up
    copies = {"op": "conv", "input": 5, "kernel": 3, "padding": "same", "padding_mode": "reflect"}
    assert dict(list_rows(spec_of(copies)))["padding"] == "1 (same, reflect)"


def test_json_has_the_divisor_of_each_average_and_no_special_keys_for_other_layers():
    reported = json.loads("".join(format_json(spec_of(AVERAGE))))
    assert [entry["divisor"] for entry in reported["walk"][:4]] == [9, 9, 9, 6]
    assert all(len(entry["taps"]) == entry["divisor"] for entry in reported["walk"])
    usual = json.loads("".join(format_json(spec_of({"op": "conv", "input": 5, "kernel": 3}))))
    assert list(usual) == ["op", "input", "output", "kernel", "stride", "dilation", "padding", "steps", "walk", "code"]
    assert usual["code"]["pytorch"] == {"line": "nn.Conv2d(1, 1, 3)", "remarks": []}
    mode = {"op": "conv", "input": 3, "kernel": 3, "padding": 1, "padding_mode": "circular"}
    reported = json.loads("".join(format_json(spec_of(mode))))
    assert reported["code"]["keras"]["obstacle"].startswith("pads with zeros only")
    assert reported["padding_mode"] == "circular" and reported["walk"][0]["taps"][0] == [[0, 0], [2, 2]]


def test_the_seconds_are_those_of_the_film():
    spec = spec_of({"op": "conv", "input": 3, "kernel": 3}, walk={"fps": 30, "frames_per_step": 6, "lead_in": 0})
    assert ("walk", "1 steps by rows, 18 frames, 0.6 s at 30 fps") in list_rows(spec)


CHAIN = [{"code": "nn.Conv2d(1, 4, 3, padding=1)", "input": 12}, {"op": "max_pool", "kernel": 2},
         {"code": "layers.DepthwiseConv2D(3)"}, {"op": "upsample", "scale": 2}]  # fmt: skip


def test_a_chain_is_reported_layer_by_layer_with_its_receptive_fields():
    rows = list_rows(spec_from_table({"layers": CHAIN}))
    assert [value for name, value in rows if name == "receptive field"] == [
        "3 cells, jump 1, start 0",
        "4 cells, jump 2, start 1/2",
        "8 cells, jump 2, start 5/2",
        "8 cells, jump 1, start 2",
    ]
    assert [name for name, _ in rows if name.startswith("layer ")] == ["layer 1", "layer 2", "layer 3", "layer 4"]
    assert rows[-1] == ("walk", "64 steps by rows, 792 frames, 33.0 s at 24 fps")


def test_json_has_the_layers_of_a_chain_and_the_cells_of_the_first_input_that_each_step_reads():
    reported = json.loads("".join(format_json(spec_from_table({"layers": CHAIN}))))
    assert [layer["op"] for layer in reported["layers"]] == ["conv", "max_pool", "conv", "upsample"]
    assert reported["layers"][1]["receptive_field"] == [{"size": 4, "jump": 2, "start": "1/2"}] * 2
    assert reported["op"] == "upsample" and reported["steps"] == len(reported["walk"]) == 64
    assert reported["walk"][2]["reads"] == [list(range(7)), list(range(1, 9))]


def test_several_channels_are_reported():
    rich = {"op": "conv", "input": [9], "kernel": 3, "in_channels": 8, "out_channels": 4, "groups": 2}
    rows = dict(list_rows(spec_of(rich)))
    assert (rows["channels"], rows["weights"]) == ("8 → 4, in 2 groups", "4·4·3 = 48")
    assert (rows["output"], rows["PyTorch"]) == ("7", "nn.Conv1d(8, 4, 3, groups=2)")
    head = json.loads("".join(format_json(spec_of(rich))))
    assert (head["in_channels"], head["out_channels"], head["groups"], head["output"]) == (8, 4, 2, [7])
    assert "channels" not in dict(list_rows(spec_of({"op": "conv", "input": 9, "kernel": 3})))


def test_axis_names_depend_on_the_number_of_axes():
    for size, names in (([5], "x"), ([5, 5], "yx"), ([5, 5, 5], "zyx")):
        rows = list_rows(spec_of({"op": "conv", "input": size, "kernel": 3}))
        assert [value[0] for name, value in rows if not name] == list(names)
    rows = list_rows(spec_of({"op": "pixel_shuffle", "input": 3, "factor": 2}))
    assert ("", "channels = 4 / (2·2) = 1") in rows and ("", "y = 3·2 = 6") in rows


@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_a_walk_that_skips_positions_is_reported_with_its_steps(order):
    layer = {"op": "conv", "input": [5, 6], "kernel": [2, 3]}
    walk = {"order": order, "every": 3, "first": 2, "fast_frames": 2, "lead_in": 5, "lead_out": 0, "intro": 7}
    every_one, some = spec_of(layer, walk={"order": order}), spec_of(layer, walk=walk)
    reported, all_told = (json.loads("".join(format_json(spec))) for spec in (some, every_one))
    assert reported["walk"] == [all_told["walk"][step] for step in (0, 1, 4, 7, 10, 13, 15)]
    assert reported["steps"] == some.step_count == len(reported["walk"]) == 7
    (line,) = [value for name, value in list_rows(some) if name == "walk"]
    # four slow steps of 12 frames, then ones of 11, 10 and 9
    assert line == f"7 steps over 16 positions by {order}, 90 frames, 3.8 s at 24 fps"


def test_a_report_needs_no_film_and_says_why_there_is_none():
    rows = dict(list_rows(spec_from_table({"layer": "nn.Conv2d(1, 64, 3)", "input": [572, 572]}, Purpose.REPORT)))
    assert rows["output"] == "570 × 570"
    assert "3,898,824 frames" in rows["no film"] and "--set walk.every=" in rows["no film"]
    assert "no film" not in dict(list_rows(load_preset("max_pool")))


def test_the_layers_of_vgg19_are_a_chain():
    layers, channels = [], 3
    for outputs, count in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
        for _ in range(count):
            layers += [f"nn.Conv2d({channels}, {outputs}, kernel_size=3, padding=1)", "nn.ReLU(inplace=True)"]
            channels = outputs
        layers.append("nn.MaxPool2d(kernel_size=2, stride=2)")
    spec = spec_from_table({"layer": f"nn.Sequential({', '.join(layers)})", "input": [224, 224]})
    assert list_rows(spec)[-2] == ("receptive field", "268 cells, jump 32, start 31/2")
    assert (len(spec.layers), spec.layer.output) == (21, (7, 7))
