# SPDX-License-Identifier: GPL-3.0-or-later
"""How much noise a number of samples leaves, and what it costs: python tests/bench/quality.py (needs bpy; minutes).

A frame in the middle of a walk, rendered in whole at several numbers of samples and held against 1024 of them: the
peak signal-to-noise ratio of the 8-bit picture, the share of pixels that are off by more than 8 units, and the time,
each the worst of the walks. What pipeline/kernelwalk_pipeline/quality.py says follows from it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from kernelwalk.core import Spec, spec_from_table
from kernelwalk.core.spec import presets
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.jobs import job
from kernelwalk_pipeline.quality import QUALITIES
from kernelwalk_pipeline.source import Source
from PIL import Image

REFERENCE = 1024
WALKS = ("padding_strides", "mathematica", "no_padding_strides_transposed")
UNITS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="640x360")
    size = [int(side) for side in parser.parse_args().size.split("x")]
    counts = sorted({1, 4, 8, *(each.samples for each in QUALITIES.values())})
    with BlenderPool(None) as crew:
        references = {name: picture(spec(name, REFERENCE, size), crew)[0] for name in WALKS}
        print("samples | dB | off by more than 8 | seconds", flush=True)
        for samples in counts:
            found = {name: picture(spec(name, samples, size), crew) for name in WALKS}
            off = [np.abs(found[name][0] - references[name]) for name in WALKS]
            ratio = min(20 * np.log10(255 / np.sqrt((each**2).mean())) for each in off)
            far = max((each.max(axis=2) > UNITS).mean() for each in off)
            seconds = max(seconds for _, seconds in found.values())
            print(f"{samples} | {ratio:.1f} | {far:.2%} | {seconds:.2f}", flush=True)


def spec(name: str, samples: int, size: list[int]) -> Spec:
    return spec_from_table({**presets.load_preset_table(name), "render": {"samples": samples, "resolution": size}})


def picture(spec: Spec, crew: BlenderPool) -> tuple[np.ndarray, float]:
    """A step in the middle, shape (height, width, 3), and the seconds that its still took, start-up included."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        path = Path(folder) / "still.png"
        job.render_step(Source("bench", spec), spec.layer.position_count // 2, path, crew)
        with Image.open(path) as file:
            return np.asarray(file.convert("RGB")).astype(float), time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
