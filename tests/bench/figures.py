# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of vector figures, in whole processes, beside matplotlib's Axes3D with the same tiles:

    python tests/bench/figures.py --matplotlib PYTHON

PYTHON is an interpreter whose environment has matplotlib and numpy (compile its bytecode first: python -m compileall).
Both write an .svg of a step. matplotlib draws the same rounded and beveled tiles as one Poly3DCollection ("tiles"), and
boxes of six faces instead by `bar3d` ("boxes"), which we draw too ("svg, boxes"). It draws no connectors, and the title
alone as text, so it has less to do. The sides take turns. Of the processor time the fastest counts, which other work on
the machine changes least.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from kernelwalk.core import load_preset, make_plan
from kernelwalk.core.geometry.tile_mesh import make_tile_mesh

PEER = """
import json, sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
tiles = json.load(open(sys.argv[1]))
figure = plt.figure(figsize=(12.8, 7.2))
axes = figure.add_subplot(projection="3d", proj_type="ortho", elev=38, azim=-60)
low, size, colors = np.array(tiles["low"]), np.array(tiles["size"]), tiles["colors"]
if sys.argv[3] == "boxes":
    axes.bar3d(*low.T, *size.T, color=colors, shade=True)
else:
    faces = [np.array(face) for face in tiles["faces"]]  # of one tile, from -1/2 to 1/2 and from 0 to 1
    corner = np.array([0.5, 0.5, 0.0])
    placed = [at + (face + corner) * by for at, by in zip(low, size) for face in faces]
    axes.add_collection3d(Poly3DCollection(placed, facecolors=np.repeat(colors, len(faces), axis=0), shade=True))
    axes.auto_scale_xyz(*np.concatenate([low, low + size]).T)
axes.set_aspect("equal")
axes.set_axis_off()
figure.suptitle(tiles["title"])
figure.savefig(sys.argv[2])
"""

PRESETS = ("padding_strides", "conv_pool_conv")


def write_tiles(preset: str, path: Path) -> int:
    """Write the tiles of a preset's first step, and return their number."""
    plan = make_plan(load_preset(preset))
    frame = float(plan.spec.walk.start_frame(0))
    lows, sizes, colors = [], [], []
    for grid in plan.grids:
        half = np.array([grid.size / 2, grid.size / 2, 0.0])
        thickness = np.array(grid.thicknesses)[grid.kinds]
        lows += (grid.base_centers - half).tolist()
        sizes += [[grid.size, grid.size, height] for height in thickness.tolist()]
        colors += np.clip(plan.colors_at(frame)[grid.name] ** (1 / 2.2), 0, 1).tolist()
    look, grid = plan.spec.look, plan.grids[0]
    thickness = max(grid.thicknesses)
    mesh = make_tile_mesh(grid.size, thickness, look.rounding, look.bevel, len(lows), plan.max_pixels_per_unit)
    shape = mesh.vertices / [grid.size, grid.size, 1.0]
    faces = [shape[corners].tolist() for corners in np.split(mesh.corners, mesh.face_starts[1:])]
    table = {"low": lows, "size": sizes, "colors": colors, "faces": faces, "title": plan.spec.title}
    path.write_text(json.dumps(table))
    return len(lows)


def measure(command: list[str]) -> tuple[float, float]:
    """Return the seconds and the processor seconds of a command."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--matplotlib", required=True, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print("preset | tiles | form | fastest, s | processor time, s | kB | times as long as the svg")
    with tempfile.TemporaryDirectory() as folder:
        tiles = Path(folder) / "tiles.json"
        for preset in PRESETS:
            count = write_tiles(preset, tiles)
            outputs = {form: Path(folder) / f"{preset}.{form}" for form in ("svg", "pdf", "tex")}
            ours = [sys.executable, "-m", "kernelwalk_pipeline", "figure", preset, "-o"]
            commands = {form: [*ours, str(out)] for form, out in outputs.items()}
            outputs["svg, boxes"] = Path(folder) / f"{preset}-boxes.svg"
            plain = ["--set", "look.rounding=0", "--set", "look.bevel=0"]
            commands["svg, boxes"] = [*ours, str(outputs["svg, boxes"]), *plain]
            for way in ("tiles", "boxes"):
                outputs[f"matplotlib, {way}"] = peer_svg = Path(folder) / f"{way}.svg"
                commands[f"matplotlib, {way}"] = [arguments.matplotlib, "-c", PEER, str(tiles), str(peer_svg), way]
            found: dict[str, list[tuple[float, float]]] = {form: [] for form in commands}
            for _ in range(arguments.rounds):
                for form, command in commands.items():
                    found[form].append(measure(command))
            best = {form: [min(each) for each in zip(*times, strict=True)] for form, times in found.items()}
            for form, (whole, processor) in best.items():
                ratio = processor / best["svg"][1]
                size = outputs[form].stat().st_size / 1000
                print(f"{preset} | {count} | {form} | {whole:.2f} | {processor:.2f} | {size:.0f} | {ratio:.1f}")


if __name__ == "__main__":
    main()
