# SPDX-License-Identifier: GPL-3.0-or-later
"""What values cost: python tests/bench/values.py (needs bpy).

Rendering: pictures of steps of 28x28 to 26x26, whole and in parts, with digits on all tiles and without values in turn.
Building: plan and scene of 222x222 outputs with and without values, each in a process of its own, in turn.
Seconds are those of the processor, which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RENDER_LIMIT, BUILD_LIMIT = 1.3, 1.5
"""The claims: most that values may cost, as a factor on the time without them, and on time and memory of a build."""

FIRST, WHOLE_COUNT, PART_COUNT = 300, 3, 24
"""The first step that is rendered, and how many are, in whole and in parts. The first picture in parts, which has all
that was computed before, is not counted: a film has one."""

VALUES = {"input": "random", "kernel": "random"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each (3)")
    parser.add_argument("--samples", type=int, default=16, help="samples of a picture (16)")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "WITH_VALUES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, with_values = arguments.child
        measure = {"render": measure_rendering, "build": measure_building}[what]
        print("\n" + json.dumps(measure(with_values == "yes", arguments.samples)), flush=True)
        os._exit(0)
    if importlib.util.find_spec("bpy") is None:
        print("needs Blender as a Python module: pip install bpy", file=sys.stderr)
        return 3
    for what, limit in (("render", RENDER_LIMIT), ("build", BUILD_LIMIT)):
        pairs = [{way: run(what, way, arguments.samples) for way in ("no", "yes")} for _ in range(arguments.rounds)]
        for key in pairs[0]["no"]:
            plain, valued = (min(pair[way][key] for pair in pairs) for way in ("no", "yes"))
            ratio = statistics.median(pair["yes"][key] / pair["no"][key] for pair in pairs)
            verdict = "holds" if ratio <= limit else "DOES NOT HOLD"
            claim = f"at most {limit}: {verdict}"
            print(f"{key:>16}: {plain:8.3f} without, {valued:8.3f} with values, {ratio:.2f} ({claim})")
    return 0


def run(what: str, with_values: str, samples: int) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", what, with_values, "--samples", str(samples)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{what}: ended with {done.returncode}\n{done.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def make_spec(outputs: int, with_values: bool, **sections: Any) -> Any:
    from kernelwalk.core import spec_from_table

    walk = {"frames_per_step": 1, "lead_in": 1, "lead_out": 0}
    table: dict[str, Any] = {"layer": {"op": "conv", "input": outputs + 2, "kernel": 3}, "walk": walk, **sections}
    if with_values:
        table["values"] = VALUES | ({"digits": True} if "render" in sections else {})
    return spec_from_table(table)


def measure_rendering(with_values: bool, samples: int) -> dict[str, float]:
    """Return the processor seconds of a whole picture and of one in parts, as the mean of some."""
    import bpy
    from kernelwalk.core import make_plan
    from kernelwalk.scene import apply_settings, build_scene
    from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    plan = make_plan(make_spec(26, with_values, render={"resolution": [1280, 720], "samples": samples}))
    apply_settings(plan, build_scene(plan, scene), scene)
    with tempfile.TemporaryDirectory() as folder:
        whole = FrameRenderer(plan, scene, Path(folder), "to compare")
        base = whole.render_frame(plan.frames[0], Path(folder)).rename(Path(folder) / "still.png")
        begin = time.process_time()
        for frame in range(FIRST, FIRST + WHOLE_COUNT):
            whole.render_frame(frame, base)
        seconds = (time.process_time() - begin) / WHOLE_COUNT
        parts = FrameRenderer(plan, scene, Path(folder), None)
        base = parts.render_frame(parts.base_frame, Path(folder) / "none").rename(Path(folder) / "base.png")
        moments: list[float] = []
        frames = range(FIRST, FIRST + 1 + PART_COUNT)
        parts.render_frames(frames, base, lambda picture: moments.append(time.process_time()))
        return {"whole picture s": seconds, "in parts s": (moments[-1] - moments[0]) / PART_COUNT}


def measure_building(with_values: bool, _: int) -> dict[str, float]:
    """Return the processor seconds from a spec to the scene, and the highest memory use."""
    import bpy
    import numpy.ma  # noqa: F401  # numpy imports it only when it is used
    from kernelwalk.core import make_plan
    from kernelwalk.scene import build_scene

    bpy.ops.wm.read_factory_settings(use_empty=True)
    begin = time.process_time()
    build_scene(make_plan(make_spec(222, with_values)), bpy.context.scene)
    seconds = time.process_time() - begin
    return {"build s": seconds, "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    sys.exit(main())
