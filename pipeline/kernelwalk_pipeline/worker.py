# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside Blender: builds a spec's scene and renders the pictures that it is told to, or saves the scene.

Run as `python worker.py TASK` with the bpy wheel, or `blender --background --python worker.py -- TASK`. TASK is a JSON
file:
  spec:    the spec's table
  frames:  the frames to render, and
  folder:  where to, each as part_FRAME.png; or
  blend:   where to save the scene
It tells what it does in lines of JSON behind MARKER: "ready" with Blender's version, "note" with something to be told,
"begin" and "frame" for each frame, "alive" in between, "failed" with the reason, "finished". When its standard input
ends, so does it: then whoever started it is gone. Its only imports are the standard library, bpy and kernelwalk.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ADDON = HERE.parents[1] / "addon"
if (ADDON / "kernelwalk").is_dir():  # a checkout
    sys.path.insert(0, str(ADDON))
else:  # installed beside this package; last, so that Blender's own numpy is found before another Python's
    sys.path.append(str(HERE.parent))

import bpy  # noqa: E402
from kernelwalk.core import KernelwalkError, Plan, from_table, plan  # noqa: E402  # found only after the path is set
from kernelwalk.scene import apply, before, build, compat, settings, viewport  # noqa: E402

MARKER = "KERNELWALK "

BREATH = 2.0
"""Seconds at least between two signs of life."""


def tell(event: str, **values: Any) -> None:
    """Tell the parent, on a line of its own whatever Blender has printed before."""
    try:
        print(f"\n{MARKER}{json.dumps({'event': event, **values})}", flush=True)
    except OSError:  # nobody listens any more; an exception would have Python exit, where the bpy module can hang
        os._exit(1)


def tell_of_life() -> None:
    """Tell now and then that the render goes on: not every Blender prints so."""
    last = time.monotonic()

    @bpy.app.handlers.persistent  # type: ignore[untyped-decorator]  # reading another file would take it away
    def alive(*_: Any) -> None:
        nonlocal last
        if time.monotonic() - last > BREATH:
            last = time.monotonic()
            tell("alive")

    bpy.app.handlers.render_stats.append(alive)


def end_with_parent() -> None:
    """End when standard input does. Blender lets other threads run while it renders."""
    while os.read(0, 1024):
        pass
    os._exit(1)


def fresh_scene(planned: Plan) -> tuple[bpy.types.Scene, tuple[str, ...]]:
    """An empty file with the plan built in it, ready to render, and what was left out of its template."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    built = build(planned, scene)
    apply(planned, built, scene)
    return scene, built.left_out


def render(scene: bpy.types.Scene, frame: int, folder: Path) -> Path:
    """Render a frame as PNG under a name that says that nobody has looked at it yet."""
    part = folder / f"part_{frame:05d}.png"
    part.unlink(missing_ok=True)
    before.put_all(scene, settings.PICTURES)
    scene.render.use_file_extension = False
    scene.render.filepath = compat.literal_path(str(part))
    scene.frame_set(frame)
    bpy.ops.render.render(write_still=True)
    return part


def run(task: dict[str, Any]) -> None:
    """Do a task."""
    scene, left_out = fresh_scene(plan(from_table(task["spec"])))
    for note in left_out:
        tell("note", text=note)
    if "blend" in task:
        viewport.look_through_camera()
        bpy.ops.wm.save_as_mainfile(filepath=task["blend"], compress=True, copy=True)
        return
    for frame in task["frames"]:
        tell("begin", frame=frame)
        part = render(scene, frame, Path(task["folder"]))
        tell("frame", frame=frame, part=str(part))


def main() -> None:
    words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    task = json.loads(Path(words[0]).read_text())
    threading.Thread(target=end_with_parent, daemon=True).start()
    tell_of_life()
    tell("ready", blender=bpy.app.version_string)
    try:
        run(task)
    except (KernelwalkError, RuntimeError, OSError) as error:  # Blender's operators raise RuntimeError
        why = str(error).strip().replace("\n", " ")
        tell("failed", why=why, hopeless=isinstance(error, KernelwalkError))
    else:
        tell("finished")
    sys.stdout.flush()
    os._exit(0)  # the bpy module can hang when it exits


if __name__ == "__main__":
    main()
