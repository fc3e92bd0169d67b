# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are no models, damaged ones, and models that refer to other files: one clear line, exit code 2."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.models import onnx_file
from kernelwalk_pipeline.models.model_choice import Feed, ModelChoice
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_source import read_model
from onnx import helper

from .onnx_models import MODELS, B, W, graph, node, save


def save_outside(folder: Path, **entries: str) -> Path:
    """Return a model whose weights should lie in another file, as `entries` say."""
    given = graph([node("Conv", "x", "w", "b")], [W, B])
    weights = given.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    for key, value in entries.items():
        weights.external_data.add(key=key, value=value)
    path = folder / "model.onnx"
    path.write_bytes(helper.make_model(given, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    return path


OUTSIDE = {
    "an absolute path": ({"location": "/etc/passwd"}, "outside the model's folder"),
    "the folder above": ({"location": "../secret.bin"}, "outside the model's folder"),
    "a link to elsewhere": ({"location": "link.bin"}, "outside the model's folder"),
    "the folder itself": ({"location": "."}, "cannot be read"),
    "no name": ({"location": ""}, "outside the model's folder"),
    "a name with a zero byte": ({"location": "a\0b"}, "outside the model's folder"),
    "a file that is missing": ({"location": "missing.bin"}, "cannot be read: No such file"),
    "more bytes than there are": ({"location": "w.bin", "offset": "0", "length": "1000"}, "which has 216"),
    "a negative offset": ({"location": "w.bin", "offset": "-8"}, "which has 216"),
    "an offset that is no number": ({"location": "w.bin", "offset": "x"}, "no numbers as their place"),
    "other than the shape needs": ({"location": "w.bin", "length": "8"}, "need 216 bytes, and 8 are there"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_weights_are_read_from_the_models_own_folder_only(tmp_path, name):
    entries, message = OUTSIDE[name]
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(216))
    (folder / "w.bin").write_bytes(bytes(216))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    with pytest.raises(UsageError, match=message) as raised:
        load_model(save_outside(folder, **entries))
    assert "\n" not in str(raised.value)


def test_a_model_and_its_weights_are_bounded(tmp_path, monkeypatch):
    path = save_outside(tmp_path, location="w.bin")
    (tmp_path / "w.bin").write_bytes(bytes(216))
    load_model(path)
    monkeypatch.setattr(onnx_file, "MAX_BYTES", path.stat().st_size + 100)
    with pytest.raises(UsageError, match=r"more than the .* bytes that are read"):
        load_model(path)
    monkeypatch.setattr(onnx_file, "MAX_BYTES", 100)
    with pytest.raises(UsageError, match="more than the 100 that are read"):
        load_model(path)


NO_MODELS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no nodes"),
    "text": (b"this is no model", "no ONNX file"),
    "half a model": (b"\x08\x08\x3a\xff\xff\xff\x7f", "no ONNX file"),
}


@pytest.mark.parametrize("name", NO_MODELS)
def test_a_file_that_is_no_model_is_told_in_one_line(tmp_path, call, name):
    content, message = NO_MODELS[name]
    (tmp_path / "a.onnx").write_bytes(content)
    for arguments in (["layers", "a.onnx"], ["inspect", "a.onnx", "--layer", "0"]):
        result = call(*arguments)
        assert result.code == 2
        assert message in result.err and len(result.err.splitlines()) == 1


def test_damaged_models_are_told_in_one_line(tmp_path):
    content = save(tmp_path / "good.onnx", MODELS["normalization and ReLU"]).read_bytes()
    np.save(tmp_path / "x.npy", np.ones((2, 6, 7)))
    choice = ModelChoice("0", feed=Feed(arrays=(("x", str(tmp_path / "x.npy")),)))
    source = random.Random(1)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(source.randint(1, 4)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        path = tmp_path / "bad.onnx"
        path.write_bytes(damaged)
        try:
            read_model(path, choice)
            outcomes.add("read")
        except UsageError as error:
            assert "\n" not in str(error) and len(str(error)) < 600
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_a_missing_package_is_named_with_the_extra(tmp_path, monkeypatch):
    path = save(tmp_path / "a.onnx", MODELS["initializers"])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match=r"the Python package onnxruntime, which is missing. Install the extra models"):
        load_model(path)


ARGUMENTS: dict[str, tuple[list[str], str]] = {
    "no layer": (["still", "a.onnx", "-o", "a.png"], "a model needs --layer NAME"),
    "a layer of no model": (["inspect", "sobel", "--layer", "0"], "need a model: A.onnx"),
    "a layer and layers": (["inspect", "a.onnx", "--layer", "0", "--layers", "0..1"], "cannot be combined"),
    "no chain": (["inspect", "a.onnx", "--layers", "0"], "write FROM..TO"),
    "another spec beside it": (["render", "a.onnx", "sobel", "--layer", "0", "-o", "out"], "drawn alone"),
    "no picture": (["inspect", "p.onnx", "--layer", "0"], "its input x is a picture. Give one with --image"),
    "a picture that is none": (
        ["inspect", "p.onnx", "--layer", "0", "--image", "x.npy"],
        "no picture that can be read",
    ),
    "no such input": (["inspect", "a.onnx", "--layer", "0", "--feed", "z=1"], "there is no such input. It has x"),
    "an array of another shape": (["inspect", "a.onnx", "--layer", "0", "--feed", "x=x.npy"], "not 1 × 2 × 6 × 7"),
    "a picture for no picture": (["inspect", "a.onnx", "--layer", "0", "--image", "b.png"], "Use --feed NAME=FILE.npy"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_bad_arguments_are_told_in_one_line(tmp_path, call, name):
    arguments, message = ARGUMENTS[name]
    save(tmp_path / "a.onnx", MODELS["initializers"])
    save(tmp_path / "p.onnx", graph([node("Conv", "x", "w", "b")], [W, B], reads=(1, 3, 8, 8)))
    np.save(tmp_path / "x.npy", np.ones((3, 3)))
    result: Any = call(*arguments)
    assert result.code == 2
    assert message in result.err and len(result.err.splitlines()) == 1
