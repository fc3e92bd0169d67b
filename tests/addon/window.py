# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender in a window, operated like a user does: mouse, keyboard and screenshots. It also runs Python on request.

It needs a launcher, named by KERNELWALK_DESKTOP. `LAUNCHER desktop FILE.sh` starts Blender in a window on a virtual
screen and runs FILE.sh beside it, with xdotool and ImageMagick's import installed. BLENDER_ARGS are arguments for
Blender, REAL_BLENDER_HOME is its home folder, BLENDER_LOG is the file of its output. It shares /tmp with this process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

LAUNCHER = os.environ.get("KERNELWALK_DESKTOP", "")
SIZE = 1600, 1000
ROW_STEP = 14
"""Pixels between the heights at which a button is looked for, which is 20 pixels high."""

TIMEOUT = 600.0
"""Seconds until a wait for the window fails."""

COMMAND_LOOP = """
printf '%s' "$DISPLAY" >display.part && mv display.part display
while IFS= read -r line <commands; do
  [ "$line" = end ] && break
  sh -c "$line" >output 2>&1
  echo $? >code.part && mv code.part code
done
"""

STARTUP_SCRIPT = """
import json, os, traceback
import bpy

def listen():
    try:
        with open("{folder}/ask") as asked:
            text = asked.read()
    except OSError:
        return 0.02
    os.unlink("{folder}/ask")
    known = {{"bpy": bpy}}
    try:
        exec(text, known)
        answer = {{"answer": known.get("answer")}}
    except BaseException:
        answer = {{"error": traceback.format_exc()}}
    with open("{folder}/answer.part", "w") as out:
        json.dump(answer, out, default=repr)
    os.rename("{folder}/answer.part", "{folder}/answer")
    return 0.02

bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.use_save_prompt = False
bpy.app.timers.register(listen, persistent=True)
"""

SIDEBAR_SCRIPT = """
window = bpy.context.window_manager.windows[0]
area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
area.spaces.active.show_region_ui = True
region = next(region for region in area.regions if region.type == "UI")
try:
    region.active_panel_category = "Kernelwalk"
except (TypeError, AttributeError):  # the tab is not drawn yet: the caller tries again
    pass
region.tag_redraw()
answer = [region.x, region.y, region.width, region.height, region.active_panel_category]
"""


