# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer computes, how it is walked and where things stand. numpy and the standard library; never bpy."""

from .channels import Channels
from .errors import KernelwalkError, PlanError, Problem, SpecError
from .layers import AvgPool, Conv, ConvTranspose, Layer, MaxPool, PixelShuffle, PixelUnshuffle, Unfold, Upsample
from .look import Camera, Colors, Look
from .mapping import Mapping
from .plan import Plan, plan
from .presets import preset
from .spec import Render, Spec, from_table, parse
from .walk import Walk

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
