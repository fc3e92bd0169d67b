# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker process inside Blender: runs one task per line of standard input and exits at end of input.

Run as `python worker.py` with the bpy wheel, or `blender --background --python worker.py --`. At start it loads
everything that needs no Blender; at the first line, which may be empty, it loads Blender, too. So it can be started
before it is known whether there is anything to render. Tasks and events are described in protocol.py; all other output
goes to standard error. It imports only the standard library, bpy with its numpy, kernelwalk, and those modules of this
package that import no more than that.
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
    gc.disable()  # while modules load, which all stay: garbage collection would take an eighth of the time
from kernelwalk.core import KernelwalkError  # noqa: E402  # found only after the path is set
from kernelwalk.core.incremental import changed_regions as changed_regions  # noqa: E402
from kernelwalk.core.plan import plan as plan  # noqa: E402  # loaded early, with everything that it imports

from kernelwalk_pipeline.frames import png as png  # noqa: E402
from kernelwalk_pipeline.worker.protocol import FAILED, FINISHED  # noqa: E402
from kernelwalk_pipeline.worker.stdio import claim_stdout, end_process, read_lines, send_event  # noqa: E402


def main() -> None:
    claim_stdout()
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=read_lines, args=[lines], daemon=True).start()
    line = lines.get()
    if hasattr(sys, "setdlopenflags"):
        sys.setdlopenflags(os.RTLD_LAZY)  # only few of the symbols in Blender's library are ever used
    import bpy as bpy  # loads Blender

    from kernelwalk_pipeline.worker.task_runner import TaskRunner

    gc.enable()
    runner = TaskRunner(is_superseded=lambda: not lines.empty())
    while True:
        if line:
            try:
                task = json.loads(Path(line).read_text())
                runner.run(task)
            except (KernelwalkError, RuntimeError, OSError) as error:  # Blender's operators raise RuntimeError
                reason = str(error).strip().replace("\n", " ")
                send_event(FAILED, reason=reason, is_fatal=isinstance(error, KernelwalkError))
                break
            send_event(FINISHED)
        line = lines.get()
    sys.stdout.flush()
    end_process(0)


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        end_process(1)
