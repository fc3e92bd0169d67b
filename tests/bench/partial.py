# SPDX-License-Identifier: GPL-3.0-or-later
"""What a film costs against full frames by Blender itself: python tests/bench/partial.py (needs bpy; some minutes).

Of each walk a .blend is saved, of which Blender renders some frames as `blender --background scene.blend -a` does, and
Kernelwalk's pipeline these and those that follow them, in turn, at the same size and samples. Pixels are compared. What
a whole film costs is reckoned from that: Kernelwalk renders one frame in whole, of the others what is new in them, and
of those that look alike one. Start-up is left out on both sides; each has one Blender, with all threads.
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
"""By name: input, kernel, walk, and how many times as fast as full frames a film is claimed to be."""

RUN = 24
"""Frames of a turn, which follow one another: what a picture costs depends on what the ones before have shown."""

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
    """Seconds a frame, of each frame that was rendered so."""

    full: list[float]
    still: list[float]
    part: list[float]

    def ratio(self, frames: int, pictures: int) -> float:
        """How many times as fast a film of so many frames, and so many pictures that differ, is."""
        ours = statistics.median(self.still) + (pictures - 1) * statistics.median(self.part)
        return frames * statistics.median(self.full) / ours


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side (2)")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--size", default="1280x720")
    given = parser.parse_args()
    size = [int(side) for side in given.size.split("x")]
    heads = ("walk", "frames", "pictures", "full s", "still s", "part s", "per frame", "film", "pixels that differ")
    print(" | ".join(heads), flush=True)
    met = True
    for name, (side, kernel, walk, claimed) in CASES.items():
        table = {
            "layer": {"op": "conv", "input": side, "kernel": kernel},
            "walk": walk,
            "render": {"resolution": size, "samples": given.samples},
        }
        source = Source(name.replace(" ", "_"), spec_from_table(table))
        planned = make_plan(source.spec)
        times, differing = measure(planned, source, given.rounds)
        frames, pictures = len(planned.frames), len(set(planned.unique_frames.tolist()))
        full, still, part = (statistics.median(each) for each in (times.full, times.still, times.part))
        ratio = times.ratio(frames, pictures)
        met = met and ratio >= claimed and not differing
        row = (
            name,
            frames,
            pictures,
            f"{full:.2f}",
            f"{still:.2f}",
            f"{part:.3f}",
            f"{full / part:.1f}",
            f"{ratio:.1f}",
            differing,
        )
        print(" | ".join(map(str, row)), flush=True)
    print(f"\n{given.size}, {given.samples} samples, {os.cpu_count()} cores, medians.")
    print(
        "as claimed" if met else "LESS THAN CLAIMED: " + ", ".join(f"{name} {row[-1]}x" for name, row in CASES.items())
    )
    return 0


def measure(planned: Plan, source: Source, rounds: int) -> tuple[Times, int]:
    """The times of both sides, in turn, and in how many pixels their pictures differ."""
    times, differing = Times([], [], []), 0
    with tempfile.TemporaryDirectory() as name, BlenderPool(None) as crew:
        folder = Path(name)
        job.save_blend(source, folder / "scene.blend", crew)
        for turn in range(rounds):
            mine = run(planned, (turn + 1) / (rounds + 1))
            times.full += full(folder, [mine[0], mine[-1]])
            still, part = ours(planned, source, folder / f"ours{turn}", mine, crew)
            times.still.append(still)
            times.part.append(part)
            for frame in (mine[0], mine[-1]):
                one, other = (
                    pixels(path)
                    for path in (folder / f"{frame:04d}.png", frame_path(folder / f"ours{turn}" / "timed", frame))
                )
                differing += int((one != other).any(axis=2).sum())
    return times, differing


def run(planned: Plan, where: float) -> list[int]:
    """Pictures that follow one another, a share `where` of the way through the walk, the still one left out."""
    pictures = [frame for frame in sorted(set(planned.unique_frames.tolist())) if frame != find_base_frame(planned)]
    first = int(where * max(0, len(pictures) - RUN))
    return pictures[first : first + RUN]


def full(folder: Path, frames: list[int]) -> list[float]:
    words = [sys.executable, "-c", FULL, str(folder / "scene.blend"), str(folder) + os.sep, *map(str, frames)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [float(line.split()[1]) for line in told.splitlines() if line.startswith("SECONDS")]


def ours(planned: Plan, source: Source, folder: Path, frames: list[int], crew: BlenderPool) -> tuple[float, float]:
    """Seconds for the still frame, and for each of the others, checked and recorded. A first turn, that does not count,
    starts the Blenders."""
    still = [find_base_frame(planned)]
    for turn in ("warm", "timed"):
        (folder / turn).mkdir(parents=True)
        seconds = []
        for each in (still, frames):
            manifest = Manifest(folder / turn, source.spec.render.resolution)
            began = time.perf_counter()
            render_unique_frames(planned, source, each, manifest, RenderOptions(), crew, PhaseTimer())
            seconds.append((time.perf_counter() - began) / len(each))
    return seconds[0], seconds[1]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))


if __name__ == "__main__":
    sys.exit(main())
