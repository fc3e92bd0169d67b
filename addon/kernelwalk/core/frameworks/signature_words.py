# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and numbers that a framework's layer takes, found by trying its arguments' parsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.crops import SAME_LOWER, SAME_UPPER
from .layer_signature import LayerSignature, SpecKeys

WORDS = {"same": "SAME", SAME_UPPER: "SAME", SAME_LOWER: "SAME_LOWER", "valid": "VALID"}
"""Names of padding that several frameworks have, by those of a spec."""

SPELLINGS = {
    "SAME": ("same", "SAME", "SAME_UPPER", -233, 2),
    "SAME_LOWER": ("SAME_LOWER", -234, 3),
    "VALID": ("valid", "VALID"),
}
"""Values of arguments that name padding; the numbers are those of ncnn."""


def takes_word(signature: LayerSignature, word: str) -> bool:
    """Return True if a layer takes a name of padding: one of SPELLINGS.

    >>> from .keras import FRAMEWORK
    >>> [takes_word(FRAMEWORK.signatures["Conv2D"], word) for word in SPELLINGS]
    [True, False, True]
    """
    return _sets_key_by(signature, "padding", SPELLINGS[word])


def takes_numbers(signature: LayerSignature, dims: int) -> bool:
    """Return True if a layer takes padding in numbers."""
    return _sets_key_by(signature, "padding", (1, [1] * dims, [1] * (2 * dims), [[1, 1]] * dims))


def sets_key(signature: LayerSignature, key: str) -> bool:
    """Return True if an argument of a layer sets a key of a spec."""
    return _sets_key_by(signature, key, (True, 1, 2, [1], False, "ceil"))


def _sets_key_by(signature: LayerSignature, key: str, values: Sequence[Any]) -> bool:
    """Return True if an argument of a layer sets a key by one of the values; if they name it, a number to a name."""
    is_name = isinstance(values[0], str)
    for argument, parse in signature.arguments.items():
        if isinstance(parse, str):
            if parse == key and not is_name:
                return True
            continue
        for value in values:
            try:
                keys = parse(value) or _finish(signature, key, argument, value)
            except (ValueError, TypeError):
                continue
            if key in keys and (not is_name or isinstance(value, str) or isinstance(keys[key], str)):
                return True
    return False


def _finish(signature: LayerSignature, key: str, argument: str, value: Any) -> SpecKeys:
    """Return the key where it is set by an argument that waits for others, such as the number of axes."""
    if signature.finish is None:
        return {}
    dims = signature.dims or (len(value) if isinstance(value, list) else 1)
    keys = {"op": signature.op, "kernel": [3] * dims, **signature.defaults}
    try:
        without, finished = (signature.finish(dict(keys), given) for given in ({}, {argument: value}))
    except LookupError:
        return {}  # it needs the shape of an array, too
    return finished if finished.get(key) != without.get(key) else {}
