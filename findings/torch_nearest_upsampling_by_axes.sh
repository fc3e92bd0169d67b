#!/usr/bin/env bash
# torch 2.13.0 (CPU): nearest upsampling by the same scale reads other cells along two axes than along one or three.
#
# Where floor(n * scale) equals n, or 2n, `interpolate(mode="nearest")` of two axes copies each cell once, or twice,
# whatever the scale; of one or three axes it reads cell floor(y / scale). So the same row gives other numbers as a
# signal (N, C, L) than as a picture of one row (N, C, 1, L).
#
# Seen: of cells 0 to 5 by 1.1, one and three axes read 0 0 1 2 3 4, and two axes read 0 1 2 3 4 5.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "torch==2.13.0" "numpy<3"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import torch

row = torch.arange(6.0)
read = {}
for axes in (1, 2, 3):
    scale = (*[1.0] * (axes - 1), 1.1)
    cells = row.reshape(1, 1, *[1] * (axes - 1), 6)
    read[axes] = torch.nn.functional.interpolate(cells, scale_factor=scale, mode="nearest").flatten().int().tolist()
    print(axes, "axes read cells", *read[axes])
sys.exit(0 if read == {1: [0, 0, 1, 2, 3, 4], 2: [0, 1, 2, 3, 4, 5], 3: [0, 0, 1, 2, 3, 4]} else 1)
PYTHON
