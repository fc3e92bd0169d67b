# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and size of walks as glTF and as pages, in whole processes, and of glTF beside Blender's own exporter:

    python tests/bench/exports.py [--desktop COMMAND] [--against CHECKOUT] [--browser] [--running]

The other side opens Blender, builds the scene of the same preset, or of NxN cells under a 3x3 kernel, and calls
Blender's exporter with its default settings, by which it samples animations; it leaves out the colors. Blender is the
Python package, and with --desktop also an executable, in background. With --against, the scene is that of another
checkout: of commit 5f12776, from before this export. With --browser, each page is opened in Chromium
(kernelwalk[browser]) without a graphics card: time until it is drawn, and frames per second while it plays.
With --running, one more line has the processor time of both within one process that is running already: from the spec
to the file by `make_glb`, and by Blender's package.
The sides take turns. Of the processor time the fastest counts, and so of the clock.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from figures import measure

ROOT = Path(__file__).parents[2]

BLENDER = """
import sys
addon, case, out = sys.argv[-3:]
sys.path.insert(0, addon)
import bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
from kernelwalk import core, scene
if hasattr(core, "make_plan"):
    load, parse, plan, build = core.load_preset, core.spec_from_table, core.make_plan, scene.build_scene
else:  # in commit 5f12776
    load, parse, plan, build = core.preset, core.from_table, core.plan, scene.build
size = case.partition("x")[0]
spec = parse({"layer": {"op": "conv", "input": int(size), "kernel": 3}}) if size.isdigit() else load(case)
build(plan(spec), bpy.context.scene)
bpy.ops.export_scene.gltf(filepath=out)
"""

RUNNING = """
import sys, time
addon, case, out, rounds = sys.argv[-4:]
sys.path.insert(0, addon)
import bpy
from kernelwalk import core, scene
from kernelwalk.core.gltf.walk_document import make_glb
from kernelwalk.core.plan.known_solutions import forget_solutions
from kernelwalk_pipeline.word_meshes import triangulate_text

def make_plan():
    forget_solutions()
    size = case.partition("x")[0]
    table = {"layer": {"op": "conv", "input": int(size), "kernel": 3}} if size.isdigit() else None
    return core.make_plan(core.spec_from_table(table) if table else core.load_preset(case))

def write():
    with open(out, "wb") as file:
        file.write(make_glb(make_plan(), case, triangulate_text))

def export():
    scene.build_scene(make_plan(), bpy.context.scene)
    bpy.ops.export_scene.gltf(filepath=out)

def measure(run):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    began = time.process_time()
    run()
    return time.process_time() - began

print("found", *(min(measure(run) for _ in range(int(rounds))) for run in (write, export)), file=sys.stderr)
"""

CASES = ("padding_strides", "9x9", "30x30", "64x64")

SECONDS_PLAYED = 3

COUNT_FRAMES = """(seconds) => new Promise((done) => {
  document.querySelector("#play").click();
  const began = performance.now();
  let frames = 0;
  const note = () => {
    frames++;
    const passed = (performance.now() - began) / 1000;
    if (passed < seconds) requestAnimationFrame(note);
    else done(frames / passed);
  };
  requestAnimationFrame(note);
})"""


def list_commands(case: str, options: argparse.Namespace, folder: Path) -> dict[str, tuple[list[str], Path]]:
    """Return the commands of each side of a case, with the file that it writes."""
    size = case.partition("x")[0]
    spec = ["nn.Conv2d(1, 1, 3)", "--input", case] if size.isdigit() else [case]
    ours = [sys.executable, "-m", "kernelwalk_pipeline"]
    outputs = {"glb": "ours.glb", "glb --pointer": "pointer.glb", "page": "page.html"}
    commands = {
        side: ([*ours, *(["page"] if side == "page" else ["export", "glb"]), *spec, "-o", str(folder / name)], name)
        for side, name in outputs.items()
    }
    commands["glb --pointer"][0].append("--pointer")
    script = folder / "build.py"
    script.write_text(BLENDER)
    blenders = {"Blender's package": [sys.executable, str(script)]}
    if options.desktop:
        blenders["Blender"] = [*shlex.split(options.desktop), "--background", "--python", str(script), "--"]
    for checkout in filter(None, (ROOT, options.against)):
        for blender, command in blenders.items():
            name = f"{blender.replace(' ', '')}-{checkout.name}.glb"
            commands[f"{blender}, {checkout.name}"] = (
                [*command, str(checkout / "addon"), case, str(folder / name)],
                name,
            )
    return {side: (command, folder / name) for side, (command, name) in commands.items()}


def measure_running(case: str, rounds: int, folder: Path) -> tuple[float, float]:
    """Return the seconds of processor time from the spec to a .glb, ours and by Blender's exporter, in one process."""
    command = [sys.executable, "-c", RUNNING, str(ROOT / "addon"), case, str(folder / "running.glb"), str(rounds)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    _, ours, blender = next(line for line in ran.stderr.splitlines() if line.startswith("found")).split()
    return float(ours), float(blender)


def watch(page: Path) -> tuple[float, float]:
    """Return the seconds until a page is drawn, and its frames per second while it plays."""
    from playwright.sync_api import sync_playwright

    drawing = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=drawing)
        opened: Any = browser.new_page(viewport={"width": 1280, "height": 720})
        began = time.perf_counter()
        opened.goto(page.as_uri())
        opened.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        drawn = time.perf_counter() - began
        rate = opened.evaluate(COUNT_FRAMES, SECONDS_PLAYED)
        browser.close()
    return drawn, rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", nargs="+", default=CASES)
    parser.add_argument("--desktop", metavar="COMMAND", help="a command that runs an executable of Blender")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--running", action="store_true")
    options = parser.parse_args()
    print("case | side | fastest, s | processor time, s | kB | times as long as glb: by the clock | by processor time")
    for case in options.cases:
        with tempfile.TemporaryDirectory() as name:
            sides = list_commands(case, options, Path(name))
            found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
            for _ in range(options.rounds):
                for side, (command, _) in sides.items():
                    found[side].append(measure(command))
            best = {side: [min(each) for each in zip(*times, strict=True)] for side, times in found.items()}
            for side, (whole, processor) in best.items():
                size = sides[side][1].stat().st_size / 1000
                ratios = f"{whole / best['glb'][0]:.1f} | {processor / best['glb'][1]:.1f}"
                print(f"{case} | {side} | {whole:.2f} | {processor:.2f} | {size:.0f} | {ratios}", flush=True)
            way = min((side for side in best if "Blender" in side), key=lambda side: best[side][1])
            ratio = best[way][1] / best["glb"][1]
            print(f"{case} | {way} takes {ratio:.1f} times the processor time of glb", flush=True)
            if options.running:
                ours, blender = measure_running(case, options.rounds, Path(name))
                print(f"{case} | running | {ours:.3f} s | Blender's package {blender:.3f} s | {blender / ours:.1f}")
            if options.browser:
                drawn, rate = watch(sides["page"][1])
                print(f"{case} | page in Chromium | {drawn:.2f} s until drawn | {rate:.0f} frames per second")


if __name__ == "__main__":
    main()
