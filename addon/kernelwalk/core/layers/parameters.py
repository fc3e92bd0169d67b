# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of a layer's parameters: values that a user wrote become checked tuples, one entry per axis."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ..errors import Problem, SpecError, format_value
from ..validation import Boolean, Check, Choice, InvalidValue, Number
from .axis import PADDING_MODES
from .conventions import CONVENTIONS
from .problem_texts import PROBLEM_TEXTS

Sizes = int | Sequence[int]
Scales = float | Sequence[float]
Padding = int | str | Sequence[int | Sequence[int]]
PaddingPairs = tuple[tuple[int, int], ...]
AxisSizes = tuple[int, ...]

MAX_AXES, DEFAULT_AXES = 3, 2
"""The largest number of axes, and the number of axes if each size is a single number."""

MAX_SIZE = 1_000_000
"""The largest size of an axis and the largest value of any parameter: far beyond what can be drawn."""

SCALES = Number(0.001, MAX_SIZE)
"""Factors of an upsampling; one below 1 leaves cells out."""

INTERPOLATIONS = ("nearest", "nearest_exact", "linear", "cubic")
"""Ways of upsampling to compute an output from the inputs near it."""

OPTION_CHECKS: dict[str, Check] = {
    "padding_mode": Choice(PADDING_MODES),
    "ceil_mode": Boolean(),
    "count_include_pad": Boolean(),
    "convention": Choice(tuple(CONVENTIONS)),
    "channel_order": Choice(("CRD", "DCR")),
    "interpolation": Choice(INTERPOLATIONS),
    "align_corners": Boolean(),
    "flip_kernel": Boolean(),
}
"""Checks of the parameters that are not sizes."""


def axis_names(dims: int) -> tuple[str, ...]:
    """Return the names of the axes in the order of the tensor's: x; y, x; or z, y, x.

    >>> axis_names(2)
    ('y', 'x')
    """
    return tuple("zyx"[-dims:])


