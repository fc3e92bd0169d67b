# SPDX-License-Identifier: GPL-3.0-or-later
"""Models on the command line: the commands of docs/models.md, on the small network of the preset `digit`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk.core.spec.presets import load_preset
from kernelwalk.core.values.compute import compute_values
from PIL import Image

MODEL = Path(__file__).resolve().parents[3] / "docs" / "digit.onnx"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return a picture of other pixels in each row."""
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_layers_are_listed_for_people_and_as_json(call):
    result = call("layers", MODEL)
    assert result.code == 0
    assert [line.split()[:3] for line in result.out.splitlines()[1:]] == [
        ["0", "conv", "Conv"],
        ["1", "pool", "MaxPool"],
    ]
    listed = json.loads(call("layers", MODEL, "--json").out)["layers"]
    assert [layer["then"] for layer in listed] == [["Relu"], []]
    assert [layer["receptive_field"] for layer in listed] == [[3, 3], [4, 4]]
    assert call("layers", MODEL, "--input", "8x8").code == 0
    assert call("inspect", MODEL).out == result.out, "a model without a layer"


def test_inspect_tells_the_values_of_a_layer_and_the_notes_stand_on_stderr(call, picture):
    result: Any = call(
        "inspect", MODEL, "--layer", "conv", "--image", picture, "--channels", "1", "--white", "255", "--json"
    )
    assert result.code == 0
    assert result.err.splitlines() == [
        f"{MODEL}: a.png: gray, 8 × 8, white is 255",
        f"{MODEL}: conv: output channel 1 of 3",
    ]
    values = json.loads(result.out)["values"]
    assert np.array_equal(np.squeeze(values["input"]), np.arange(64).reshape(8, 8))


def test_export_writes_a_spec_with_the_values_of_a_layer_which_needs_no_model(call, picture, tmp_path):
    options = ["--layer", "conv", "--image", picture, "--region", "1:4,0:3"]
    assert call("export", "values", MODEL, "-o", "conv.toml", *options).code == 0
    again = [json.loads(call("inspect", *each, "--json").out)["values"] for each in (["conv.toml"], [MODEL, *options])]
    assert again[0] == again[1]


def test_settings_apply_to_a_model(call, picture):
    options = ["--image", picture, "--set", "title=Mine"]
    assert call("inspect", MODEL, "--layers", "conv..pool", *options).out.startswith("Mine\n")


def test_the_preset_digit_has_the_values_of_its_model(call, tmp_path):
    expected = compute_values(load_preset("digit"))
    assert expected is not None
    np.save(tmp_path / "x.npy", expected.grids[0])
    feed = ["--feed", f"{call_input(call)}={tmp_path / 'x.npy'}"]
    values = json.loads(call("inspect", MODEL, "--layers", "conv..pool", *feed, "--json").out)["values"]
    assert np.allclose(values["output"], expected.grids[-1], atol=1e-6)


def call_input(call: Any) -> str:
    """Return the name of the model's input, which the error for another one tells."""
    return str(call("layers", MODEL, "--feed", "no=1").err.split("It has ")[1].strip())
