# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers: parameters as the frameworks name them, checked, and the axes that follow from them.

Sizes are tuples in the order of the tensor's axes (y, then x). Formulas: torch.nn.Conv2d and torch.nn.ConvTranspose2d.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from .axis import Axis
from .errors import Problem, SpecError, shown
from .mapping import Index, Mapping, Tap

Sizes = int | Sequence[int]
Padding = int | str | Sequence[int | Sequence[int]]

AXES = 2
"""Axes a layer has."""

LARGEST = 1_000_000
"""The largest size of an axis and the largest value of any parameter: far beyond what can be drawn."""

NAMED_PADDING = ("valid", "same", "full")


class _Reader:
    """Turns what a user wrote into checked tuples, collecting every problem on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, where: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(f"layer.{where}", what, remedy))

    def whole(self, where: str, value: Any, least: int) -> int | None:
        """`value` as an int of at least `least`, or None after complaining."""
        remedy = f"Write a whole number from {least} to {LARGEST}"
        try:
            if isinstance(value, bool):
                raise TypeError
            number = operator.index(value)
        except TypeError:
            self.complain(where, f"{shown(value)} is not a whole number", remedy)
            return None
        if number < least:
            self.complain(where, f"{shown(number)} is too small", remedy)
            return None
        if number > LARGEST:
            self.complain(where, f"{shown(number)} is too large", remedy)
            return None
        return number

    def sizes(self, where: str, value: Any, least: int) -> tuple[int, ...] | None:
        """One whole number, which then holds for every axis, or one per axis (y, x). None is one that is missing."""
        if value is None:
            self.complain(where, "it is missing", "Write a whole number, or one per axis: [y, x]")
            return None
        if not _is_list(value):
            number = self.whole(where, value, least)
            return None if number is None else (number,) * AXES
        if len(value) != AXES:
            self.complain(
                where,
                f"{shown(value)} has {len(value)} entries, a layer has {AXES} axes",
                f"Write one number, or {AXES}: y, then x",
            )
            return None
        numbers = [self.whole(f"{where}[{axis}]", entry, least) for axis, entry in enumerate(value)]
        return None if None in numbers else tuple(n for n in numbers if n is not None)

    def pads(self, value: Any) -> tuple[tuple[int, int], ...] | None:
        """One number, one per axis, or a pair (before, after) per axis."""
        if not _is_list(value) or not any(_is_list(entry) for entry in value):
            sizes = self.sizes("padding", value, 0)
            return None if sizes is None else tuple((size, size) for size in sizes)
        if len(value) != AXES:
            self.complain(
                "padding",
                f"{shown(value)} has {len(value)} entries, a layer has {AXES} axes",
                "Write [[before, after], [before, after]]: y, then x",
            )
            return None
        pairs: list[tuple[int, int]] = []
        for axis, entry in enumerate(value):
            where = f"padding[{axis}]"
            if not _is_list(entry):
                entry = (entry, entry)
            if len(entry) != 2:
                self.complain(where, f"{shown(entry)} has {len(entry)} entries", "Write [before, after]")
                continue
            sides = [self.whole(f"{where}[{side}]", size, 0) for side, size in enumerate(entry)]
            if sides[0] is not None and sides[1] is not None:
                pairs.append((sides[0], sides[1]))
        return tuple(pairs) if len(pairs) == AXES else None

    def padding(
        self,
        value: Any,
        kernel: tuple[int, ...] | None,
        stride: tuple[int, ...] | None,
        dilation: tuple[int, ...] | None,
    ) -> tuple[tuple[int, int], ...] | None:
        """The padding per axis and side; its names are resolved as torch.nn.Conv2d resolves them."""
        if not isinstance(value, str):
            return self.pads(value)
        if value not in NAMED_PADDING:
            names = ", ".join(map(shown, NAMED_PADDING))
            self.complain("padding", f"{shown(value)} is no padding", f"Write a number, a pair per axis, or {names}")
            return None
        if kernel is None or stride is None or dilation is None:
            return None  # complained of already
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        if value == "valid":
            return tuple((0, 0) for _ in totals)
        if value == "full":
            return tuple((total, total) for total in totals)
        if any(step != 1 for step in stride):
            self.complain(
                "padding",
                f'"same" needs stride 1, here it is {shown(stride)}',
                "Set the stride to 1, or write the padding as numbers",
            )
            return None
        return tuple((total // 2, total - total // 2) for total in totals)

    def window(
        self, input: Sizes, kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes
    ) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[tuple[int, int], ...], tuple[int, ...]]:
        """What every layer has, in this order. Raises SpecError with all that is wrong, also what was read before."""
        sizes = self.sizes("input", input, 1)
        taps = self.sizes("kernel", kernel, 1)
        steps = self.sizes("stride", stride, 1)
        gaps = self.sizes("dilation", dilation, 1)
        pads = self.padding(padding, taps, steps, gaps)
        self.raise_if_any()
        assert sizes and taps and steps and pads and gaps
        return sizes, taps, steps, pads, gaps

    def raise_if_any(self) -> None:
        if self.problems:
            raise SpecError(self.problems)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0)


@dataclass(frozen=True)
class _Window:
    """What the layers have in common. The parameters are tuples, one entry per axis, once checked."""

    op: ClassVar[str]
    label: ClassVar[str]
    input: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    axes: tuple[Axis, ...] = field(repr=False, compare=False)

    @property
    def output(self) -> Index:
        """The output's size per axis."""
        return tuple(axis.output for axis in self.axes)

    @property
    def steps(self) -> int:
        """Output positions, each one step of the walk."""
        return math.prod(self.output)

    @property
    def cells(self) -> int:
        """Cells that the window slides over: input, padding and inserted zeros."""
        return math.prod(axis.size for axis in self.axes)

    @cached_property
    def mapping(self) -> Mapping:
        """The per-axis tables of what reads what."""
        return Mapping(self.axes, keep_empty=self.op == "conv")

    def taps(self, position: Sequence[int]) -> list[Tap]:
        """The (kernel, input) pairs of one output position.

        position: one index per axis, from 0
        Returns kernel indices in ascending order with the input index each reads: None where a convolution reads
        padding. For a transposed convolution only the taps that contribute.
        Raises SpecError where there is no such output.
        """
        try:
            place = tuple(operator.index(index) for index in position)
        except TypeError:
            place = ()
        inside = len(place) == len(self.output) and all(0 <= i < n for i, n in zip(place, self.output, strict=True))
        if not inside:
            what = f"{shown(tuple(position))} is not in the output of size {shown(self.output)}"
            raise SpecError([Problem("position", what, "Count from 0, one whole number per axis")])
        return self.mapping.taps(place)


