# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk compare: its report, its exit codes and its messages."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SAME = 'layers.Conv2D(1, 3, strides=2, padding="same")'
PADDED = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"


def test_layers_that_compute_the_same_exit_with_0_and_others_with_1(call):
    same = call("compare", PADDED, SAME, "--input", "5x5")
    assert (same.code, same.err) == (0, "")
    assert same.out.splitlines()[2] == "result          they compute the same"
    other = call("compare", PADDED, SAME, "--input", "6x6")
    assert (other.code, other.err) == (1, "")
    rows = {line[:15].strip(): line[16:] for line in other.out.splitlines()}
    assert rows["A"] == "Convolution, 6 × 6 → 3 × 3"
    assert rows["result"] == "they differ"
    assert rows["window y, x"] == "B's begins 1 cell later: padding 0 and 1, in A 1 and 1"
    assert rows["to get A"].startswith('not as one layer of Keras: padding is "valid" or "same": put')
    turned = call("compare", SAME, PADDED, "--input", "6x6").out.splitlines()[-1]
    assert turned[16:].startswith("not as one layer of PyTorch: pads both sides equally: put nn.ZeroPad2d")


def test_the_comparison_as_json_has_the_numbers(call):
    told = json.loads(call("compare", PADDED, SAME, "--input", "6x6", "--json").out)
    numbers = "same", "common_outputs", "different_outputs", "outputs_from_other_cells", "first_difference"
    assert [told[name] for name in numbers] == [False, 9, 9, 9, [0, 0]]
    assert told["a"]["padding"] == [[1, 1], [1, 1]]
    assert told["axes"][1] == {
        **{"name": "x", "sizes": [3, 3], "cells": 1, "outputs": None, "is_flipped": False, "is_mirrored": False}
    }
    assert told["code_of_a"]["pytorch"]["line"] == PADDED


def test_the_second_layer_reads_the_input_of_the_first(call, spec):
    assert (
        call("compare", str(spec(layer={"op": "conv", "input": [6, 6], "kernel": 3})), "no_padding_no_strides").code
        == 0
    )
    assert call("compare", "no_padding_no_strides", "nn.Conv2d(1, 1, 3)").code == 0


def test_channels_that_code_does_not_tell_are_those_of_the_first_layer(call, monkeypatch):
    assert call("compare", "nn.Conv2d(4, 8, 3, groups=2)", "layers.Conv2D(8, 3, groups=2)", "--input", "5x5").code == 0
    assert call("compare", "nn.Conv2d(4, 4, 3, groups=4)", "layers.DepthwiseConv2D(3)", "--input", "5x5").code == 0
    assert call("compare", "nn.Conv2d(4, 8, 3)", "nn.Conv2d(2, 8, 3)", "--input", "5x5").code == 1
    Path("code.toml").write_text('layer = "layers.Conv2D(8, 3)"\ninput = [5, 5]', encoding="utf-8")
    assert call("compare", "nn.Conv2d(4, 8, 3)", "code.toml", "--input", "5x5").code == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"layers.Conv2D(8, 3)")))
    assert call("compare", "nn.Conv2d(4, 8, 3)", "-", "--input", "5x5").code == 0


def test_what_cannot_be_compared_is_said(call):
    for arguments, message in (
        (
            (PADDED, SAME),
            f"{PADDED}: layer.input: it is missing. Add --input with a size per axis, such as --input 28x28",
        ),
        (("conv_pool_conv", PADDED), "conv_pool_conv: it is a chain of 3 layers. Compare one layer with one"),
        (("padding_strides", "nosuch"), "nosuch: the file is not there. Name a TOML file, or a preset"),
        (("padding_strides", "nn.Conv1d(1, 1, 3)"), "nn.Conv1d(1, 1, 3): layer.code: kernel: [3] has 1 entry"),
    ):
        ran = call("compare", *arguments)
        assert ran.code == 2 and ran.out == ""
        assert message in ran.err


SMALL = ["render.samples=1", "walk.frames_per_step=1", "walk.lead_in=0", "walk.lead_out=0", "labels.names=false"]


@pytest.mark.parametrize("name", [pytest.param("both.png", marks=pytest.mark.thorough), "both.webp"])
def test_a_picture_and_a_film_show_both_layers(call, tmp_path, name):
    settings = [part for setting in SMALL for part in ("--set", setting)]
    command = ["compare", "nn.Conv2d(1, 1, 2)", 'layers.Conv2D(1, 2, padding="same")', "--input", "2x2", *settings]
    assert call(*command, "--size", "128x64", "-o", name).code == 1
    with Image.open(tmp_path / name) as film:
        assert film.size == (128, 64)
        assert getattr(film, "n_frames", 1) == (1 if name == "both.png" else 4)  # an output of the second layer each
        picture = np.asarray(film.convert("RGB"), np.int64)
    assert all(np.ptp(half.reshape(-1, 3), axis=0).min() > 50 for half in np.split(picture, 2, axis=1))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_name_that_is_no_drawing_is_an_error(call):
    ran = call("compare", PADDED, SAME, "--input", "2x2", "-o", "both.txt")
    assert ran.code == 2 and "both.txt: .txt is no picture, film or scene. Use .png, .mp4" in ran.err
