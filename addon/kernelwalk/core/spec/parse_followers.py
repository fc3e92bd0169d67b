# SPDX-License-Identifier: GPL-3.0-or-later
"""The activations and batch normalizations that the code of a spec's layers holds. They matter only beside values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..frameworks.parsing.code_activations import (
    Followers,
    UnknownActivation,
    changes_values,
    read_followers,
)
from ..frameworks.parsing.sequential import SequentialPart, split_parts
from ..layers.registry import Layer
from .table_reader import TableReader
from .values_section import ACTIVATIONS


def read_code_followers(top: TableReader, values: TableReader, layers: Sequence[Layer]) -> list[Followers]:
    """Return what follows each layer in its code. Add an error for what values cannot have, unless they replace it.

    top:    the spec, whose layers have no errors
    values: its section [values]
    """
    entries: Any = top.values.get("layers", top.values.get("layer"))
    if isinstance(entries, str):
        parts = split_parts(entries)
    elif isinstance(entries, Mapping):
        parts = [_split_entry(entries)]
    else:
        parts = [_split_entry(entry) for entry in entries]
    where = "layers" if "layers" in top.values else "layer"
    for code in parts[0].before:
        if changes_values(code):
            what = f"{code[:40]} before the first layer changes the input"
            top.add_error(where, what, "Leave it out, and give values.input as it is after it")
    return [_read_part(top, values, where, number, part) for number, part in enumerate(parts)]


def _split_entry(entry: Any) -> SequentialPart:
    """Return the part that the code of a layer is; one without code if the layer has none."""
    code = entry if isinstance(entry, str) else entry.get("code", "")
    return split_parts(code)[0] if code else SequentialPart("")


def _read_part(top: TableReader, values: TableReader, where: str, number: int, part: SequentialPart) -> Followers:
    key, given = _find_activation(values, number)
    try:
        return read_followers(part.code, part.after)
    except UnknownActivation as error:
        if not given:
            what = f"values cannot be computed for {error}"
            top.add_error(where, what, f"Leave it out, or write {key}, one of {', '.join(ACTIVATIONS)}")
        return Followers()


def _find_activation(values: TableReader, number: int) -> tuple[str, bool]:
    """Return the key of a layer's activation in [values], and True if it is given there."""
    entries = values.values.get("layers")
    if entries is None:
        return ("values.activation" if number == 0 else f"values.layers[{number}].activation"), (
            "activation" in values.values
        )
    entry = entries[number] if isinstance(entries, (list, tuple)) and number < len(entries) else {}
    return f"values.layers[{number}].activation", isinstance(entry, Mapping) and "activation" in entry
