# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that need no Blender: inspect, presets, help; and that they load neither Blender nor what encodes."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from typing import Any

import pytest
from kernelwalk.core.spec import presets

PRESETS = presets.preset_names()
PLAIN = [
    name
    for name, spec in ((name, presets.load_preset(name)) for name in PRESETS)
    if len(spec.layers) == 1 and spec.layer.dims == 2 and spec.walk.filters == "together" and "pixel" not in name
]
"""The presets of one layer in two dimensions, whose taps are told by hand."""
COMMANDS = ["render", "still", "sheet", "gallery", "blend", "inspect", "presets", "package"]
KEYS = ["op", "input", "output", "kernel", "stride", "dilation", "padding", "steps", "walk"]


def taps_by_hand(told: dict[str, Any], output: list[int]) -> list[list[Any]]:
    """The taps of an output position, by looking at every kernel index and, where transposed, every input cell."""
    if told["op"] == "upsample":
        return [[[0, 0], [place // scale for place, scale in zip(output, told["scale"], strict=True)]]]
    transposed = told["op"] == "conv_transpose"
    counts = told["op"] == "conv" or told.get("count_include_pad", False)
    found: list[list[Any]] = []
    for tap in itertools.product(*map(range, told["kernel"])):
        cell: list[int] | None = []
        beyond = False
        for place, index, axis in zip(output, tap, range(2), strict=True):
            before, stride = told["padding"][axis][0], told["stride"][axis]
            reach, size = index * told["dilation"][axis], told["input"][axis]
            if transposed:
                reads = [i for i in range(size) if i * stride + reach - before == place]
            else:
                under = held(place * stride + reach - before, size, told.get("padding_mode", "zeros"))
                reads = [i for i in range(size) if under == i]
                beyond = beyond or under >= size + told["padding"][axis][1]
            cell = cell + reads if cell is not None and reads else None
        if cell is not None or (counts and not beyond):
            found.append([list(tap), cell])
    return found


def held(cell: int, size: int, mode: str) -> int:
    """The cell that a cell of padding is a copy of."""
    if mode == "replicate":
        return min(max(cell, 0), size - 1)
    if mode == "circular":
        return (cell + size) % size
    if mode == "reflect":
        return -cell if cell < 0 else cell if cell < size else 2 * (size - 1) - cell
    return cell


def inspected(call: Any, *words: str) -> dict[str, Any]:
    ran = call("inspect", *words, "--json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


@pytest.mark.parametrize("name", PLAIN)
def test_every_plain_preset_tells_its_whole_mapping_as_json(call, name):
    told = inspected(call, name)
    assert set(KEYS) <= set(told)
    assert ("output_padding" in told) == (told["op"] == "conv_transpose")
    for key in ("input", "output", "kernel", "stride", "dilation"):
        assert len(told[key]) == 2
        assert all(type(size) is int for size in told[key])
    assert [len(pair) for pair in told["padding"]] == [2, 2]
    assert told["steps"] == told["output"][0] * told["output"][1] == len(told["walk"])
    for entry in told["walk"]:
        assert list(entry) == ["output", "taps", *(["divisor"] if told["op"] == "avg_pool" else [])]
        assert entry.get("divisor", len(entry["taps"])) == len(entry["taps"])
        assert entry["taps"] == taps_by_hand(told, entry["output"])


UNEVEN = ["layer.input=[4,5]", "layer.kernel=[2,3]", "layer.stride=[2,1]", "layer.padding=[[0,1],[2,0]]"]


@pytest.mark.parametrize("op", ["conv", "conv_transpose"])
def test_axes_and_sides_that_differ_are_not_mixed_up(call, spec, op):
    settings = [f"--set={each}" for each in [*UNEVEN, f"layer.op={op}", "layer.dilation=[1,2]"]]
    told = inspected(call, str(spec()), *settings)
    assert told["padding"] == [[0, 1], [2, 0]]
    assert told["output"] == ([2, 3] if op == "conv" else [7, 7])
    for entry in told["walk"]:
        assert entry["taps"] == taps_by_hand(told, entry["output"])


def test_padding_is_null_and_a_transposed_convolution_has_none(call):
    cells = [cell for entry in inspected(call, "same_padding_no_strides")["walk"] for _, cell in entry["taps"]]
    assert None in cells
    cells = [cell for entry in inspected(call, "padding_strides_transposed")["walk"] for _, cell in entry["taps"]]
    assert cells
    assert None not in cells


ORDERS = {
    "rows": [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]],
    "columns": [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]],
    "serpentine": [[0, 0], [0, 1], [0, 2], [1, 2], [1, 1], [1, 0]],
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_walk_is_told_in_its_order(call, spec, order):
    told = inspected(call, str(spec(walk={"order": order})))
    assert [entry["output"] for entry in told["walk"]] == ORDERS[order]


def test_inspect_tells_sizes_and_counts_in_words(call, spec):
    path = spec(title="A title", layer={"stride": 2, "padding": [[0, 1], [0, 0]]})
    ran = call("inspect", path)
    assert (ran.code, ran.err) == (0, "")
    title, *rows = ran.out.splitlines()
    assert title == "A title"
    told = {row[:15].strip(): row[15:].strip() for row in rows if row[:15].strip()}
    assert told["operation"] == "Convolution"
    assert told["input"] == "3 × 4"
    assert told["stride"] == "2 × 2"
    assert told["padding"] == "y 0 and 1, x 0 and 0"
    assert told["output"] == "2 × 2"
    assert told["tiles"] == "12 input, 4 padding and zeros, 4 output"
    assert told["walk"] == "4 steps by rows, 13 frames, 1.3 s at 10 fps"
    assert "y = ⌊(3 + 0 + 1 - 1·(2 - 1) - 1) / 2⌋ + 1 = 2" in ran.out


def test_inspect_tells_of_cells_that_a_stride_leaves_unused(call, spec):
    ran = call("inspect", spec(layer={"input": 6, "kernel": 3, "stride": 2}))
    assert "11 input cells that no output reads" in ran.out
    assert "no output reads" not in call("inspect", spec()).out


def test_presets_lists_all_of_them_with_a_line_on_each(call):
    ran = call("presets")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == PRESETS
    for line in lines:
        name, says = line.split(maxsplit=1)
        told = inspected(call, name)
        first = told["layers"][0] if "layers" in told else told
        assert " × ".join(map(str, first["input"])) in says
        assert " × ".join(map(str, told["output"])) in says


def test_a_spec_and_its_preset_may_be_changed_by_set(call):
    told = inspected(call, "mathematica", "--set", "layer.stride=2", "--set", "layer.padding=full")
    assert told["stride"] == [2, 2]
    assert told["padding"] == [[4, 4], [4, 4]]
    assert told["output"] == [7, 7]


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_names_every_command(call, word):
    ran = call(word)
    assert (ran.code, ran.err) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(call, command):
    ran = call(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Usage" in ran.out


BLOCKED = """
import sys
for name in ("bpy", "mathutils"):
    sys.modules[name] = None
import kernelwalk_pipeline.__main__
sys.argv = ["kernelwalk", *sys.argv[1:]]
try:
    kernelwalk_pipeline.__main__.main()
finally:
    heavy = {"av", "PIL", "numpy", "rich", "kernelwalk.scene", "kernelwalk_pipeline.jobs.job"} & set(sys.modules)
    assert not heavy, heavy
"""


MISSING = """
import importlib.util, sys
importlib.util.find_spec = lambda name: None
from kernelwalk_pipeline.__main__ import main
main()
"""


CHAIN = ["inspect", "nn.Sequential(nn.Conv2d(1, 1, 3), nn.Upsample(scale_factor=2), nn.AvgPool2d(2))", "--input", "9x9"]
LIGHT = [["inspect", "no.toml"], CHAIN, ["presets"], ["-h"], ["render", "-h"]]
LIGHT += [["inspect", name, *json] for name in presets.preset_names() for json in ([], ["--json"])]


@pytest.mark.parametrize("words", LIGHT, ids=" ".join)
def test_what_needs_no_blender_runs_without_it_and_loads_nothing_heavy(words, tmp_path):
    done = subprocess.run([sys.executable, "-c", BLOCKED, *words], cwd=tmp_path, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == (2 if "no.toml" in words else 0)


def test_without_any_blender_that_is_what_is_told(tmp_path, spec):
    words = ["render", str(spec()), "-o", "film.mp4"]
    done = subprocess.run([sys.executable, "-c", MISSING, *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("kernelwalk: Blender was not found")
    assert "--blender" in line
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_reader_that_goes_away_is_no_crash(start, spec):
    process = start("inspect", spec(layer={"input": 60, "kernel": 3}), "--json")
    assert process.stdout is not None
    assert process.stdout.read(20).startswith('{"op": "conv"')
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)
    assert "Traceback" not in err
    assert "Exception" not in err


def test_a_terminal_without_unicode_is_no_crash(run, spec):
    from os import environ

    ran = run("inspect", spec(), env={**environ, "PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.err) == (0, "")
    assert "operation       Convolution" in ran.out
