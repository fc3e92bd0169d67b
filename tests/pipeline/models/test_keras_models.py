# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of Keras: every layer is listed and has the values of Keras, which made the file; bad files in one line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.models import keras_file, keras_weights
from kernelwalk_pipeline.models.layer_part import LayerPart, read_parts
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_layers import ModelLayer, list_layers
from kernelwalk_pipeline.models.model_source import TOLERANCE, measure_difference

SMALL = Path(__file__).with_name("small.keras")

LISTED = {
    **{"conv2d_1": ["Relu"], "conv2d": ["BatchNormalization", "Sigmoid", "Mul"]},
    **{"inner/conv2d_1": ["BatchNormalization", "Relu"], "depthwise": [], "separable/depthwise": []},
    **{"separable": ["Tanh"], "up": [], "nearest": [], "dilated": [], "max": [], "mean": [], "global": []},
}
"""Names of the layers, and what follows each."""


def compare(path: Path, outputs: Any) -> None:
    """Compare each layer's output with that of Keras, before or after the activation that its layer has."""
    model = load_model(path)
    layers = list_layers(model)
    assert {layer.name: list(layer.followers.names) for layer in layers} == LISTED
    assert not any(layer.reason for layer in layers)
    parts = dict(zip((layer.name for layer in layers), read(path, model, layers, outputs["x"]), strict=True))
    for name in set(outputs) - {"x"}:
        expected = np.moveaxis(outputs[name][0], -1, 0)
        ours = parts[name].after if name in ("conv2d_1", "separable") else parts[name].own
        assert measure_difference(ours[0], expected) < TOLERANCE, name


def read(path: Path, model: Any, layers: list[ModelLayer], pixels: Any) -> list[LayerPart]:
    return [part for part in read_parts(path, model, layers, {"picture": pixels}) if part is not None]


def test_the_layers_of_a_file_have_the_values_of_keras():
    with np.load(SMALL.with_suffix(".npz")) as outputs:
        compare(SMALL, dict(outputs))


def test_a_file_that_keras_writes_now_is_read_too(tmp_path):
    pytest.importorskip("keras", reason="install the extra kernelwalk[keras]")
    from . import make_small_keras

    model = make_small_keras.make_model()
    model.save(tmp_path / "new.keras")
    compare(tmp_path / "new.keras", make_small_keras.compute_outputs(model))


@pytest.mark.usefixtures("in_process")
def test_the_layers_of_files_without_names_are_found_by_class_and_order(tmp_path):
    def remove_names(file: Any) -> None:
        file.visititems(lambda _, each: each.attrs.pop("name", None) and None)

    with np.load(SMALL.with_suffix(".npz")) as outputs:
        compare(change(tmp_path, weights=remove_names), dict(outputs))


def change(folder: Path, config: Any = None, weights: Any = None, members: Any = None) -> Path:
    """Return a copy of the small file in which a function has changed the layers or the weights, or other members."""
    path = folder / "changed.keras"
    with zipfile.ZipFile(SMALL) as archive, zipfile.ZipFile(path, "w") as changed:
        table, data = json.loads(archive.read("config.json")), io.BytesIO(archive.read("model.weights.h5"))
        if config is not None:
            config(table)
        if weights is not None:
            with h5py.File(data, "r+") as file:
                weights(file)
        own = {"config.json": json.dumps(table).encode(), "model.weights.h5": data.getvalue()}
        for name, content in {**own, **(members or {})}.items():
            changed.writestr(name, content)
    return path


def find(table: Any, name: str) -> Any:
    """Return the settings of a layer."""
    return next(layer["config"] for layer in table["config"]["layers"] if layer["name"] == name)


def put_elsewhere(file: Any, link: Any) -> None:
    del file["layers/conv2d/vars/0"]
    file["layers/conv2d/vars/0"] = link


def make_huge(file: Any) -> None:
    del file["layers/conv2d/vars/0"]
    file["layers/conv2d/vars"].create_dataset("0", (1 << 40,), "f4")


def store_outside(file: Any) -> None:
    del file["layers/conv2d/vars/0"]
    file["layers/conv2d/vars"].create_dataset("0", (3, 3, 3, 4), "f4", external=[("/etc/hostname", 0, 432)])


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a class of its own": ({"config": lambda table: table.update(class_name="Mine")}, '"Mine" is code'),
    "no layers": ({"config": lambda table: table.pop("config")}, "damaged"),
    "a layer that waits for itself": (
        {"config": lambda table: table["config"]["layers"].pop(1)},
        "damaged",
    ),
    "a kernel that is a list of text": (
        {"config": lambda table: find(table, "conv2d").update(strides=["a", "b"])},
        "damaged",
    ),
    "a link to a file": ({"weights": lambda file: put_elsewhere(file, h5py.ExternalLink("/etc/passwd", "/"))}, "where"),
    "a link to a place": ({"weights": lambda file: put_elsewhere(file, h5py.SoftLink("/layers/dense"))}, "where"),
    "weights in another file": ({"weights": store_outside}, "do not lie in the file"),
    "weights of a terabyte": ({"weights": make_huge}, "do not lie in the file"),
    "no weights": ({"weights": lambda file: file.pop("layers")}, "where"),
    "JSON that is nested too deep": ({"members": {"config.json": b"[" * 100_000}}, "damaged"),
    "no HDF5": ({"members": {"model.weights.h5": b"no weights"}}, "damaged"),
}


@pytest.fixture
def in_process(monkeypatch: Any) -> None:
    """Read weights without a process of its own, which takes longer than all else."""
    monkeypatch.setattr(keras_file, "read_weights", keras_weights.collect_weights)


def test_weights_that_end_the_process_of_hdf5_are_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(keras_weights, "MODULE", "kernelwalk_pipeline.models.no_such_module")
    with pytest.raises(UsageError, match=r"it is no \.keras file, or it is damaged"):
        load_model(SMALL)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_told_in_one_line(tmp_path, name):
    changes, message = BAD[name]
    with pytest.raises(UsageError, match=message) as raised:
        load_model(change(tmp_path, **changes))
    assert "\n" not in str(raised.value)


def test_the_size_of_members_is_bounded_whatever_the_zip_says(tmp_path, monkeypatch):
    monkeypatch.setattr(keras_file, "MAX_BYTES", 1000)
    with pytest.raises(UsageError, match="has more than the 1,000 bytes"):
        load_model(SMALL)


@pytest.mark.usefixtures("in_process")
def test_a_layer_that_is_not_read_stops_only_what_comes_after_it(tmp_path):
    def rename(table: Any) -> None:
        next(layer for layer in table["config"]["layers"] if layer["name"] == "silu")["class_name"] = "Mine"

    path = change(tmp_path, rename)
    model = load_model(path)
    layers = list_layers(model)
    assert [layer.name for layer in layers] == list(LISTED)
    pixels = np.zeros((1, 12, 10, 3), np.float32)
    with pytest.raises(UsageError, match="before the layer stands silu, of the kind Mine, which is not computed"):
        read(path, model, layers[3:4], pixels)
    model = load_model(path)
    assert len(read(path, model, list_layers(model)[:1], pixels)) == 1
