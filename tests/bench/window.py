# SPDX-License-Identifier: GPL-3.0-or-later
"""Times in a desktop Blender's window, drawing included, of this build and of others in one run.

    KERNELWALK_DESKTOP=COMMAND python tests/bench/window.py [--against CHECKOUT]... [--window 700x500]... [--only ...]

Live: from a key that changes a setting of a 32x32 scene until the 3D view shows the new scene, in Solid shading and in
Material Preview. "A redraw" is the floor: the same key, with nothing to build. "A redraw of the start-up file" has
another scene. What Live takes above the floor is Kernelwalk's, and Blender's for what is new. "The next frame" is what
playback does. This build's time is split into its parts.
Playback: frames a second of a 9x9 input, at a rate that the scene does not limit. "Without colors" is without the nodes
of geometry that color tiles in Solid shading, which early builds did not have.
"Bare meshes" are the limit of Blender and its graphics driver: the same triangles and colors in a scene without
keyframes, nodes of geometry and Kernelwalk's panel. "New bare meshes" are the same, as after an edit.

All values are the best of their rounds, in ms of the clock, and in ms of processor time of all of Blender's threads.
The builds take turns, each with a window of its own. tests/addon/window.py says what the command has to do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.addon.conftest import PREPARE  # noqa: E402  # importable only with the path set
from tests.addon.window import Window  # noqa: E402  # as above

SIZE = 32
"""Input cells along each side, for Live."""

REDRAW = ("pass",)
"""Nothing that a key does in turn: Blender draws the view again all the same."""

DEEDS = {
    "a redraw": REDRAW,
    "the next frame": ("props.id_data.frame_set(props.id_data.frame_current + 1)",),
    "kernel": ("forget(); props.layer.kernel = (5, 5, 5)", "forget(); props.layer.kernel = (3, 3, 3)"),
    "stride": ("forget(); props.layer.stride = (2, 2, 2)", "forget(); props.layer.stride = (1, 1, 1)"),
    "a known kernel": ("props.layer.kernel = (5, 5, 5)", "props.layer.kernel = (3, 3, 3)"),
    "a known stride": ("props.layer.stride = (2, 2, 2)", "props.layer.stride = (1, 1, 1)"),
    "color": ("props.look.colors.input = (1, 0, 0)", "props.look.colors.input = (0, 0, 1)"),
    "title": ("props.title = 'One'", "props.title = 'Two'"),
}
"""Python that a key runs in turn. That of a known kernel or stride is in memory, as after undo."""

FLOORS = ("a redraw", "the next frame")
"""The deeds that build nothing."""

SHADINGS = {"SOLID": "Solid", "MATERIAL": "Material Preview"}

FRAMES = 16
"""Frames that are played."""

SHADE = """
window, area, regions = find_view()
shading = area.spaces.active.shading
shading.type, shading.color_type, shading.light = {shading!r}, "VERTEX", "FLAT"
shading.use_scene_world = shading.use_scene_lights = True
"""

GENERATE = (
    SHADE
    + """
props = window.scene.kernelwalk
props.layer.input = ({size}, {size}, {size})
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    bpy.ops.kernelwalk.generate()
view = area.spaces.active.region_3d  # the same picture in all builds
view.view_perspective, view.view_camera_zoom, view.view_camera_offset = "CAMERA", 0.0, (0.0, 0.0)
"""
)

HIDE_COLORS = """
for each in find_view()[0].scene.objects:
    for modifier in each.modifiers:
        modifier.show_viewport = False
"""

WATCH = """
import gpu
import sys
import time

addon = "bl_ext.user_default.kernelwalk"
preferences = bpy.context.preferences.addons[addon].preferences
preferences.show_colors = False if isinstance(preferences.show_colors, bool) else "OFF"
state = bpy.app.driver_namespace["state"] = {"parts": {}, "frames": [], "change": None}

def note_drawn():
    gpu.state.active_framebuffer_get().read_color(0, 0, 1, 1, 4, 0, "FLOAT")  # waits until it is drawn
    specs = [collection["kernelwalk_spec"] for collection in bpy.data.collections if "kernelwalk_spec" in collection]
    state["drawn"] = time.perf_counter(), time.process_time(), specs
    state["frames"].append((bpy.context.scene.frame_current, state["drawn"][0]))

def time_part(module, name):
    found = (each for key, each in sys.modules.items() if key.startswith(f"{addon}.ui.") and key.endswith(f".{module}"))
    module = next(found, None)
    timed = getattr(module, name, None)
    def run(*values, **named):
        began = time.perf_counter()
        try:
            return timed(*values, **named)
        finally:
            state["parts"][name] = time.perf_counter() - began
    if timed is not None:
        setattr(module, name, run)

class BENCH_OT_change(bpy.types.Operator):
    bl_idname, bl_label, bl_options = "bench.change", "Change", {"UNDO"}

    def execute(self, context):
        state["change"](context.scene.kernelwalk)
        return {"FINISHED"}

