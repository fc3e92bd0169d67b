# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a layer's parameters: what a user wrote becomes checked tuples, one entry per axis."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ..check import Check, Choice, Refused, Switch
from ..errors import Problem, SpecError, shown
from .axis import MODES

Sizes = int | Sequence[int]
Padding = int | str | Sequence[int | Sequence[int]]
Pads = tuple[tuple[int, int], ...]

MOST_AXES, USUAL_AXES = 3, 2
"""Axes a layer has at most, and where each of its sizes is one number."""

LARGEST = 1_000_000
"""The largest size of an axis and the largest value of any parameter: far beyond what can be drawn."""

CONVENTIONS = ("pytorch", "keras", "onnx")
"""Whose words "same" and "valid" are, and whose defaults hold."""

CHECKS: dict[str, Check] = {
    "padding_mode": Choice(MODES),
    "ceil_mode": Switch(),
    "count_include_pad": Switch(),
    "convention": Choice(CONVENTIONS),
    "mode": Choice(("CRD", "DCR")),
}
"""What the parameters that are no sizes may be."""


def axis_names(dims: int) -> tuple[str, ...]:
    """What the axes are called, in the order of the tensor's: x; y, x; or z, y, x."""
    return tuple("zyx"[-dims:])


class Reader:
    """Turns what a user wrote into checked tuples, collecting every problem on the way."""

    def __init__(self, **sizes: Any) -> None:
        """`sizes` are what is given per axis, by key: the lists among it say how many axes there are (`dims`)."""
        self.problems: list[Problem] = []
        lists = {key: len(value) for key, value in sizes.items() if _is_list(value)}
        said = {key: length for key, length in lists.items() if 1 <= length <= MOST_AXES}
        self.said_by, self.dims = next(iter(said.items()), ("", USUAL_AXES))

    @property
    def names(self) -> str:
        """The axes as they are written in a list."""
        return f"[{', '.join(axis_names(self.dims))}]"

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
        """One whole number, which then holds for every axis, or one per axis. None is one that is missing."""
        if value is None:
            self.complain(where, "it is missing", f"Write a whole number, or one per axis: {self.names}")
            return None
        if not _is_list(value):
            number = self.whole(where, value, least)
            return None if number is None else (number,) * self.dims
        if not self._has_all_axes(where, value, f"Write one number, or one per axis: {self.names}"):
            return None
        numbers = [self.whole(f"{where}[{axis}]", entry, least) for axis, entry in enumerate(value)]
        return None if None in numbers else tuple(n for n in numbers if n is not None)

    def _has_all_axes(self, where: str, value: Any, remedy: str) -> bool:
        """Whether a list has an entry per axis; complains where not."""
        if len(value) == self.dims:
            return True
        possible = 1 <= len(value) <= MOST_AXES
        others = f"layer.{self.said_by} has {self.dims}" if possible else f"a layer has 1 to {MOST_AXES} axes"
        entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
        self.complain(where, f"{shown(value)} has {entries}, {others}", remedy)
        return False

    def pads(self, value: Any) -> Pads | None:
        """One number, one per axis, or a pair (before, after) per axis."""
        if not _is_list(value) or not any(_is_list(entry) for entry in value):
            sizes = self.sizes("padding", value, 0)
            return None if sizes is None else tuple((size, size) for size in sizes)
        sides = ", ".join(f"[{name} before, {name} after]" for name in axis_names(self.dims))
        if not self._has_all_axes("padding", value, f"Write one number, or a pair per axis: [{sides}]"):
            return None
        pairs: list[tuple[int, int]] = []
        for axis, entry in enumerate(value):
            where = f"padding[{axis}]"
            if not _is_list(entry):
                entry = (entry, entry)
            if len(entry) != 2:
                self.complain(where, f"{shown(entry)} has {len(entry)} entries", "Write [before, after]")
                continue
            before, after = (self.whole(f"{where}[{side}]", size, 0) for side, size in enumerate(entry))
            if before is not None and after is not None:
                pairs.append((before, after))
        return tuple(pairs) if len(pairs) == self.dims else None

    def padding(self, value: Any, names: Sequence[str]) -> tuple[str | None, Pads | None]:
        """Padding by one of `names`, or in numbers: one of the two, or neither after complaining."""
        if not isinstance(value, str):
            return None, self.pads(value)
        if value in names:
            return value, None
        self.complain(
            "padding",
            f"{shown(value)} is no padding",
            f"Write a number, a pair per axis, or {', '.join(map(shown, names))}",
        )
        return None, None

    def window(self, input: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> tuple[tuple[int, ...] | None, ...]:
        """What every layer with a kernel has, in this order."""
        return (
            self.sizes("input", input, 1),
            self.sizes("kernel", kernel, 1),
            self.sizes("stride", stride, 1),
            self.sizes("dilation", dilation, 1),
        )

    def checked(self, key: str, value: Any) -> Any:
        """`value` as one of CHECKS reads it, or None after complaining."""
        try:
            return CHECKS[key].read(value)
        except Refused as refused:
            self.complain(key, refused.what, refused.remedy)
            return None

    def too_wide(self, axis: int, k: int, d: int, whole: int, larger: str) -> None:
        """Complain of a kernel that the padded input, of `whole` cells, does not hold; `larger` is what could be."""
        self.complain(
            f"kernel[{axis}]",
            f"a kernel of {k} with dilation {d} spans {d * (k - 1) + 1} cells, the padded input only {whole}",
            f"Use a smaller kernel or dilation, or a larger {larger}",
        )

    def not_causal(self) -> None:
        """Complain of causal padding of more than one axis, of which none would be time."""
        self.complain(
            "padding",
            f'"causal" is for a single axis, which is time: here there are {self.dims}',
            "Write the input as [cells], or the padding of each axis as [before, after]",
        )

    def raise_if_any(self) -> None:
        if self.problems:
            raise SpecError(self.problems)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0)
