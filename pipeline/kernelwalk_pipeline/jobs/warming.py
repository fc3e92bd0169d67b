# SPDX-License-Identifier: GPL-3.0-or-later
"""The first picture on a device, rendered for its kernels alone, so that later renders need not wait for them."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from kernelwalk.core import spec_from_table

from ..blenders.blender_pool import BlenderPool, scratch_dir
from ..failures import OutputError
from ..progress import log
from ..worker.protocol import FAILED, KERNELS_LOADING, NOTE, READY, Task

SMALL_SPEC = {
    "layer": {"op": "conv", "input": [3, 3], "kernel": 2},
    "render": {"resolution": [64, 36], "samples": 1},
}
"""A spec whose scene needs the same kernels as every other."""

LOG_PREFIX = "warm-up"


def load_device(device: str, pool: BlenderPool) -> str:
    """Render a small picture on a device, a value of `render.device`, and return the device's label. Raises Failure."""
    spec = spec_from_table({**SMALL_SPEC, "render": {**SMALL_SPEC["render"], "device": device}})
    label = ""
    try:
        folder = Path(mkdtemp(prefix="kernelwalk_"))
    except OSError as error:
        raise OutputError(f"no temporary folder: {error.strerror}. Free the disk, or set TMPDIR") from None
    with scratch_dir(folder) as scratch:
        tasks: list[Task] = [
            {
                "spec": spec.to_table(),
                "folder": str(scratch),
                "base_frame": "",
                "full_frames": True,
                "threads": 0,
                "frames": [1],
            }
        ]
        for _, event in pool.run_tasks(lambda: tasks.pop() if tasks else None, scratch):
            if event["event"] == READY:
                label = event["device"]
            elif event["event"] in (NOTE, KERNELS_LOADING):
                log(LOG_PREFIX, event["text"])
            elif event["event"] == FAILED:
                raise event["error"]
    return label
