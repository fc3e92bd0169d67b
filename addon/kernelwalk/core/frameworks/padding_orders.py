# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of four numbers of padding, in which frameworks differ: a layer that is ported with the same numbers pads
other sides."""

from __future__ import annotations

from typing import Any

from .framework import Remark

TOP, BOTTOM, LEFT, RIGHT = (0, 0), (0, 1), (1, 0), (1, 1)
"""A side of the padding: its axis, and 0 before or 1 after the input."""

SIDES = {
    "paddle": (TOP, BOTTOM, LEFT, RIGHT),
    "mlx": (LEFT, RIGHT, TOP, BOTTOM),  # tinygrad's: MLX has one number for each axis
    "onnx": (TOP, LEFT, BOTTOM, RIGHT),
}
"""The order by the convention of the frameworks that take four numbers."""

NAMES = {TOP: "top", BOTTOM: "bottom", LEFT: "left", RIGHT: "right"}


def remark_on_four_numbers(convention: str, version: str) -> Remark:
    """Return the remark on layers whose four numbers of padding are other sides in this convention."""

    def applies(layer: Any) -> bool:
        if not layer.op.startswith("conv") or layer.dims != 2 or layer.padding_name is not None:
            return False
        padding = layer.to_table().get("padding")
        if layer.convention not in SIDES or padding is None:  # it follows from the output's size
            return False
        pairs = padding if isinstance(padding, list) else [[padding, padding]] * 2
        if layer.convention != "onnx" and all(before == after for before, after in pairs):
            return False  # one number for each axis
        ours, theirs = ([pairs[axis][side] for axis, side in SIDES[key]] for key in (convention, layer.convention))
        return ours != theirs

    names = ", ".join(NAMES[side] for side in SIDES[convention])
    return Remark(applies, "computes otherwise", f"four numbers of padding: they are {names}", version)
