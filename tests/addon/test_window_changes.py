# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays of a user's scene in the real window: changes by hand, by mouse and keyboard, and the scene's frames."""

from __future__ import annotations

from typing import Any

from .window import Window
from .window_actions import (
    NEEDS_WINDOW,
    collection_names,
    generate,
    read_texts,
    record_panel,
    set_preference,
    tile_position,
)

pytestmark = NEEDS_WINDOW

STATE = """[
    [round(length, 4) for length in scene.objects["mine"].matrix_world.translation],
    [round(length, 4) for length in scene.camera.matrix_world.translation],
    scene.objects["Input"].hide_get(),
    [each.name for each in scene.objects if each.select_get()],
]"""


def read_state(window: Window) -> list[Any]:
    return list(window.evaluate(STATE))


def test_what_is_hidden_renamed_moved_and_selected_by_hand_stays_and_the_panel_names_it(window: Window) -> None:
    set_preference(window, "show_colors", "SOLID")
    generate(window)
    window.click(*tile_position(window, 4, 4, "Input"))
    window.key("H")
    window.click(*tile_position(window, 4, 4))
    window.key("F2")
    window.key("ctrl+A")
    window.type("mine")
    window.key("RET")
    window.key("G")
    window.key("Z")
    window.type("2")
    window.key("RET")
    window.run_python("bpy.context.window_manager.windows[0].scene.camera.location.x += 1")
    before = read_state(window)
    assert before[0][2] == 2 and before[2:] == [True, ["mine"]]
    record_panel(window)
    for number, change in enumerate(("look.colors.input = 1, 0, 0", "layer.padding_before = 2, 2, 2")):
        window.run_python(f"""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.{change}
props.title = "Title {number}"
""")
        window.wait_until(lambda: f"Title {number}" in collection_names(window), change)  # noqa: B023  # called at once
        assert read_state(window)[number:] == before[number:], change  # more padding moves the output
    window.take_screenshot("changed_by_hand")
    kept = [text for _, text in read_texts(window) if text.startswith("Changed by hand, and kept: ")]
    assert kept and all(name in kept[-1] for name in ("Input", "mine", "Kernelwalk Camera"))


def test_the_walks_frames_are_offered_where_the_scene_keeps_its_own(window: Window) -> None:
    window.run_python("bpy.context.window_manager.windows[0].scene.kernelwalk.setup = False")
    generate(window)
    assert window.evaluate("scene.frame_end") == 250
    window.click(*window.find_button("kernelwalk.use_frames"))
    assert window.evaluate("[scene.frame_start, scene.frame_end]") == [1, 324]
