#!/usr/bin/env bash
# tinygrad 0.14.0: nn.Conv2d with padding="same" pads each axis by the dilation of the other one.
#
# "same" keeps the size of the input. With another dilation for rows than for columns, tinygrad pads rows as far as the
# columns' dilation asks for, and columns as far as the rows' does, so that a picture comes out higher and narrower.
# One dilation for both axes is right, also for kernels that are not square.
#
# Seen, for 5x6 cells and a kernel of 3x3: dilation (1, 2) gives 7x4, (2, 1) gives 3x8, and 2 gives 5x6.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tinygrad==0.14.0
DEV=PYTHON "$folder/venv/bin/python" - <<'PYTHON'
import sys

from tinygrad import Tensor, nn

picture = Tensor.ones(1, 1, 5, 6)
seen = {}
for kernel, dilation in ((3, (1, 2)), (3, (2, 1)), (3, 2), ((3, 5), 2)):
    seen[kernel, dilation] = nn.Conv2d(1, 1, kernel, padding="same", dilation=dilation)(picture).shape[2:]
    print("kernel", kernel, "dilation", dilation, "gives", seen[kernel, dilation])
expected = {(3, (1, 2)): (7, 4), (3, (2, 1)): (3, 8), (3, 2): (5, 6), ((3, 5), 2): (5, 6)}
sys.exit(0 if seen == expected else "the behavior has changed")
PYTHON