class ParameterParser:
    """Parser that turns user input into checked tuples and collects every problem on the way."""

    def __init__(self, **sizes: Any) -> None:
        """Determine the number of axes (`dims`) from `sizes`, the parameters given per axis: the first list decides."""
        self.problems: list[Problem] = []
        lengths = {key: len(value) for key, value in sizes.items() if _is_list(value)}
        possible = {key: length for key, length in lengths.items() if 1 <= length <= MAX_AXES}
        self.dims_key, self.dims = next(iter(possible.items()), ("", DEFAULT_AXES))

    @property
    def axis_list(self) -> str:
        """The axes as a list is written: "[y, x]"."""
        return f"[{', '.join(axis_names(self.dims))}]"

    def add_error(self, where: str, what: str, remedy: str) -> None:
        """Add a problem of the parameter `where`."""
        self.problems.append(Problem(f"layer.{where}", what, remedy))

    def add_problem(self, where: str, name: str, **values: Any) -> None:
        """Add the problem of that name of the parameter `where`, with `values` in place of names in braces."""
        text = PROBLEM_TEXTS[name]
        self.add_error(where, text.what.format_map(values), text.remedy.format_map(values))

    def parse_integer(self, where: str, value: Any, minimum: int) -> int | None:
        """Return `value` as an int of at least `minimum`, or None after adding an error."""
        try:
            if isinstance(value, bool):
                raise TypeError
            number = operator.index(value)
        except TypeError:
            problem, number = "no_integer", value
        else:
            if minimum <= number <= MAX_SIZE:
                return number
            problem = "small_integer" if number < minimum else "large_integer"
        self.add_problem(where, problem, value=format_value(number), minimum=minimum, maximum=MAX_SIZE)
        return None

    def parse_sizes(self, where: str, value: Any, minimum: int) -> AxisSizes | None:
        """Return one number per axis, or None after adding errors. A single number holds for every axis.

        None as a value means that the parameter is missing.
        """
        if value is None:
            self.add_problem(where, "missing", axes=self.axis_list)
            return None
        if not _is_list(value):
            number = self.parse_integer(where, value, minimum)
            return None if number is None else (number,) * self.dims
        if not self._check_length(where, value, "no_number_per_axis", axes=self.axis_list):
            return None
        numbers = [self.parse_integer(f"{where}[{axis}]", entry, minimum) for axis, entry in enumerate(value)]
        return None if None in numbers else tuple(n for n in numbers if n is not None)

    def parse_scales(self, where: str, value: Any) -> tuple[float, ...] | None:
        """Return one factor per axis, or None after adding errors. Whole factors become integers."""
        value = value.tolist() if hasattr(value, "tolist") else value
        if value is None or (_is_list(value) and len(value) != self.dims):
            self.parse_sizes(where, value, 1)  # adds the error
            return None
        factors: list[float] = []
        for axis, entry in enumerate(value if _is_list(value) else [value]):
            try:
                factor = SCALES.parse(entry)
            except InvalidValue as error:
                self.add_error(f"{where}[{axis}]" if _is_list(value) else where, error.problem, error.remedy)
                return None
            factors.append(int(factor) if factor.is_integer() else factor)
        return tuple(factors) if _is_list(value) else (factors[0],) * self.dims

    def _check_length(self, where: str, value: Any, problem: str, **remedy: str) -> bool:
        """Return True if a list has an entry per axis; add the problem of that name if not."""
        if len(value) == self.dims:
            return True
        possible = 1 <= len(value) <= MAX_AXES
        others = f"layer.{self.dims_key} has {self.dims}" if possible else f"a layer has 1 to {MAX_AXES} axes"
        entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
        self.add_problem(where, problem, value=format_value(value), entries=entries, others=others, **remedy)
        return False

    def parse_padding_sizes(self, value: Any) -> PaddingPairs | None:
        """Return a pair (before, after) per axis from one number, one per axis, or pairs; None after adding errors."""
        if not _is_list(value) or not any(_is_list(entry) for entry in value):
            sizes = self.parse_sizes("padding", value, 0)
            return None if sizes is None else tuple((size, size) for size in sizes)
        sides = ", ".join(f"[{name} before, {name} after]" for name in axis_names(self.dims))
        if not self._check_length("padding", value, "no_pair_per_axis", sides=sides):
            return None
        pairs: list[tuple[int, int]] = []
        for axis, entry in enumerate(value):
            where = f"padding[{axis}]"
            if not _is_list(entry):
                entry = (entry, entry)
            if len(entry) != 2:
                self.add_problem(where, "no_pair", value=format_value(entry), count=len(entry))
                continue
            before, after = (self.parse_integer(f"{where}[{side}]", size, 0) for side, size in enumerate(entry))
            if before is not None and after is not None:
                pairs.append((before, after))
        return tuple(pairs) if len(pairs) == self.dims else None

    def parse_padding(self, value: Any, names: Sequence[str]) -> tuple[str | None, PaddingPairs | None]:
        """Return padding as one of `names` or as pairs: one of the two is None; both are None after adding errors."""
        if not isinstance(value, str):
            return None, self.parse_padding_sizes(value)
        if value in names:
            return value, None
        known = ", ".join(map(format_value, names))
        self.add_problem("padding", "unknown_padding", value=format_value(value), names=known)
        return None, None

    def parse_window(self, input: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> tuple[AxisSizes | None, ...]:
        """Parse the sizes of every layer with a kernel, and return them in this order."""
        return (
            self.parse_sizes("input", input, 1),
            self.parse_sizes("kernel", kernel, 1),
            self.parse_sizes("stride", stride, 1),
            self.parse_sizes("dilation", dilation, 1),
        )

    def parse_option(self, key: str, value: Any) -> Any:
        """Return `value` as parsed by OPTION_CHECKS[key], or None after adding an error."""
        try:
            return OPTION_CHECKS[key].parse(value)
        except InvalidValue as error:
            self.add_error(key, error.problem, error.remedy)
            return None

    def add_kernel_error(self, axis: int, k: int, d: int, padded: int, larger: str, elsewhere: str = "") -> None:
        """Add the error of a kernel that does not fit the padded input of `padded` cells.

        larger:    the parameters that could be increased
        elsewhere: what the framework makes of it that defines the layer, if it takes it
        """
        values = {"kernel": k, "dilation": d, "extent": d * (k - 1) + 1, "padded": padded, "larger": larger}
        problem = "large_kernel_elsewhere" if elsewhere else "large_kernel"
        self.add_problem(f"kernel[{axis}]", problem, elsewhere=elsewhere, **values)

    def raise_errors(self) -> None:
        """Raise SpecError with all problems that were added, if there are any. Axes share that of a kernel."""
        if self.problems:
            raise SpecError(_join_kernels(self.problems))


def _join_kernels(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems with one in place of those that the kernel has alike on several axes.

    >>> [problem.where for problem in _join_kernels([Problem(f"layer.kernel[{axis}]", "", "") for axis in (0, 1)])]
    ['layer.kernel']
    """
    joined: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        parameter = problem.where.partition("[")[0]
        same = (parameter if parameter == "layer.kernel" else problem.where, problem.what, problem.remedy)
        joined[same] = problem._replace(where=parameter) if same in joined else problem
    return list(joined.values())


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0)
