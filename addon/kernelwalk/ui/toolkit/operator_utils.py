# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions and reports that the operators share."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from ...core import SpecError
from ...scene.builds import built_spec, ownership
from ..fields.walk_settings import active_settings
from ..settings import spec_properties

Result = set[Any]
"""Return value of an operator's methods."""

Context = Any
"""bpy.types.Context. The stubs declare each of its members optional, which would need an assertion at each use."""

REPORT_WIDTH = 120
"""Characters in a line of a report, which Blender cuts where it does not fit the window."""

NOTHING_GENERATED = "Nothing has been generated in this scene yet. Press Generate"


class GeneratedSceneOperator:
    """Base of the operators that need a generated scene."""

    @classmethod
    def poll(cls: Any, context: Context) -> bool:
        if built_spec.get_built_walk(context.scene) is None:
            cls.poll_message_set(NOTHING_GENERATED)
            return False
        return True


class WalkOperator:
    """Base of the operators that need a walk in a scene that may be changed."""

    @classmethod
    def poll(cls: Any, context: Context) -> bool:
        if not is_editable(cls, context.scene):
            return False
        if not ownership.find_root_collections(context.scene):
            cls.poll_message_set(NOTHING_GENERATED)
            return False
        return True


def switch_to_object_mode(operator: bpy.types.Operator, context: Context) -> bool:
    """Return True if the mode is Object Mode now: undo steps of other modes hold the edited object alone."""
    if context.mode == "OBJECT" or context.active_object is None:
        return True
    if not bpy.ops.object.mode_set.poll():  # type: ignore[call-arg]  # the stubs take it for a class's
        operator.report({"ERROR"}, "Blender cannot leave this mode while the active object is hidden. Unhide it first")
        return False
    bpy.ops.object.mode_set(mode="OBJECT")
    return True


def report_error(operator: bpy.types.Operator, error: SpecError) -> Result:
    """Report the problems of a spec, and return the result of the operator."""
    return report_failure(operator, str(error))


def report_failure(operator: bpy.types.Operator, text: str) -> Result:
    """Report why an operator fails, in lines that fit the window, and return its result."""
    wrapper = textwrap.TextWrapper(REPORT_WIDTH, break_on_hyphens=False, break_long_words=False)
    operator.report({"ERROR"}, "\n".join(map(wrapper.fill, text.strip().splitlines())))
    return {"CANCELLED"}


def is_editable(operator: Any, scene: bpy.types.Scene) -> bool:
    """Return True if a scene may be changed; otherwise set the reason as the operator's poll message."""
    if scene.library is not None:
        operator.poll_message_set("This scene is linked from another file. Make it local first")
        return False
    return True


def settings_are_valid(operator: Any, scene: bpy.types.Scene) -> bool:
    """Return True if the settings are a valid spec; otherwise set the first problem as the operator's poll message."""
    problems = spec_properties.find_problems(active_settings(scene))
    if problems:
        operator.poll_message_set(str(problems[0]))
    return not problems
