# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights in a file of Keras, read by HDF5 in a process of its own: damaged files can end that library's process.

`python -m kernelwalk_pipeline.models.keras_weights` reads HDF5 from its input and writes an .npz to its output.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

MODULE, TABLE = "kernelwalk_pipeline.models.keras_weights", "table"

MAX_DEPTH, MAX_MEMBERS = 40, 200_000
"""Groups in groups, and members of a file, that are read."""

SECONDS = 300
"""Seconds that the reading may take."""


@dataclass(frozen=True, eq=False)
class KerasWeights:
    """The weights of a file.

    arrays:   by their paths, such as "layers/conv2d/vars/0"
    problems: why weights are not read, by their paths
    names:    names of layers by the paths of their groups
    """

    arrays: dict[str, Any]
    problems: dict[str, str]
    names: dict[str, str]


def read_weights(data: bytes) -> KerasWeights:
    """Return the weights in the bytes of an HDF5 file. Raises ValueError if it is damaged."""
    command = [sys.executable, "-m", MODULE]
    ran = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    if ran.returncode:
        raise ValueError("HDF5 cannot read it")
    with np.load(io.BytesIO(ran.stdout), allow_pickle=False) as found:
        table = json.loads(found[TABLE].tobytes())
        arrays = {path: found[f"a{number}"] for number, path in enumerate(table["arrays"])}
    return KerasWeights(arrays, table["problems"], table["names"])


def collect_weights(data: bytes) -> KerasWeights:
    """Return the weights in a file. Links are not followed, and nothing outside the file is read."""
    import h5py

    found = KerasWeights({}, {}, {})
    with h5py.File(io.BytesIO(data), "r") as file:
        waiting = [("", file, 0)]
        while waiting:
            path, group, depth = waiting.pop()
            if path.endswith("/vars") and "name" in group.attrs:
                found.names[path.removesuffix("/vars")] = str(group.attrs["name"])
            for name in group:
                inner = f"{path}/{name}".lstrip("/")
                if depth == MAX_DEPTH or len(found.arrays) + len(found.problems) + len(waiting) > MAX_MEMBERS:
                    raise ValueError("too many groups")
                if not isinstance(group.get(name, getlink=True), h5py.HardLink) or inner.startswith("optimizer"):
                    continue
                member = group[name]
                if isinstance(member, h5py.Group):
                    waiting.append((inner, member, depth + 1))
                else:
                    _add_array(found, inner, member, len(data))
    return found


def _add_array(found: KerasWeights, path: str, dataset: Any, size: int) -> None:
    total = sum(array.nbytes for array in found.arrays.values())
    if dataset.chunks is not None or dataset.external or dataset.is_virtual or total + dataset.nbytes > 2 * size:
        found.problems[path] = "they do not lie in the file as Keras 3 writes them"
    elif dataset.dtype.kind == "V" and dataset.attrs.get("dtype") == "bfloat16":
        bits = dataset[()].view(np.uint16).astype(np.uint32) << 16
        found.arrays[path] = bits.view(np.float32)
    elif dataset.dtype.kind != "f":
        found.problems[path] = f"they are of the type {dataset.dtype.name}"
    else:
        found.arrays[path] = dataset[()].astype(np.float32)


def main() -> None:
    """Read HDF5 from the standard input, and write its weights to the standard output."""
    sys.stderr = io.StringIO()  # a damaged file is told by the process that waits
    found = collect_weights(sys.stdin.buffer.read())
    table = {"arrays": list(found.arrays), "problems": found.problems, "names": found.names}
    arrays = {f"a{number}": array for number, array in enumerate(found.arrays.values())}
    written = io.BytesIO()
    np.savez(written, **arrays, **{TABLE: np.frombuffer(json.dumps(table).encode(), np.uint8)})  # type: ignore[arg-type]
    sys.stdout.buffer.write(written.getvalue())


if __name__ == "__main__":
    main()
