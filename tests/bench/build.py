# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of building a scene: python tests/bench/build.py (needs bpy).

Three ways, each in a process of its own:
  kernelwalk:    the add-on
  plain:         an object and a material per tile, and on every frame a keyframe for every tile's color
  plain, sparse: the same, with a keyframe only where a tile's color changes
The plain ways use the data API, the fastest way without Kernelwalk's own techniques. All three show the same colors on
every frame; the plain ways are checked against the plan. "Peak" is the highest memory use of the whole process, "idle"
its memory use before the build, with Blender loaded.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WAYS = ("kernelwalk", "plain", "plain, sparse")
SMALL, LARGE = 16, 222
RUNS = 3
"""Processes per measurement. The fastest counts, since other work on the machine can only slow a process down."""

SECONDS, MEGABYTES, TIMES_FASTER = 1.0, 1000, 200
"""The claims: upper limits for the large scene, and how many times as fast as plain the small scene is built."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outputs", type=int, default=LARGE, help=f"outputs along each side ({LARGE})")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"processes per measurement ({RUNS})")
    parser.add_argument("--child", nargs=2, metavar=("WAY", "OUTPUTS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(arguments.child[0], int(arguments.child[1]))
    if importlib.util.find_spec("bpy") is None:
        print("needs Blender as a Python module: pip install bpy", file=sys.stderr)
        return 3
    headings = ("way", "outputs", "tiles", "steps", "keyframes", "build s", "scrub ms", "idle MB", "peak MB")
    print(" ".join(f"{heading:>{width(heading)}}" for heading in headings), flush=True)
    small = {way: fastest(way, SMALL, arguments.runs if way == "kernelwalk" else 1) for way in WAYS}
    large = fastest("kernelwalk", arguments.outputs, arguments.runs)
    print(f"\nBlender {large['blender']}, Python {sys.version.split()[0]}, {os.cpu_count()} cores.")
    print(
        f"build: from the spec to the scene, for kernelwalk the fastest of {arguments.runs}; scrub: a change of frame."
    )
    ratio = small["plain"]["build s"] / small["kernelwalk"]["build s"]
    sparse = small["plain, sparse"]["build s"] / small["kernelwalk"]["build s"]
    size = f"{arguments.outputs}x{arguments.outputs}"
    print_claim(f"{size} outputs: {large['build s']:.2f} s", large["build s"] < SECONDS, f"under {SECONDS:g} s")
    print_claim(f"{size} outputs: {large['peak MB']:.0f} MB", large["peak MB"] < MEGABYTES, f"under {MEGABYTES} MB")
    faster = f"{SMALL}x{SMALL} outputs: {ratio:.0f} times as fast as plain"
    print_claim(faster, ratio >= TIMES_FASTER, f"at least {TIMES_FASTER} times")
    print(f"{SMALL}x{SMALL} outputs: {sparse:.0f} times as fast as plain, sparse")
    return 0


def width(heading: str) -> int:
    return {"way": 13}.get(heading, max(len(heading), 7))


def print_claim(found: str, holds: bool, claimed: str) -> None:
    print(f"{found} (claimed: {claimed}: {'holds' if holds else 'DOES NOT HOLD'})")


def fastest(way: str, outputs: int, runs: int) -> dict[str, Any]:
    """Print a row of the table, that of the fastest of several processes, and return its values."""
    results = []
    for _ in range(runs):
        command = [sys.executable, str(Path(__file__).resolve()), "--child", way, str(outputs)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{way} at {outputs}: ended with {done.returncode}\n{done.stderr[-2000:]}")
        results.append(json.loads(done.stdout.splitlines()[-1]))
    found = min(results, key=lambda result: result["build s"])
    cells = {"way": way, "outputs": f"{outputs}x{outputs}"} | {
        key: f"{found[key]:,}" for key in ("tiles", "steps", "keyframes")
    }
    cells |= {"build s": f"{found['build s']:.3f}", "scrub ms": f"{found['scrub ms']:.2f}"}
    cells |= {key: f"{found[key]:.0f}" for key in ("idle MB", "peak MB")}
    print(" ".join(f"{text:>{width(heading)}}" for heading, text in cells.items()), flush=True)
    return found


def measure(way: str, outputs: int) -> None:
    """Build a scene, print the results as a line of JSON, and end the process."""
    if importlib.util.find_spec("kernelwalk") is None:
        sys.path.append(str(Path(__file__).resolve().parents[2] / "addon"))
    # before the clock starts, since imports happen once per session; numpy imports numpy.ma only when it is used
    import bpy
    import numpy.ma  # noqa: F401
    from kernelwalk.core import make_plan, spec_from_table
    from kernelwalk.scene import build_scene

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    idle = peak()
    table = {
        "layer": {"op": "conv", "input": outputs + 2, "kernel": 3},
        "walk": {"frames_per_step": 1, "lead_in": 0, "lead_out": 0},
    }
    begin = time.perf_counter()
    planned = make_plan(spec_from_table(table))
    if way == "kernelwalk":
        build_scene(planned, scene)
    else:
        materials = build_plainly(planned, scene, sparse="sparse" in way)
    seconds = time.perf_counter() - begin
    highest = peak()
    if way != "kernelwalk":
        check_colors(planned, scene, materials)
    result = {
        "tiles": sum(len(grid.cells) for grid in planned.grids),
        "steps": planned.spec.layer.position_count,
        "keyframes": count_keyframes(),
        "build s": seconds,
        "scrub ms": scrub(scene, planned.frames),
        "idle MB": idle,
        "peak MB": highest,
        "blender": bpy.app.version_string,
    }
    print("\n" + json.dumps(result), flush=True)
    os._exit(0)  # the module can hang when it exits


def build_plainly(planned: Any, scene: Any, sparse: bool) -> list[Any]:
    """Build for each tile an object, a material and keyframes for its color. Return the materials."""
    import bpy

    materials, sockets = [], []
    for grid in planned.grids:
        mesh = bpy.data.meshes.new(grid.name)
        half, height = grid.size / 2, max(grid.thicknesses)
        square = [(half, half), (-half, half), (-half, -half), (half, -half)]
        points = [(x, y, z) for z in (0, height) for x, y in square]
        sides = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
        mesh.from_pydata(points, [], [(3, 2, 1, 0), (4, 5, 6, 7), *sides])
        mesh.materials.append(None)
        for center in grid.base_centers.tolist():
            material = bpy.data.materials.new(grid.name)
            material.use_nodes = True
            tree = material.node_tree
            tree.nodes.clear()
            shader = tree.nodes.new("ShaderNodeEmission")
            tree.links.new(shader.outputs[0], tree.nodes.new("ShaderNodeOutputMaterial").inputs[0])
            tile = bpy.data.objects.new(grid.name, mesh)
            tile.location = center
            tile.material_slots[0].link = "OBJECT"
            tile.material_slots[0].material = material
            scene.collection.objects.link(tile)
            materials.append(material)
            sockets.append(shader.inputs["Color"])
    before: list[Any] = [None] * len(sockets)
    for frame in planned.frames:
        now = [color for colors in planned.colors_at(frame).values() for color in colors.tolist()]
        for index, (socket, color) in enumerate(zip(sockets, now, strict=True)):
            if sparse and color == before[index]:
                continue
            socket.default_value = (*color, 1.0)
            socket.keyframe_insert("default_value", frame=frame)
        before = now
    for curve in (curve for material in materials if sparse for curve in list_curves(material.node_tree)):
        for keyframe in curve.keyframe_points:
            keyframe.interpolation = "CONSTANT"
    return materials


def check_colors(planned: Any, scene: Any, materials: list[Any]) -> None:
    """Check on some frames that the plain way shows the plan's colors."""
    import numpy as np

    for frame in planned.frames[:: max(1, len(planned.frames) // 5)]:
        scene.frame_set(frame)
        shown = [each.node_tree.nodes["Emission"].inputs["Color"].default_value[:3] for each in materials]
        expected = np.concatenate(list(planned.colors_at(frame).values()))
        assert np.allclose(shown, expected, atol=1e-5), frame


def list_curves(data: Any) -> list[Any]:
    from kernelwalk.scene import compat

    return compat.list_fcurves(data)


def count_keyframes() -> int:
    """Return the number of keyframes in the file."""
    import bpy

    trees = [material.node_tree for material in bpy.data.materials if material.node_tree]
    animated = [*bpy.data.objects, *bpy.data.curves, *bpy.data.node_groups, *trees]
    return sum(len(curve.keyframe_points) for data in animated if data.animation_data for curve in list_curves(data))


def scrub(scene: Any, frames: range) -> float:
    """Return the milliseconds that a change of frame takes."""
    sample = frames[:: max(1, len(frames) // 20)][:20]
    scene.frame_set(sample[0])
    begin = time.perf_counter()
    for frame in sample:
        scene.frame_set(frame)
    return (time.perf_counter() - begin) / len(sample) * 1000


def peak() -> float:
    """Return the highest memory use of this process so far, in MB."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


if __name__ == "__main__":
    sys.exit(main())