@dataclass(frozen=True, init=False)
class Conv(_Window):
    """A convolution, in the sense of every framework: cross-correlation, the kernel is not flipped.

    input, kernel, stride, dilation: one number for every axis, or one per axis (y, x)
    padding: a number, one per axis, a pair (before, after) per axis, "valid", "same" or "full"
    Output size: floor((i + before + after - d(k-1) - 1)/s) + 1 (torch.nn.Conv2d); a stride that does not divide
    leaves cells at the end unused.
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "conv"
    label: ClassVar[str] = "Convolution"

    def __init__(
        self, input: Sizes, kernel: Sizes, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1
    ) -> None:
        read = _Reader()
        sizes, taps, steps, pads, gaps = read.window(input, kernel, stride, padding, dilation)
        axes: list[Axis] = []
        for i, k, s, (before, after), d in zip(sizes, taps, steps, pads, gaps, strict=True):
            extent, padded = d * (k - 1) + 1, i + before + after
            if extent > padded:
                read.complain(
                    f"kernel[{len(axes)}]",
                    f"a kernel of {k} with dilation {d} spans {extent} cells, the padded input only {padded}",
                    "Use a smaller kernel or dilation, or a larger input or padding",
                )
            axes.append(Axis(i, (padded - extent) // s + 1, k, s, d, before, after))
        read.raise_if_any()
        _set(self, input=sizes, kernel=taps, stride=steps, padding=pads, dilation=gaps, axes=tuple(axes))


@dataclass(frozen=True, init=False)
class ConvTranspose(_Window):
    """A transposed convolution ("deconvolution").

    Parameters as for Conv, but padding is what the matching convolution has, and so crops the output;
    output_padding: cells by which the output grows at its end, below the larger of stride and dilation.
    Output size: (i-1)s - before - after + d(k-1) + output_padding + 1 (torch.nn.ConvTranspose2d).
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "conv_transpose"
    label: ClassVar[str] = "Transposed convolution"
    output_padding: tuple[int, ...]

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        output_padding: Sizes = 0,
    ) -> None:
        read = _Reader()
        extras = read.sizes("output_padding", output_padding, 0)
        sizes, taps, steps, pads, gaps = read.window(input, kernel, stride, padding, dilation)
        assert extras
        axes: list[Axis] = []
        for i, k, s, (before, after), d, extra in zip(sizes, taps, steps, pads, gaps, extras, strict=True):
            axis = len(axes)
            if extra >= max(s, d):
                read.complain(
                    f"output_padding[{axis}]",
                    f"{extra} is not smaller than the larger of stride {s} and dilation {d}",
                    f"Write at most {max(s, d) - 1}",
                )
            border = d * (k - 1)
            output = (i - 1) * s - before - after + border + extra + 1
            if output < 1:
                read.complain(
                    f"padding[{axis}]",
                    f"a padding of {before} + {after} crops the whole output of {output + before + after} cells",
                    "Use less padding, or a larger input, kernel or stride",
                )
            axes.append(Axis(i, output, k, 1, d, border - before, border - after + extra, spacing=s, flipped=True))
        read.raise_if_any()
        _set(
            self,
            input=sizes,
            kernel=taps,
            stride=steps,
            padding=pads,
            dilation=gaps,
            axes=tuple(axes),
            output_padding=extras,
        )


def _set(layer: _Window, **values: Any) -> None:
    """Set the fields of a frozen dataclass that has its own __init__."""
    for name, value in values.items():
        object.__setattr__(layer, name, value)


Layer = Conv | ConvTranspose

LAYERS: dict[str, type[Conv] | type[ConvTranspose]] = {layer.op: layer for layer in (Conv, ConvTranspose)}
"""The layers by the name a spec gives them."""
