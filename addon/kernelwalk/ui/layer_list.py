# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of the settings: one, or a chain of which one is chosen and edited."""

from __future__ import annotations

from typing import Any

from ..core import Spec
from ..core.spec.parse_layers import INHERITED_KEYS
from .layer_properties import read_layer_table, write_layer


def list_layers(given: Any) -> list[Any]:
    """The settings of each layer."""
    return [given.layer, *given.more]


def active_index(given: Any) -> int:
    """Which layer is chosen."""
    return min(int(given.chosen), len(given.more))


def active_layer(given: Any) -> Any:
    """The settings of the layer that is chosen."""
    return list_layers(given)[active_index(given)]


def active_layer_path(given: Any) -> str:
    """Where the problems of the chosen layer stand."""
    return f"layers[{active_index(given)}]" if len(given.more) else "layer"


def read_layers_table(given: Any) -> dict[str, Any]:
    """The layers as a spec has them."""
    tables = [read_layer_table(layer) for layer in list_layers(given)]
    return {"layer": tables[0]} if len(tables) == 1 else {"layers": drop_inherited_keys(tables)}


def drop_inherited_keys(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables of a chain: what follows from the layer before is left out."""
    return [tables[0], *({key: table[key] for key in table.keys() - set(INHERITED_KEYS)} for table in tables[1:])]


def write_layers(spec: Spec, given: Any) -> None:
    """Set the layers to a spec's."""
    write_layer(spec.layers[0], given.layer)
    while len(given.more) > len(spec.layers) - 1:
        given.more.remove(len(given.more) - 1)
    while len(given.more) < len(spec.layers) - 1:
        given.more.add()
    for layer, settings in zip(spec.layers[1:], given.more, strict=True):
        write_layer(layer, settings)
    given.chosen = active_index(given)
