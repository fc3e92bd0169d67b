# SPDX-License-Identifier: GPL-3.0-or-later
"""The axes of a window that slides over the padded input and stays within it, as a convolution's and an unfold's."""

from __future__ import annotations

from .axis import Axis
from .parameters import AxisSizes, PaddingPairs, ParameterParser


def build_sliding_axes(
    parser: ParameterParser,
    sizes: AxisSizes,
    kernel: AxisSizes,
    stride: AxisSizes,
    padding: PaddingPairs,
    dilation: AxisSizes,
    padding_mode: str = "zeros",
) -> tuple[Axis, ...]:
    """Build an axis for each input size, kernel, stride, padding and dilation; add errors for too large kernels."""
    axes: list[Axis] = []
    for i, k, s, (before, after), d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        extent, padded = d * (k - 1) + 1, i + before + after
        if extent > padded:
            parser.add_kernel_error(len(axes), k, d, padded, "input or padding")
        _check_padding_mode(parser, len(axes), padding_mode, i, max(before, after))
        output = (padded - extent) // s + 1
        axes.append(Axis(i, output, k, s, d, before, after, padding_mode=padding_mode))
    return tuple(axes)


def _check_padding_mode(parser: ParameterParser, axis: int, padding_mode: str, size: int, widest: int) -> None:
    """Add an error where padding would hold copies of copies: the rules of torch.nn.functional.pad."""
    limit = {"reflect": size - 1, "circular": size}.get(padding_mode, widest)
    if widest > limit:
        problem = "wide_reflection" if padding_mode == "reflect" else "wide_circle"
        parser.add_problem(f"padding[{axis}]", problem, padding=widest, input=size, limit=limit)
