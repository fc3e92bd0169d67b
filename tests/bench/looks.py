# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of a frame with each template, compared with paper: python tests/bench/looks.py (needs bpy; some minutes).

One walk is rendered at 1920x1080 with the samples of the quality "standard": the base frame in full, and frames from
all parts of the walk in part, one template after the other and in several rounds. The results are medians. Seconds are
CPU time of all threads together, since elapsed time depends on the machine's other work. The cost of a whole film is
computed from both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import bpy
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.spec import presets, templates
from kernelwalk.scene import apply_settings, build_scene
from kernelwalk_pipeline.quality import QUALITIES
from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer, find_full_frame_reason

MAX_RATIO = 2.0
"""The claim: the largest ratio of the time of a frame with studio to that with paper."""

PARTS = 6
"""Partially rendered frames of each template and round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--preset", default="padding_strides")
    parser.add_argument("--templates", default=",".join(templates.list_templates()), help="paper and studio among them")
    arguments = parser.parse_args()
    names = arguments.templates.split(",")
    size = [int(side) for side in arguments.size.split("x")]
    full: dict[str, list[float]] = {name: [] for name in names}
    part: dict[str, list[float]] = {name: [] for name in names}
    frames = 0
    for number in range(arguments.rounds):
        for name in names:
            render = {"resolution": size, "samples": QUALITIES["standard"].samples}
            planned = make_plan(
                spec_from_table(
                    {**presets.load_preset_table(arguments.preset), "look": {"template": name}, "render": render}
                )
            )
            frames = len(set(planned.unique_frames.tolist()))
            base, parts = measure(planned, number)
            full[name].append(base)
            part[name] += parts
            print(
                f"{name}: {base:.1f} s in full, {statistics.median(parts):.2f} s in part", file=sys.stderr, flush=True
            )
    print("template | full, s | part, s | film, s | times paper's (full, part, film)")
    rows = {name: (statistics.median(full[name]), statistics.median(part[name])) for name in full}
    films = {name: base + (frames - 1) * each for name, (base, each) in rows.items()}
    for name, row in rows.items():
        ratios = [row[0] / rows["paper"][0], row[1] / rows["paper"][1], films[name] / films["paper"]]
        times = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{name} | {row[0]:.1f} | {row[1]:.2f} | {films[name]:.0f} | {times}")
    slow = max(row / paper for row, paper in zip(rows["studio"], rows["paper"], strict=True))
    print(
        "as claimed" if slow <= MAX_RATIO else f"SLOWER THAN CLAIMED: studio takes {slow:.2f} times paper's time",
        flush=True,
    )
    os._exit(0)  # the module can hang when it exits


def measure(planned: Plan, number: int) -> tuple[float, list[float]]:
    """Return the CPU seconds of the base frame in full, and of some other frames in part."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    apply_settings(planned, build_scene(planned, scene), scene)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        renderer = FrameRenderer(planned, scene, folder, find_full_frame_reason(planned, scene))

        def seconds(frame: int) -> float:
            began = time.process_time()
            path = renderer.render_frame(frame, folder / "base.png")
            if frame == renderer.base_frame:
                path.rename(folder / "base.png")
            return time.process_time() - began

        base = seconds(renderer.base_frame)
        others = [frame for frame in sorted(set(planned.unique_frames.tolist())) if frame != renderer.base_frame]
        parts = [seconds(frame) for frame in others[number :: len(others) // PARTS]]
        assert not renderer.full_frame_reason, renderer.full_frame_reason
        return base, parts


if __name__ == "__main__":
    main()
