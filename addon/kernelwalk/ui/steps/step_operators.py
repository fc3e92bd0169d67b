# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators that go to a step of the walk, and the part of the panel about the current step."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty

from ...scene.builds import built_spec
from ...scene.steps import step_navigation
from ..fields.walk_settings import active_settings
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, GeneratedSceneOperator, Result
from . import tile_tool

STEP_ITEMS: list[tuple[str, str, str, Any, int]] = [
    ("FIRST", "First Step", "Show the first step", "REW", 0),
    ("PREVIOUS", "Previous Step", "Show the previous step", "PREV_KEYFRAME", 1),
    ("NEXT", "Next Step", "Show the next step", "NEXT_KEYFRAME", 2),
    ("LAST", "Last Step", "Show the last step", "FF", 3),
]

BESIDE = "beside: "
"""Begin of the sentence about the step of the walk that is beside."""


class KERNELWALK_OT_step(GeneratedSceneOperator, bpy.types.Operator):
    """Show another step of the walk, or of the one beside it"""

    bl_idname = "kernelwalk.step"
    bl_label = "Go to Step"
    to: EnumProperty(name="To", description="Step to show", items=STEP_ITEMS, default="NEXT")

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return next(item[2] for item in STEP_ITEMS if item[0] == properties.to)

    def execute(self, context: Context) -> Result:
        scene = context.scene
        built, beat = built_spec.get_built_walk(scene), step_navigation.get_nearest_beat(scene)
        assert built is not None  # see poll
        targets = {"FIRST": 0, "PREVIOUS": beat - 1, "NEXT": beat + 1, "LAST": built.spec.beat_count - 1}
        step_navigation.go_to_beat(scene, targets[self.to])
        return {"FINISHED"}


class KERNELWALK_OT_use_frames(GeneratedSceneOperator, bpy.types.Operator):
    """Set the start and the end of the scene's frames to those of the walk"""

    bl_idname = "kernelwalk.use_frames"
    bl_label = "Use the Walk's Frames"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        step_navigation.use_frames(context.scene)
        return {"FINISHED"}


def draw_steps(layout: Any, context: Context) -> None:
    """Draw the controls of the current step, with its description or, while tiles are clicked, that of the last tile.

    The texts take the same lines at every step and tile, so that nothing below them moves.
    """
    props = active_settings(context.scene).steps
    built, step = built_spec.get_built_walk(context.scene), step_navigation.get_current_step(context.scene)
    assert built is not None
    column = layout.column(align=True)
    row = column.row(align=True)
    buttons = [(target, icon) for target, _name, _description, icon, _number in STEP_ITEMS]
    for target, icon in buttons[:2]:
        row.operator(KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = target
    (column if widgets.is_narrow(context) else row).prop(props, "step")
    for target, icon in buttons[2:]:
        row.operator(KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = target
    end = "" if widgets.is_narrow(context) else f"of 0–{built.step_count - 1:,}"
    column.prop(props, "progress", text=end, slider=True)
    sentence = built.describe_step(step) if step is not None else _describe_lead(context.scene)
    total = built.write_sum(step) if step is not None else ""
    longest_sentence, longest_total = built.longest_texts
    texts = [
        (tile_tool.describe_tile(context.scene) or sentence, longest_sentence + tile_tool.LONGEST_COUNT),
        (total, longest_total),
    ]
    if built.beside is not None:
        other = built.beside.spec.step_at(context.scene.frame_current)
        text = "" if other is None else BESIDE + built.beside.describe_step(other)
        texts.insert(1, (text, BESIDE + built.beside.longest_texts[0]))
    for text, longest in texts:
        lines = widgets.count_lines(context, longest)
        widgets.draw_paragraph(layout, context, widgets.capitalize_first(text), least_lines=lines)
    tile_tool.draw_tile_tool(layout, context)
    layout.prop(props, "markers", **({"text": "Markers"} if widgets.is_narrow(context) else {}))
    frames = step_navigation.get_frames(context.scene)
    if (context.scene.frame_start, context.scene.frame_end + 1) != (frames.start, frames.stop):
        count = f"{len(frames):,} Frames"
        text = f"Use {count}" if widgets.is_narrow(context) else f"Use the Walk's {count}"
        icon = widgets.choose_button_icon(context, "PREVIEW_RANGE")
        layout.operator(KERNELWALK_OT_use_frames.bl_idname, text=text, icon=icon)


def _describe_lead(scene: bpy.types.Scene) -> str:
    """Return why no step is shown: a walk that ends before the scene does shows its end until then."""
    frames = step_navigation.get_frames(scene)
    if step_navigation.get_nearest_step(scene) < 0:
        return "before the first step"
    return "after the last step" + (f": this walk ends at frame {frames[-1]:,}" if scene.frame_end > frames[-1] else "")


CLASSES = (KERNELWALK_OT_step, KERNELWALK_OT_use_frames)
