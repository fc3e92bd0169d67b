# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer computes, how it is walked and where things stand. numpy and the standard library; never bpy."""

from .errors import KernelwalkError, PlanError, Problem, SpecError
from .layers.channels import Channels
from .layers.layers import AvgPool, Conv, ConvTranspose, Layer, MaxPool, PixelShuffle, PixelUnshuffle, Unfold, Upsample
from .layers.mapping import Mapping
from .picture.plan import Plan, plan
from .spec.look import Camera, Colors, Look
from .spec.presets import preset
from .spec.spec import Render, Spec, from_table, parse
from .walk.walk import Walk

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
    "from_table",
    "parse",
    "plan",
    "preset",
]
