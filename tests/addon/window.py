# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender in a window, operated like a user does: mouse, keyboard and screenshots. It also runs Python on request.

It needs a launcher, named by KERNELWALK_DESKTOP. `LAUNCHER shell COMMAND` runs a command where Blender, the virtual
screen Xvfb and ImageMagick's import are installed, with the home folder REAL_BLENDER_HOME. It shares /tmp with this
process.

Mouse and keyboard are events of Blender's own (Window.event_simulate), as in Blender's tests of its user interface.
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

from PIL import Image

LAUNCHER = os.environ.get("KERNELWALK_DESKTOP", "")
SIZE = 1280, 800
ROW_STEP = 18
"""Pixels between the heights at which a button is looked for, which is 20 pixels high."""

TIMEOUT = 500.0
"""Seconds until a wait for the window fails: what it waits for will never come."""

DRAWN_COLORS = 30
"""Number of colors that the middle of a 3D view exceeds when it is drawn."""

TAKE_SCREENSHOT = "import -window root -gravity southwest -crop {}x{}+0+0 +repage -quality 10"

SCRIPT = """
cd {folder}
mkfifo display
Xvfb -displayfd 3 -screen 0 1600x1000x24 +extension GLX 3>display >/dev/null 2>&1 &
screen=$!
read -r number <display
export DISPLAY=:$number
(
  blender --gpu-backend opengl {arguments} >log 2>&1 &
  echo $! >window
  wait $!
  echo ended 1<>lifeline
) &
read -r word <lifeline
[ "$word" = hung ] && {take_screenshot} hung.png
kill $(cat window) $screen 2>/dev/null
wait
exit 0
"""
"""Opens the window on a free display, once its screen is there. It ends with Blender, when this process says so, or
when this process ends in any way: then nobody holds the other end of the lifeline."""

SIDEBAR_SCRIPT = """
_, area, regions = find_view()
area.spaces.active.show_region_ui = True
region = regions["UI"]
try:
    region.active_panel_category = "Kernelwalk"
except (TypeError, AttributeError):  # the tab is not drawn yet: the caller tries again
    pass
region.tag_redraw()
answer = [region.x, region.y, region.width, region.height, region.active_panel_category]
"""