bpy.types.SpaceView3D.draw_handler_add(note_drawn, (), "WINDOW", "POST_PIXEL")
bpy.utils.register_class(BENCH_OT_change)
keymap = bpy.context.window_manager.keyconfigs.addon.keymaps.new("Window", space_type="EMPTY")
keymap.keymap_items.new("bench.change", "F13", "PRESS")
time_part("generation", "make_plan")
time_part("generation", "build_scene")
time_part("live_update", "update_pending_scenes")
known_solutions = sys.modules.get(f"{addon}.core.plan.known_solutions")
state["forget"] = known_solutions.forget_solutions if known_solutions else lambda: None
"""

PRESS = """
import time

def change(props):
    forget = state["forget"]
    DEED
    find_view()[1].tag_redraw()

def press():
    for _ in range(3):
        yield
    find_view()[1].tag_redraw()
    began = time.perf_counter()
    while state.get("drawn", (0.0,))[0] < began:
        yield
    before, state["parts"] = state["drawn"][2], {}
    began, processor_began = time.perf_counter(), time.process_time()
    send("F13", "PRESS")
    send("F13", "RELEASE")
    while state["drawn"][0] < began or (BUILDS and state["drawn"][2] == before):
        yield
    parts = [state["parts"].get(name, 0.0) for name in ("make_plan", "build_scene", "update_pending_scenes")]
    return [1000 * value for value in (state["drawn"][0] - began, state["drawn"][1] - processor_began, *parts)]

state = bpy.app.driver_namespace["state"]
state["change"] = change
answer = press()
"""

BARE_DEEDS = {
    "a redraw of bare meshes": REDRAW,
    "new bare meshes": ("[each.data.update_tag() for each in props.id_data.objects if each.type == 'MESH']",),
}

SHOW_BARE = """
window, area, regions = find_view()
scene = window.scene
with bpy.context.temp_override(window=window):
    depsgraph = bpy.context.evaluated_depsgraph_get()
bare = bpy.data.scenes.new("Bare")
bare.world = scene.world
bare.render.resolution_x, bare.render.resolution_y = scene.render.resolution_x, scene.render.resolution_y
bare.eevee.taa_samples = scene.eevee.taa_samples
for each in [each for each in scene.objects if each.visible_get(view_layer=window.view_layer)]:
    if each.type in ("MESH", "CURVE", "FONT"):
        data = bpy.data.meshes.new_from_object(each.evaluated_get(depsgraph), depsgraph=depsgraph)
        for key in list(data.keys()):
            del data[key]
    elif each.type in ("CAMERA", "LIGHT"):
        data = each.data
    else:
        continue
    shown = bpy.data.objects.new("Bare", data)
    shown.matrix_world = each.matrix_world
    bare.collection.objects.link(shown)
    if each == scene.camera:
        bare.camera = shown
window.scene = bare
regions["UI"].active_panel_category = "View"
"""

HIDE_BARE = """
window, area, regions = find_view()
bare = window.scene
window.scene = next(scene for scene in bpy.data.scenes if scene != bare)
for each in list(bare.objects):
    bpy.data.objects.remove(each)
bpy.data.scenes.remove(bare)
regions["UI"].active_panel_category = "Kernelwalk"
"""

PLAY = """
def play():
    window, area, regions = find_view()
    state, scene = bpy.app.driver_namespace["state"], window.scene
    scene.render.fps, scene.sync_mode = 240, "NONE"
    scene.frame_set(1)
    state["frames"].clear()
    with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
        bpy.ops.screen.animation_play()
    while len({frame for frame, _ in state["frames"]}) < COUNT:
        yield
    with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
        bpy.ops.screen.animation_cancel(restore_frame=False)
    times = [drawn for _, drawn in state["frames"]]
    return (COUNT - 1) / (times[-1] - times[0])

answer = play()
""".replace("COUNT", str(FRAMES))

Times = dict[str, list[float]]
"""Name of a row → values: in ms of the clock and of the processor, then of the plan, the build and all of Live."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", type=Path, action="append", default=[], help="another checkout to measure in turn")
    parser.add_argument("--window", action="append", help="width and height of the window (1600x1000 and 700x500)")
    parser.add_argument("--rounds", type=int, default=4, help="changes of each setting to each value (4)")
    parser.add_argument("--turns", type=int, default=1, help="windows for each build (1)")
    parser.add_argument("--only", default="", help=f"of Live in Solid shading, these alone: {', '.join(DEEDS)}")
    options = parser.parse_args()
    only = [name.strip() for name in options.only.split(",") if name.strip()]
    unknown = [name for name in only if name not in DEEDS]
    if unknown:
        parser.error(f"--only {','.join(unknown)}: name some of {', '.join(DEEDS)}")
    builds = {"this": ROOT, **{path.name: path.resolve() for path in options.against}}
    for size in options.window or ("1600x1000", "700x500"):
        width, height = map(int, size.split("x"))
        found: dict[str, list[Times]] = {name: [] for name in builds}
        for _ in range(options.turns):
            for name, checkout in builds.items():
                found[name].append(measure(checkout, (width, height), options.rounds, only))
        report(size, {name: merge(times) for name, times in found.items()})