class Window:
    """A running Blender. Positions are pixels from the upper left corner of the screen."""

    def __init__(self, screenshots: Path):
        self.screenshots = screenshots
        self.paths: dict[tuple[float, float], str] = {}  # what was last seen at each position of the sidebar
        self.folder = Path(tempfile.mkdtemp(prefix="kernelwalk-window-", dir="/tmp"))
        screenshots.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Window:
        os.mkfifo(self.folder / "commands")
        (self.folder / "beside.sh").write_text(f"cd {self.folder}\n{COMMAND_LOOP}")
        (self.folder / "inside.py").write_text(STARTUP_SCRIPT.format(folder=self.folder))
        environment = {
            **os.environ,
            "REAL_BLENDER_HOME": str(self.folder / "home"),
            "BLENDER_LOG": str(self.folder / "log"),
            "BLENDER_ARGS": f"--python {self.folder / 'inside.py'}",
        }
        command = [LAUNCHER, "desktop", str(self.folder / "beside.sh")]
        self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        self.wait_until(lambda: (self.folder / "display").exists(), "the screen")
        self.run_python("answer = 1")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None:
            self.take_screenshot("failed")
            shutil.copy(self.folder / "log", self.screenshots / "failed.log")
        with (self.folder / "commands").open("w") as commands:
            commands.write("end\n")
        self.process.wait(TIMEOUT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until(self, condition: Callable[[], Any], what: str, timeout: float = TIMEOUT) -> Any:
        """Wait for a true value of `condition` and return it. Raise TimeoutError, naming `what`, after `timeout` s."""
        start = time.monotonic()
        while not (value := condition()):
            if time.monotonic() - start > timeout:
                raise TimeoutError(f"{what} did not come within {timeout:g} s; Blender's log: {self._log_tail()}")
            time.sleep(0.02)
        return value

    def _log_tail(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else "empty"

    def run_command(self, command: str) -> str:
        """Run a shell command beside the window, on its screen, and return its output."""
        (self.folder / "code").unlink(missing_ok=True)
        with (self.folder / "commands").open("w") as commands:
            commands.write(command + "\n")
        self.wait_until((self.folder / "code").exists, command)
        output = (self.folder / "output").read_text()
        assert (self.folder / "code").read_text().strip() == "0", f"{command}: {output}"
        return output

    def run_python(self, code: str) -> Any:
        """Run Python in Blender, between two redraws, and return the value of its variable `answer`."""
        (self.folder / "answer").unlink(missing_ok=True)
        part = self.folder / "ask.part"
        part.write_text(code)
        part.rename(self.folder / "ask")
        self.wait_until((self.folder / "answer").exists, code)
        reply = json.loads((self.folder / "answer").read_text())
        assert "error" not in reply, reply["error"]
        return reply["answer"]

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, in which `scene` is the window's scene."""
        return self.run_python(f"scene = bpy.context.window_manager.windows[0].scene\nanswer = {expression}")

    def take_screenshot(self, name: str) -> Path:
        """Save a screenshot under a name, and return its path."""
        self.run_command(f"import -window root {self.folder}/screen.png")
        return Path(shutil.copy(self.folder / "screen.png", self.screenshots / f"{name}.png"))

    def move(self, x: float, y: float) -> None:
        # two movements: Blender finds the button at the mouse when the mouse moves
        self.run_command(
            f"xdotool mousemove {x - 1:.0f} {y:.0f}; sleep 0.02; xdotool mousemove {x:.0f} {y:.0f}; sleep 0.05"
        )

    def click(self, x: float, y: float, times: int = 1) -> None:
        self.move(x, y)
        self.run_command(f"xdotool click --repeat {times} --delay 60 1; sleep 0.15")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at one position and release at another, with a stop between so that Blender sees a movement."""
        between = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        self.run_command(f"xdotool mousemove {start[0] - 30:.0f} {start[1]:.0f}; sleep 0.1")
        moves = [f"xdotool mousemove {x:.0f} {y:.0f}; sleep 0.3" for x, y in (start, between, end)]
        self.run_command(
            f"{moves[0]}; xdotool mousedown 1; sleep 0.3; {moves[1]}; {moves[2]}; xdotool mouseup 1; sleep 0.5"
        )

    def key(self, *keys: str) -> None:
        self.run_command(f"xdotool key --delay 40 {' '.join(keys)}; sleep 0.15")

    def type(self, text: str) -> None:
        self.run_command(f"xdotool type --delay 40 '{text}'; sleep 0.15")

    def open_sidebar(self) -> tuple[int, int, int, int]:
        """Show the sidebar's tab Kernelwalk, and return its left, top, width and height."""
        region = self.wait_until(self._sidebar_region, "the tab Kernelwalk")
        x, y, width, height = region
        return x, SIZE[1] - y - height, width, height

    def _sidebar_region(self) -> list[int] | None:
        *region, category = self.run_python(SIDEBAR_SCRIPT)
        return region if category == "Kernelwalk" and region[2] > 50 else None

    def view_center(self) -> tuple[float, float]:
        """Return the center of the 3D view."""
        x, y, width, height = self.run_python("""
area = next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "VIEW_3D")
answer = [area.x, area.y, area.width, area.height]
""")
        return x + width / 2, SIZE[1] - y - height / 2

    def find_button(self, name: str, share: float = 0.7) -> tuple[float, float]:
        """Return the position of a button or field in the sidebar. Raise LookupError if there is none.

        name:  part of what Blender copies at the button: the call of an operator or the path of a property
        share: x at which to look, as a share of the sidebar's width
        """
        left, top, width, height = self.open_sidebar()
        x = left + share * (width - 24)

        def likelihood(y: float) -> int:  # each look costs the time of a redraw
            path = self.paths.get((x, y))
            return 1 if path is None else 0 if name in path else 2

        for y in sorted(range(top + 30, top + height - 4, ROW_STEP), key=likelihood):
            self.paths[x, y] = self.path_under_mouse(x, y)
            if name in self.paths[x, y]:
                return x, y
        self.take_screenshot("not_found")
        raise LookupError(f"{name} is not in the sidebar, at {share:.0%} of its width")

    def path_under_mouse(self, x: float, y: float) -> str:
        """Return what Blender copies for the button at a position: an operator's call or a property's path."""
        self.evaluate("setattr(bpy.context.window_manager, 'clipboard', '')")
        self.move(x, y)
        self.run_command("xdotool key --delay 20 ctrl+c ctrl+alt+shift+c; sleep 0.05")
        return str(self.evaluate("bpy.context.window_manager.clipboard"))
