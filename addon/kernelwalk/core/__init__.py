# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers, their walks, and plans of their animations: numpy and the standard library, never bpy.

A name is loaded on first use: a program that computes a layer's sizes does not wait for the code that plans a film.

>>> from kernelwalk.core import ConvTranspose
>>> layer = ConvTranspose(input=(3, 3), kernel=3, stride=2, padding=1, output_padding=1)
>>> layer.output
(6, 6)
>>> layer.taps((0, 0))
[((1, 1), (0, 0))]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import KernelwalkError, PlanError, Problem, SpecError
    from .layers.adaptive_pooling import AdaptiveAvgPool, AdaptiveMaxPool
    from .layers.channel_shuffle import ChannelShuffle
    from .layers.channels import Channels
    from .layers.convolution import Conv
    from .layers.fold import Fold
    from .layers.mapping import Mapping
    from .layers.pooling import AvgPool, MaxPool
    from .layers.rearrangement import PixelShuffle, PixelUnshuffle, Unfold
    from .layers.registry import Layer
    from .layers.transposed_convolution import ConvTranspose
    from .layers.upsampling import Upsample
    from .plan.plan import Plan
    from .plan.plan_maker import make_plan
    from .spec.camera_section import Camera
    from .spec.colors_section import Colors
    from .spec.look_section import Look
    from .spec.parse import parse_spec, spec_from_table
    from .spec.presets import load_preset
    from .spec.render_section import Render
    from .spec.spec import Spec
    from .spec.walk_section import Walk

__all__ = [
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "AvgPool",
    "Camera",
    "ChannelShuffle",
    "Channels",
    "Colors",
    "Conv",
    "ConvTranspose",
    "Fold",
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
    "load_preset",
    "make_plan",
    "parse_spec",
    "spec_from_table",
]

_NAMES = {
    "errors": ("KernelwalkError", "PlanError", "Problem", "SpecError"),
    "layers.adaptive_pooling": ("AdaptiveAvgPool", "AdaptiveMaxPool"),
    "layers.channel_shuffle": ("ChannelShuffle",),
    "layers.channels": ("Channels",),
    "layers.convolution": ("Conv",),
    "layers.fold": ("Fold",),
    "layers.mapping": ("Mapping",),
    "layers.pooling": ("AvgPool", "MaxPool"),
    "layers.rearrangement": ("PixelShuffle", "PixelUnshuffle", "Unfold"),
    "layers.registry": ("Layer",),
    "layers.transposed_convolution": ("ConvTranspose",),
    "layers.upsampling": ("Upsample",),
    "plan.plan": ("Plan",),
    "plan.plan_maker": ("make_plan",),
    "spec.camera_section": ("Camera",),
    "spec.colors_section": ("Colors",),
    "spec.look_section": ("Look",),
    "spec.parse": ("parse_spec", "spec_from_table"),
    "spec.presets": ("load_preset",),
    "spec.render_section": ("Render",),
    "spec.spec": ("Spec",),
    "spec.walk_section": ("Walk",),
}
"""The public names by module."""

_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
