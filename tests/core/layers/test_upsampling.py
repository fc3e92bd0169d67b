# SPDX-License-Identifier: GPL-3.0-or-later
"""Upsampling by scales that are no whole numbers. PyTorch itself is compared in test_oracle_torch_family.py."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import Upsample, spec_from_table
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.layers.receptive_field import receptive_fields


def read_cells(layer: Upsample) -> list[int]:
    """Return the input that each output along the last axis copies."""
    table = layer.axes[-1].source_table()
    assert table.shape == (layer.output[-1], 1)
    return [int(cell) for cell in table[:, 0]]


def test_nearest_upsampling_by_a_fraction_repeats_some_cells() -> None:
    assert read_cells(Upsample([4], 1.5)) == [0, 0, 1, 2, 2, 3]
    assert read_cells(Upsample([4], 1.5, interpolation="nearest_exact")) == [0, 1, 1, 2, 3, 3]
    assert read_cells(Upsample([6], 0.5)) == [0, 2, 4]
    assert read_cells(Upsample([4], output_shape=6)) == [0, 0, 1, 2, 2, 3]
    assert Upsample([4], 2.0) == Upsample([4], 2) and Upsample([4], 2.0).scale == (2,)


def test_a_product_in_float32_decides_which_cell_is_copied() -> None:
    """1 / 0.7 is 1.4285715 in float32, and 21 times that is 30.000002; 1 / 1.1 is 0.90909094."""
    assert read_cells(Upsample([99], 0.7))[21] == 30
    for scale in (0.7, 1.1, 1.3, 2.9):
        step = np.float32(1 / scale)
        expected = [min(int(np.float32(y) * step), 98) for y in range(int(99 * scale))]
        assert read_cells(Upsample([99], scale)) == expected


def test_pytorch_copies_where_the_size_stays_only_along_two_axes() -> None:
    assert read_cells(Upsample([6], 1.1)) == [0, 0, 1, 2, 3, 4]
    assert read_cells(Upsample([6, 6], 1.1)) == [0, 1, 2, 3, 4, 5]
    assert read_cells(Upsample([6, 6], 2.1)) == [y // 2 for y in range(12)]
    assert read_cells(Upsample([6, 6], 2.1, interpolation="nearest_exact")) == [int((y + 0.5) / 2.1) for y in range(12)]


def test_linear_upsampling_takes_its_places_from_the_scale_and_copies_where_the_size_stays() -> None:
    (weights,) = Upsample([5], 1.5, interpolation="linear").tap_weights
    assert Upsample([5], 1.5).output == (7,)
    assert weights[2] == pytest.approx([1 - 1 / 6, 1 / 6])  # (2 + 1/2)/1.5 - 1/2 = 1 1/6, not (2 + 1/2)·5/7 - 1/2
    (weights,) = Upsample([5], 1.1, interpolation="linear").tap_weights
    assert (weights.max(axis=1) == 1).all()
    (weights,) = Upsample([5], 1.5, interpolation="linear", align_corners=True).tap_weights
    assert weights[3] == pytest.approx([1.0, 0.0]), "the corners alone set the places"


def test_a_fraction_is_told_written_and_read_again() -> None:
    layer = Upsample([5, 4], [1.5, 2], interpolation="linear")
    assert [layer.size_equation(axis) for axis in (0, 1)] == ["⌊5·1.5⌋ = 7", "4·2 = 8"]
    assert layer.caption_parts() == ["scale 1.5×2"]
    torch, keras, onnx, *_ = emit_code(layer)
    assert torch.text == 'nn.Upsample(scale_factor=(1.5, 2), mode="bilinear")'
    assert spec_from_table({"layer": {"code": torch.text, "input": [5, 4]}}).layer == layer
    assert not keras.is_supported and onnx.text.endswith("# scales = [1, 1, 1.5, 2]")
    assert not emit_code(Upsample([6, 6], 1.1))[2].is_supported
    assert spec_from_table({"layer": {"op": "upsample", **layer.to_table()}}).layer == layer
    code = 'F.interpolate(x, scale_factor=1.3, mode="nearest-exact")'
    assert spec_from_table({"layer": code, "input": [5, 5]}).layer == Upsample(5, 1.3, interpolation="nearest_exact")


@pytest.mark.parametrize("kind", ["nearest", "nearest_exact"])
def test_the_jump_of_a_field_is_one_by_the_scale(kind: str) -> None:
    ((field,),) = receptive_fields([Upsample([40], 2.5, interpolation=kind)])
    assert (field.size, float(field.jump)) == (1, 0.4)
    cells = read_cells(Upsample([40], 2.5, interpolation=kind))
    assert all(abs(cell - field.start - y * field.jump) <= field.half_width for y, cell in enumerate(cells))
