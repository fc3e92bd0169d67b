# SPDX-License-Identifier: GPL-3.0-or-later
"""Convolution. Formulas: torch.nn.Conv2d."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from .base_layer import BaseLayer, set_fields
from .channels import parse_convolution_channels
from .padding import CAUSAL, CONV_PADDING, canonical_padding_name, resolve_padding
from .parameters import Padding, ParameterParser, Sizes
from .sliding_window import build_sliding_axes


@dataclass(frozen=True, init=False)
class Conv(BaseLayer):
    """A convolution, in the sense of every framework: cross-correlation, the kernel is not flipped.

    input, kernel, stride, dilation: one number for every axis, or one per axis; the length of a list is the number of
             axes, which is two if there is no list
    padding: a number, one per axis, a pair (before, after) per axis, "valid", "same", "full", "same_upper",
             "same_lower" or, along a single axis, "causal" (see padding.py)
    padding_mode: contents of the padding: "zeros", or copies of the input: "reflect", "replicate" or "circular"
    convention: the framework whose "same" is meant: "pytorch", "keras" or "onnx"
    in_channels, out_channels, groups: an output channel reads the inputs of its group; numbers of channels that are
             not given equal the number of groups, which is 1 by default
    depth_multiplier: in place of the latter two: one group for each input channel, with this many outputs
    Output size: floor((i + before + after - d(k-1) - 1)/s) + 1; a stride that does not divide leaves cells at the end
    unused.
    Raises SpecError with all problems.

    >>> layer = Conv(input=5, kernel=3, stride=2, padding=1)
    >>> layer.output
    (3, 3)
    >>> layer.taps((0, 0))[:5]
    [((0, 0), None), ((0, 1), None), ((0, 2), None), ((1, 0), None), ((1, 1), (0, 0))]
    """

    op: ClassVar[str] = "conv"
    display_name: ClassVar[str] = "Convolution"
    PARAMETERS = (
        *("input", "kernel", "stride", "padding", "dilation", "padding_mode", "convention"),
        *("in_channels", "out_channels", "groups", "depth_multiplier"),
    )
    has_weights = True
    padding_mode: str
    convention: str

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        convention: str = "pytorch",
        in_channels: int | None = None,
        out_channels: int | None = None,
        groups: int | None = None,
        depth_multiplier: int | None = None,
    ) -> None:
        parser = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        sizes, taps, strides, dilations = parser.parse_window(input, kernel, stride, dilation)
        mode = parser.parse_option("padding_mode", padding_mode)
        channels = parse_convolution_channels(parser, in_channels, out_channels, groups, depth_multiplier)
        framework = parser.parse_option("convention", convention)
        name, pads = parser.parse_padding(padding, CONV_PADDING)
        if name == CAUSAL and parser.dims != 1:
            parser.add_problem("padding", "causal_axes", dims=parser.dims)
        if name and strides:
            name = canonical_padding_name(parser, name, framework, strides)
        parser.raise_errors()
        assert sizes and taps and strides and dilations
        if name:
            pads = resolve_padding(name, sizes, taps, strides, dilations)
        assert pads
        axes = build_sliding_axes(parser, sizes, taps, strides, pads, dilations, mode)
        parser.raise_errors()
        set_fields(self, input=sizes, kernel=taps, stride=strides, padding=pads, dilation=dilations, axes=axes)
        set_fields(self, padding_name=name and padding, padding_mode=mode, convention=framework, channels=channels)

    @property
    def includes_padding_taps(self) -> bool:
        """True: padding counts as an input of zeros or of copies."""
        return True

    def weight_equation(self) -> str:
        """Return the equation of the number of weights, without biases."""
        return f"{'·'.join(map(str, self.kernel_shape))} = {math.prod(self.kernel_shape)}"
