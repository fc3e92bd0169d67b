# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender processes and threads, and what regions cost: python tests/bench/workers.py (needs bpy; minutes).

Without options, films are rendered with each number of workers, in turn: pictures a second by the clock, and processor
time a picture. More than the cores of this machine tells nothing: of more cores, only a machine that has them can say.

--prices prints what a region and a pixel cost Cycles, by threads: the constants of core/incremental/render_costs.py.
--start  prints what a further Blender costs until it renders: those of blenders/worker_count.py.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.spec.toml import dump_toml
from kernelwalk_pipeline.machine import count_cores

FILMS: dict[str, dict[str, Any]] = {
    "9x9, gliding": {"layer": {"op": "conv", "input": 9, "kernel": 5}},
    "30x30": {"layer": {"op": "conv", "input": 30, "kernel": 3}, "walk": {"frames_per_step": 1}},
}

SIZES = {8: 40, 16: 20, 32: 12, 64: 6, 128: 4}
"""Sides of square regions in pixels, and the number of regions of each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prices", action="store_true", help="what regions and pixels cost")
    parser.add_argument("--start", action="store_true", help="what a further Blender costs")
    parser.add_argument("--workers", default="1,2,auto", help="numbers of workers (1,2,auto)")
    parser.add_argument("--frames", default="1-60", help="frames of each film (1-60)")
    parser.add_argument("--size", default="1280x720")
    options = parser.parse_args()
    cores = count_cores()
    if options.prices:
        for threads in sorted({1, cores}):
            subprocess.run([sys.executable, __file__, "--child", str(threads)], check=True, stdout=subprocess.DEVNULL)
    elif options.start:
        measure_start()
    else:
        print("film | workers | pictures | pictures/s | processor s a picture", flush=True)
        for film, table in FILMS.items():
            for workers in options.workers.split(","):
                print(" | ".join([film, workers, *render(table, workers, options.frames, options.size)]), flush=True)
    print(f"\n{cores} cores, load average {os.getloadavg()[0]:.1f}")


def render(table: dict[str, Any], workers: str, frames: str, size: str) -> list[str]:
    """Render frames of a film and return their number, the pictures a second, and processor time a picture."""
    with tempfile.TemporaryDirectory() as name:
        spec = Path(name) / "film.toml"
        spec.write_text(dump_toml(table))
        command = [sys.executable, "-m", "kernelwalk_pipeline", "render", str(spec), "-o", f"{name}/out"]
        command += ["--frames", frames, "--workers", workers, "--size", size]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    first, _, last = frames.partition("-")
    plan = make_plan(spec_from_table(table))
    pictures = len(set(plan.unique_frames[int(first) - 1 : int(last or first)].tolist()))
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [str(pictures), f"{pictures / seconds:.2f}", f"{processor / pictures:.2f}"]


def measure_start() -> None:
    """Print the seconds of a process that renders one tiny frame in full, and its processor time."""
    table = {"layer": {"op": "conv", "input": 9, "kernel": 5}, "render": {"samples": 1}}
    for turn in range(3):
        pictures, rate, processor = render(table, "1", "1", "64x36")
        print(f"{pictures} tiny picture, {1 / float(rate):.2f} s with the command, {processor} s of cores ({turn + 1})")


def measure_prices(threads: int) -> None:
    """Print the milliseconds of regions by their size, and the fitted costs of a region and of a sample."""
    from kernelwalk_pipeline.worker.partial_render import render_regions
    from kernelwalk_pipeline.worker.task_runner import prepare_scene

    samples = 16
    plan = make_plan(spec_from_table({**FILMS["9x9, gliding"], "render": {"samples": samples, "noise": 0.0}}))
    scene, _ = prepare_scene(plan)
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.frame_set(plan.spec.start_frame(12))
    random, pixels, seconds = np.random.default_rng(1), [], []
    with tempfile.TemporaryDirectory() as folder:
        for side, count in SIZES.items():
            places = random.integers((300, 150), (900, 500), (count + 1, 2)).tolist()
            ticks: list[float] = []
            regions = [(x, y, side, side) for x, y in places]
            render_regions(scene, regions, Path(folder), lambda ticks=ticks: ticks.append(time.perf_counter()))
            pixels.append(side * side)
            seconds.append(float(np.median(np.diff(ticks))))
    terms = np.column_stack([np.ones(len(pixels)), pixels]) / np.array(seconds)[:, None]
    region, pixel = np.linalg.lstsq(terms, np.ones(len(pixels)), rcond=None)[0]
    sample = pixel / samples * threads
    text = f"{threads} threads: a region {1e3 * region:.2f} ms, a sample {1e6 * sample:.2f} µs of a core"
    os.write(sys.stderr.fileno(), f"{text}\n".encode())
    os._exit(0)  # Blender's library may hang at its end


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        measure_prices(int(sys.argv[2]))
    main()
