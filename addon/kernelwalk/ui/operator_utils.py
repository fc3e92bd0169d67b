# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators have in common."""

from __future__ import annotations

from typing import Any

import bpy

from ..core import SpecError
from . import spec_properties

Result = set[Any]

Context = Any
"""bpy.types.Context, of which the stubs say that everything in it may be missing."""


NOTHING_GENERATED = "Nothing stands in this scene yet: press Generate"


def report_error(operator: bpy.types.Operator, error: SpecError) -> Result:
    """Report what is wrong, in an operator's way."""
    operator.report({"ERROR"}, str(error))
    return {"CANCELLED"}


def is_editable(operator: Any, scene: bpy.types.Scene) -> bool:
    """Whether a scene may be changed; if not, the operator's tooltip says why."""
    if scene.library is not None:
        operator.poll_message_set("This scene is linked from another file: make it local first")
        return False
    return True


def settings_are_valid(operator: Any, scene: bpy.types.Scene) -> bool:
    """Whether the scene's settings can be; if not, the operator's tooltip says why."""
    problems = spec_properties.find_problems(scene.kernelwalk)
    if problems:
        operator.poll_message_set(str(problems[0]))
    return not problems
