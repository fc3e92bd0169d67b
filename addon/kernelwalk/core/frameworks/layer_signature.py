# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature of a framework's layer: its argument names, and the spec key that each argument becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

SpecKeys = dict[str, Any]
ArgumentKeys = Mapping[str, str | Callable[[Any], SpecKeys]]
"""Spec keys by argument: a key, or a function that returns keys and raises ValueError for an impossible value."""


class LayerSignature(NamedTuple):
    """A layer of a framework.

    op:         the operation's name in a spec
    dims:       number of axes; None if it follows from the arguments
    convention: the framework that defines its padding names
    positional: the arguments that may be given without a name, in order
    arguments:  the arguments that matter, with their spec keys
    required:   arguments that must be given
    defaults:   spec keys that hold unless an argument sets them
    fixed:      arguments that allow only some values here, and the reason
    ignored:    arguments that do not matter
    arrays:     arguments that are arrays, of which only the shape matters
    finish:     changes the keys where one argument decides what another one means; it gets the keys and the values of
                all arguments that matter, and raises ValueError("problem", "remedy"), and may add the argument's name
    """

    op: str
    dims: int | None
    convention: str
    positional: tuple[str, ...]
    arguments: ArgumentKeys
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, tuple[tuple[Any, ...], str]]
    ignored: tuple[str, ...]
    arrays: tuple[str, ...] = ()
    finish: Callable[[SpecKeys, Mapping[str, Any]], SpecKeys] | None = None


def make_signature(
    op: str,
    dims: int | None,
    convention: str,
    positional: str,
    arguments: ArgumentKeys,
    required: str,
    ignored: Iterable[str],
    defaults: Mapping[str, Any] | None = None,
    **fixed: tuple[tuple[Any, ...], str],
) -> LayerSignature:
    """Return a signature; `positional` and `required` are names with spaces between them."""
    names = tuple(positional.split()), tuple(required.split())
    return LayerSignature(op, dims, convention, names[0], arguments, names[1], defaults or {}, fixed, tuple(ignored))


def count_axes_by(argument: str, signature: LayerSignature) -> LayerSignature:
    """Return the signature of a layer whose first argument is the number of its axes, from that of one with fixed axes.

    argument: its name, such as "ndim"
    """

    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        dims, kernel = values[argument], keys["kernel"]
        if dims not in (1, 2, 3):
            raise ValueError(f"{dims!r} axes cannot be drawn", "Write 1, 2 or 3", argument)
        kernel = kernel if isinstance(kernel, list) else [kernel] * dims
        if len(kernel) != dims:
            raise ValueError(f"the kernel has {len(kernel)} entries, {argument} is {dims}", "Write one per axis")
        keys = {**keys, "kernel": kernel}
        return signature.finish(keys, values) if signature.finish else keys

    return signature._replace(
        dims=None,
        positional=(argument, *signature.positional),
        arguments={**signature.arguments, argument: read_later},
        required=(argument, *signature.required),
        finish=finish,
    )


def same_names(*names: str) -> ArgumentKeys:
    """Return arguments that are called the same in a spec."""
    return {name: name for name in names}


def read_later(value: Any) -> SpecKeys:
    """Return no keys, for an argument whose meaning depends on others: the signature's `finish` reads it."""
    return {}
