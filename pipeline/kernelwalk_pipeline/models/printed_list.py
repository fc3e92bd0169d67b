# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of the layers of a printed model, or of a param file of ncnn, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kernelwalk.core.frameworks.parsing.code_text import is_param_text
from kernelwalk.core.layers.formatting import format_size

from ..failures import UsageError
from .field_spans import follow_printed, format_spans, list_sizes
from .layer_table import UNKNOWN, format_rows
from .printed_model import follow_text, is_printed

if TYPE_CHECKING:
    from kernelwalk.core.frameworks.printed.module_flow import PrintedLayer

HEADINGS = ("", "layer", "kind", "channels", "kernel", "stride", "padding", "input", "output", "field", "then")


def format_printed_model(argument: str, text: str, sizes: Sequence[int] | None, as_json: bool) -> str:
    """Return the list of a printed model's layers, as text or as JSON. Raises UsageError.

    sizes: of the input; None leaves sizes unknown
    """
    is_param = is_param_text(text)
    if not (is_param or is_printed(text)):
        raise UsageError(
            f"{argument}: this is neither what print(model) writes nor a .param file. kernelwalk inspect takes code"
        )
    model = follow_text(argument, text, sizes)
    fields = follow_printed(model.layers)
    if as_json:
        pairs = zip(model.layers, fields, strict=True)
        described = [{**_describe(layer), "receptive_field": list_sizes(spans)} for layer, spans in pairs]
        table = {"layers": described, "others": model.others, "doubts": model.doubts}
        return json.dumps(table, indent=1)
    reasons = [layer.reason if sizes is not None or is_param else "" for layer in model.layers]
    rows = [_make_row(layer, format_spans(spans)) for layer, spans in zip(model.layers, fields, strict=True)]
    lines = format_rows(HEADINGS, rows, reasons)
    others = ", ".join(f"{count} {kind}" for kind, count in model.others.items())
    lines += [f"not listed, as nothing slides over cells in them: {others}"] if others else []
    lines += model.doubts
    if not is_param:
        lines.append(
            "Modules are taken to run in the order of the text, which does not have what forward() does besides."
        )
    return "\n".join(lines)


def _make_row(layer: PrintedLayer, field: str) -> tuple[str, ...]:
    known = _describe(layer)
    padding = known["padding"]
    sizes = [UNKNOWN if known[key] is None else format_size(known[key]) for key in ("input", "output")]
    numbers = [_format_numbers(each) for each in (known["kernel"], known["stride"], padding)]
    channels = " → ".join(str(known[key] or UNKNOWN) for key in ("in_channels", "out_channels"))
    then = ", ".join(code.partition("(")[0] for code in layer.followers)
    name = f"{layer.name} (beside)" if layer.is_beside else layer.name
    return (str(layer.number), name, layer.module.kind, channels, *numbers, *sizes, field, then)


def _format_numbers(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(pair, list) and len(set(pair)) == 1 for pair in value):
        value = [pair[0] for pair in value]
    if isinstance(value, list) and all(isinstance(entry, int) for entry in value):
        return format_size(value) if len(set(value)) > 1 else str(value[0])
    return "" if value is None else str(value)


def _describe(layer: PrintedLayer) -> dict[str, Any]:
    """Return what is known of a layer; a size that is not known is None."""
    keys = layer.keys
    return {
        "number": layer.number,
        "name": layer.name,
        "kind": layer.module.kind,
        "op": keys.get("op"),
        "is_beside": layer.is_beside,
        "reason": layer.reason or None,
        "in_channels": layer.reads.channels,
        "out_channels": layer.writes.channels,
        "kernel": keys.get("kernel"),
        "stride": keys.get("stride"),
        "padding": keys.get("padding"),
        "dilation": keys.get("dilation"),
        "groups": keys.get("groups"),
        "input": None if layer.reads.sizes is None else list(layer.reads.sizes),
        "output": None if layer.writes.sizes is None else list(layer.writes.sizes),
        "then": list(layer.followers),
    }
