# SPDX-License-Identifier: GPL-3.0-or-later
"""The format of written code: calls, their arguments, and those that are left out."""

from __future__ import annotations

import json
from typing import Any, TypeVar

T = TypeVar("T")


class Verbatim(str):
    """A value as it stands in code: a name, or a tuple that no number replaces even if all its entries are the same."""

    def __new__(cls, value: Any) -> Verbatim:
        return super().__new__(cls, value)


def format_call(name: str, *positional: Any, **named: Any) -> str:
    """Return a call, without arguments that are None.

    >>> format_call("nn.Conv2d", 1, 8, (3, 3), stride=None, padding="same")
    'nn.Conv2d(1, 8, 3, padding="same")'
    """
    parts = [_format_argument(value) for value in positional]
    parts += [f"{key}={_format_argument(value)}" for key, value in named.items() if value is not None]
    return f"{name}({', '.join(parts)})"


def format_function(name: str, *positional: Any, **named: Any) -> str:
    """Return a call of a function of the tensor x.

    >>> format_function("F.max_pool2d", (3, 3), stride=2)
    'F.max_pool2d(x, 3, stride=2)'
    """
    rest = format_call("", *positional, **named)[1:]
    return f"{name}(x, {rest}" if len(rest) > 1 else f"{name}(x)"


def _format_argument(value: Any) -> str:
    """Format as Python does, but text in double quotes, and a size that is the same on every axis as one number."""
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, (str, list)):
        return json.dumps(value)
    if isinstance(value, tuple) and is_uniform(value):
        return str(value[0])
    return str(value)


def omit_default(value: Any, default: Any) -> Any:
    """Return the value, or None if it is the default, on every axis."""
    plain = value[0] if isinstance(value, tuple) and is_uniform(value) else value
    return None if plain == default else value


def is_uniform(sizes: tuple[int, ...]) -> bool:
    """Return True if a size is the same on every axis."""
    return len(set(sizes)) == 1


def preferred_first(prefers_first: bool, first: T, second: T) -> tuple[T, T]:
    """Return two forms, the preferred one first: often both give the same layer."""
    return (first, second) if prefers_first else (second, first)
