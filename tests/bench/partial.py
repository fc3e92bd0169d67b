# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of a film compared with full frames by Blender itself: python tests/bench/partial.py (needs bpy; some minutes).

A .blend of each walk is saved. Blender renders some of its frames as `blender --background scene.blend -a` does, and
Kernelwalk renders these and the frames between them, in turn, at the same size and samples. Pixels are compared. The
cost of a whole film is computed from the times: Kernelwalk renders the base frame in full, the other unique frames in
part, and copies the rest. Start-up is left out on both sides; each has one Blender, with all threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import find_base_frame
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.frames.manifest import Manifest, frame_path
from kernelwalk_pipeline.jobs import job
from kernelwalk_pipeline.jobs.rendering import RenderOptions, render_unique_frames
from kernelwalk_pipeline.jobs.timings import PhaseTimer
from kernelwalk_pipeline.source import Source
from PIL import Image

STEPS = {"frames_per_step": 1, "lead_in": 1, "lead_out": 0}
GLIDING: dict[str, object] = {}

CASES = {
    "9x9 to 5x5": (9, 5, STEPS, 3),
    "30x30 to 28x28": (30, 3, STEPS, 15),
    "64x64 to 62x62": (64, 3, STEPS, 25),
    "9x9 to 5x5, gliding": (9, 5, GLIDING, 3),
}
"""By name: input, kernel, walk, and the claim: how many times as fast as full frames the film is."""

RUN_LENGTH = 24
"""Consecutive unique frames of a round: the cost of a frame depends on what earlier frames have shown."""

FULL = """
import bpy, os, sys, time
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
scene.render.filepath = sys.argv[2]
scene.render.image_settings.color_mode = "RGB"
for frame in map(int, sys.argv[3:]):
    scene.frame_start = scene.frame_end = frame
    began = time.perf_counter()
    bpy.ops.render.render(animation=True)
    print("SECONDS", time.perf_counter() - began)
sys.stdout.flush()
os._exit(0)
"""


@dataclass
class Times:
    """Seconds per frame: by Blender in full, and by Kernelwalk the base frame and the other unique frames."""

    full: list[float]
    base: list[float]
    other: list[float]

    def ratio(self, frames: int, unique_frames: int) -> float:
        """Return how many times as fast Kernelwalk makes a film, from its numbers of frames and unique frames."""
        seconds = statistics.median(self.base) + (unique_frames - 1) * statistics.median(self.other)
        return frames * statistics.median(self.full) / seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="rounds of both sides (2)")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--size", default="1280x720")
    arguments = parser.parse_args()
    size = [int(side) for side in arguments.size.split("x")]
    headings = (
        "walk",
        "frames",
        "unique frames",
        "full s",
        "base frame s",
        "each other frame s",
        "full / other",
        "film",
        "pixels that differ",
    )
    print(" | ".join(headings), flush=True)
    met = True
    for name, (side, kernel, walk, claimed) in CASES.items():
        table = {
            "layer": {"op": "conv", "input": side, "kernel": kernel},
            "walk": walk,
            "render": {"resolution": size, "samples": arguments.samples},
        }
        source = Source(name.replace(" ", "_"), spec_from_table(table))
        planned = make_plan(source.spec)
        times, differing = measure(planned, source, arguments.rounds)
        frames, unique_frames = len(planned.frames), len(set(planned.unique_frames.tolist()))
        full, base, other = (statistics.median(each) for each in (times.full, times.base, times.other))
        ratio = times.ratio(frames, unique_frames)
        met = met and ratio >= claimed and not differing
        row = (
            name,
            frames,
            unique_frames,
            f"{full:.2f}",
            f"{base:.2f}",
            f"{other:.3f}",
            f"{full / other:.1f}",
            f"{ratio:.1f}",
            differing,
        )
        print(" | ".join(map(str, row)), flush=True)
    print(f"\n{arguments.size}, {arguments.samples} samples, {os.cpu_count()} cores, medians.")
    print(
        "as claimed" if met else "LESS THAN CLAIMED: " + ", ".join(f"{name} {row[-1]}x" for name, row in CASES.items())
    )
    return 0


def measure(planned: Plan, source: Source, rounds: int) -> tuple[Times, int]:
    """Return the times of both sides, which take turns, and the number of pixels that differ."""
    times, differing = Times([], [], []), 0
    with tempfile.TemporaryDirectory() as name, BlenderPool(None) as pool:
        folder = Path(name)
        job.save_blend(source, folder / "scene.blend", pool)
        for number in range(rounds):
            chosen = choose_frames(planned, (number + 1) / (rounds + 1))
            times.full += render_with_blender(folder, [chosen[0], chosen[-1]])
            base, other = render_with_kernelwalk(planned, source, folder / f"kernelwalk{number}", chosen, pool)
            times.base.append(base)
            times.other.append(other)
            for frame in (chosen[0], chosen[-1]):
                expected, rendered = (
                    read_pixels(path)
                    for path in (
                        folder / f"{frame:04d}.png",
                        frame_path(folder / f"kernelwalk{number}" / "timed", frame),
                    )
                )
                differing += int((expected != rendered).any(axis=2).sum())
    return times, differing


def choose_frames(planned: Plan, share: float) -> list[int]:
    """Return consecutive unique frames without the base frame, from `share` of the way through the walk on."""
    unique = [frame for frame in sorted(set(planned.unique_frames.tolist())) if frame != find_base_frame(planned)]
    first = int(share * max(0, len(unique) - RUN_LENGTH))
    return unique[first : first + RUN_LENGTH]


def render_with_blender(folder: Path, frames: list[int]) -> list[float]:
    """Render frames of the saved .blend and return the seconds of each."""
    command = [sys.executable, "-c", FULL, str(folder / "scene.blend"), str(folder) + os.sep, *map(str, frames)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(line.split()[1]) for line in output.splitlines() if line.startswith("SECONDS")]


def render_with_kernelwalk(
    planned: Plan, source: Source, folder: Path, frames: list[int], pool: BlenderPool
) -> tuple[float, float]:
    """Return the seconds for the base frame, and for each of `frames`, with checking and recording.

    A first round, which does not count, starts Blender.
    """
    base = [find_base_frame(planned)]
    for run in ("warm-up", "timed"):
        (folder / run).mkdir(parents=True)
        seconds = []
        for each in (base, frames):
            manifest = Manifest(folder / run, source.spec.render.resolution)
            began = time.perf_counter()
            render_unique_frames(planned, source, each, manifest, RenderOptions(), pool, PhaseTimer())
            seconds.append((time.perf_counter() - began) / len(each))
    return seconds[0], seconds[1]


def read_pixels(path: Path) -> np.ndarray:
    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))


if __name__ == "__main__":
    sys.exit(main())
