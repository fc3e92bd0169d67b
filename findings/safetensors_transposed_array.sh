#!/usr/bin/env bash
# safetensors 0.8.0 (numpy): save_file writes a transposed array in the wrong order, without an error.
#
# A kernel exported as weights.T is a view that is not C-contiguous. save_file stores the memory of the view under the
# view's shape, so that reading it back gives other numbers. np.ascontiguousarray(weights.T) is stored correctly.
#
# Seen: saved [[0, 3], [1, 4], [2, 5]], read back [[0, 1], [2, 3], [4, 5]]; the contiguous copy was read back unchanged.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q safetensors==0.8.0 numpy==2.3.5
"$folder/venv/bin/python" - "$folder/a.safetensors" <<'PYTHON'
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

view = np.arange(6.0).reshape(2, 3).T
save_file({"view": view, "copy": np.ascontiguousarray(view)}, sys.argv[1])
read = load_file(sys.argv[1])
print("saved     ", view.tolist())
print("read view ", read["view"].tolist())
print("read copy ", read["copy"].tolist())
unchanged = read["view"].tolist() == [[0, 1], [2, 3], [4, 5]] and read["copy"].tolist() == view.tolist()
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
