# SPDX-License-Identifier: GPL-3.0-or-later
"""Noise and time of each quality, of this build and of others in one run (needs bpy; an hour):

    python tests/bench/quality.py [--against CHECKOUT]... [--size 640x360] [--preset padding_strides]...

Each build draws the representative step of each preset by `kernelwalk still`, in each quality, and in 1024 samples,
to which its pictures are compared. Printed are the peak signal-to-noise ratio (PSNR) of the
8-bit picture, the share of pixels that are off by more than 8 of 255, and the processor time of the whole command,
start-up included. The default of a spec and pipeline/kernelwalk_pipeline/quality.py are chosen from the results.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ["--set", "render.samples=1024"]
PRESETS = ("padding_strides", "mathematica", "no_padding_strides_transposed", "studio", "dark")
"""Presets, and templates, in which padding_strides is drawn."""

QUALITIES = ("draft", "default", "standard", "final")
MAX_DIFFERENCE = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", type=Path, action="append", default=[], help="another checkout, in turn")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--preset", action="append", choices=PRESETS, help="presets and templates (all)")
    options = parser.parse_args()
    builds = {"this": ROOT, **{path.name: path.resolve() for path in options.against}}
    heads = " | ".join(f"{name}: PSNR, dB | off by more than {MAX_DIFFERENCE} | s" for name in builds)
    print(f"preset | quality | {heads}", flush=True)
    for preset in options.preset or PRESETS:
        references = {}
        for name, checkout in builds.items():
            references[name] = draw(checkout, preset, [*REFERENCE, "--size", options.size])[0]
        for quality in QUALITIES:
            row = [preset, quality]
            for name, checkout in builds.items():
                chosen = [] if quality == "default" else ["--quality", quality]
                picture, seconds = draw(checkout, preset, [*chosen, "--size", options.size])
                off = np.abs(picture - references[name])
                psnr = 20 * np.log10(255 / np.sqrt((off**2).mean()))
                row += [f"{psnr:.1f}", f"{(off.max(axis=2) > MAX_DIFFERENCE).mean():.2%}", f"{seconds:.1f}"]
            print(" | ".join(row), flush=True)
    print(f"\n{os.cpu_count()} cores, {options.size}")


def draw(checkout: Path, preset: str, options: list[str]) -> tuple[np.ndarray, float]:
    """Return a build's picture of a preset, shape (height, width, 3), and its seconds of the processor."""
    if preset in ("studio", "dark"):
        preset, options = PRESETS[0], [*options, "--set", f"look.template={preset}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "step.png"
        command = [sys.executable, "-m", "kernelwalk_pipeline", "still", preset, "-o", str(path), *options]
        paths = os.pathsep.join(str(checkout / part) for part in ("addon", "pipeline"))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{checkout.name}: {preset} ended with {process.returncode}")
        with Image.open(path) as file:
            return np.asarray(file.convert("RGB")).astype(float), usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
