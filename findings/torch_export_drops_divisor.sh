#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.2: the export to ONNX drops divisor_override of an average pooling, without a word.
#
# ONNX has no such attribute, so the layer would have to be scaled, or refused. Both exporters, that of torch.export
# (the default) and that of TorchScript, write a plain AveragePool instead, which divides by the number of cells. With
# divisor_override=1, a sum, the exported model computes the mean. No exception, warning or log names the argument.
#
# Seen, for 2x2 ones, kernel 2, divisor_override 1: torch 4, onnxruntime 1.32.0 on both exports 1.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "torch==2.13.0" "onnx==1.23.2" "onnxscript==0.7.2" "onnxruntime==1.32.0" "numpy==2.3.5"
"$folder/env/bin/python" - <<'PYTHON' 2>"$folder/messages" || { cat "$folder/messages" >&2; exit 1; }
import io
import sys

import onnxruntime
import torch

ones = torch.ones(1, 1, 2, 2)
layer = torch.nn.AvgPool2d(2, divisor_override=1).eval()
seen = {"torch": layer(ones).item()}
for name, dynamo in (("torch.export", True), ("TorchScript", False)):
    file = io.BytesIO()
    if dynamo:
        file.write(torch.onnx.export(layer, (ones,), dynamo=True, verbose=False).model_proto.SerializeToString())
    else:
        torch.onnx.export(layer, (ones,), file, dynamo=False)
    session = onnxruntime.InferenceSession(file.getvalue())
    seen[name] = session.run(None, {session.get_inputs()[0].name: ones.numpy()})[0].item()
for name, value in seen.items():
    print(name, value)
sys.exit(0 if seen == {"torch": 4, "torch.export": 1, "TorchScript": 1} else "the behavior has changed")
PYTHON
if grep -i divisor "$folder/messages"; then echo "the export now says so" >&2; exit 1; fi
