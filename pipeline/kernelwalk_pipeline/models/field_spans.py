# SPDX-License-Identifier: GPL-3.0-or-later
"""Receptive fields in the input of layers that follow each other: those of printed models, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from kernelwalk.core.layers.formatting import format_size
from kernelwalk.core.layers.receptive_field import FieldSpan
from kernelwalk.core.layers.registry import LAYERS

from .layer_table import UNKNOWN

if TYPE_CHECKING:
    from kernelwalk.core import Layer
    from kernelwalk.core.frameworks.printed.module_flow import PrintedLayer

Spans = tuple[FieldSpan, ...]
"""What a cell reads along each axis; empty for the cells of the input, of any number of axes."""


def follow_printed(layers: Sequence[PrintedLayer]) -> list[Spans | None]:
    """Return the spans of a printed model's layers, as far as they stand on the main path."""
    spans: Spans | None = ()
    found: list[Spans | None] = []
    for layer in layers:
        given = spans if layer.is_next else None
        if layer.sources is not None:
            read = [() if number < 0 else found[number] for number in layer.sources]
            given = reduce(join, read) if read and None not in read else None
        sizes = layer.reads.sizes
        result = None
        if given is not None and layer.keys and sizes is not None and not layer.reason:
            keys = {key: value for key, value in layer.keys.items() if key != "op"}
            built = LAYERS[layer.keys["op"]](**{**keys, "input": sizes})
            result = extend(given, built) if slides(built) else None
        found.append(result)
        if not layer.is_beside:
            spans = result
    return found


def slides(layer: Layer) -> bool:
    """Return whether the field of a layer's outputs follows from that of its input: a kernel slides, or cells stay."""
    if all(axis.kernel == 1 and axis.input == axis.output for axis in layer.axes):
        return True  # each output reads its own cell, as in a channel shuffle
    return not layer.is_rearrangement and not layer.op.startswith("adaptive")


def extend(spans: Spans, layer: Layer) -> Spans | None:
    """Return the spans of a layer's outputs from those of its input; None where the axes are of another number."""
    spans = spans or (FieldSpan(),) * layer.dims
    return (
        tuple(span.extend(axis) for span, axis in zip(spans, layer.axes, strict=True))
        if len(spans) == layer.dims
        else None
    )


def join(one: Spans | None, other: Spans | None) -> Spans | None:
    """Return the spans of what reads both; an input of the model, whose spans are empty, has each cell alone."""
    if one is None or other is None or (one and other and len(one) != len(other)):
        return None
    dims = len(one or other)
    pairs = zip(one or (FieldSpan(),) * dims, other or (FieldSpan(),) * dims, strict=True)
    joined = [first.join(second) for first, second in pairs]
    return tuple(span for span in joined if span) if all(joined) else None


def format_spans(spans: Spans | None) -> str:
    """Return the sizes of receptive fields, with "≤" where some outputs may read less."""
    if not spans:
        return UNKNOWN
    bound = "" if all(span.is_exact for span in spans) else "≤ "
    return bound + format_size([span.size for span in spans])


def list_sizes(spans: Spans | None) -> list[int] | None:
    """Return the sizes of receptive fields for JSON."""
    return [span.size for span in spans] if spans else None
