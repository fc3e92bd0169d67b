# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of a walk's layer with another, in the panel."""

from __future__ import annotations

import bpy
import pytest
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.scene.builds import built_spec
from kernelwalk.ui.layers import comparison_panel
from kernelwalk.ui.settings import spec_properties
from kernelwalk.ui.steps import step_operators
from kernelwalk.ui.toolkit.widgets import CHARACTER_WIDTH, ICON_WIDTH, MARGIN_WIDTH

from ..text_layout import TextLayout, draw

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


def test_both_layers_are_built_into_one_picture_and_cleared(scene):
    props, before = scene.kernelwalk, len(scene.objects)
    spec = spec_from_table({"layer": "nn.ConvTranspose2d(1, 1, 2)", "input": 3, "compare": "nn.Conv2d(1, 1, 2)"})
    spec_properties.write_spec(spec, props)
    bpy.ops.kernelwalk.generate()
    assert "B is nn.Conv2d(1, 1, 2)" in draw(comparison_panel.draw_comparison)[0]
    assert "Output B" not in scene.objects
    bpy.ops.kernelwalk.show_both()
    assert (props.title, props.beside) == ("A: Transposed convolution", "B: Convolution")
    read = spec_properties.read_spec(props)
    bpy.ops.kernelwalk.generate()
    assert {"Output", "Output B", "Differences", "Differences B"} <= {each.name for each in scene.objects}
    assert built_spec.is_built_from(scene, read) and scene.frame_end == read.frames[-1]
    spec_properties.write_spec(read, props)
    assert spec_properties.read_spec(props) == read
    bpy.ops.kernelwalk.clear()
    assert len(scene.objects) == before


def test_pasted_code_is_shown_beside_the_layer(scene):
    props = scene.kernelwalk
    spec_properties.write_spec(spec_from_table({"title": "Mine", "layer": "nn.Conv2d(1, 1, 3)", "input": 5}), props)
    comparison_panel.KERNELWALK_OT_paste_compared.paste(None, props, "nn.Conv2d(1, 1, 2)")
    assert (props.title, props.beside) == ("Mine", "B: Convolution")
    comparison_panel.KERNELWALK_OT_paste_compared.paste(None, props, "nn.Conv1d(1, 1, 2)")
    assert any("compare" in problem.where for problem in spec_properties.find_problems(props))


def test_a_tile_of_the_layer_beside_tells_its_own_steps(scene):
    table = {"layer": "nn.Conv2d(1, 1, 3)", "input": 4, "compare": "nn.Conv2d(1, 1, 3, padding=1)", "beside": "B"}
    spec_properties.write_spec(spec_from_table(table | {"look": {"tiles": "objects"}}), scene.kernelwalk)
    bpy.ops.kernelwalk.generate()
    chosen = scene.objects["Output (0, 3) B"]
    chosen.select_set(True)
    bpy.context.view_layer.objects.active = chosen
    bpy.ops.kernelwalk.show_tile()
    assert "output (0, 3) ← input rows 0–1, columns 2–3" in scene.kernelwalk.steps.tile_description.lower()
    spec = spec_properties.read_spec(scene.kernelwalk)
    steps = [each.step_at(scene.frame_current) for each in (spec, spec.turn_comparison())]
    assert steps == [1, 3], "the first layer has no such output, and rests"


def test_the_step_buttons_lead_to_outputs_that_only_the_layer_beside_has(scene):
    table = {"layer": "nn.Conv2d(1, 1, 3)", "input": 4, "compare": "nn.Conv2d(1, 1, 3, padding=1)", "beside": "B"}
    spec_properties.write_spec(spec_from_table(table), scene.kernelwalk)
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.step(to="FIRST")
    texts = []
    for _ in range(4):
        texts.append(draw(step_operators.draw_steps)[0])
        bpy.ops.kernelwalk.step(to="NEXT")
    assert "Output (0, 1) ←" in texts[1] and "Beside: output (0, 1) ←" in texts[1]
    assert "Output (0, 1) ←" in texts[2] and "Beside: output (0, 2) ←" in texts[2]
    assert "Output (0, 1) ←" in texts[3] and "Beside: output (0, 3) ←" in texts[3]
    bpy.ops.kernelwalk.step(to="LAST")
    assert "Beside: output (3, 3) ←" in draw(step_operators.draw_steps)[0]
    assert scene.kernelwalk.steps.step == 3


@pytest.mark.parametrize("width", [165, 300])
def test_the_example_in_the_empty_field_is_not_cut(scene, monkeypatch, width):
    monkeypatch.setattr(
        TextLayout, "prop", lambda layout, *_, placeholder, **__: layout.label(placeholder), raising=False
    )
    example, buttons = draw(comparison_panel.draw_comparison, width)
    assert buttons == ["paste_compared"] and example.startswith("nn.Conv2d(")
    assert len(example) * CHARACTER_WIDTH < width - MARGIN_WIDTH - ICON_WIDTH
