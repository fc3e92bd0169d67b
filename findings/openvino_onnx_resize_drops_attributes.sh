#!/usr/bin/env bash
# openvino 2026.4.1 (CPU): the reader of ONNX drops antialias and exclude_outside of Resize, without a word.
#
# With antialias a picture that is made smaller is averaged over wider windows; with exclude_outside the weights of
# cells beyond the border are zero, and the others are scaled up. Both are attributes of the standard. Other modes that
# OpenVINO does not have, it refuses when it reads the model; these two it reads as 0. PyTorch's export of
# interpolate(antialias=True) writes antialias.
#
# Seen, for the squares of 1 … 8, linear, to 3 cells, with antialias: onnxruntime 1.32.0 and onnx.reference 1.23.2
# 4.77 21.45 50.19, OpenVINO 3.5 20.5 51.5, as all three have without. For those of 1 … 4, cubic, to 8 cells, with
# exclude_outside: 0.59 1.46 … 16.95 and 0.68 1.5 … 16.74, as without.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def resize(cells, size, mode, **attributes):
    x = (np.arange(1, cells + 1, dtype=np.float32) ** 2).reshape(1, 1, 1, cells)
    graph = helper.make_graph(
        [helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode=mode, **attributes)],
        "resize",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 1, size])],
        [numpy_helper.from_array(np.array([1, 1, 1, size]), "sizes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    data, core = model.SerializeToString(), openvino.Core()
    config = {"INFERENCE_PRECISION_HINT": "f32"}
    results = (
        onnxruntime.InferenceSession(data).run(None, {"x": x})[0],
        ReferenceEvaluator(model).run(None, {"x": x})[0],
        core.compile_model(core.read_model(data), "CPU", config)([x])[0],
    )
    return [result.ravel() for result in results]


unchanged = True
for name, cells, size, mode, first, plain in (
    ("antialias", 8, 3, "linear", 4.767, 3.5),
    ("exclude_outside", 4, 8, "cubic", 0.591, 0.684),
):
    for value in (0, 1):
        results = resize(cells, size, mode, **{name: value})
        print(f"{name}={value}", *(np.round(result, 2).tolist() for result in results))
        expected = (first, first, plain) if value else (plain,) * 3
        unchanged &= np.allclose([result[0] for result in results], expected, atol=1e-3)
        unchanged &= np.allclose(results[0], results[2], atol=1e-3) == (value == 0)
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
