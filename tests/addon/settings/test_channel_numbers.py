# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer's numbers of each output channel: its bias and its batch normalization, in the panel."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core.spec.values_section import Norm  # noqa: E402  # only where there is a Blender

from ..fields.test_number_grid import draw_panel  # noqa: E402
from ..layers.test_values_panel import SPECS, load, read  # noqa: E402


def test_a_normalization_is_edited_at_the_channel_that_is_shown(scene: Any) -> None:
    from kernelwalk.scene.builds import built_spec
    from kernelwalk.ui.builds import live_update

    values, props = load(scene, SPECS[1]), scene.kernelwalk
    values.kernel_grid.output_channel = 1
    assert [values.norm_mean, values.norm_variance, values.norm_weight, values.norm_bias] == [2, 4, 1, 0]
    bpy.ops.kernelwalk.generate()
    values.norm_mean, values.norm_variance, values.norm_weight, values.norm_bias = 2.5, 9, -1, 0.1
    values.norm_epsilon = 0.001
    assert read(scene).values.norm == Norm((1, 2.5), (4, 9), (1, -1), (0, 0.1), 0.001)
    live_update.update_pending_scenes()
    assert built_spec.is_built_from(scene, read(scene)), "the scene follows"
    values.norm_variance = 4
    assert read(scene).values.norm.variance == 4, "one number where all channels have the same"
    props.layer.out_channels = 3
    values.kernel_grid.output_channel = 2
    assert [values.norm_mean, values.norm_variance, values.norm_weight] == [0, 4, 1], "a new channel is not normalized"
    props.layer.weights.has_norm = False
    assert read(scene).values.norm is None
    props.layer.weights.has_norm = True
    assert read(scene).values.norm.mean == (1, 2.5, 0), "switched on again, it has its numbers"


def test_a_pooling_in_a_chain_has_a_normalization_of_its_own(scene: Any) -> None:
    values, props = load(scene, SPECS[2]), scene.kernelwalk
    props.layer.out_channels, props.active_layer_index = 3, 1
    props.more_layers[0].weights.has_norm = True
    values.kernel_grid.output_channel = 5
    values.norm_mean = 7
    drawn = draw_panel(scene, 292)
    assert values.kernel_grid.output_channel == 2
    assert [layer.norm for layer in read(scene).values.layers] == [None, Norm(mean=(0, 0, 7))]
    assert [key for key in drawn.keys if key in ("output_channel", "kernel", "bias", "norm_mean")] == [
        "output_channel",
        "norm_mean",
    ]
    assert "Numbers of output channel 2:" in drawn.labels
    props.active_layer_index = 0
    assert "Input channel 0 → output channel 2:" in draw_panel(scene, 292).labels
