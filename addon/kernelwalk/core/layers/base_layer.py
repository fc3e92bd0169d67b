# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all layers: parameters, the axes that follow from them, the taps of each output, and the answers
that the rest of the program needs about a kind of layer. A layer overrides those that differ from the usual."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import Problem, SpecError, format_value
from .axis import Axis
from .channels import CHANNEL_PARAMETERS, Channels
from .crops import TransposedPadding
from .formatting import format_compact_padding, format_compact_size, format_padding, format_uniform_size
from .mapping import Index, Mapping, Tap
from .parameters import PaddingPairs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..arrays import Floats, Integers

    ChannelsAndPositions = tuple[Integers, Integers]
    """Channels, shape (...), and positions, shape (..., axes)."""

PADDING_MODE_LABELS = {"zeros": "padding", "reflect": "reflecting padding", "replicate": "replicating padding"}
"""Padding in a caption, by its padding mode; other modes stand before the word."""


@dataclass(frozen=True)
class BaseLayer:
    """A layer as a window that slides over its input. The checked parameters are tuples, one entry per axis.

    padding:      cells per axis before and after; negative where a transposed convolution grows
    channels:     channels and groups; positions, steps and taps are the same for each of them
    padding_name: the name by which the padding was given, or None
    """

    op: ClassVar[str]
    """The layer's name in a spec."""

    display_name: ClassVar[str]
    """The layer's name for people. A layer that has several kinds sets the name of its kind on itself."""

    PARAMETERS: ClassVar[tuple[str, ...]]
    """The names of the parameters in a spec."""

    DERIVED_PARAMETERS: ClassVar[tuple[str, ...]] = ()
    """Parameters that follow from others if they are not given."""

    has_weights: ClassVar[bool] = False
    """True for a layer whose kernel holds weights, which can be drawn over the input."""

    takes_maximum: ClassVar[bool] = False
    """True for a layer whose output is the largest of the values that it reads, which one input holds."""

    has_tap_channels: ClassVar[bool] = False
    """True for a layer without weights whose tap t of output channel c reads input channel c · taps + t alone, and
    which adds up what its taps read. So each input is added to one output at most, found by `target_of`."""

    output_shape_sets_padding: ClassVar[bool] = False
    """True for a layer whose padding in numbers follows from the output's size, if that is given."""

    output_shape_sets_input: ClassVar[bool] = False
    """True for a layer whose input's size follows from the output's, if that is given."""

    can_scatter: ClassVar[bool] = False
    """True for a layer that can be shown by the outputs that each input adds to."""

    is_rearrangement: ClassVar[bool] = False
    """True for a layer that computes nothing: each output holds one input, found by `source_of`."""

    moves_cells: ClassVar[bool] = False
    """True for a rearrangement in which each input becomes exactly one output, found by `target_of`."""

    has_matrix_output: ClassVar[bool] = False
    """True for a layer whose output is drawn as a matrix: a column for each position, a row for each tap."""

    input: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: PaddingPairs
    dilation: tuple[int, ...]
    channels: Channels
    axes: tuple[Axis, ...] = field(repr=False, compare=False)
    padding_name: str | None = field(repr=False, compare=False)

    # Sizes

    @property
    def dims(self) -> int:
        """Number of axes."""
        return len(self.axes)

    @property
    def output(self) -> Index:
        """The output's size per axis."""
        return tuple(axis.output for axis in self.axes)

    @property
    def position_count(self) -> int:
        """Number of output positions."""
        return math.prod(self.output)

    @property
    def cell_count(self) -> int:
        """Number of cells that the window slides over: input, padding, inserted zeros and overhang."""
        return math.prod(axis.size for axis in self.axes)

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Shape of a kernel's weights: (output channels, input channels per group, *kernel)."""
        return (self.channels.outputs, self.channels.inputs // self.channels.groups, *self.kernel)

    @property
    def output_borders(self) -> tuple[TransposedPadding, ...] | None:
        """The output's cropped cells and output padding per axis; None for a layer that has neither."""
        return None

    def count_output_tiles(self, channels: Channels, with_cropped: bool) -> int:
        """Count the tiles of the output if `channels` are drawn, with or without the cropped cells."""
        return math.prod(self.output) * channels.outputs

    @property
    def drawn_channels(self) -> Channels:
        """The channels that have tiles of their own."""
        return self.channels

    # Inputs of each output

    @property
    def includes_padding_taps(self) -> bool:
        """True if a tap on padding counts as one of an output's taps."""
        return False

    @cached_property
    def mapping(self) -> Mapping:
        """The per-axis tables of the inputs that each output reads."""
        return Mapping(self.axes, includes_padding=self.includes_padding_taps)

    def taps(self, position: Sequence[int]) -> list[Tap]:
        """Return the (kernel, input) pairs of one output position.

        position: one index per axis, from 0
        Kernel indices are in ascending order, each with the input index it reads: None where a convolution, or an
        average that counts padding, reads padding of zeros; the copied cell where padding holds copies. Other layers
        have only the taps that read an input.
        Raises SpecError if there is no such output.

        >>> from kernelwalk.core import ConvTranspose
        >>> ConvTranspose(input=(3, 3), kernel=3, stride=2, padding=1, output_padding=1).taps((0, 0))
        [((1, 1), (0, 0))]
        """
        return self.mapping.taps(self.check_position(position))

    def check_position(self, position: Sequence[int]) -> Index:
        """Return `position` as an index into the output. Raises SpecError if there is no such output."""
        try:
            index = tuple(operator.index(place) for place in position)
        except TypeError:
            index = ()
        inside = len(index) == len(self.output) and all(0 <= i < n for i, n in zip(index, self.output, strict=True))
        if not inside:
            what = f"{format_value(tuple(position))} is not in the output of size {format_value(self.output)}"
            raise SpecError([Problem("position", what, "Count from 0, one whole number per axis")])
        return index

    def source_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """Return the input channel and position that each output of a rearrangement holds.

        channel: output channels, shape (...); position: output positions, shape (..., axes)
        A negative position is padding. Raises SpecError if there is no such output.
        """
        raise NotImplementedError(f"{self.op} is not a rearrangement")

    @property
    def has_targets(self) -> bool:
        """True if each input becomes one output, or is added to one, found by `target_of`."""
        return self.moves_cells or self.has_tap_channels

    def target_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """Return the output channel and position that each input becomes or is added to, if the layer `has_targets`.

        channel: input channels, shape (...); position: input positions, shape (..., axes)
        A position outside the output is cropped. Raises SpecError if there is no such input.
        """
        raise NotImplementedError(f"{self.op} has no targets")

    # Parameters

    @classmethod
    def has_parameter(cls, name: str) -> bool:
        """Return True if a spec can set the parameter `name` of this layer."""
        return name in cls.PARAMETERS

    @property
    def has_kernel(self) -> bool:
        """True if the kernel's size is a parameter."""
        return self.has_parameter("kernel")

    @property
    def has_padding(self) -> bool:
        """True if any side is padded (or cropped)."""
        return any(side for pair in self.padding for side in pair)

    @property
    def default_stride(self) -> tuple[int, ...]:
        """The stride that holds if none is given."""
        return (1,) * self.dims

    @property
    def rounds_up(self) -> bool:
        """True if the output's size is rounded up."""
        return False

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values that make the same layer again; the padding by name if it has one."""
        values = {key: getattr(self, key) for key in self.PARAMETERS if key not in CHANNEL_PARAMETERS}
        if self.padding_name is not None:
            values["padding"] = self.padding_name
        values |= {key: number for key, number in self.channel_counts().items() if number != 1}
        return {key: _to_plain(value) for key, value in values.items() if value is not None}

    def channel_counts(self) -> dict[str, int]:
        """Return the parameters that give the number of channels."""
        counts = {"in_channels": "inputs", "out_channels": "outputs", "groups": "groups", "channels": "inputs"}
        return {key: getattr(self.channels, count) for key, count in counts.items() if key in self.PARAMETERS}

    # Descriptions

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis with this layer's numbers (torch.nn.Conv2d).

        >>> from kernelwalk.core import Conv
        >>> Conv(input=5, kernel=3, stride=2, padding=1).size_equation(0)
        '⌊(5 + 1 + 1 - 1·(3 - 1) - 1) / 2⌋ + 1 = 3'
        """
        return f"⌊{self._unrounded_size(axis)}⌋ + 1 = {self.output[axis]}"

    def _unrounded_size(self, axis: int) -> str:
        i, k, s, d = self.input[axis], self.kernel[axis], self.stride[axis], self.dilation[axis]
        before, after = self.padding[axis]
        return f"({i} + {before} + {after} - {d}·({k} - 1) - 1) / {s}"

    def channel_equation(self) -> str | None:
        """Return the equation of the number of output channels, if rearranging changes it; None otherwise."""
        return None

    def weight_equation(self) -> str | None:
        """Return the equation of the number of weights, without biases; None for a layer that has none."""
        return None

    @property
    def tap_weights(self) -> tuple[Floats, ...]:
        """Weights of the taps that differ from output to output, a table (output, kernel) per axis; a tap's weight is
        their product. Empty for a layer whose taps have none."""
        return ()

    @property
    def divisors(self) -> tuple[list[int], ...]:
        """Numbers of cells that count, per axis for each output; an output's divisor is their product.

        Empty for a layer that does not divide.
        """
        return ()

    def step_details(self, position: Sequence[int]) -> dict[str, int]:
        """Return further numbers of one output position, by name. Raises SpecError if there is no such output."""
        return {}

    def describe_step_details(self, position: Sequence[int]) -> str:
        """Return the end of a sentence that describes one output position. Raises SpecError if there is none."""
        return ""

    def detail_rows(self) -> list[tuple[str, str]]:
        """Return further properties of the layer for a report: pairs of name and text."""
        return []

    def describe_padding(self) -> str:
        """Return the padding in numbers, with its name and its mode if it has any: "1 (same, reflect)"."""
        mode = self.axes[0].padding_mode
        notes = [note for note in (self.padding_name, mode if mode != "zeros" else None) if note]
        numbers = format_padding(self.padding)
        return f"{numbers} ({', '.join(notes)})" if notes else numbers

    def caption_parts(self) -> list[str]:
        """Return the parts of the caption of a layer that is shown alone, without its label."""
        return [*self._size_parts(), *self._unusual_parts()]

    def _size_parts(self) -> list[str]:
        """Return the sizes that a caption always has."""
        sizes = [f"kernel {format_compact_size(self.kernel)}", f"stride {format_uniform_size(self.stride)}"]
        return sizes if self.has_padding else [*sizes, "padding 0"]

    def chain_caption_parts(self) -> list[str]:
        """Return the parts of the caption of a layer in a chain: its label and its window, then unusual parameters."""
        name = self.display_name
        if self.has_kernel:
            # a single number could be read as a part of the label
            name += f"{', kernel' if len(self.kernel) == 1 else ''} {format_compact_size(self.kernel)}"
        has_stride = self.has_parameter("stride") and self.stride != self.default_stride
        return [name, *([f"stride {format_uniform_size(self.stride)}"] if has_stride else []), *self._unusual_parts()]

    def _unusual_parts(self) -> list[str]:
        """Return the parameters that a caption has only if they differ from the usual."""
        parts = []
        if self.has_padding:
            mode = self.axes[0].padding_mode
            name = PADDING_MODE_LABELS.get(mode, f"{mode} padding")
            parts.append(f"{name} {format_compact_padding(self.padding)}")
        if any(dilation > 1 for dilation in self.dilation):
            parts.append(f"dilation {format_uniform_size(self.dilation)}")
        output_padding = [border.output_padding for border in self.output_borders or ()]
        if any(output_padding):
            parts.append(f"output padding {format_uniform_size(output_padding)}")
        if self.rounds_up:
            parts.append("rounded up")
        groups = self.channels.groups
        if groups > 1 and self.has_parameter("groups"):
            parts.append("depthwise" if groups == self.channels.inputs else f"{groups} groups")
        return parts


def _to_plain(value: Any) -> Any:
    return [_to_plain(entry) for entry in value] if isinstance(value, tuple) else value


def set_fields(layer: BaseLayer, **values: Any) -> None:
    """Set the fields of a frozen dataclass that has an __init__ of its own."""
    for name, value in values.items():
        object.__setattr__(layer, name, value)