def merge(turns: list[Times]) -> Times:
    """Return the best of each value: the largest rate, or the least time."""
    best = {what: max if "frames/s" in what else min for what in turns[0]}
    return {what: [best[what](values) for values in zip(*(turn[what] for turn in turns), strict=True)] for what in best}


def report(size: str, found: dict[str, Times]) -> None:
    """Print the values of all builds at a window's size."""
    print(f"\nwindow {size}, load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
    titles = ("this: plan", "build", "rest", "redraw")
    print(f"{'clock | processor':>44} {' '.join(f'{name:>13}' for name in found)}   {' '.join(titles)}")
    for what, values in found["this"].items():
        if len(values) == 1:
            print(f"{what:>44} {' '.join(f'{times[what][0]:13.1f}' for times in found.values())}")
            continue
        columns = " ".join(f"{times[what][0]:6.0f}|{times[what][1]:6.0f}" for times in found.values())
        clock, _, plan, build, live = values
        parts = f"   {plan:10.0f} {build:5.0f} {live - plan - build:4.0f} {clock - live:6.0f}" if live else ""
        print(f"{what:>44} {columns}{parts}")


def measure(checkout: Path, size: tuple[int, int], rounds: int, only: Sequence[str] = ()) -> Times:
    """Return the best values of a build, in a window of its own.

    only: names of DEEDS that are measured in Solid shading, and nothing else; all of it if empty
    """
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    command = [sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(folder)]
    paths = os.pathsep.join(str(checkout / part) for part in ("addon", "pipeline"))
    environment = {**os.environ, "PYTHONPATH": paths}
    archive = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()
    found: Times = {}
    with Window(folder, size) as window:
        install = {"filepath": archive, "repo": "user_default", "enable_on_install": True}
        window.run_python(f"bpy.ops.extensions.package_install_files(**{install!r})")
        window.open_sidebar()
        window.run_python(PREPARE)
        window.run_python(WATCH)
        if only:
            window.run_python(GENERATE.format(size=SIZE, shading="SOLID"))
            return {f"Solid, {what}": _find_best_deed(window, what, rounds) for what in only}
        for shading, name in SHADINGS.items():
            window.run_python(SHADE.format(shading=shading))
            found[f"{name}, a redraw of the start-up file"] = find_best(window, REDRAW, rounds)
        for shading, name in SHADINGS.items():
            window.run_python(GENERATE.format(size=SIZE, shading=shading))
            if shading == "MATERIAL":
                window.wait_until_drawn()
            for what in DEEDS:
                found[f"{name}, {what}"] = _find_best_deed(window, what, rounds)
                print(f"{checkout.name}: {name}, {what}", file=sys.stderr, flush=True)
            window.run_python(SHOW_BARE)
            for what, deeds in BARE_DEEDS.items():
                found[f"{name}, {what}"] = find_best(window, deeds, rounds)
            window.run_python(HIDE_BARE)
        for shading, name in SHADINGS.items():
            window.run_python(GENERATE.format(size=9, shading=shading))
            if shading == "MATERIAL":
                window.wait_until_drawn()
            found[f"{name}, 9x9 plays, frames/s"] = [max(window.run_python(PLAY) for _ in range(2))]
            if shading == "SOLID":
                window.run_python(HIDE_COLORS)
                what = f"{name}, without colors 9x9 plays, frames/s"
                found[what] = [max(window.run_python(PLAY) for _ in range(2))]
                window.run_python(GENERATE.format(size=9, shading=shading))
            window.run_python(SHOW_BARE)
            found[f"{name}, bare 9x9 plays, frames/s"] = [max(window.run_python(PLAY) for _ in range(2))]
            window.run_python(HIDE_BARE)
    return found


def _find_best_deed(window: Window, what: str, rounds: int) -> list[float]:
    return find_best(window, DEEDS[what], rounds, builds=what not in FLOORS)


def find_best(window: Window, deeds: tuple[str, ...], rounds: int, builds: bool = False) -> list[float]:
    """Return the least times in ms of deeds that a key does in turn: each time of its own."""
    script = PRESS.replace("BUILDS", str(builds))
    times: Any = []
    for number in range(1 + rounds):
        answers = [window.run_python(script.replace("DEED", deed)) for deed in deeds]
        times += answers if number else []  # the first of each compiles its shaders
    return list(min(times, key=lambda values: values[1]))


if __name__ == "__main__":
    main()
