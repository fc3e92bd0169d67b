# SPDX-License-Identifier: GPL-3.0-or-later
"""Code and printed models on the command line: from a file, from standard input, and a stretch of them."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PRINTED = Path(__file__).parents[2] / "core" / "frameworks" / "printed" / "printed_models"


@pytest.fixture
def resnet(tmp_path: Path) -> Path:
    """Return the text of ResNet-18 as a file."""
    table = json.loads(gzip.decompress((PRINTED / "resnet18.json.gz").read_bytes()))
    (tmp_path / "resnet.txt").write_text(table["text"])
    return tmp_path / "resnet.txt"


def test_layers_of_a_printed_model_are_listed(call: Any, resnet: Path) -> None:
    lines = call("layers", "resnet.txt", "--input", "224").out.splitlines()
    assert lines[1].split()[:6] == ["0", "conv1", "Conv2d", "3", "→", "64"] and "112 × 112" in lines[1]
    assert "layer2.0.downsample.0 (beside)" in lines[9]
    assert lines[-2] == "not listed, as nothing slides over cells in them: 20 BatchNorm2d, 9 ReLU, 1 Linear"
    listed = json.loads(call("layers", "resnet.txt", "--input", "224", "--json").out)["layers"]
    assert [layer["output"] for layer in listed[-2:]] == [[7, 7], [1, 1]]
    assert "?" in call("layers", "resnet.txt").out, "without --input, sizes are unknown"


def test_a_stretch_of_a_printed_model_is_a_chain(call: Any, resnet: Path) -> None:
    stretch = ["inspect", "resnet.txt", "--layers", "layer1.1.conv2..layer2.0.conv2", "--input", "56"]
    ran = call(*stretch, "--json")
    assert [layer["output"] for layer in json.loads(ran.out)["layers"]] == [[56, 56], [28, 28], [28, 28]]
    whole = call("inspect", "resnet.txt", "--input", "224")
    assert "receptive field 435 cells" in whole.out
    assert "left out: Linear" in whole.err and "layer2.0.downsample.0" in whole.err
    one = call("inspect", "resnet.txt", "--layer", "8", "--input", "56")
    assert one.code == 0 and "64 → 128" in one.out
    for choice, told in {"conv9..avgpool": "no layer", "avgpool..conv1": "stands before", "conv1": "FROM..TO"}.items():
        ran = call("inspect", "resnet.txt", "--layers", choice, "--input", "56")
        assert ran.code == 2 and told in ran.err


def test_code_comes_from_standard_input_and_files(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = b"\xef\xbb\xbfx = nn.ZeroPad2d(1)(x)\r\nx = nn.Conv2d(1, 1, 3)(x)\r\n"
    (tmp_path / "a.py").write_bytes(code)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(code)))
    for argument in ("-", "a.py"):
        assert json.loads(call("inspect", argument, "--input", "5", "--json").out)["output"] == [5, 5]
    line = "Pooling1D pool 1 1 x y 1=2 2=2"
    (tmp_path / "net.param").write_text(f"7767517\n2 2\nInput x 0 1 x\n{line}\n")
    for argument in ("net.param", line):
        assert json.loads(call("inspect", argument, "--input", "5", "--json").out)["output"] == [3]
    (tmp_path / "b.txt").write_bytes(b"nn.Conv2d(1, 1, \xff)")
    for name, told in {"b.txt": "byte 16 is not UTF-8", "none.py": "cannot be read"}.items():
        ran = call("inspect", name, "--input", "5")
        assert ran.code == 2 and told in ran.err
