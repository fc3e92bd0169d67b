# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of a walk's layer with another, in the panel."""

from __future__ import annotations

import bpy
import pytest
from kernelwalk.core import ConvTranspose, SpecError, spec_from_table
from kernelwalk.scene import ownership
from kernelwalk.ui import comparison_panel, spec_properties
from kernelwalk.ui.walk_settings import active_settings, list_settings

from .text_layout import draw

OTHER = 'layers.Conv2D(1, 3, strides=2, padding="same")'


def test_a_compared_layer_goes_to_the_panel_and_back(scene):
    props = scene.kernelwalk
    layer = {"op": "conv", "input": [6, 6], "kernel": 3, "stride": 2, "padding": 1}
    for compared in (OTHER, {"op": "conv_transpose", "kernel": 3, "padding": [[2, 0], [0, 1]]}):
        spec = spec_from_table({"layer": layer, "compare": compared})
        spec_properties.write_spec(spec, props)
        assert spec_properties.read_spec(props).compared.axes == spec.compared.axes
    props.compare = "nn.Conv3d(1, 1, 3)"
    with pytest.raises(SpecError, match="compare"):
        spec_properties.read_spec(props)
    props.compare = "{"
    with pytest.raises(SpecError, match="compare"):
        spec_properties.read_spec(props)


def test_the_other_layer_becomes_a_walk_beside_the_first(scene):
    spec = spec_from_table({"layer": "nn.ConvTranspose2d(1, 1, 2)", "input": 3, "compare": "nn.Conv2d(1, 1, 2)"})
    spec_properties.write_spec(spec, scene.kernelwalk)
    bpy.ops.kernelwalk.generate()
    assert "B is nn.Conv2d(1, 1, 2)" in draw(comparison_panel.draw_comparison)[0]
    bpy.ops.kernelwalk.add_compared()
    first, second = list_settings(scene)
    assert active_settings(scene) == second and not second.setup
    specs = [spec_properties.read_spec(props) for props in (first, second)]
    assert specs[1].layer == specs[0].compared and isinstance(specs[1].compared, ConvTranspose)
    assert len(ownership.find_root_collections(scene)) == 1 and len(ownership.find_other_roots(scene)) == 1
    frames = [each for each in scene.objects if "differences" in each.name.lower()]
    assert len(frames) >= 2, [each.name for each in scene.objects]
