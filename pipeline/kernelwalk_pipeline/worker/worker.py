# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside Blender: does the tasks that it is told of, each of a spec, until nobody tells it any more.

Run as `python worker.py` with the bpy wheel, or `blender --background --python worker.py --`. It loads all that needs
no Blender, and with the first line on its standard input, that of a task or an empty one, Blender too: so it can be
started before it is known whether there is anything to render. Every other line is the path of a task, a JSON file.
When standard input ends, so does it: whoever started it is gone. The file tells
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
import traceback
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ADDON = PACKAGE.parents[1] / "addon"
if (ADDON / "kernelwalk").is_dir():  # a checkout
    sys.path[:0] = [str(ADDON), str(PACKAGE.parent)]
else:  # installed beside this package; last, so that Blender's own numpy is found before another Python's
    sys.path.append(str(PACKAGE.parent))

if __name__ == "__main__":
    gc.disable()  # until all is loaded, which stays: looking for garbage takes an eighth of the time
from kernelwalk.core import KernelwalkError  # noqa: E402  # found only after the path is set
from kernelwalk.core.incremental import changed_regions as regions  # noqa: E402
from kernelwalk.core.plan import plan as plan  # noqa: E402  # with all that a plan is made of

from kernelwalk_pipeline.frames import png as png  # noqa: E402
from kernelwalk_pipeline.worker.stdio import claim_stdout, read_lines, send_event  # noqa: E402


def main() -> None:
    claim_stdout()
    heard: queue.Queue[str] = queue.Queue()
    threading.Thread(target=read_lines, args=[heard], daemon=True).start()
    told = heard.get()
    if hasattr(sys, "setdlopenflags"):
        sys.setdlopenflags(os.RTLD_LAZY)  # of all that Blender's library names it is asked for little
    import bpy

    from kernelwalk_pipeline.worker.task_runner import TaskRunner

    gc.enable()
    worker = TaskRunner()
    while True:
        if told:
            try:
                task = json.loads(Path(told).read_text())
                send_event("ready", blender=bpy.app.version_string)
                worker.run(task)
            except (KernelwalkError, RuntimeError, OSError) as error:  # Blender's operators raise RuntimeError
                why = str(error).strip().replace("\n", " ")
                send_event("failed", why=why, hopeless=isinstance(error, KernelwalkError))
                break
            send_event("finished")
        told = heard.get()
    sys.stdout.flush()
    os._exit(0)  # the bpy module can hang when it exits


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
