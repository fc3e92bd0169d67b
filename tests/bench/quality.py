# SPDX-License-Identifier: GPL-3.0-or-later
"""Noise and time by number of samples: python tests/bench/quality.py (needs bpy; minutes).

A frame in the middle of a walk is rendered in full with several numbers of samples and compared with 1024 samples: the
peak signal-to-noise ratio (PSNR) of the 8-bit picture, the share of pixels that are off by more than 8 of 255, and the
time, each the worst of the walks. The samples in pipeline/kernelwalk_pipeline/quality.py are chosen from the results.
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
MAX_DIFFERENCE = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="640x360")
    size = [int(side) for side in parser.parse_args().size.split("x")]
    counts = sorted({1, 4, 8, *(each.samples for each in QUALITIES.values())})
    with BlenderPool(None) as pool:
        references = {name: render_middle_step(make_spec(name, REFERENCE, size), pool)[0] for name in WALKS}
        print("samples | PSNR, dB | pixels off by more than 8 of 255 | seconds", flush=True)
        for samples in counts:
            found = {name: render_middle_step(make_spec(name, samples, size), pool) for name in WALKS}
            off = [np.abs(found[name][0] - references[name]) for name in WALKS]
            ratio = min(20 * np.log10(255 / np.sqrt((each**2).mean())) for each in off)
            far = max((each.max(axis=2) > MAX_DIFFERENCE).mean() for each in off)
            seconds = max(seconds for _, seconds in found.values())
            print(f"{samples} | {ratio:.1f} | {far:.2%} | {seconds:.2f}", flush=True)


def make_spec(name: str, samples: int, size: list[int]) -> Spec:
    return spec_from_table({**presets.load_preset_table(name), "render": {"samples": samples, "resolution": size}})


def render_middle_step(spec: Spec, pool: BlenderPool) -> tuple[np.ndarray, float]:
    """Return the picture of a step in the middle, shape (height, width, 3), and its seconds, start-up included."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        path = Path(folder) / "step.png"
        job.render_step(Source("bench", spec), spec.layer.position_count // 2, path, pool)
        with Image.open(path) as file:
            return np.asarray(file.convert("RGB")).astype(float), time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
