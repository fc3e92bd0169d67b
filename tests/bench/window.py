# SPDX-License-Identifier: GPL-3.0-or-later
"""Times in a desktop Blender's window, drawing included, of this build and of another in one run.

    KERNELWALK_DESKTOP=COMMAND python tests/bench/window.py [--against CHECKOUT]

Live: from the key that confirms a typed number to the redraw of the 3D view that shows the new scene, 32x32 input.
Playback: frames a second of a 9x9 input with the panel open, at a rate that the scene does not limit.
The builds take turns, each with a window of its own. tests/addon/window.py says what the command has to do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.addon.conftest import PREPARE  # noqa: E402  # importable only with the path set
from tests.addon.window import Window  # noqa: E402  # as above
from tests.addon.window_actions import set_preference  # noqa: E402  # as above

CHANGES = {"kernel": ("layer.kernel", "5", "3"), "stride": ("layer.stride", "2", "1")}
"""Path of the property that is typed in the panel, and the values."""

FRAMES = 16
"""Frames that are played."""

GENERATE = """
window, area, regions = find_view()
props = window.scene.kernelwalk
props.layer.input = ({size}, {size}, {size})
shading = area.spaces.active.shading
shading.type, shading.color_type, shading.light = {shading!r}, "VERTEX", "FLAT"
shading.use_scene_world = shading.use_scene_lights = True
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    bpy.ops.kernelwalk.generate()
"""

WATCH = """
import gpu
import time

state = bpy.app.driver_namespace["state"] = {"drawn": 0.0, "build": None, "frames": []}

def note_drawn():
    gpu.state.active_framebuffer_get().read_color(0, 0, 1, 1, 4, 0, "FLOAT")  # waits until it is drawn
    state["drawn"] = time.perf_counter()
    state["build"] = bpy.data.objects["Output"].data.session_uid
    state["frames"].append((bpy.context.scene.frame_current, state["drawn"]))

bpy.types.SpaceView3D.draw_handler_add(note_drawn, (), "WINDOW", "POST_PIXEL")
"""

CONFIRM = """
import time

def confirm():
    state = bpy.app.driver_namespace["state"]
    before = state["build"] = bpy.data.objects["Output"].data.session_uid
    began = time.perf_counter()
    send("RET", "PRESS")
    send("RET", "RELEASE")
    while state["build"] == before:
        yield
    return state["drawn"] - began

answer = confirm()
"""

REDRAW = """
import time

def redraw():
    state, times = bpy.app.driver_namespace["state"], []
    for _ in range(5):
        began = time.perf_counter()
        find_view()[1].tag_redraw()
        while state["drawn"] < began:
            yield
        times.append(state["drawn"] - began)
    return sorted(times)[2]

answer = redraw()
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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", type=Path, help="another checkout, measured in turn with this one")
    parser.add_argument("--turns", type=int, default=2, help="windows for each build (2)")
    options = parser.parse_args()
    builds = {"this": ROOT, **({"other": options.against.resolve()} if options.against else {})}
    found: dict[str, dict[str, list[float]]] = {name: {} for name in builds}
    for _ in range(options.turns):
        for name, checkout in builds.items():
            for what, values in measure(checkout).items():
                found[name].setdefault(what, []).extend(values)
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print(f"{'medians':>34} {' '.join(f'{name:>8}' for name in builds)}")
    for what in found["this"]:
        medians = [statistics.median(found[name][what]) for name in builds]
        print(f"{what:>34} {' '.join(f'{median:8.1f}' for median in medians)}")


def measure(checkout: Path) -> dict[str, list[float]]:
    """Return milliseconds and frames a second of a build, in a window of its own."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    command = [sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(folder)]
    paths = os.pathsep.join(str(checkout / part) for part in ("addon", "pipeline"))
    environment = {**os.environ, "PYTHONPATH": paths}
    archive = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()
    found: dict[str, list[float]] = {}
    with Window(folder) as window:
        install = {"filepath": archive, "repo": "user_default", "enable_on_install": True}
        window.run_python(f"bpy.ops.extensions.package_install_files(**{install!r})")
        window.open_sidebar()
        window.run_python(PREPARE)
        set_preference(window, "show_colors", "OFF")
        window.run_python(GENERATE.format(size=32, shading="SOLID"))
        window.open_sidebar()
        window.run_python(WATCH)
        for name, (path, *values) in CHANGES.items():
            place = window.find_button(path)
            for value in (*values, *values, *values):
                seconds = change(window, place, value)
                found.setdefault(f"{name}, seen after ms", []).append(1000 * seconds)
        found["a redraw alone, ms"] = [1000 * window.run_python(REDRAW)]
        for shading in ("SOLID", "MATERIAL"):
            window.run_python(GENERATE.format(size=9, shading=shading))
            window.wait_until_drawn()
            found[f"9x9 plays in {shading.lower()}, frames/s"] = [window.run_python(PLAY)]
    return found


def change(window: Window, place: tuple[int, int], value: str) -> Any:
    """Type a number into a field, and return the seconds from Enter to the picture."""
    window.click(*place)
    window.key("ctrl+A")
    window.type(value)
    return window.run_python(CONFIRM)


if __name__ == "__main__":
    main()
