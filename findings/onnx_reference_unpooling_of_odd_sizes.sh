#!/usr/bin/env bash
# onnx 1.23.2, onnx.reference: MaxUnpool puts values in other cells than those where its own MaxPool found them.
#
# MaxPool's second output tells where in its input each maximum stands, and MaxUnpool with that input's size puts the
# maxima back. Where pooling left a row or column over, as 2x2 of 5x5, onnx.reference reads the indices as those of a
# picture without it, here of 4x4. Pooling the result again does not give the maxima back, as the specification says it
# should, and some indices raise IndexError. onnxruntime 1.32.0 puts all back, as torch 2.13.0's MaxUnpool2d does.
#
# Seen, for maxima 1 2 3 4 in cells 1, 3, 11 and 13 of 5x5: onnxruntime has them there; onnx.reference has 1 and 2
# there, 3 in cell 13 and 4 in cell 16. Pooled again: 1 2 3 4 and 1 2 4 3.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

x = np.zeros((1, 1, 5, 5), np.float32)
x.reshape(-1)[[1, 3, 11, 13]] = 1, 2, 3, 4
window = {"kernel_shape": [2, 2], "strides": [2, 2]}
graph = helper.make_graph(
    [
        helper.make_node("MaxPool", ["x"], ["maxima", "indices"], **window),
        helper.make_node("MaxUnpool", ["maxima", "indices", "size"], ["y"], **window),
        helper.make_node("MaxPool", ["y"], ["again"], **window),
    ],
    "round_trip",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
    [
        helper.make_tensor_value_info("indices", TensorProto.INT64, None),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        helper.make_tensor_value_info("again", TensorProto.FLOAT, None),
    ],
    [numpy_helper.from_array(np.array(x.shape), "size")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
seen = {}
for name, run in (
    ("onnxruntime   ", onnxruntime.InferenceSession(model.SerializeToString()).run),
    ("onnx.reference", ReferenceEvaluator(model).run),
):
    indices, y, again = run(None, {"x": x})
    cells = [int(np.flatnonzero(y == value)[0]) for value in (1, 2, 3, 4)]
    seen[name] = indices.flatten().tolist(), cells, again.flatten().tolist()
    print(name, "indices", *seen[name][0], "put in cells", *cells, "pooled again", *seen[name][2])
unchanged = list(seen.values()) == [
    ([1, 3, 11, 13], [1, 3, 11, 13], [1, 2, 3, 4]),
    ([1, 3, 11, 13], [1, 3, 13, 16], [1, 2, 4, 3]),
]
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
