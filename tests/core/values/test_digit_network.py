# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained network of the preset `digit`: its own output by ONNX Runtime against the values of the preset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import load_preset
from kernelwalk.core.values.compute import compute_values

onnx = pytest.importorskip("onnx", reason="the oracle is ONNX Runtime: install the extra kernelwalk[test]")
runtime = pytest.importorskip("onnxruntime", reason="the oracle is ONNX Runtime: install the extra kernelwalk[test]")

MODEL = Path(__file__).resolve().parents[3] / "docs" / "digit.onnx"


def test_the_preset_has_the_values_of_the_network_which_reads_its_digit_right() -> None:
    values = compute_values(load_preset("digit"))
    assert values is not None
    model = onnx.load(MODEL)
    inner = ["features", "pooled"]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inner)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    digit = values.grids[0][None].astype(np.float32)
    features, pooled, scores = session.run([*inner, "scores"], {"digit": digit})
    # whole numbers, which float32 holds exactly
    assert np.array_equal(values.grids[1], features[0])
    assert np.array_equal(values.grids[2], pooled[0])
    assert scores[0].argmax() == 3


def test_the_network_is_small() -> None:
    assert MODEL.stat().st_size < 100_000
