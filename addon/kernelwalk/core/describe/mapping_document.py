# SPDX-License-Identifier: GPL-3.0-or-later
"""A spec's layers, walk and values as plain data for a page, which computes layers whose parameters change.

The page repeats in JavaScript what core/layers and core/values compute (pipeline/kernelwalk_pipeline/stepping_page).
All that is a table here is data there: names, words, limits, and what frameworks mean by the same words.
"""

from __future__ import annotations

import functools
from typing import Any

from ..arrays import Floats
from ..errors import format_value
from ..layers.conventions import CONVENTIONS, Convention
from ..layers.padding import CONV_PADDING, NAMED_PADDING
from ..layers.parameters import INTERPOLATIONS, MAX_SIZE, OPTION_CHECKS, SCALES
from ..layers.pooling import POOL_PADDING
from ..layers.problem_texts import PROBLEM_TEXTS
from ..layers.rearrangement import UNFOLD_PADDING
from ..layers.registry import LAYERS, Layer
from ..layers.upsampling import KINDS
from ..spec.fields import format_label
from ..spec.layer_section import FIELDS
from ..spec.spec import Spec
from ..validation import Check, InvalidValue
from ..values.activations import ACTIVATION_LABELS
from ..values.compute import compute_values
from ..values.shown_channels import choose_shown_channels
from .sentences import AXIS_NOUNS

PADDING_NAMES = {
    "conv": CONV_PADDING,
    "conv_transpose": NAMED_PADDING,
    "max_pool": ("same", *POOL_PADDING),
    "avg_pool": ("same", *POOL_PADDING),
    "unfold": UNFOLD_PADDING,
}
"""The names of padding that an operation knows."""

FLAGS = {
    "hasWeights": "has_weights",
    "takesMaximum": "takes_maximum",
    "hasTapChannels": "has_tap_channels",
    "canScatter": "can_scatter",
    "isRearrangement": "is_rearrangement",
    "movesCells": "moves_cells",
    "hasMatrixOutput": "has_matrix_output",
}
"""The constants of a layer's class that the page reads, by their names there."""


def export_mapping(spec: Spec) -> dict[str, Any]:
    """Return what the page needs to compute the layers of a spec, as values that JSON can hold.

    >>> from kernelwalk.core import load_preset
    >>> export_mapping(load_preset("no_padding_no_strides"))["layers"][0]["kernel"]
    [3, 3]
    """
    walk = spec.walk_order
    return {
        "tables": make_tables(),
        "layers": [export_layer(layer) for layer in spec.layers],
        "walk": {
            "isScatter": spec.is_scatter,
            "order": walk.order,
            "filters": spec.walk.filters,
            "drawsChannels": spec.drawn_channels[-1] == spec.layer.drawn_channels,
            "first": spec.walk.first,
            "every": walk.every,
        },
        "values": _export_values(spec),
    }


def export_layer(layer: Layer) -> dict[str, Any]:
    """Return a layer as its operation and its parameters."""
    return {"op": layer.op, **layer.to_table()}


@functools.cache
def make_tables() -> dict[str, Any]:
    """Return the tables that hold for every layer."""
    return {
        "operations": {op: _export_operation(op, layer) for op, layer in LAYERS.items()},
        "conventions": {name: _export_convention(convention) for name, convention in CONVENTIONS.items()},
        "options": {key: _export_check(check) for key, check in OPTION_CHECKS.items()},
        "scales": {**_export_check(SCALES), "minimum": SCALES.minimum, "maximum": SCALES.maximum},
        "maxSize": MAX_SIZE,
        "problems": PROBLEM_TEXTS,
        "fields": {
            key: {"label": format_label(key), "meaning": field.meaning, "options": dict(field.options)}
            for key, field in FIELDS.items()
        },
        "axisNouns": AXIS_NOUNS,
        "interpolationNames": {kind: KINDS[kind] for kind in INTERPOLATIONS},
        "activationLabels": ACTIVATION_LABELS,
    }


def _export_operation(op: str, layer: type[Layer]) -> dict[str, Any]:
    return {
        "displayName": layer.display_name,
        "parameters": layer.PARAMETERS,
        "names": PADDING_NAMES.get(op, ()),
        "flags": {name: getattr(layer, constant) for name, constant in FLAGS.items()},
    }


def _export_convention(convention: Convention) -> dict[str, Any]:
    """Return a convention with names in place of rules, and keys as JavaScript has them."""
    plain = {
        _to_camel_case(name): value.__name__ if callable(value) else value
        for name, value in convention._asdict().items()
        if name not in ("meaning", "crops", "derived_output_padding")
    }
    crops = {
        name: {"rule": getattr(rule, "func", rule).__name__, "lower": bool(getattr(rule, "keywords", {}))}
        for name, rule in convention.crops.items()
    }
    return {**plain, "crops": crops}


def _to_camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _export_check(check: Check) -> dict[str, Any]:
    """Return the problem of a value that a check does not accept, with {value} in place of it, and the remedy."""
    try:
        check.parse(None)
    except InvalidValue as error:
        what = error.problem.replace(format_value(None), "{value}")
        return {"options": getattr(check, "options", (True, False)), "what": what, "remedy": error.remedy}
    raise ValueError(check)


def _export_values(spec: Spec) -> dict[str, Any] | None:
    """Return the numbers of a spec's values; None if it has none."""
    values = compute_values(spec)
    if values is None or spec.values is None:
        return None
    layers = [
        {
            "kernel": None if weights.kernel is None else _export_numbers(weights.kernel),
            "bias": weights.bias.tolist(),
            "scale": weights.scale.tolist(),
            "activation": weights.activation,
        }
        for weights in values.weights
    ]
    shown = choose_shown_channels(spec, values)[-1]
    settings = {"decimals": spec.values.decimals, "shownChannel": shown}
    return {"input": _export_numbers(values.grids[0]), "layers": layers, **settings}


def _export_numbers(numbers: Floats) -> dict[str, Any]:
    return {"shape": list(numbers.shape), "numbers": numbers.ravel().tolist()}
