# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of tile has colors of its own."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.layers.axis import CROPPED, INPUT, OUTPUT_PADDING, PADDING
from kernelwalk.core.spec.colors_section import srgb_to_linear

from ..brute_force import SHORT_WALK


def test_feature_maps_output_padding_and_cropped_tiles_have_colors_of_their_own() -> None:
    chain = [
        {"op": "conv", "input": 5, "kernel": 3},
        {"op": "conv_transpose", "kernel": 3, "stride": 2, "padding": [[1, 0], [0, 2]], "output_padding": 1},
    ]
    plan = make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "show": {"cropped": "on"}}))
    colors = plan.spec.look.colors
    names = [
        ("input", INPUT, 0),
        ("feature_map", INPUT, 1),
        ("output", INPUT, 2),
        ("output_padding", OUTPUT_PADDING, 2),
        ("cropped", CROPPED, 2),
    ]
    for key, kind, number in names:
        idle, active = plan.grids[number].palette[kind]
        assert idle == pytest.approx(srgb_to_linear(getattr(colors, key)))
        assert active == pytest.approx(srgb_to_linear(getattr(colors, f"{key}_active")))
        assert (plan.grids[number].kinds == kind).any()


def test_padding_that_holds_copies_has_the_input_colors_paler() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1}
    zeros, copies = (
        make_plan(spec_from_table({"layer": {**layer, "padding_mode": mode}, "walk": SHORT_WALK})).grids[0].palette
        for mode in ("zeros", "circular")
    )
    assert copies[PADDING] == pytest.approx((zeros[INPUT] + zeros[PADDING]) / 2)
    assert np.array_equal(copies[INPUT], zeros[INPUT])
