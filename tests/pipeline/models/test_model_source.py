# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of models as specs: their values are those that ONNX Runtime computes, however a file holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.shown_channels import choose_shown_channels
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.models.model_choice import Feed, ModelChoice
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_layers import list_layers
from kernelwalk_pipeline.models.model_source import TOLERANCE, ModelSpec, measure_difference, read_model
from PIL import Image

from .onnx_models import CHAIN, MODELS, NESTED_IF, WHOLE_NUMBERS, B, W, graph, node, save, tensor

OPEN_SIZE = (6, 7)
HALF_TOLERANCE = 2e-3


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Return a function that saves a model, runs it on random numbers, and returns its path, its input and the spec."""

    def run(given: Any, choice: dict[str, Any], feed: dict[str, str] | None = None) -> tuple[Path, Any, ModelSpec]:
        path = save(tmp_path / "model.onnx", given)
        sizes = [each.dim_value or 1 for each in given.input[0].type.tensor_type.shape.dim]
        sizes[2:] = [size if size > 1 else OPEN_SIZE[at] for at, size in enumerate(sizes[2:])]
        numbers = np.random.default_rng(3).normal(size=sizes)
        np.save(tmp_path / "x.npy", numbers)
        arrays = {"x": str(tmp_path / "x.npy"), **(feed or {})}
        return path, numbers, read_model(path, ModelChoice(**choice, feed=Feed(arrays=tuple(arrays.items()))))

    return run


def final_output(path: Path, numbers: Any) -> Any:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    kind = np.float16 if "float16" in session.get_inputs()[0].type else np.float32
    return session.run(None, {"x": numbers.astype(kind)})[0][0]


def compute(found: ModelSpec) -> Any:
    values = compute_values(spec_from_table(found.table))
    assert values is not None
    return values


@pytest.mark.parametrize("name", MODELS)
def test_a_layer_has_the_values_of_the_model(read, name):
    path, numbers, found = read(MODELS[name], {"layer": "0"})
    result = compute(found)
    tolerance = HALF_TOLERANCE if name == "float16" else TOLERANCE
    assert measure_difference(result.grids[-1], found.grids[-1]) <= tolerance
    if name != "QDQ":  # there the layer's output is quantized once more; elsewhere it is the model's own
        assert measure_difference(result.grids[-1], final_output(path, numbers)) <= max(tolerance, 2 * TOLERANCE)
    assert found.compare(spec_from_table(found.table)) == [] or name == "float16"


def test_what_follows_a_convolution_is_drawn_with_it(read):
    values = read(MODELS["normalization and ReLU"], {"layer": "conv"})[2].table["values"]
    assert values["activation"] == "relu"
    assert values["norm"]["mean"] == [0.5, -0.5, 0]
    assert read(MODELS["SiLU"], {"layer": "conv"})[2].table["values"]["activation"] == "silu"


def test_a_convolution_in_branches_within_branches_is_read(read):
    found = read(NESTED_IF, {"layer": "conv"}, {"flag": "1"})[2]
    assert measure_difference(compute(found).grids[-1], found.grids[-1]) <= TOLERANCE
    assert found.table["values"]["activation"] == "relu"


def test_a_branch_that_does_not_run_is_told(read):
    with pytest.raises(UsageError, match=r"then_branch of \"inner\" in then_branch of \"outer\", which these inputs"):
        read(NESTED_IF, {"layer": "conv"}, {"flag": "0"})


def test_a_title_of_many_words_fits_a_spec(read):
    weights = tensor("w", 2000, 1, 3, 3)
    given = graph([node("Conv", "x", "w", group=1000, name="n" * 60)], [weights], reads=(1, 1000, 3, 3))
    found = read(given, {"layer": "0", "region": ((0, 1), (0, 1)), "channels": (1990, 1992, 1994, 1996, 1998)})[2]
    assert len(spec_from_table(found.table).title) == 120


def test_a_convolution_of_bytes_is_drawn_before_its_rounding(read):
    path, numbers, found = read(WHOLE_NUMBERS["QLinearConv"], {"layer": "0"})
    assert found.table["values"]["activation"] == "relu"
    assert found.notes == ["c: the model rounds its values to steps of 0.02; those before it are drawn"]
    ours = np.clip(compute(found).grids[-1], 0, 255 * 0.02)
    steps = np.abs(ours - final_output(path, numbers)) / 0.02
    assert 0.4 < steps.max() <= 0.501
    assert found.compare(spec_from_table(found.table)) == []
    found.table["values"]["bias"][0] += 0.02
    assert "of its steps" in found.compare(spec_from_table(found.table))[0]


def test_a_convolution_of_whole_numbers_has_those_of_the_model(read):
    path, numbers, found = read(WHOLE_NUMBERS["ConvInteger"], {"layer": "0"})
    assert np.array_equal(compute(found).grids[-1], final_output(path, numbers))
    assert found.compare(spec_from_table(found.table)) == []


@pytest.mark.parametrize("op", WHOLE_NUMBERS)
def test_convolutions_of_whole_numbers_are_listed_by_their_operator(read, op):
    layers = list_layers(load_model(read(WHOLE_NUMBERS[op], {"layer": "0"})[0]))
    assert [(layer.op, layer.reason) for layer in layers] == [(op, "")]


def test_padding_by_a_node_is_the_layers_own_where_that_is_the_same(read):
    zeros, mirrored, ones = (
        read(MODELS[f"{name} padded by a node"], {"layer": "conv"})[2].table["layer"]
        for name in ("zeros", "reflection", "ones")
    )
    assert (zeros["input"], zeros["padding"]) == ([6, 7], [[1, 3], [1, 1]])
    assert (mirrored["padding"], mirrored["padding_mode"]) == ([[1, 1], [2, 0]], "reflect")
    assert (ones["input"], ones["padding"]) == ([8, 9], [[0, 0], [0, 0]])


def test_a_chain_has_the_values_of_the_model(read):
    path, numbers, found = read(CHAIN, {"layers": "conv..last", "channels": (1, 4)})
    spec = spec_from_table(found.table)
    assert [layer.op for layer in spec.layers] == ["conv", "max_pool", "conv"]
    result = compute(found)
    assert measure_difference(result.grids[-1], final_output(path, numbers)[[1, 4]]) <= TOLERANCE
    assert found.compare(spec) == []


def test_another_value_is_told(read):
    found = read(CHAIN, {"layers": "conv..last"})[2]
    found.table["values"]["layers"][0]["bias"][0] += 0.01
    assert "differ from the model's by up to" in found.compare(spec_from_table(found.table))[0]


# channels


def test_named_channels_are_drawn_with_all_that_they_sum_up(read):
    path, numbers, found = read(MODELS["initializers"], {"layer": "0", "channels": (2,)})
    assert found.table["layer"]["out_channels"] == 1 and found.table["layer"]["in_channels"] == 2
    assert measure_difference(compute(found).grids[-1], final_output(path, numbers)[[2]]) <= TOLERANCE
    assert found.notes == ["conv: output channel 2 of 3"]


def test_of_a_depthwise_convolution_only_the_channels_groups_are_drawn(read):
    given = graph([node("Conv", "x", "w", group=20)], [tensor("w", 20, 1, 3, 3)], reads=(1, 20, 5, 5))
    path, numbers, found = read(given, {"layer": "0", "channels": (3, 17)})
    assert (found.table["layer"]["in_channels"], found.table["layer"]["groups"]) == (2, 2)
    assert measure_difference(compute(found).grids[-1], final_output(path, numbers)[[3, 17]]) <= TOLERANCE


MANY = graph([node("Conv", "x", "w")], [tensor("w", 5, 20, 3, 3)], reads=(1, 20, 5, 5))


def test_where_a_sum_has_too_many_inputs_the_strongest_is_drawn_and_the_sum_has_all(read):
    path, numbers, found = read(MANY, {"layer": "0"})
    spec = spec_from_table(found.table)
    assert spec.layer.channels.inputs == 20 and not spec.shows_channels
    expected = final_output(path, numbers)
    strongest = int(np.square(expected).mean(axis=(1, 2)).argmax())
    assert measure_difference(compute(found).grids[-1], expected[[strongest]]) <= TOLERANCE
    weights = onnx.numpy_helper.to_array(MANY.initializer[0])[strongest]
    shares = np.linalg.norm(weights, axis=(1, 2)) * np.linalg.norm(numbers[0], axis=(1, 2))
    assert choose_shown_channels(spec, compute(found)) == (shares.argmax(), 0)
    assert f"output channel {strongest} of 5, input channel {shares.argmax()} of 20, the sum has all" in spec.title


WRONG_CHANNELS = {
    "too many slices": (MANY, (0, 1), "2 channels need 20 slices in a grid, and 16 can be drawn"),
    "no such channel": (MANY, (5,), "5 is not a channel"),
    "one twice": (MANY, (1, 1), "named twice"),
    "unequal groups": (
        graph([node("Conv", "x", "w", group=2)], [tensor("w", 6, 2, 3, 3)], reads=(1, 4, 5, 5)),
        (0, 1, 3),
        "not the same number from each group",
    ),
}


@pytest.mark.parametrize("name", WRONG_CHANNELS)
def test_channels_that_cannot_be_drawn_are_refused(read, name):
    given, channels, message = WRONG_CHANNELS[name]
    with pytest.raises(UsageError, match=message):
        read(given, {"layer": "0", "channels": channels})


# regions

WINDOWED = [
    *("initializers", "groups, strides and dilation", "SAME_UPPER", "one axis", "normalization and ReLU"),
    *("average pooling", "average pooling that counts padding", "max pooling"),
]


@pytest.mark.parametrize("name", WINDOWED)
def test_a_region_has_the_values_of_the_whole_output(read, name):
    path, numbers, found = read(MODELS[name], {"layer": "0"})
    whole = final_output(path, numbers)
    source, drawn = np.random.default_rng(7), 0
    for _ in range(8):
        region = tuple(tuple(sorted(source.choice(size + 1, 2, replace=False).tolist())) for size in whole.shape[1:])
        try:
            found = read(MODELS[name], {"layer": "0", "region": region})[2]
        except UsageError as error:
            # a window past the padding, by ceil_mode; or one on padding alone, by wide padding
            reasons = {"max pooling": "past the padding", "groups, strides and dilation": "read padding only"}
            assert reasons[name] in str(error)
            continue
        cells = tuple(slice(*each) for each in region)
        assert compute(found).grids[-1] == pytest.approx(whole[(slice(None), *cells)], abs=1e-5)
        assert found.table["title"].endswith(f"outputs [{', '.join(f'{first}:{end}' for first, end in region)}]")
        drawn += 1
    assert drawn > 2


WRONG_REGIONS = {
    "too large": ("initializers", {"layer": "0"}, ((0, 2), (0, 9)), r"the output of conv is \[6, 7\]"),
    "an axis too few": ("initializers", {"layer": "0"}, ((0, 2),), r"the output of conv is \[6, 7\]"),
    "another layer": ("Resize", {"layer": "0"}, ((0, 2), (0, 2)), "regions are drawn of convolutions and poolings"),
}


@pytest.mark.parametrize("name", WRONG_REGIONS)
def test_regions_that_cannot_be_drawn_are_refused(read, name):
    model, choice, region, message = WRONG_REGIONS[name]
    with pytest.raises(UsageError, match=message):
        read(MODELS[model], {**choice, "region": region})
    with pytest.raises(UsageError, match="it is for one layer"):
        read(CHAIN, {"layers": "conv..last", "region": region})


# pictures


def read_picture_model(folder: Path, shape: Any, **feed: Any) -> tuple[Any, list[str]]:
    """Return the input that a layer gets from a picture of 4 × 8, red on its left, and the notes."""
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, :4, 0] = 255
    Image.fromarray(pixels).save(folder / "a.png")
    channels = shape[1] if isinstance(shape[1], int) else 3
    path = save(folder / "model.onnx", graph([node("Conv", "x", "w")], [tensor("w", 1, channels, 1, 1)], reads=shape))
    found = read_model(path, ModelChoice("0", feed=Feed(folder / "a.png", **feed)))
    return np.array(found.table["values"]["input"]), found.notes


def test_a_picture_is_scaled_to_the_models_size_and_this_is_told(tmp_path):
    values, notes = read_picture_model(tmp_path, (1, 3, 2, 4))
    assert values.shape == (3, 2, 4)
    assert values[0].tolist() == [[1, 1, 0, 0]] * 2 and not values[1:].any()
    assert notes[0] == "a.png: RGB, 2 × 4, scaled from 4 × 8, white is 1"


def test_an_open_size_is_the_pictures_or_that_of_the_command(tmp_path):
    assert read_picture_model(tmp_path, (1, 3, "h", "w"))[0].shape == (3, 4, 8)
    assert read_picture_model(tmp_path, (1, 3, "h", "w"), size=(2, 2))[0].shape == (3, 2, 2)


def test_white_mean_and_spread_prepare_the_pixels_and_bgr_turns_them(tmp_path):
    options = {"white": 255.0, "mean": (1.0, 2.0, 3.0), "spread": (2.0, 1.0, 1.0)}
    assert read_picture_model(tmp_path, (1, 3, 4, 8), **options)[0][:, 0, 0].tolist() == [127, -2, -3]
    assert read_picture_model(tmp_path, (1, 3, 4, 8), **options, is_bgr=True)[0][:, 0, 0].tolist() == [-0.5, -2, 252]


def test_a_model_of_one_channel_gets_gray(tmp_path):
    values, notes = read_picture_model(tmp_path, (1, 1, 4, 8))
    assert values.ravel()[0] == pytest.approx(0.299)
    assert "gray" in notes[0]


# weights in other files


def test_weights_beside_the_model_are_read(tmp_path):
    given = graph([node("Conv", "x", "w", "b")], [W, B], reads=(1, 2, 4, 4))
    np.save(tmp_path / "x.npy", np.ones((2, 4, 4)))
    options = {"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0}
    path = save(tmp_path / "model.onnx", given, **options)
    assert (tmp_path / "weights.bin").stat().st_size >= 4 * 57
    found = read_model(path, ModelChoice("0", feed=Feed(arrays=(("x", str(tmp_path / "x.npy")),))))
    assert np.array_equal(found.table["values"]["kernel"], onnx.numpy_helper.to_array(W))
