#!/usr/bin/env bash
# onnx 1.23.2, onnx.reference: AveragePool with ceil_mode moves all windows where the last one misses two cells or more.
#
# ceil_mode adds a last window that hangs over the end of the input; the others stay where they are. onnx.reference
# spreads the cells that this window misses over both ends, so that the first window begins before the input, and every
# average is another one. With count_include_pad the cells before even count as zeros. One missing cell stays at the
# end. MaxPool of onnx.reference is right, and so are onnxruntime 1.32.0 and torch 2.13.0, which has [2, 5, 7] too.
#
# Seen, for 1 … 7, kernel 3, stride 3: onnxruntime [2, 5, 7] with and without count_include_pad, onnx.reference
# [1.5, 4, 6] without, [1, 4, 6] with. For 1 … 8, where one cell is missing, both have [2, 5, 7.5].
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def run(cells, counting):
    x = np.arange(1, cells + 1, dtype=np.float32).reshape(1, 1, cells)
    node = helper.make_node(
        "AveragePool", ["x"], ["y"], kernel_shape=[3], strides=[3], ceil_mode=1, count_include_pad=counting
    )
    graph = helper.make_graph(
        [node],
        "pool",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0].flatten().tolist()
    reference = ReferenceEvaluator(model).run(None, {"x": x})[0].flatten().tolist()
    print(f"{cells} cells, count_include_pad {counting}: onnxruntime {runtime}, onnx.reference {reference}")
    return runtime, reference


seen = [run(cells, counting) for cells in (7, 8) for counting in (0, 1)]
same = [2, 5, 7.5], [2, 5, 7.5]
unchanged = seen == [([2, 5, 7], [1.5, 4, 6]), ([2, 5, 7], [1, 4, 6]), same, same]
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
