# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of `compare` on two layers: rows for people, a table for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.comparison.axis_comparison import AxisComparison
from kernelwalk.core.comparison.layer_comparison import LayerComparison, compare_layers
from kernelwalk.core.describe.difference_rows import list_differences
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.layers.formatting import format_size
from kernelwalk.core.spec.limits import Purpose
from kernelwalk.core.spec.sections import MAX_TITLE

from .failures import UsageError
from .report import list_code_rows, make_code_table, make_layer_header
from .source import Source, read_spec

if TYPE_CHECKING:
    from .commands.options import SpecOptions


def read_pair(first: str, second: str, options: SpecOptions) -> tuple[Source, Source]:
    """Return the specs of two SPEC arguments, the second on the input of the first. Raises UsageError.

    options: of the first; the framework of names counts for both
    """
    one = options.read(first)
    layer = one.spec.layers[0]
    settings, frameworks = [f"input={list(layer.input)}"], options.framework or ()
    other = read_spec(second, settings, None, None, Purpose.REPORT, frameworks, channels=layer.channels.inputs)
    for argument, source in ((first, one), (second, other)):
        if len(source.spec.layers) > 1:
            count = len(source.spec.layers)
            raise UsageError(f"{argument}: it is a chain of {count} layers. Compare one layer with one")
    return one, other


def compare_sources(first: Source, second: Source) -> LayerComparison:
    """Compare the layers of two specs. Raises UsageError."""
    try:
        return compare_layers(first.spec.layer, second.spec.layer)
    except SpecError as error:
        raise UsageError(f"{second.name}: {error}") from None


def put_beside(first: Source, second: Source, titles: Sequence[str]) -> Source:
    """Return the first spec with the second one's layer beside its own, under two titles, which may be cut.

    Raises UsageError where two such layers are not drawn.
    """
    title, beside = (text[:MAX_TITLE] for text in titles)
    try:
        spec = spec_from_table(replace(first.spec, title=title, compared=second.spec.layer, beside=beside).to_table())
    except SpecError as error:
        raise UsageError("\n".join(f"{first.name}: {problem}" for problem in error.problems)) from None
    return first._replace(spec=spec)


def list_rows(comparison: LayerComparison, framework: str | None) -> list[tuple[str, str]]:
    """Return the comparison as pairs of name and text.

    framework: the key of the framework in which the second layer is written; None where it is no code
    """
    rows = [
        (name, f"{layer.display_name}, {format_size(layer.input)} → {format_size(layer.output)}")
        for name, layer in (("A", comparison.first), ("B", comparison.second))
    ]
    rows.append(("result", "they compute the same" if comparison.computes_same else "they differ"))
    rows += list_differences(comparison)
    if comparison.computes_same:
        return rows
    if comparison.differs_in_direction:
        rows.append(("weights", "reverse those of B along each axis, and both compute the same"))
    if framework is not None:
        (code,) = emit_code(comparison.first, (framework,))
        text = code.text if code.is_supported else f"not as one layer of {code.framework}: {code.text}"
        return [*rows, ("to get A", text)]
    return [*rows, *((f"A in {name}", line) for name, line in list_code_rows(comparison.first))]


def make_table(comparison: LayerComparison) -> dict[str, Any]:
    """Return the comparison as plain values."""
    table: dict[str, Any] = {"same": comparison.computes_same}
    table |= {name: make_layer_header(layer) for name, layer in (("a", comparison.first), ("b", comparison.second))}
    place = comparison.first_difference
    return table | {
        "common_outputs": comparison.is_same.size,
        "different_outputs": int((~comparison.is_same).sum()),
        "outputs_from_other_cells": int((~comparison.has_same_cells).sum()),
        "first_difference": None if place is None else list(place),
        "axes": [_describe_axis(axis) for axis in comparison.axes],
        "differences": dict(list_differences(comparison)),
        "reversed_weights_suffice": comparison.differs_in_direction,
        "code_of_a": make_code_table(comparison.first),
    }


def _describe_axis(axis: AxisComparison) -> dict[str, Any]:
    """Return the sizes of an axis, and how the second layer's windows lie to the first's."""
    sizes = {"name": axis.name, "sizes": list(axis.sizes)}
    return sizes if axis.shift is None else {**sizes, **axis.shift._asdict()}
