# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and size of a walk as glTF, in whole processes, beside Blender's own exporter:

    python tests/bench/exports.py

The other side opens Blender (as a Python package), builds the scene of the same preset and calls Blender's exporter,
which leaves out the colors. The sides take turns. Of the processor time the fastest counts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from figures import measure

BLENDER = """
import sys
import bpy
from kernelwalk.core import load_preset, make_plan
from kernelwalk.scene import build_scene
bpy.ops.wm.read_factory_settings(use_empty=True)
build_scene(make_plan(load_preset(sys.argv[1])), bpy.context.scene)
bpy.ops.export_scene.gltf(filepath=sys.argv[2])
"""

PRESETS = ("padding_strides", "max_pool_values", "conv_pool_conv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print("preset | side | fastest, s | processor time, s | kB | times as long as ours")
    with tempfile.TemporaryDirectory() as folder:
        for preset in PRESETS:
            outputs = {side: Path(folder) / f"{side}.glb" for side in ("ours", "blender")}
            commands = {
                "ours": [sys.executable, "-m", "kernelwalk_pipeline", "export", "glb", preset, "-o"],
                "blender": [sys.executable, "-c", BLENDER, preset],
            }
            found: dict[str, list[tuple[float, float]]] = {side: [] for side in commands}
            for _ in range(rounds):
                for side, command in commands.items():
                    found[side].append(measure([*command, str(outputs[side])]))
            best = {side: [min(each) for each in zip(*times, strict=True)] for side, times in found.items()}
            for side, (whole, processor) in best.items():
                size, ratio = outputs[side].stat().st_size / 1000, processor / best["ours"][1]
                print(f"{preset} | {side} | {whole:.2f} | {processor:.2f} | {size:.0f} | {ratio:.1f}")


if __name__ == "__main__":
    main()
