# SPDX-License-Identifier: GPL-3.0-or-later
"""Nested numbers of a spec: lists of lists, checked to be regular, finite and not too many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import format_value
from ..layers.formatting import format_size
from ..validation import InvalidValue, Number
from .limits import MAX_NUMBERS
from .values_section import LARGEST_NUMBER, Numbers

MAX_AXES = 5
"""Lists within lists: the channels of the output and of the input, and three axes."""

_NUMBER = Number(-LARGEST_NUMBER, LARGEST_NUMBER)


def parse_nested_numbers(value: Any, shapes: Sequence[Sequence[int]] = ()) -> tuple[Numbers, tuple[int, ...]]:
    """Return numbers as nested tuples, and their shape. Raises InvalidValue.

    shapes: the shapes that are allowed; empty allows all. The first one is named in an error

    >>> parse_nested_numbers([[1, 2, 3], [4, 5, 6]])
    (((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), (2, 3))
    """
    shape = _measure(value)
    if math.prod(shape) > MAX_NUMBERS:
        raise InvalidValue(f"{_describe(shape)} are too many", f"Write at most {MAX_NUMBERS:,}")
    if shapes and shape not in [tuple(allowed) for allowed in shapes]:
        raise InvalidValue(f"it is {_describe(shape)}", f"Write {_describe(shapes[0])}{_explain(shapes[0])}")
    return _convert(value, shape, ""), shape


def _measure(value: Any) -> tuple[int, ...]:
    """Return the shape that the first entries of lists within lists have."""
    shape: list[int] = []
    while isinstance(value, (list, tuple)):
        if not value:
            raise InvalidValue("there is an empty list", "Write numbers in it")
        if len(shape) == MAX_AXES:
            raise InvalidValue("there are lists nested deeper than five", "Write one for each axis and for channels")
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


def _convert(value: Any, shape: tuple[int, ...], where: str) -> Any:
    if not shape:
        if type(value) is float and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            return value
        try:
            return _NUMBER.parse(value)
        except InvalidValue as error:
            raise InvalidValue(f"{where and f'at {where}, '}{error.problem}", error.remedy) from None
    if not isinstance(value, (list, tuple)):
        problem = f"at {where}, {format_value(value)} is not a list of {shape[0]} as the first one is"
        raise InvalidValue(problem, "Write lists of equal lengths")
    if len(value) != shape[0]:
        raise InvalidValue(
            f"the list at {where} has {len(value)} entries, not {shape[0]}", "Make all lists equally long"
        )
    return tuple(_convert(item, shape[1:], f"{where}[{at}]") for at, item in enumerate(value))


def _describe(shape: Sequence[int]) -> str:
    if not shape:
        return "one number"
    return f"{format_size(shape)} numbers" if math.prod(shape) != 1 else f"{format_size(shape)} number"


def _explain(shape: Sequence[int]) -> str:
    return ", as lists within a list" if len(shape) > 1 else ", as a list" if shape else ""
