# SPDX-License-Identifier: GPL-3.0-or-later
"""Growth of cost with tiles and with steps: python tests/bench/growth.py [--plot FILE.svg] [--against CHECKOUT].

It needs bpy and some minutes. Each row is measured in a process of its own: from the spec to the scene ("build"), a
change of frame ("scrub"), the partial render of a step's frame at 640x360 and 1 sample ("part"), and the peak of the
process's memory. First, tiles grow tenfold from row to row, with steps in proportion; then steps alone, on layers with
about as many tiles. All of each grid is drawn; the last rows draw the excerpts that a spec gets unasked, whose frames
are rendered in full. At the end, the memory of the command and of its Blender while it renders at 3840x2160.
With another checkout, each row is also measured there, by its own file of this name.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from soak import watch

ROOT = Path(__file__).resolve().parents[2]

TILES = [{"input": side + 2, "kernel": 3} for side in (6, 21, 70, 222, 706)]
STEPS = [{"input": 317, "kernel": 3, "stride": stride} for stride in (105, 34, 10, 3, 1)]
"""Layers with 10^2 to 10^6 tiles, and layers of 10^5 tiles with 10^1 to 10^5 steps."""

WHOLE = 1_000_000
"""Size of an excerpt that is larger than every grid."""

EXCERPTS = TILES[3:]
"""Layers of which an excerpt is drawn."""

COLUMNS = ("tiles", "steps", "build s", "scrub ms", "part ms", "peak MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, help="write the results as a plot")
    parser.add_argument("--against", type=Path, help="another checkout to measure in turn")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(json.loads(arguments.child))
    tables = {}
    for name, cases in (("tiles", TILES), ("steps", STEPS), ("excerpts", EXCERPTS)):
        print(f"\nwith {name}\n" + " | ".join(COLUMNS), flush=True)
        tables[name] = []
        for layer in cases:
            case = {"op": "conv", **layer, **({"excerpt": "auto"} if name == "excerpts" else {})}
            tables[name].append(measure_in_process(ROOT, case))
            print(format_row(tables[name][-1]), flush=True)
            if arguments.against and name != "excerpts":
                print(f"{format_row(measure_in_process(arguments.against.resolve(), case))} (against)", flush=True)
    print(f"\n3840x2160: {measure_memory()}")
    print(f"{os.cpu_count()} cores, one run, load average {os.getloadavg()[0]:.1f}.")
    if arguments.plot:
        arguments.plot.write_text(plot({name: tables[name] for name in ("tiles", "steps")}))


def format_row(row: dict[str, float]) -> str:
    return " | ".join(f"{row[key]:,}" if isinstance(row[key], int) else f"{row[key]:.3g}" for key in COLUMNS)


def measure_in_process(checkout: Path, case: dict[str, object]) -> dict[str, float]:
    command = [sys.executable, str(checkout / "tests/bench/growth.py"), "--child", json.dumps(case)]
    paths = os.pathsep.join(str(checkout / part) for part in ("addon", "pipeline"))
    environment = {**os.environ, "PYTHONPATH": paths}
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return json.loads(output.rpartition("RESULT ")[2].splitlines()[0])


def measure(case: dict[str, object]) -> None:
    """Print the results of a layer, all of which is drawn unless the case has an excerpt, as JSON; end the process."""
    from kernelwalk.core import make_plan, spec_from_table
    from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer, find_full_frame_reason
    from kernelwalk_pipeline.worker.task_runner import prepare_scene

    excerpt = case.pop("excerpt", WHOLE)
    table = {
        "layer": case,
        "show": {"excerpt": excerpt},
        "walk": {"frames_per_step": 1, "lead_in": 1, "lead_out": 0},
        "render": {"resolution": [640, 360], "samples": 1},
    }
    began = time.perf_counter()
    planned = make_plan(spec_from_table(table))
    scene, _ = prepare_scene(planned)
    built = time.perf_counter() - began
    frames = planned.frames[1 :: max(1, len(planned.frames) // 10)][:10]
    began = time.perf_counter()
    for frame in frames:
        scene.frame_set(frame)
    scrubbed = (time.perf_counter() - began) / len(frames)
    with tempfile.TemporaryDirectory() as folder:
        renderer = FrameRenderer(planned, scene, Path(folder), find_full_frame_reason(planned, scene))
        base_path = renderer.render_frame(renderer.base_frame, Path(folder) / "none")
        parts = []
        for frame in frames[-3:]:
            began = time.perf_counter()
            renderer.render_frame(frame, base_path)
            parts.append(time.perf_counter() - began)
    result = {
        "tiles": sum(len(grid.cells) for grid in planned.grids),
        "steps": planned.spec.layer.position_count,
        "build s": built,
        "scrub ms": 1000 * scrubbed,
        "part ms": 1000 * min(parts),
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }
    print("RESULT " + json.dumps(result), flush=True)
    os._exit(0)


def measure_memory() -> str:
    """Return a sentence with the memory peaks of the command and of its Blender while some 4K frames are rendered."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "large.toml"
        spec.write_text(
            '[layer]\nop = "conv"\ninput = 5\nkernel = 3\n[walk]\nframes_per_step = 1\nlead_out = 0\n'
            "[render]\nresolution = [3840, 2160]\nsamples = 1\n"
        )
        film = Path(folder) / "out.mp4"
        command = [sys.executable, "-m", "kernelwalk_pipeline", "render", str(spec), "-o", str(film)]
        process = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        parents, workers = watch(process)
    return f"the command at most {max(parents):.0f} MB, its Blender {max(workers):.0f} MB"


WIDTH, HEIGHT, EDGE = 360, 240, 46
COLORS = {"build s": "#1F63B5", "scrub ms": "#E36A0C", "part ms": "#2E8B57", "peak MB": "#7A5AA6"}


def plot(tables: dict[str, list[dict[str, float]]]) -> str:
    """Return an SVG of the tables as curves on logarithmic axes."""
    import math

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{HEIGHT}" font-family="sans-serif" ']
    parts.append('font-size="11"><rect width="100%" height="100%" fill="white"/>')
    low, high = -2.0, 4.5
    for panel, (name, rows) in enumerate(tables.items()):
        left, right = panel * WIDTH + EDGE, (panel + 1) * WIDTH - 64
        first, last = (math.log10(rows[end][name]) for end in (0, -1))
        xs = [left + (right - left) * (math.log10(row[name]) - first) / (last - first) for row in rows]

        def y_of(value: float) -> float:
            return HEIGHT - EDGE - (HEIGHT - 1.5 * EDGE) * (math.log10(value) - low) / (high - low)

        for power in range(-2, 5):
            y = y_of(10.0**power)
            parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="#DDE2E8"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{10.0**power:g}</text>')
        for x, row in zip(xs, rows, strict=True):
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle" fill="#555">'
                f"10<tspan dy='-4' font-size='8'>{math.log10(row[name]):.0f}</tspan></text>"
            )
        parts.append(f'<text x="{(left + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{name}</text>')
        for key, color in COLORS.items():
            points = " ".join(f"{x:.1f},{y_of(max(row[key], 0.01)):.1f}" for x, row in zip(xs, rows, strict=True))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
            parts.append(
                f'<text x="{right + 5}" y="{y_of(max(rows[-1][key], 0.01)) + 4:.1f}" fill="{color}">{key}</text>'
            )
    return "".join(parts) + "</svg>\n"


if __name__ == "__main__":
    main()
