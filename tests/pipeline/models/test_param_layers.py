# SPDX-License-Identifier: GPL-3.0-or-later
"""Param files of ncnn with branches: the list of their layers, held against ncnn, where it is installed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk_pipeline.models.field_spans import follow_printed, list_sizes
from kernelwalk_pipeline.models.printed_model import follow_text

BRANCHES = """\
7767517
11 13
Input       data  0 1 data 0=32 1=24 2=3
Convolution conv1 1 1 data conv1 0=8 1=3 4=1 5=1 6=216
ReLU        relu  1 1 conv1 relu
Split       split 1 2 relu a b
Convolution left  1 1 a left 0=8 1=3 3=2 4=1 6=576
Pooling     right 1 1 b right 0=0 1=2 2=2
Eltwise     add   2 1 left right sum 0=1
Convolution last  1 1 sum last 0=4 1=5 4=2 6=800
Concat      cat   2 1 last sum cat 0=0
Pooling     gap   1 1 cat gap 0=1 4=1
InnerProduct fc   1 1 gap fc 0=10
"""
SIZE = 64


def test_layers_and_inspect_list_a_file_with_branches(call: Any, tmp_path: Path) -> None:
    (tmp_path / "net.param").write_text(BRANCHES)
    for command in ("layers", "inspect"):
        table = json.loads(call(command, "net.param", "--json").out)
        found = {each["name"]: (each["output"], each["receptive_field"]) for each in table["layers"]}
        assert found == {
            "conv1": ([24, 32], [3, 3]),
            "left": ([12, 16], [5, 5]),
            "right": ([12, 16], [4, 4]),
            "last": ([12, 16], [13, 13]),
            "gap": ([1, 1], None),
        }
        assert [each["in_channels"] for each in table["layers"]] == [3, 8, 8, 8, 12]
        assert table["layers"][0]["then"] == ["ReLU()"]
    assert "12 × 12" not in call("layers", "net.param").out
    assert call("layers", "net.param", "--input", "48x64").out.count("24 × 32") == 5


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Convolution c 1 1 sum c 0=8 1=3 4=a", "line 15, column 33: the value is no number"),
        ("Convolution c 1 1 sum c 0=8 1=3 7=2", "Convolution has no parameter 7"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_place(call: Any, tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "net.param").write_text(f"{BRANCHES}\n{line}\n")
    ran = call("layers", "net.param")
    assert told in ran.err + ran.out


def random_lines(chance: random.Random) -> list[str]:
    """Return lines along one axis, some of which stand in branches that meet."""
    lines, tensor = [f"Input x 0 1 x 0={SIZE} 1=1"], "x"

    def convolve(reads: str, stride: int) -> str:
        kernel, dilation = chance.choice([1, 3, 5]), chance.choice([1, 2])
        name = f"c{len(lines)}"
        pad = dilation * (kernel - 1) // 2
        lines.append(
            f"Convolution1D {name} 1 1 {reads} {name} 0=1 1={kernel} 2={dilation} 3={stride} 4={pad} 6={kernel}"
        )
        return name

    for number in range(chance.randint(1, 3)):
        tensor = convolve(tensor, chance.choice([1, 2]))
        lines.append(f"Split s{number} 1 2 {tensor} a{number} b{number}")
        one, other = convolve(f"a{number}", 1), convolve(convolve(f"b{number}", 1), 1)
        lines.append(f"Eltwise j{number} 2 1 {one} {other} j{number} 0=1")
        tensor = f"j{number}"
    convolve(tensor, 1)
    return lines


def test_sizes_and_fields_are_those_of_ncnn() -> None:
    ncnn = pytest.importorskip("ncnn", reason="the oracle is ncnn: install the extra kernelwalk[frameworks]")
    chance = random.Random(1)
    for _ in range(40):
        lines = random_lines(chance)
        text = f"7767517\n{len(lines)} 99\n" + "\n".join(lines) + "\n"
        layers = follow_text("net", text, None).layers
        weights = [np.ones(int(line.rpartition("=")[2]), np.float32) for line in lines if line.startswith("Conv")]
        data = b"".join(np.concatenate([np.zeros(1, np.float32), each]).tobytes() for each in weights)
        net = ncnn.Net()
        net.opt.num_threads = 1
        assert net.load_param_mem(text) == 0
        net.load_model_mem(data)

        def run(values: np.ndarray, blob: str, net: Any = net) -> np.ndarray:
            extractor = net.create_extractor()
            extractor.input("x", ncnn.Mat(values[None]).clone())
            failure, output = extractor.extract(blob)
            assert failure == 0
            return np.array(output)[0]

        for layer, spans in zip(layers, follow_printed(layers), strict=True):
            plain = run(np.zeros(SIZE, np.float32), layer.name)
            assert layer.writes.sizes == plain.shape
            middle = len(plain) // 2
            hit = [cell for cell in range(SIZE) if run(np.eye(SIZE, dtype=np.float32)[cell], layer.name)[middle] != 0]
            (size,) = list_sizes(spans) or [0]
            assert hit[-1] - hit[0] + 1 == size or hit[0] == 0 or hit[-1] == SIZE - 1
