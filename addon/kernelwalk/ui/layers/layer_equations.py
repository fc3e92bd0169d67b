# SPDX-License-Identifier: GPL-3.0-or-later
"""Equations of the active layer: the output's size, its channels, its number of weights, and further rules."""

from __future__ import annotations

import re
from typing import Any

from ...core.layers.channels import Channels
from ...core.layers.parameters import axis_names
from ..fields.walk_settings import active_settings
from ..settings import layer_list, spec_properties
from ..toolkit import widgets
from ..toolkit.operator_utils import Context

NO_BREAK_SPACE = "\u00a0"

JOINED = re.compile(r"\([^()]{1,12}\)|[-+/=·×] ")
"""Parts of an equation that stay on one line: short parentheses, and a sign with what follows."""


def draw_equations(layout: Any, context: Context) -> None:
    """Draw the equations of the active layer, with its numbers: one of the size if all axes agree, or one per axis.

    A size that stays needs none.
    """
    props = active_settings(context.scene)
    layer = spec_properties.read_spec(props).layers[layer_list.active_index(props)]
    box = layout.box()
    sizes = [layer.size_equation(axis) for axis in range(layer.dims)]
    named = zip(axis_names(layer.dims), sizes, strict=True)
    lines = sizes[:1] if len(set(sizes)) == 1 else [f"{name}: {text}" for name, text in named]
    if sizes == [str(size) for size in layer.output]:
        lines = []
    for name, text in (("Channels", layer.channel_equation()), ("Weights", layer.weight_equation())):
        lines += [f"{name}: {text}"] if text and layer.channels != Channels() else []
    lines += [f"{name.capitalize()}: {text}" for name, text in layer.detail_rows()]
    for line in lines:
        widgets.draw_paragraph(box, context, join_terms(line), indent=1)


def join_terms(equation: str) -> str:
    """Return an equation with no-break spaces where a line of the panel should not end.

    >>> join_terms("7 - 2·(3 - 1) = 3").split(" ")
    ['7', '-\\xa02·(3\\xa0-\\xa01)', '=\\xa03']
    """
    return JOINED.sub(lambda match: match[0].replace(" ", NO_BREAK_SPACE), equation)
