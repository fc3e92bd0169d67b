# SPDX-License-Identifier: GPL-3.0-or-later
"""Fold (col2im): blocks are laid on the output and add up where they overlap. Formulas: torch.nn.Fold, ONNX' Col2Im."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..lazy_numpy import np
from .axis import Axis
from .base_layer import set_fields
from .cell_check import check_cells
from .channels import Channels
from .crops import TransposedPadding
from .parameters import AxisSizes, PaddingPairs, ParameterParser, Sizes
from .transposed_window import TransposedWindowLayer, build_transposed_axis, find_growth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from .base_layer import ChannelsAndPositions


@dataclass(frozen=True, init=False)
class Fold(TransposedWindowLayer):
    """Fold: the reverse of an unfold, in which cells that several blocks hold add up.

    input:    blocks along each axis; PyTorch and ONNX have them in one row, the last axis fastest. By default as many
              as the output has room for
    kernel:   cells of a block
    stride, padding, dilation: as for the matching Unfold; the output's padding is cropped; padding has no names
    output_shape: the output's size; by default the one that the blocks fill. One of it and `input` is needed
    channels: channels of the input, a multiple of the cells of a block; by default those of one output channel.
              Input channel c · cells + t is cell t of output channel c, with the last axis of the cells fastest
    Raises SpecError with all problems.

    >>> Fold(output_shape=4, kernel=2).input
    (3, 3)
    >>> Fold(output_shape=4, kernel=2).taps((1, 0))
    [((0, 0), (1, 0)), ((1, 0), (0, 0))]
    """

    op: ClassVar[str] = "fold"
    display_name: ClassVar[str] = "Fold"
    PARAMETERS = ("input", "kernel", "stride", "padding", "dilation", "output_shape", "channels")
    DERIVED_PARAMETERS = ("output_shape", "channels")
    has_tap_channels = True
    output_shape_sets_input = True

    def __init__(
        self,
        input: Sizes | None = None,
        kernel: Sizes | None = None,
        stride: Sizes = 1,
        padding: int | Sequence[int | Sequence[int]] = 0,
        dilation: Sizes = 1,
        output_shape: Sizes | None = None,
        channels: int | None = None,
    ) -> None:
        parser = ParameterParser(
            input=input, output_shape=output_shape, kernel=kernel, stride=stride, padding=padding, dilation=dilation
        )
        shape = None if output_shape is None else parser.parse_sizes("output_shape", output_shape, 1)
        blocks = None if input is None and output_shape is not None else parser.parse_sizes("input", input, 1)
        taps = parser.parse_sizes("kernel", kernel, 1)
        strides, dilations = parser.parse_sizes("stride", stride, 1), parser.parse_sizes("dilation", dilation, 1)
        pads = parser.parse_padding_sizes(padding)
        cells = math.prod(taps or ())
        count = cells if channels is None else parser.parse_integer("channels", channels, 1)
        if taps and count and count % cells:
            parser.add_problem("channels", "channels_in_blocks", channels=count, count=cells, key="kernel")
        parser.raise_errors()
        assert taps and strides and dilations and pads and count
        if blocks is None:
            assert shape
            blocks = _count_blocks(parser, shape, taps, strides, pads, dilations)
        parser.raise_errors()
        axes: list[Axis] = []
        for axis, (i, k, s, d) in enumerate(zip(blocks, taps, strides, dilations, strict=True)):
            least = (i - 1) * s - sum(pads[axis]) + d * (k - 1) + 1
            growth = find_growth(parser, axis, shape[axis], least, s) if shape else 0
            border = TransposedPadding(*pads[axis], growth)
            axes.append(build_transposed_axis(parser, axis, i, k, s, d, border))
        parser.raise_errors()
        borders = tuple(axis.after - (axis.extent - 1 - after) for axis, (_, after) in zip(axes, pads, strict=True))
        set_fields(self, input=blocks, kernel=taps, stride=strides, padding=pads, dilation=dilations, axes=tuple(axes))
        set_fields(self, output_padding=borders, output_shape=shape if any(borders) else None)
        set_fields(self, padding_name=None, channels=Channels(count, count // cells, count // cells))

    def target_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """Return the output channel and position that each input is added to; a position outside is cropped.

        channel: input channels, shape (...); position: input positions, shape (..., axes)
        Raises SpecError if there is no such input.
        """
        channels, places = check_cells(channel, position, self.channels.inputs, self.input, "input")
        output, tap = np.divmod(channels, math.prod(self.kernel))
        taps = np.stack(np.unravel_index(tap, self.kernel), axis=-1)
        return output, places * self.stride + taps * self.dilation - [before for before, _ in self.padding]

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without channels that follow from the kernel."""
        table = {**super().to_table(), "channels": self.channels.inputs}
        if table["channels"] == math.prod(self.kernel):
            del table["channels"]
        return table

    def channel_equation(self) -> str:
        """Return the equation of the number of output channels."""
        return f"{self.channels.inputs} / ({'·'.join(map(str, self.kernel))}) = {self.channels.outputs}"

    def describe_step_details(self, position: Sequence[int]) -> str:
        """Return the end of a sentence: an output takes one cell of each block that it reads."""
        count = len(self.taps(position))
        return f", one cell of {'the block' if count == 1 else 'each block'}" if count else ""

    def detail_rows(self) -> list[tuple[str, str]]:
        """Return the blocks as PyTorch and ONNX count them."""
        return [("blocks", f"{'·'.join(map(str, self.input))} = {math.prod(self.input)}, as L in PyTorch and ONNX")]


def _count_blocks(
    parser: ParameterParser,
    shape: AxisSizes,
    kernel: AxisSizes,
    stride: AxisSizes,
    padding: PaddingPairs,
    dilation: AxisSizes,
) -> AxisSizes:
    """Return the blocks along each axis for which an output has room; add errors for blocks that are too large."""
    blocks = []
    for axis, (o, k, s, d) in enumerate(zip(shape, kernel, stride, dilation, strict=True)):
        extent, padded = d * (k - 1) + 1, o + sum(padding[axis])
        if extent > padded:
            values = {"kernel": k, "dilation": d, "extent": extent, "padded": padded, "larger": "output or padding"}
            parser.add_problem(f"kernel[{axis}]", "large_block", **values)
        blocks.append((padded - extent) // s + 1)
    return tuple(blocks)
