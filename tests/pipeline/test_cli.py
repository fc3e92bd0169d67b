# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that need no Blender (inspect, presets, help) and load neither it nor the encoders."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from typing import Any

import kernelwalk
import pytest
from kernelwalk.core.frameworks import known_frameworks
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec import presets

from .patience import PATIENCE

PRESETS = presets.list_presets()
LOADED = {name: presets.load_preset(name) for name in PRESETS}
INTERPOLATED = ["bilinear", "bilinear_align_corners"]
PLAIN = [
    name
    for name, spec in LOADED.items()
    if len(spec.layers) == 1 and spec.layer.dims == 2 and spec.walk.filters == "together"
    if "pixel" not in name and name not in INTERPOLATED
]
"""The presets of one two-dimensional layer, whose taps are computed independently."""
COMMANDS = ["new", "render", "still", "sheet", "gallery", "blend", "inspect", "presets", "package"]
KEYS = ["op", "input", "output", "kernel", "stride", "dilation", "padding", "steps", "walk"]


def taps_by_hand(reported: dict[str, Any], output: list[int]) -> list[list[Any]]:
    """Return the taps of an output position by trying every kernel index and, if transposed, every input cell."""
    if reported["op"] == "upsample":
        return [[[0, 0], [place // scale for place, scale in zip(output, reported["scale"], strict=True)]]]
    transposed = reported["op"] in ("conv_transpose", "fold")
    counts = reported["op"] == "conv" or reported.get("count_include_pad", False)
    result: list[list[Any]] = []
    for tap in itertools.product(*map(range, reported["kernel"])):
        cell: list[int] | None = []
        beyond = False
        for place, index, axis in zip(output, tap, range(2), strict=True):
            before, stride = reported["padding"][axis][0], reported["stride"][axis]
            reach, size = index * reported["dilation"][axis], reported["input"][axis]
            if transposed:
                reads = [i for i in range(size) if i * stride + reach - before == place]
            else:
                under = held(place * stride + reach - before, size, reported.get("padding_mode", "zeros"))
                reads = [i for i in range(size) if under == i]
                beyond = beyond or under >= size + reported["padding"][axis][1]
            cell = cell + reads if cell is not None and reads else None
        if cell is not None or (counts and not beyond):
            result.append([list(tap), cell])
    return result


def held(cell: int, size: int, mode: str) -> int:
    """Return the cell that a padding cell copies."""
    if mode == "replicate":
        return min(max(cell, 0), size - 1)
    if mode == "circular":
        return (cell + size) % size
    if mode == "reflect":
        return -cell if cell < 0 else cell if cell < size else 2 * (size - 1) - cell
    return cell


def inspected(call: Any, *arguments: str) -> dict[str, Any]:
    ran = call("inspect", *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


@pytest.mark.parametrize("name", PLAIN)
def test_every_plain_preset_prints_its_whole_mapping_as_json(call, name):
    reported = inspected(call, name)
    assert set(KEYS) <= set(reported)
    assert ("output_padding" in reported) == (reported["op"] == "conv_transpose")
    for key in ("input", "output", "kernel", "stride", "dilation"):
        assert len(reported[key]) == 2
        assert all(type(size) is int for size in reported[key])
    assert [len(pair) for pair in reported["padding"]] == [2, 2]
    assert reported["steps"] == reported["output"][0] * reported["output"][1] == len(reported["walk"])
    for entry in reported["walk"]:
        assert list(entry) == ["output", "taps", *(["divisor"] if reported["op"] == "avg_pool" else [])]
        assert entry.get("divisor", len(entry["taps"])) == len(entry["taps"])
        assert entry["taps"] == taps_by_hand(reported, entry["output"])


UNEVEN = ["layer.input=[4,5]", "layer.kernel=[2,3]", "layer.stride=[2,1]", "layer.padding=[[0,1],[2,0]]"]


@pytest.mark.parametrize("op", ["conv", "conv_transpose"])
def test_axes_and_sides_that_differ_are_not_mixed_up(call, spec, op):
    settings = [f"--set={item}" for item in [*UNEVEN, f"layer.op={op}", "layer.dilation=[1,2]"]]
    reported = inspected(call, str(spec()), *settings)
    assert reported["padding"] == [[0, 1], [2, 0]]
    assert reported["output"] == ([2, 3] if op == "conv" else [7, 7])
    for entry in reported["walk"]:
        assert entry["taps"] == taps_by_hand(reported, entry["output"])


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
def test_the_walk_is_printed_in_its_order(call, spec, order):
    reported = inspected(call, str(spec(walk={"order": order})))
    assert [entry["output"] for entry in reported["walk"]] == ORDERS[order]


def test_inspect_prints_sizes_and_counts(call, spec):
    path = spec(title="A title", layer={"stride": 2, "padding": [[0, 1], [0, 0]]})
    ran = call("inspect", path)
    assert (ran.code, ran.err) == (0, "")
    title, *rows = ran.out.splitlines()
    assert title == "A title"
    reported = {row[:15].strip(): row[15:].strip() for row in rows if row[:15].strip()}
    assert reported["operation"] == "Convolution"
    assert reported["input"] == "3 × 4"
    assert reported["stride"] == "2 × 2"
    assert reported["padding"] == "y 0 and 1, x 0 and 0"
    assert reported["output"] == "2 × 2"
    assert reported["tiles"] == "12 input, 4 padding and zeros, 4 output"
    assert reported["walk"] == "4 steps by rows, 13 frames, 1.3 s at 10 fps"
    assert "y = ⌊(3 + 0 + 1 - 1·(2 - 1) - 1) / 2⌋ + 1 = 2" in ran.out


def test_inspect_counts_cells_that_a_stride_leaves_unused(call, spec):
    ran = call("inspect", spec(layer={"input": 6, "kernel": 3, "stride": 2}))
    assert "11 input cells that no output reads" in ran.out
    assert "no output reads" not in call("inspect", spec()).out


def test_presets_prints_a_line_for_each_preset(call):
    ran = call("presets")
    assert (ran.code, ran.err) == (0, "")
    lines = [line for line in ran.out.splitlines() if line.startswith(" ")]
    assert sorted(line.split()[0] for line in lines) == PRESETS
    assert [line for line in ran.out.splitlines() if line not in lines] == list(presets.group_presets())
    for line in lines:
        name, expected_texts = line.split(maxsplit=1)
        reported = inspected(call, name)
        first = reported["layers"][0] if "layers" in reported else reported
        assert " × ".join(map(str, first["input"])) in expected_texts
        assert " × ".join(map(str, reported["output"])) in expected_texts


def test_set_changes_a_preset(call):
    reported = inspected(call, "mathematica", "--set", "layer.stride=2", "--set", "layer.padding=full")
    assert reported["stride"] == [2, 2]
    assert reported["padding"] == [[4, 4], [4, 4]]
    assert reported["output"] == [7, 7]


@pytest.mark.parametrize(
    "command",
    ["render", "still", "sheet", "blend", "new", "preview", "encode", "inspect", "export openjd", "export values"],
)
def test_every_command_that_takes_a_spec_has_the_options_of_specs(call, command):
    options = set(re.findall(r"^  (?:-o, )?(--[a-z]+)", call(*command.split(), "--help").out, re.MULTILINE))
    assert {"--set", "--input", "--layer", "--layers", "--image"} <= options
    assert command == "inspect" or {"--size", "--transparent", "--quality"} <= options


@pytest.mark.parametrize("argument", ["--help", "-h"])
def test_help_names_every_command(call, argument):
    ran = call(argument)
    assert (ran.code, ran.err) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in ran.out


def test_help_lists_the_commands_under_headings_in_the_order_of_use(call):
    lines = [line.split() for line in call("--help").out.splitlines() if line]
    headings = [line[0] for line in lines if len(line) < 3 and line[-1].endswith(":")]
    assert headings == ["Options:", "Start:", "Make:", "Look", "Operate:"]
    names = [line[0] for line in lines if line[0] in {*COMMANDS, "verify", "encode", "completion", "export"}]
    assert names == [*COMMANDS[:-1], "verify", "encode", "package", "completion", "export"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(call, command):
    ran = call(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Usage" in ran.out


BLOCKED = """
import json, sys
for name in ("bpy", "mathutils"):
    sys.modules[name] = None
import kernelwalk_pipeline.__main__
codes = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["kernelwalk", *words]
    try:
        kernelwalk_pipeline.__main__.main()
    except SystemExit as end:
        codes.append(end.code)
heavy = {"av", "PIL", "numpy", "rich", "kernelwalk.scene", "kernelwalk_pipeline.jobs.job"} & set(sys.modules)
assert not heavy, heavy
sys.exit(max(codes))
"""


MISSING = """
import importlib.util, sys
importlib.util.find_spec = lambda name: None
from kernelwalk_pipeline.__main__ import main
main()
"""


WITHOUT_NUMPY = [name for name, spec in LOADED.items() if spec.values is None and name not in INTERPOLATED]
"""Presets without values and weights of taps, which numpy computes."""

CHAIN = ["inspect", "nn.Sequential(nn.Conv2d(1, 1, 3), nn.Upsample(scale_factor=2), nn.AvgPool2d(2))", "--input", "9x9"]
LIGHT = {
    "no spec": [["inspect", "no.toml"]],
    "a chain": [CHAIN],
    "presets": [["presets"]],
    "help": [["-h"]],
    "help of render": [["render", "-h"]],
    "every preset without values": [["inspect", name] for name in WITHOUT_NUMPY],
    "every preset without values as JSON": [["inspect", name, "--json"] for name in WITHOUT_NUMPY],
}


@pytest.mark.parametrize("name", LIGHT)
def test_commands_that_need_no_blender_run_without_it_and_load_nothing_heavy(name, tmp_path):
    command = [sys.executable, "-c", BLOCKED, json.dumps(LIGHT[name])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == (2 if name == "no spec" else 0)


MODULES_OF_INSPECT = """
import sys
from kernelwalk_pipeline.__main__ import main
before = set(sys.modules)
sys.argv = ["kernelwalk", "inspect", "nn.Conv2d(1, 1, 3)", "--input", "5x5"]
try:
    main()
except SystemExit:
    print(*set(sys.modules) - before, file=sys.stderr)
    classes = [each for name in set(sys.modules) - before for each in vars(sys.modules[name]).values()]
    print(*{each.__module__ for each in classes if "__dataclass_fields__" in getattr(each, "__dict__", ())})
"""


def test_inspect_loads_its_layer_and_the_printed_frameworks_and_no_package_but_that_of_the_command_line():
    done = subprocess.run([sys.executable, "-c", MODULES_OF_INSPECT], capture_output=True, text=True, check=True)
    names = [name.split(".") for name in done.stderr.split()]
    needed = {"kernelwalk", "kernelwalk_pipeline", "typer", "shellingham", "annotated_doc", "typing_extensions"}
    assert {top for top, *_ in names} <= needed | sys.stdlib_module_names
    packages = [(name[2], name[3]) for name in names if name[0] == "kernelwalk" and len(name) == 4]
    assert {package for package, _ in packages} == {"comparison", "describe", "frameworks", "layers", "spec", "walk"}
    layers = {each.__module__.rpartition(".")[2] for each in LAYERS.values()}
    frameworks = {each.key for each in known_frameworks.FRAMEWORKS}
    assert {name for _, name in packages} & layers == {"convolution"}
    assert {name for package, name in packages if package == "frameworks"} & frameworks == {"pytorch", "keras", "onnx"}
    assert {name for _, name in packages}.isdisjoint({"values_section", "parse_values", "nested_numbers"})
    # Python writes and compiles the code of each data class when it is defined, six times as long as of a named tuple
    slow = {"axis", "base_layer", "convolution", "spec", "timing", "typeface", "walk_section"}
    printed = done.stdout.splitlines()[-1].split()
    assert {name.rpartition(".")[2] for name in printed if name.startswith("kernelwalk")} <= slow


def test_a_missing_blender_is_reported(tmp_path, spec):
    arguments = ["render", str(spec()), "-o", "film.mp4"]
    done = subprocess.run([sys.executable, "-c", MISSING, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("kernelwalk: Blender was not found")
    assert "--blender" in line
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_closed_pipe_does_not_crash_the_command(start, spec):
    process = start("inspect", spec(layer={"input": 60, "kernel": 3}), "--json")
    assert process.stdout is not None
    assert process.stdout.read(20).startswith('{"op": "conv"')
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    assert "Exception" not in err


def test_a_terminal_without_unicode_does_not_crash_the_command(run, spec):
    from os import environ

    ran = run("inspect", spec(), env={**environ, "PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.err) == (0, "")
    assert "operation       Convolution" in ran.out


IN_DESTRUCTOR = """
import signal, time
from kernelwalk_pipeline import cli

class Interrupted:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0)

def run(_):
    Interrupted()
    time.sleep(2 * PATIENCE)

cli._run = run
cli.main()
""".replace("PATIENCE", str(PATIENCE))


def test_an_interrupt_within_a_destructor_ends_the_command_all_the_same():
    done = subprocess.run([sys.executable, "-c", IN_DESTRUCTOR], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (5, "", "kernelwalk: interrupted\n")


def test_the_version_is_that_of_the_package(call):
    ran = call("--version")
    assert (ran.code, ran.out) == (0, f"kernelwalk {kernelwalk.__version__}\n")
