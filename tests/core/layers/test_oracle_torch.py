# SPDX-License-Identifier: GPL-3.0-or-later
"""The mapping against PyTorch itself: sizes, and by impulses the kernel tap and the input that reach each output.

No formula is used here: torch computes, and its output is compared with the output of `kernelwalk inspect --json`.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Conv, ConvTranspose, SpecError, spec_from_table
from kernelwalk_pipeline import report

torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
functional = torch.nn.functional

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel"
)  # torch warns that it may be slow

SETTINGS = 250
"""Number of random settings of each operation, half of them with padding of each side."""

Setting = dict[str, Any]
Support = dict[tuple[int, ...], set[tuple[tuple[int, ...], tuple[int, ...]]]]


def random_setting(random: np.random.Generator, op: str) -> Setting:
    """Return a setting in which axes and sides often differ; torch may reject it."""

    def per_axis(minimum: int, maximum: int) -> list[int]:
        return random.integers(minimum, maximum + 1, 2).tolist()

    setting: Setting = {
        "op": op,
        "input": per_axis(1, 7),
        "kernel": per_axis(1, 4),
        "stride": per_axis(1, 4),
        "dilation": per_axis(1, 3),
        "padding": [per_axis(0, 3), per_axis(0, 3)] if random.random() < 0.5 else per_axis(0, 3),
    }
    if op == "conv_transpose":
        setting["output_padding"] = per_axis(0, 2)
    elif random.random() < 0.1:
        setting["padding"] = "valid" if random.random() < 0.5 else "same"
        setting["stride"] = 1 if setting["padding"] == "same" else setting["stride"]
    return setting


def run(setting: Setting, cells: Any, weight: Any) -> Any:
    """Return torch's output. Its layers pad both sides equally, so other padding is done around them, also by torch."""
    stride, dilation, padding = setting["stride"], setting["dilation"], setting["padding"]
    by_side = isinstance(padding, list) and isinstance(padding[0], list)
    if setting["op"] == "conv":
        if by_side:
            (top, bottom), (left, right) = padding
            cells, padding = functional.pad(cells, (left, right, top, bottom)), 0
        return functional.conv2d(cells, weight, None, stride, padding, dilation)
    extra = setting["output_padding"]
    if not by_side:
        return functional.conv_transpose2d(cells, weight, None, stride, padding, extra, 1, dilation)
    (top, bottom), (left, right) = padding
    whole = functional.conv_transpose2d(cells, weight, None, stride, 0, extra, 1, dilation)
    height, width = whole.shape[2] - top - bottom, whole.shape[3] - left - right
    if height < 1 or width < 1:
        raise RuntimeError("the whole output is cropped")
    return whole[:, :, top : top + height, left : left + width]


def support(setting: Setting) -> tuple[tuple[int, ...], Support]:
    """Return the output's size, and for each output the (kernel, input) pairs on which it depends.

    The input's cells are impulses, one per batch entry; the kernel's taps are impulses too, one per output channel.
    So each number that torch returns is 1 where that tap of that input reaches that output, else 0.
    """
    height, width = setting["input"]
    rows, columns = setting["kernel"]
    inputs, taps = height * width, rows * columns
    cells = torch.eye(inputs, dtype=torch.float64).reshape(inputs, 1, height, width)
    weight = torch.eye(taps, dtype=torch.float64)
    by_channel = (taps, 1, rows, columns) if setting["op"] == "conv" else (1, taps, rows, columns)
    result = run(setting, cells, weight.reshape(by_channel))
    pairs: Support = {}
    for cell, tap, *output in result.nonzero().tolist():
        pair = (divmod(tap, columns), divmod(cell, width))
        pairs.setdefault(tuple(output), set()).add(pair)
    return tuple(result.shape[2:]), pairs


def gradient_support(setting: Setting, output: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Return the inputs in which torch's gradient of one output is not zero."""
    height, width = setting["input"]
    cells = torch.zeros(1, 1, height, width, dtype=torch.float64, requires_grad=True)
    result = run(setting, cells, torch.ones(1, 1, *setting["kernel"], dtype=torch.float64))
    result[0, 0, output[0], output[1]].backward()
    return {tuple(index) for index in cells.grad[0, 0].nonzero().tolist()}


def inspected(setting: Setting) -> dict[str, Any]:
    """Return the output of `kernelwalk inspect --json`."""
    return json.loads("".join(report.format_json(spec_from_table({"layer": setting}))))


@pytest.mark.parametrize("op", ["conv", "conv_transpose"])
def test_sizes_and_taps_are_those_of_torch(op: str) -> None:
    random = np.random.default_rng(20260 if op == "conv" else 20261)
    compared = 0
    while compared < SETTINGS:
        setting = random_setting(random, op)
        try:
            size, expected = support(setting)
        except RuntimeError:  # torch rejects it, and so must Kernelwalk
            with pytest.raises(SpecError):
                spec_from_table({"layer": setting})
            continue
        inspection = inspected(setting)
        assert tuple(inspection["output"]) == size, setting
        assert inspection["steps"] == len(inspection["walk"]) == size[0] * size[1]
        for step in inspection["walk"]:
            taps = {(tuple(kernel), tuple(cell)) for kernel, cell in step["taps"] if cell is not None}
            assert taps == expected.get(tuple(step["output"]), set()), (setting, step["output"])
            if op == "conv":
                assert len(step["taps"]) == setting["kernel"][0] * setting["kernel"][1]
            else:
                assert None not in [cell for _, cell in step["taps"]]
        compared += 1


@pytest.mark.parametrize("op", ["conv", "conv_transpose"])
def test_contributing_inputs_are_the_support_of_torchs_gradient(op: str) -> None:
    random = np.random.default_rng(11)
    compared = 0
    while compared < 60:
        setting = random_setting(random, op)
        try:
            support(setting)
        except RuntimeError:
            continue
        for step in inspected(setting)["walk"]:
            inputs = {tuple(cell) for _, cell in step["taps"] if cell is not None}
            assert inputs == gradient_support(setting, tuple(step["output"])), (setting, step["output"])
        compared += 1


def test_named_paddings_are_torchs() -> None:
    for kernel in range(1, 6):
        for dilation in range(1, 4):
            cells, weight = torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, kernel, kernel)
            for name in ("same", "valid"):
                size = functional.conv2d(cells, weight, padding=name, dilation=dilation).shape[2:]
                assert Conv(16, kernel, padding=name, dilation=dilation).output == tuple(size)


def test_the_modules_of_torch_agree_with_the_layers() -> None:
    module = torch.nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1)
    assert tuple(module(torch.zeros(1, 1, 3, 3)).shape[2:]) == ConvTranspose(3, 3, 2, 1, output_padding=1).output
