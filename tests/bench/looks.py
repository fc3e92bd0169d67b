# SPDX-License-Identifier: GPL-3.0-or-later
"""What a frame costs in each look, against paper: python tests/bench/looks.py (needs bpy; some minutes).

Of one walk at 1920x1080 and the samples of the quality "standard", the still frame, which is rendered in whole, and
frames all over the walk, which are rendered in part, look after look and in several rounds; medians. Seconds are the
processor's, of all threads together: what a clock on the wall says depends on what else the machine does. What a whole
film costs is reckoned from both.
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

MOST = 2.0
"""How many times paper's time a frame in studio may take."""

PARTS = 6
"""Frames in part of each look and round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--preset", default="padding_strides")
    parser.add_argument("--looks", default=",".join(templates.list_templates()), help="paper and studio among them")
    given = parser.parse_args()
    looks = given.looks.split(",")
    size = [int(side) for side in given.size.split("x")]
    whole: dict[str, list[float]] = {look: [] for look in looks}
    part: dict[str, list[float]] = {look: [] for look in looks}
    frames = 0
    for turn in range(given.rounds):
        for look in looks:
            render = {"resolution": size, "samples": QUALITIES["standard"].samples}
            planned = make_plan(
                spec_from_table(
                    {**presets.load_preset_table(given.preset), "look": {"template": look}, "render": render}
                )
            )
            frames = len(set(planned.unique_frames.tolist()))
            still, parts = measure(planned, turn)
            whole[look].append(still)
            part[look] += parts
            print(f"{look}: {still:.1f} s whole, {statistics.median(parts):.2f} s in part", file=sys.stderr, flush=True)
    print("look | whole, s | part, s | film, s | times paper's")
    rows = {look: (statistics.median(whole[look]), statistics.median(part[look])) for look in whole}
    films = {look: still + (frames - 1) * each for look, (still, each) in rows.items()}
    for look, row in rows.items():
        ratios = [row[0] / rows["paper"][0], row[1] / rows["paper"][1], films[look] / films["paper"]]
        told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{look} | {row[0]:.1f} | {row[1]:.2f} | {films[look]:.0f} | {told}")
    slow = max(row / paper for row, paper in zip(rows["studio"], rows["paper"], strict=True))
    print(
        "as claimed" if slow <= MOST else f"SLOWER THAN CLAIMED: studio takes {slow:.2f} times paper's time", flush=True
    )
    os._exit(0)  # the module can hang when it exits


def measure(planned: Plan, turn: int) -> tuple[float, list[float]]:
    """The processor's seconds of the still frame, and of frames in part."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    apply_settings(planned, build_scene(planned, scene), scene)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = FrameRenderer(planned, scene, folder, find_full_frame_reason(planned, scene))

        def seconds(frame: int) -> float:
            began = time.process_time()
            made = pictures.render_frame(frame, folder / "still.png")
            if frame == pictures.base_frame:
                made.rename(folder / "still.png")
            return time.process_time() - began

        still = seconds(pictures.base_frame)
        others = [frame for frame in sorted(set(planned.unique_frames.tolist())) if frame != pictures.base_frame]
        parts = [seconds(frame) for frame in others[turn :: len(others) // PARTS]]
        assert not pictures.full_frame_reason, pictures.full_frame_reason
        return still, parts


if __name__ == "__main__":
    main()
