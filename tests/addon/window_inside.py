# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in the window's Blender: answers questions in Python, and gives mouse and keyboard to Blender as events.

A question is Python text in the file `ask`; the value of its variable `answer` goes to the file `answer` as JSON. A
generator continues after each redraw, and its return value is the answer. So each event is handled, and its effect
drawn, before the next, however slow the machine is.

    blender --enable-event-simulate --python window_inside.py -- FOLDER
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import bpy

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])

POLL_INTERVAL = 0.02
"""Seconds between two looks for a question."""

DIGITS = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"]

KEYS = {**{str(digit): name for digit, name in enumerate(DIGITS)}, " ": "SPACE", ".": "PERIOD", "-": "MINUS"}
"""Blender's names of keys whose characters are no names."""

Steps = Generator[None, None, Any]

mouse = [0, 0]
seen: dict[tuple[int, int], str] = {}
running: list[Steps] = []


def listen() -> float:
    """Answer a question, or continue with one. Blender's timer calls this again after the seconds it returns."""
    try:
        if not running:
            try:
                text = (FOLDER / "ask").read_text()
            except OSError:
                time.sleep(POLL_INTERVAL)  # Blender does not pause while events are simulated
                return 0.0
            (FOLDER / "ask").unlink()
            known = {**globals()}
            exec(text, known)
            answer = known.get("answer")
            if not isinstance(answer, Generator):
                reply({"answer": answer})
                return 0.0
            running.append(answer)
        next(running[0])
        return 0.0
    except StopIteration as stop:
        reply({"answer": stop.value})
    except BaseException:
        reply({"error": traceback.format_exc()})
    running.clear()
    return 0.0


def reply(answer: dict[str, Any]) -> None:
    part = FOLDER / "answer.part"
    part.write_text(json.dumps(answer, default=repr))
    part.rename(FOLDER / "answer")


def find_view() -> tuple[bpy.types.Window, bpy.types.Area, dict[str, bpy.types.Region]]:
    """Return the window, its 3D view, and the view's regions by their types."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return window, area, {region.type: region for region in area.regions}


def send(kind: str, value: str, **details: Any) -> None:
    """Give the main window an event, at the position of the mouse."""
    bpy.context.window_manager.windows[0].event_simulate(kind, value, x=mouse[0], y=mouse[1], **details)


def settle() -> Steps:
    """Wait until events are handled and drawn, and so is what follows from them: a layout, a popup."""
    yield
    yield


def move(x: float, y: float) -> Steps:
    mouse[:] = round(x), round(y)
    send("MOUSEMOVE", "NOTHING")
    yield from settle()


def click(x: float, y: float) -> Steps:
    yield from move(x, y)
    yield from press("LEFTMOUSE")


def drag(start: tuple[float, float], end: tuple[float, float]) -> Steps:
    """Press at one position and release at another, with a stop between so that Blender sees a movement."""
    yield from move(*start)
    send("LEFTMOUSE", "PRESS")
    yield from settle()
    yield from move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    yield from move(*end)
    send("LEFTMOUSE", "RELEASE")
    yield from settle()


def press(kind: str, character: str = "", **modifiers: bool) -> Steps:
    """Press and release a key or a button of the mouse. `character`: what the key types."""
    send(kind, "PRESS", **modifiers, **({"unicode": character} if character else {}))
    yield
    send(kind, "RELEASE", **modifiers)
    yield from settle()


def type_text(text: str) -> Steps:
    for character in text:
        kind = KEYS.get(character, character.upper())
        send(kind, "PRESS", unicode=character)
        send(kind, "RELEASE")
    yield from settle()


def find_button(name: str, x: int, heights: Iterable[int]) -> Steps:
    """Move the mouse to a button, and return its height, or None if there is none at any of the heights."""

    def likelihood(y: int) -> int:  # each look costs a redraw
        path = seen.get((x, y))
        return 1 if path is None else 0 if name in path else 2

    for y in sorted(heights, key=likelihood):
        yield from move(x, y)
        seen[x, y] = button_path()
        if name in seen[x, y]:
            return y
    return None


def button_path() -> str:
    """Return the path of the property of the button at the mouse, or the call of its operator, or an empty text."""
    window, area, regions = find_view()
    with bpy.context.temp_override(window=window, area=area, region=regions["UI"]):
        if bpy.context.property:
            return str(bpy.context.property[1])
        window_manager = bpy.context.window_manager
        window_manager.clipboard = ""
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
        return str(window_manager.clipboard)


preferences = bpy.context.preferences
preferences.view.show_splash = False
preferences.view.use_save_prompt = False
bpy.app.timers.register(listen, persistent=True)
