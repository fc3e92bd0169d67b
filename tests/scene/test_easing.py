# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender evaluates the core's easings."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.animation.curve import make_curve
from kernelwalk.core.walk.easing import EASINGS

from .helpers import bpy, compat

fcurves = pytest.importorskip("kernelwalk.scene.objects.fcurves")


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("frames", [(1, 9, 10, 40), (1, 2, 4, 7)])
def test_blender_evaluates_every_easing_as_the_core_does(scene, easing, frames):
    made = make_curve("walk.x", np.array(frames), np.array([0.0, 3.0, -1.0, 7.0]), easing)
    eased = bpy.data.objects.new("Eased", None)
    curve = compat.ensure_fcurve(eased, "location", 0, "Eased")
    fcurves._write_keyframes(curve, made)
    times = np.arange(0.0, 45.0, 0.25)
    actual = np.array([curve.evaluate(time) for time in times])
    assert actual == pytest.approx(made.value_at(times), abs=1e-5)


def test_all_easings_differ():
    times = np.linspace(0, 1, 21)
    assert len({tuple(easing.value_at(times).round(6)) for easing in EASINGS.values()}) == len(EASINGS)
