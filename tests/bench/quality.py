# SPDX-License-Identifier: GPL-3.0-or-later
"""Noise and time of each quality, of this build and of others in one run (needs bpy; an hour):

    python tests/bench/quality.py [--against CHECKOUT]... [--size 640x360] [--seeds N] [--preset padding_strides]... \
        [--quality final]...

Each build draws the representative step of each preset by `kernelwalk still`, in each quality, and in 1024 samples,
to which its pictures are compared. Printed are the peak signal-to-noise ratio (PSNR) of the
8-bit picture, the share of pixels that are off by more than 8 of 255, and the processor time of the whole command,
start-up included. The default of a spec and pipeline/kernelwalk_pipeline/quality.py are chosen from the results.

With --seeds N, one seed's luck is left out: each build saves its .blend, whose middle frame is drawn with N seeds and
the samples of each quality. Printed are the mean PSNR and its standard deviation over the seeds, with the build's
own sampling pattern and with each of PATTERNS.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from kernelwalk_pipeline.quality import QUALITIES as QUALITY_SETTINGS
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PRESETS = ("padding_strides", "mathematica", "no_padding_strides_transposed", "studio", "dark")
"""Presets, and templates, in which padding_strides is drawn."""

QUALITIES = ("draft", "default", "standard", "final")
MAX_DIFFERENCE = 8
PATTERNS = ("TABULATED_SOBOL", "BLUE_NOISE")
REFERENCE_SAMPLES, REFERENCE_SEED = 1024, 12345
REFERENCE = ["--set", f"render.samples={REFERENCE_SAMPLES}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", type=Path, action="append", default=[], help="another checkout, in turn")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--preset", action="append", choices=PRESETS, help="presets and templates (all)")
    parser.add_argument("--seeds", type=int, metavar="N", help="mean and spread over seeds")
    parser.add_argument("--quality", action="append", choices=QUALITIES, help="qualities (all)")
    options = parser.parse_args()
    builds = {"this": ROOT, **{path.name: path.resolve() for path in options.against}}
    if options.seeds:
        compare_seeds(builds, options)
        return
    heads = " | ".join(f"{name}: PSNR, dB | off by more than {MAX_DIFFERENCE} | s" for name in builds)
    print(f"preset | quality | {heads}", flush=True)
    for preset in options.preset or PRESETS:
        references = {}
        for name, checkout in builds.items():
            references[name] = draw(checkout, preset, [*REFERENCE, "--size", options.size])[0]
        for quality in options.quality or QUALITIES:
            row = [preset, quality]
            for name, checkout in builds.items():
                chosen = [] if quality == "default" else ["--quality", quality]
                picture, seconds = draw(checkout, preset, [*chosen, "--size", options.size])
                off = np.abs(picture - references[name])
                row += [
                    f"{compute_psnr(off):.1f}",
                    f"{(off.max(axis=2) > MAX_DIFFERENCE).mean():.2%}",
                    f"{seconds:.1f}",
                ]
            print(" | ".join(row), flush=True)
    print(f"\n{os.cpu_count()} cores, {options.size}")


def compute_psnr(difference: np.ndarray) -> float:
    """Return the PSNR, in dB, of a picture that differs by so much, in 8-bit units."""
    return float(20 * np.log10(255 / np.sqrt((difference**2).mean())))


def compare_seeds(builds: dict[str, Path], options: argparse.Namespace) -> None:
    """Print the mean PSNR of each preset over seeds."""
    results = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Blender tells there how far each picture is
    print("preset | quality | build | pattern | PSNR, mean of seeds | standard deviation", file=results, flush=True)
    width, height = options.size.split("x")
    for preset in options.preset or PRESETS:
        for quality, (name, checkout) in itertools.product(options.quality or QUALITIES, builds.items()):
            chosen = [] if quality == "default" else ["--set", f"render.samples={QUALITY_SETTINGS[quality].samples}"]
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "walk.blend"
                run(checkout, "blend", preset, path, [*chosen, "--set", f"render.resolution=[{width}, {height}]"])
                for pattern, values in measure_seeds(path, options.seeds):
                    row = f"{preset} | {quality} | {name} | {pattern} | {np.mean(values):.2f}"
                    print(f"{row} | {np.std(values, ddof=1):.2f}", file=results, flush=True)
    os._exit(0)  # the module can hang when it exits


def measure_seeds(blend: Path, seed_count: int) -> Iterator[tuple[str, list[float]]]:
    """Yield each sampling pattern, the file's own first, and the PSNR of its pictures, in dB, seed by seed."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    scene = bpy.context.scene
    scene.render.use_persistent_data = False  # some patterns would depend on the picture before
    scene.render.image_settings.file_format = "PNG"
    scene.frame_set((scene.frame_start + scene.frame_end) // 2)
    scene.render.filepath = str(blend.with_name("step.png"))

    def draw_seed(seed: int, samples: int, pattern: str) -> np.ndarray:
        scene.cycles.seed, scene.cycles.samples, scene.cycles.sampling_pattern = seed, samples, pattern
        bpy.ops.render.render(write_still=True)
        with Image.open(scene.render.filepath) as file:
            return np.asarray(file.convert("RGB")).astype(float)

    own, samples = scene.cycles.sampling_pattern, scene.cycles.samples
    reference = draw_seed(REFERENCE_SEED, REFERENCE_SAMPLES, PATTERNS[0])
    for pattern in dict.fromkeys((own, *PATTERNS)):
        pictures = (draw_seed(seed, samples, pattern) for seed in range(seed_count))
        yield pattern, [compute_psnr(picture - reference) for picture in pictures]


def draw(checkout: Path, preset: str, options: list[str]) -> tuple[np.ndarray, float]:
    """Return a build's picture of a preset, shape (height, width, 3), and its seconds of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "step.png"
        seconds = run(checkout, "still", preset, path, options)
        with Image.open(path) as file:
            return np.asarray(file.convert("RGB")).astype(float), seconds


def run(checkout: Path, command: str, preset: str, path: Path, options: list[str]) -> float:
    """Run a build's command on a preset, and return its seconds of the processor."""
    if preset in ("studio", "dark"):
        preset, options = PRESETS[0], [*options, "--set", f"look.template={preset}"]
    line = [sys.executable, "-m", "kernelwalk_pipeline", command, preset, "-o", str(path), *options]
    paths = os.pathsep.join(str(checkout / part) for part in ("addon", "pipeline"))
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{checkout.name}: {preset} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
