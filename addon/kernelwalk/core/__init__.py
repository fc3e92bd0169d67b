# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer computes, how it is walked and where things stand. numpy and the standard library; never bpy.

A name is loaded when it is first asked for: who tells a layer's sizes does not wait for what plans a film.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import KernelwalkError, PlanError, Problem, SpecError
    from .layers.channels import Channels
    from .layers.mapping import Mapping
    from .layers.registry import (
        AvgPool,
        Conv,
        ConvTranspose,
        Layer,
        MaxPool,
        PixelShuffle,
        PixelUnshuffle,
        Unfold,
        Upsample,
    )
    from .plan.plan import Plan, make_plan
    from .spec.look_section import Camera, Colors, Look
    from .spec.presets import load_preset
    from .spec.spec import Render, Spec, parse_spec, spec_from_table
    from .walk.order import Walk

__all__ = [
    "AvgPool",
    "Camera",
    "Channels",
    "Colors",
    "Conv",
    "ConvTranspose",
    "KernelwalkError",
    "Layer",
    "Look",
    "Mapping",
    "MaxPool",
    "PixelShuffle",
    "PixelUnshuffle",
    "Plan",
    "PlanError",
    "Problem",
    "Render",
    "Spec",
    "SpecError",
    "Unfold",
    "Upsample",
    "Walk",
    "spec_from_table",
    "parse_spec",
    "make_plan",
    "load_preset",
]

_NAMES = {
    "errors": ("KernelwalkError", "PlanError", "Problem", "SpecError"),
    "layers.channels": ("Channels",),
    "layers.registry": (
        *("AvgPool", "Conv", "ConvTranspose", "Layer", "MaxPool"),
        *("PixelShuffle", "PixelUnshuffle", "Unfold", "Upsample"),
    ),
    "layers.mapping": ("Mapping",),
    "picture.plan": ("Plan", "plan"),
    "spec.look": ("Camera", "Colors", "Look"),
    "spec.presets": ("preset",),
    "spec.spec": ("Render", "Spec", "from_table", "parse"),
    "walk.walk": ("Walk",),
}
"""The names above, by the module that each stands in."""

_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
