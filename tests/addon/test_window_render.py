# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Render in a real window: why its buttons are grey, and that nothing in it moves while a render runs."""

from __future__ import annotations

from .window import Window
from .window_actions import NEEDS_WINDOW, generate, read_texts, record_panel, set_small_render, stop_render

pytestmark = NEEDS_WINDOW

SCROLL_TO_END = """
left, bottom, width, height = {region}
def scroll():
    yield from move(left + 60, bottom + height / 2)
    for _ in range(100):
        send("WHEELDOWNMOUSE", "PRESS")
    yield from settle()
answer = scroll()
"""


def open_last_panel(window: Window) -> None:
    """Scroll to the end of the sidebar, open its last panel, Render, and scroll to the end of that."""
    region = window.open_sidebar()
    window.run_python(SCROLL_TO_END.format(region=region))
    window.click(region[0] + 100, region[1] + 14)
    window.run_python(SCROLL_TO_END.format(region=region))


def test_the_reason_of_a_grey_button_stands_in_the_panel_and_nothing_moves_while_a_render_runs(window: Window) -> None:
    generate(window)
    record_panel(window)
    open_last_panel(window)
    window.click(*window.find_button("kernelwalk.render(animation=True)"))
    window.take_screenshot("render_grey")
    assert "This file was never saved" in str(read_texts(window))
    assert not window.evaluate("bpy.app.is_job_running('RENDER')")
    set_small_render(window)
    window.run_python(SCROLL_TO_END.format(region=window.open_sidebar()))
    place = window.find_button("kernelwalk.render(animation=True)")
    window.click(*place)
    window.wait_until(lambda: window.evaluate("bpy.app.is_job_running('RENDER')"), "the render")
    window.wait_until(lambda: "A render is running" in str(read_texts(window)), "the line in the panel")
    window.take_screenshot("render_running")
    assert window.find_button("kernelwalk.render(animation=True)") == place
    window.run_python("bpy.app.driver_namespace['records']['texts'].clear()")
    stop_render(window)
    window.wait_until(lambda: not window.evaluate("bpy.app.is_job_running('RENDER')"), "its end")
    window.wait_until(lambda: " frames, " in str(read_texts(window)), "the walk's length")
