# SPDX-License-Identifier: GPL-3.0-or-later
"""A spec whose values are numbers alone: the names of inputs and kernels are replaced by what they stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..arrays import Floats
from ..layers.registry import Layer
from ..spec.parse import spec_from_table
from ..spec.spec import Spec
from ..spec.values_section import LayerValues, Values
from .compute import make_input_values, make_kernel_values


def write_out_numbers(spec: Spec) -> Spec:
    """Return a spec with the same values, and numbers in place of every name; itself if it has no values.

    Raises SpecError if these are more numbers than a spec holds.

    >>> from kernelwalk.core import parse_spec
    >>> spec = parse_spec('''
    ... layer = {op = "conv", input = [4], kernel = 3}
    ... values = {input = "ramp", kernel = "box"}
    ... ''')
    >>> write_out_numbers(spec).values.input
    ((0.0, 1.0, 2.0, 3.0),)
    """
    values = spec.values
    if values is None:
        return spec
    first = spec.layers[0]
    if isinstance(values.input, str):
        values = replace(values, input=_to_tuples(make_input_values(first, values)))
    if values.layers:
        written = [
            replace(each, kernel=_write_kernel(layer, each, values, number))
            for number, (layer, each) in enumerate(zip(spec.layers, values.layers, strict=True))
        ]
        values = replace(values, layers=tuple(written))
    else:
        values = replace(values, kernel=_write_kernel(first, values, values, 0))
    return spec_from_table(replace(spec, values=values).to_table())


def _write_kernel(layer: Layer, given: LayerValues, values: Values, number: int) -> Any:
    """Return a layer's kernel as numbers, before it is turned round."""
    if not isinstance(given.kernel, str):
        return given.kernel
    return _to_tuples(make_kernel_values(layer, given, values, number))


def _to_tuples(numbers: Floats | list[Any]) -> Any:
    """Return an array as nested tuples."""
    plain: Any = numbers if isinstance(numbers, (list, float)) else numbers.tolist()
    return tuple(_to_tuples(part) for part in plain) if isinstance(plain, list) else plain
