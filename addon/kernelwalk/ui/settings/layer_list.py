# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of the settings: one, or a chain of which one is active and edited."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from ...core import Spec
from ...core.layers.registry import Layer
from ...core.spec.parse_layers import INHERITED_KEYS, read_layers
from ...core.spec.table_reader import TableReader
from .layer_properties import read_layer_table, write_layer


def list_layers(props: Any) -> list[Any]:
    """Return the settings of each layer, from the input to the output."""
    return [props.layer, *props.more_layers]


def active_index(props: Any) -> int:
    """Return the index of the active layer."""
    return min(int(props.active_layer_index), len(props.more_layers))


def active_layer(props: Any) -> Any:
    """Return the settings of the active layer."""
    return list_layers(props)[active_index(props)]


def active_layer_path(props: Any) -> str:
    """Return the key under which the core reports problems of the active layer."""
    return f"layers[{active_index(props)}]" if len(props.more_layers) else "layer"


def read_layers_table(props: Any) -> dict[str, Any]:
    """Return the layers as a spec has them: under "layer", or under "layers" if there are several."""
    tables = [read_layer_table(layer_props) for layer_props in list_layers(props)]
    return {"layer": tables[0]} if len(tables) == 1 else {"layers": drop_inherited_keys(tables)}


def read_valid_layers(props: Any) -> tuple[Layer, ...]:
    """Return the layers of the settings; empty if they have errors."""
    return _parse_layers(json.dumps(read_layers_table(props)))


@lru_cache(maxsize=8)
def _parse_layers(text: str) -> tuple[Layer, ...]:
    return tuple(read_layers(TableReader("", json.loads(text), [])) or ())


def drop_inherited_keys(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tables of a chain without the keys that follow from the layer before."""
    return [tables[0], *({key: table[key] for key in table.keys() - set(INHERITED_KEYS)} for table in tables[1:])]


def write_layers(spec: Spec, props: Any) -> None:
    """Set the layers to those of a spec."""
    write_layer(spec.layers[0], props.layer)
    while len(props.more_layers) > len(spec.layers) - 1:
        props.more_layers.remove(len(props.more_layers) - 1)
    while len(props.more_layers) < len(spec.layers) - 1:
        props.more_layers.add()
    for layer, layer_props in zip(spec.layers[1:], props.more_layers, strict=True):
        write_layer(layer, layer_props)
    props.active_layer_index = active_index(props)
