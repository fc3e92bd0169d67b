# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside Blender: builds a spec's scene and renders the pictures that it is told to, or saves the scene.

Run as `python worker.py` with the bpy wheel, or `blender --background --python worker.py --`. It waits for tasks,
each the path of a JSON file on a line of its standard input. When that ends, so does it: whoever started it is gone.
The file tells
  spec:    the spec's table
  frames:  the frames to render, and
  folder:  where to, each as part_FRAME.png,
  still:   the file of the still frame, which is held against the others (see pictures.py),
  whole:   whether every picture is to be rendered in whole,
  threads: how many Cycles may use, 0 for all there are; or
  blend:   where to save the scene
It tells what it does in lines of JSON behind MARKER: "ready" with Blender's version, "note" with something to be told,
"begin" and "frame" for each frame, "alive" in between, "failed" with the reason, "finished". All else that is said goes
to standard error. Its only imports are the standard library, bpy and its numpy, kernelwalk, and of this package what
imports no more.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
ADDON = PACKAGE.parents[1] / "addon"
if (ADDON / "kernelwalk").is_dir():  # a checkout
    sys.path[:0] = [str(ADDON), str(PACKAGE.parent)]
else:  # installed beside this package; last, so that Blender's own numpy is found before another Python's
    sys.path.append(str(PACKAGE.parent))

gc.disable()  # all that is loaded stays: looking for garbage takes an eighth of the time
import bpy  # noqa: E402
from kernelwalk.core import KernelwalkError, Plan, from_table, plan  # noqa: E402  # found only after the path is set
from kernelwalk.scene import apply, build, viewport  # noqa: E402

from kernelwalk_pipeline.worker.pictures import Pictures, Written, hindrance  # noqa: E402

gc.enable()
sys.setswitchinterval(0.0002)  # Cycles calls Python often, and would wait each time for what is done beside it

MARKER = "KERNELWALK "

TELLING = threading.Lock()
"""Held by the thread that tells something."""

BREATH = 2.0
"""Seconds at least between two signs of life."""

_ear = 1
"""The file descriptor at which the parent listens."""

_breathed = time.monotonic()
"""When the last sign of life was given."""


def have_the_ear() -> None:
    """Part from standard output: Blender prints dozens of lines there for a picture, and each would wake the parent."""
    global _ear
    _ear = os.dup(1)
    os.dup2(2, 1)


def tell(event: str, **values: Any) -> None:
    """Tell the parent, on a line of its own whatever Blender has printed before."""
    line = f"\n{MARKER}{json.dumps({'event': event, **values})}\n".encode()
    try:
        with TELLING:
            os.write(_ear, line)
    except OSError:  # nobody listens any more; an exception would have Python exit, where the bpy module can hang
        os._exit(1)


def tell_of_life() -> None:
    """Tell now and then that the render goes on: not every Blender prints so."""
    global _breathed
    if time.monotonic() - _breathed > BREATH:
        _breathed = time.monotonic()
        tell("alive")


def listen(tasks: queue.Queue[str]) -> None:
    """Hear of tasks on standard input, and end when that does. Blender lets other threads run while it renders."""
    heard = b""
    while more := os.read(0, 4096):
        *lines, heard = (heard + more).split(b"\n")
        for line in lines:
            tasks.put(line.decode())
    os._exit(1)


def fresh_scene(planned: Plan) -> tuple[bpy.types.Scene, tuple[str, ...]]:
    """An empty file with the plan built in it, ready to render, and what was left out of its template."""
    if bpy.app.factory_startup:  # nobody's preferences, and ours are as they were: the file alone is read anew
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    built = build(planned, scene)
    apply(planned, built, scene)
    return scene, built.left_out


class Worker:
    """Does tasks, and keeps the scene that stands for the next of the same spec."""

    def __init__(self) -> None:
        self.spec: Any = None
        self.seconds = 0.0  # that the scene took to build
        self.reason = ""  # that was told why pictures are rendered in whole
        self.pictures: Pictures

    def run(self, task: dict[str, Any]) -> None:
        """Do a task."""
        if task["spec"] != self.spec or "blend" in task:
            self._build(task)
        if "blend" in task:
            viewport.look_through_camera()
            bpy.ops.wm.save_as_mainfile(filepath=task["blend"], compress=True, copy=True)
            return
        self.pictures.scratch = Path(task["folder"])
        self._set_threads(task["threads"])
        self.pictures.render_all(task["frames"], Path(task["still"]), self._written, self._begun)

    def _begun(self, frame: int) -> None:
        tell("begin", frame=frame)

    def _written(self, picture: Written) -> None:
        if self.pictures.whole_because != self.reason:
            self.reason = self.pictures.whole_because
            tell("note", text=f"every picture is rendered in whole: {self.reason}")
        seconds = {"build": self.seconds, **picture.seconds}
        self.seconds = 0.0
        tell("frame", frame=picture.frame, part=str(picture.path), seconds=seconds)

    def _build(self, task: dict[str, Any]) -> None:
        began = time.perf_counter()
        self.spec = None
        planned = plan(from_table(task["spec"]))
        scene, left_out = fresh_scene(planned)
        for note in left_out:
            tell("note", text=note)
        if "blend" not in task:
            reason = "" if task["whole"] else hindrance(planned, scene)
            if reason:
                tell("note", text=f"every picture is rendered in whole: {reason}")
            self.reason = reason or ("asked" if task["whole"] else "")
            self.pictures = Pictures(planned, scene, Path(task["folder"]), self.reason, tell_of_life)
            self.spec = task["spec"]
        self.seconds = time.perf_counter() - began

    def _set_threads(self, threads: int) -> None:
        render = self.pictures.scene.render
        render.threads_mode = "FIXED" if threads else "AUTO"
        if threads:
            render.threads = threads


def main() -> None:
    have_the_ear()
    tasks: queue.Queue[str] = queue.Queue()
    threading.Thread(target=listen, args=[tasks], daemon=True).start()
    worker = Worker()
    while True:
        try:
            task = json.loads(Path(tasks.get()).read_text())
            tell("ready", blender=bpy.app.version_string)
            worker.run(task)
        except (KernelwalkError, RuntimeError, OSError) as error:  # Blender's operators raise RuntimeError
            why = str(error).strip().replace("\n", " ")
            tell("failed", why=why, hopeless=isinstance(error, KernelwalkError))
            break
        tell("finished")
    sys.stdout.flush()
    os._exit(0)  # the bpy module can hang when it exits


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
