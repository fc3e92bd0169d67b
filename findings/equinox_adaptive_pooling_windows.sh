#!/usr/bin/env bash
# equinox 0.13.8: adaptive pooling cuts the input in pieces, where PyTorch's windows of the same name overlap.
#
# Output i of PyTorch's AdaptiveAvgPool1d, of m outputs from n cells, reads from floor(i n / m) to ceil((i + 1) n / m).
# Where m does not divide n, the first n mod m windows of Equinox's have one cell more than the others, and no cell is
# in two. The class has PyTorch's name, and its documentation says nothing of windows (Equinox's issue 641 does, and is
# open), so that a ported network has the right shapes and other numbers. Where m divides n, both are the same.
#
# Seen, for 0 … 9 and 4 outputs: averages 1 4 6.5 8.5 in Equinox, 1 3 6 8 in torch 2.13.0; maxima 2 5 7 9 and 2 4 7 9.
#
# It needs Python 3.11 or newer.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q equinox==0.13.8 jax==0.10.2 torch==2.13.0 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import equinox
import jax.numpy as jnp
import torch

seen = {}
for kind in ("Avg", "Max"):
    name = f"Adaptive{kind}Pool1d"
    for cells in (10, 8):
        in_equinox = getattr(equinox.nn, name)(4)(jnp.arange(float(cells))[None])[0].tolist()
        in_torch = getattr(torch.nn, name)(4)(torch.arange(float(cells))[None])[0].tolist()
        seen[kind, cells] = in_equinox, in_torch
        print(f"{name}(4) of {cells} cells: equinox", *in_equinox, "torch", *in_torch)
unchanged = seen == {
    ("Avg", 10): ([1, 4, 6.5, 8.5], [1, 3, 6, 8]),
    ("Max", 10): ([2, 5, 7, 9], [2, 4, 7, 9]),
    ("Avg", 8): ([0.5, 2.5, 4.5, 6.5], [0.5, 2.5, 4.5, 6.5]),
    ("Max", 8): ([1, 3, 5, 7], [1, 3, 5, 7]),
}
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
