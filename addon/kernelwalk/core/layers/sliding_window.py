# SPDX-License-Identifier: GPL-3.0-or-later
"""The axes of a window that slides over the padded input and stays within it: a convolution's, an unfold's."""

from __future__ import annotations

from ..errors import format_value
from .axis import Axis
from .parameters import PaddingPairs, ParameterParser

Lengths = tuple[int, ...]


def build_sliding_axes(
    read: ParameterParser,
    sizes: Lengths,
    taps: Lengths,
    steps: Lengths,
    pads: PaddingPairs,
    gaps: Lengths,
    mode: str = "zeros",
) -> tuple[Axis, ...]:
    """An axis for each input size, kernel, stride, padding and dilation; complains where the window does not fit."""
    axes: list[Axis] = []
    for i, k, s, (before, after), d in zip(sizes, taps, steps, pads, gaps, strict=True):
        extent, whole = d * (k - 1) + 1, i + before + after
        if extent > whole:
            read.add_kernel_error(len(axes), k, d, whole, "input or padding")
        _check_padding_mode(read, len(axes), mode, i, max(before, after))
        axes.append(Axis(i, (whole - extent) // s + 1, k, s, d, before, after, padding_mode=mode))
    return tuple(axes)


def _check_padding_mode(read: ParameterParser, axis: int, mode: str, size: int, widest: int) -> None:
    """Complain where padding would hold copies of copies: the rules of torch.nn.functional.pad."""
    most = {"reflect": size - 1, "circular": size}.get(mode, widest)
    if widest > most:
        short = "each edge once, beside itself" if mode == "reflect" else "the input once"
        read.add_error(
            f"padding[{axis}]",
            f"{widest} cells cannot be padded in mode {format_value(mode)} from an input of {size}: it holds {short}",
            f'Pad at most {most}, use a larger input, or layer.padding_mode = "replicate"',
        )
