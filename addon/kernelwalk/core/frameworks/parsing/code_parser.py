# SPDX-License-Identifier: GPL-3.0-or-later
"""Code of one layer, parsed: a line of a framework becomes the keys of a spec.

The code is parsed and never executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..layer_signature import SpecKeys
from .sequential import read_chain


def parse_layer(text: Any) -> SpecKeys:
    """Return the keys of a spec's section [layer] that code sets; `input` only where the code gives its size.

    Raises SpecError, at `layer.code`, with the column and an excerpt with a caret before the error.

    >>> parse_layer("nn.Conv2d(1, 8, kernel_size=3, padding=1)")["kernel"]
    [3, 3]
    """
    return dict(read_chain(text, one=True).parts[0].keys)


def merge_keys(coded: Mapping[str, Any], explicit: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of a line of code and the explicit keys beside it, which win.

    An explicit single number is repeated for as many axes as the number it replaces.
    """
    merged = {**coded, **explicit}
    for key in explicit.keys() & coded.keys():
        replaced = coded[key]
        if type(explicit[key]) is int and isinstance(replaced, list):
            merged[key] = [explicit[key]] * len(replaced)
    return merged