class Window:
    """A running Blender. Positions are pixels from the lower left corner of the window."""

    def __init__(self, screenshots: Path, size: tuple[int, int] = SIZE):
        self.screenshots, self.size = screenshots, size
        self.has_hung = False
        self.folder = Path(tempfile.mkdtemp(prefix="kernelwalk-window-", dir="/tmp"))
        screenshots.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Window:
        os.mkfifo(self.folder / "lifeline")
        self.lifeline = os.open(self.folder / "lifeline", os.O_RDWR)  # does not wait for the other end
        inside = Path(shutil.copy(Path(__file__).with_name("window_inside.py"), self.folder))
        geometry = f"--window-geometry 0 0 {self.size[0]} {self.size[1]}"
        arguments = f"{geometry} --enable-event-simulate --python {inside} -- {self.folder}"
        take_screenshot = TAKE_SCREENSHOT.format(*self.size)
        script = SCRIPT.format(folder=self.folder, arguments=arguments, take_screenshot=take_screenshot)
        (self.folder / "window.sh").write_text(script)
        environment = {**os.environ, "REAL_BLENDER_HOME": str(self.folder / "home")}
        command = [LAUNCHER, "shell", "sh", str(self.folder / "window.sh")]
        self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            self.run_python("answer = 1")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        os.write(self.lifeline, b"hung\n" if self.has_hung else b"end\n")
        self.process.wait(TIMEOUT)
        os.close(self.lifeline)
        for name in ("hung.png", "log"):
            if self.has_hung and (self.folder / name).exists():
                shutil.copy(self.folder / name, self.screenshots)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for a true value of `condition` and return it. Raise TimeoutError, naming `what`, after TIMEOUT."""
        try:
            return self._wait(condition, what)
        except TimeoutError:
            if not self.has_hung:
                self.take_screenshot("failed")
            raise

    def _wait(self, condition: Callable[[], Any], what: str) -> Any:
        start = time.monotonic()
        while not (value := condition()):
            if time.monotonic() - start > TIMEOUT:
                raise TimeoutError(f"{what} did not come within {TIMEOUT:g} s; Blender's log: {self._log_tail()}")
            if self.process.poll() is not None:
                raise RuntimeError(f"{LAUNCHER} ended with {self.process.returncode}; its log: {self._log_tail()}")
            time.sleep(0.02)
        return value

    def _log_tail(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else "empty"

    def run_python(self, code: str) -> Any:
        """Run Python in Blender, with the names of window_inside.py, and return the value of its variable `answer`."""
        assert not self.has_hung, "Blender has not answered an earlier question"
        (self.folder / "answer").unlink(missing_ok=True)
        part = self.folder / "ask.part"
        part.write_text(code)
        part.rename(self.folder / "ask")
        try:
            self._wait((self.folder / "answer").exists, code)
        except TimeoutError:
            self.has_hung = True
            raise
        reply = json.loads((self.folder / "answer").read_text())
        assert "error" not in reply, reply["error"]
        return reply["answer"]

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, in which `scene` is the window's scene."""
        return self.run_python(f"scene = bpy.context.window_manager.windows[0].scene\nanswer = {expression}")

    def take_screenshot(self, name: str) -> Path:
        """Save a screenshot under a name, and return its path."""
        command = [*TAKE_SCREENSHOT.format(*self.size).split(), str(self.folder / "screen.png")]
        self.run_python(f"import subprocess\nsubprocess.run({command!r}, check=True)")
        return Path(shutil.copy(self.folder / "screen.png", self.screenshots / f"{name}.png"))

    def wait_until_drawn(self) -> None:
        """Wait until the middle of the 3D view has many colors. It has one until the shaders are compiled."""
        x, y = self.view_center()
        middle = round(x) - 100, round(self.size[1] - y) - 100, round(x) + 100, round(self.size[1] - y) + 100

        def is_drawn() -> bool:
            with Image.open(self.take_screenshot("drawn")) as image:
                return len(image.crop(middle).convert("RGB").getcolors(40_000) or ()) > DRAWN_COLORS

        self.wait_until(is_drawn, "the picture of the 3D view")

    def move(self, x: float, y: float) -> None:
        self.run_python(f"answer = move({x}, {y})")

    def click(self, x: float, y: float) -> None:
        self.run_python(f"answer = click({x}, {y})")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at one position and release at another."""
        self.run_python(f"answer = drag({start}, {end})")

    def key(self, combination: str) -> None:
        """Press and release a key: its name in Blender, after `ctrl+` and `shift+`, as in ctrl+shift+Z."""
        *modifiers, name = combination.split("+")
        self.run_python(f"answer = press({name!r}, **{dict.fromkeys(modifiers, True)})")

    def type(self, text: str) -> None:
        self.run_python(f"answer = type_text({text!r})")

    def open_sidebar(self) -> tuple[int, int, int, int]:
        """Show the sidebar's tab Kernelwalk, and return its left, bottom, width and height."""
        left, bottom, width, height = self.wait_until(self._sidebar_region, "the tab Kernelwalk")
        return left, bottom, width, height

    def _sidebar_region(self) -> list[int] | None:
        *region, category = self.run_python(SIDEBAR_SCRIPT)
        return region if category == "Kernelwalk" and region[2] > 50 else None

    def view_center(self) -> tuple[float, float]:
        """Return the center of the 3D view."""
        x, y, width, height = self.run_python(
            "_, area, _ = find_view()\nanswer = [area.x, area.y, area.width, area.height]"
        )
        return x + width / 2, y + height / 2

    def find_button(self, name: str, share: float = 0.7) -> tuple[int, int]:
        """Return the position of a button or field in the sidebar. Raise LookupError if there is none.

        name:  part of the call of the button's operator, or of the path of its property
        share: x at which to look, as a share of the sidebar's width
        """
        left, bottom, width, height = self.open_sidebar()
        x = round(left + share * (width - 24))
        heights = range(bottom + height - 14, bottom + 4, -ROW_STEP)
        y = self.run_python(f"answer = find_button({name!r}, {x}, {heights})")
        if y is None:
            self.take_screenshot("not_found")
            raise LookupError(f"{name} is not in the sidebar, at {share:.0%} of its width")
        return x, y
