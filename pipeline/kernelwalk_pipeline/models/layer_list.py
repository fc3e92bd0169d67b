# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of a model's layers, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kernelwalk.core.layers.formatting import format_size

from .field_spans import format_spans, list_sizes
from .layer_fields import FieldFinder
from .layer_table import UNKNOWN, format_rows
from .model_graph import Shape
from .model_layers import ModelLayer

MAX_NAME = 48
"""Characters of a name in the list for people."""

HEADINGS = (
    *("", "layer", "op", "channels", "kernel", "stride", "padding", "dilation", "groups"),
    *("input", "output", "field", "then"),
)


def format_layers(layers: Sequence[ModelLayer]) -> str:
    """Return the list as text: a row for each layer, and under one that cannot be drawn the reason."""
    remarks = [layer.reason and f"not drawn: {layer.reason}" for layer in layers]
    finder = FieldFinder(layers)
    rows = [_make_row(layer, format_spans(finder.find_layer(layer))) for layer in layers]
    return "\n".join(format_rows(HEADINGS, rows, remarks))


def _make_row(layer: ModelLayer, field: str) -> tuple[str, ...]:
    known = _describe(layer)
    name = layer.name if len(layer.name) <= MAX_NAME else f"{layer.name[: MAX_NAME - 1]}…"
    channels = f"{known['in_channels'] or UNKNOWN} → {known['out_channels'] or UNKNOWN}"
    padding = known["padding"]
    if isinstance(padding, list):
        flat = {size for pair in padding for size in pair}
        padding = str(flat.pop()) if len(flat) == 1 else ", ".join(f"{before}+{after}" for before, after in padding)
    if known["scale"]:
        known["kernel"] = known["scale"]  # in the same column: cells of one picture for a cell of the other
    sizes = [_format_sizes(known[key]) for key in ("kernel", "stride", "dilation", "input", "output")]
    return (
        *(str(layer.number), name, layer.op, channels, sizes[0], sizes[1], padding or "", sizes[2]),
        *(str(known["groups"] or ""), sizes[3], sizes[4], field, ", ".join(layer.followers.names)),
    )


def _format_sizes(sizes: Sequence[int | None] | None) -> str:
    if not sizes:
        return ""
    return UNKNOWN if None in sizes else format_size([int(size or 0) for size in sizes])


def format_json(layers: Sequence[ModelLayer]) -> str:
    """Return the list as JSON: an object for each layer; null is a size that is not known."""
    finder = FieldFinder(layers)
    described = [{**_describe(layer), "receptive_field": list_sizes(finder.find_layer(layer))} for layer in layers]
    return json.dumps({"layers": described}, indent=1)


def _describe(layer: ModelLayer) -> dict[str, Any]:
    """Return what is known of a layer; a size that is not known is None."""
    given = layer.parameters
    dims = next((len(given[key]) for key in ("kernel", "scale", "factor") if given.get(key)), 2)
    stride = given.get("stride")
    return {
        "number": layer.number,
        "name": layer.name,
        "op": layer.op,
        "place": layer.scope.path,
        "is_drawn": not layer.reason,
        "reason": layer.reason or None,
        "in_channels": given.get("in_channels", _find_channels(layer.reads)),
        "out_channels": given.get("out_channels", _find_channels(layer.writes)),
        "groups": given.get("groups"),
        "kernel": given.get("kernel"),
        "stride": [stride] * dims if isinstance(stride, int) else stride,
        "padding": given.get("padding"),
        "dilation": given.get("dilation"),
        "scale": given.get("scale") or given.get("factor"),
        "input": _find_sizes(layer.reads),
        "output": _find_sizes(layer.writes),
        "then": list(layer.followers.names),
    }


def _find_channels(shape: Shape | None) -> int | None:
    return shape[1] if shape is not None and len(shape) > 1 else None


def _find_sizes(shape: Shape | None) -> list[int | None] | None:
    return list(shape[2:]) if shape is not None and len(shape) > 2 else None
