# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [labels]: the text in the picture."""

from __future__ import annotations

from typing import NamedTuple

from ..validation import Boolean, Number, Text, TextTemplate
from .fields import Field

SEPARATOR = "|"
"""Separates the texts of two grids, or two renamed entries of the legend."""

EQUALS_SIGN = "="
"""Separates the name of a legend entry from its new name."""

LabelText = bool | str
"""True: the default text; False: no text; str: custom text with {PLACEHOLDERS}."""


class Labels(NamedTuple):
    """The labels that are drawn; FIELDS says what each key means."""

    title: LabelText = True
    names: LabelText = True
    caption: LabelText = True
    equation: LabelText = False
    position: LabelText = False
    sum: LabelText = True
    indices: bool = False
    legend: LabelText = False
    size: float = 1.0
    font: str = ""


LAYER_FIELDS = ("op", "input", "output", "kernel", "stride", "padding", "dilation")
"""Placeholders for the parameters of the layer."""

WALK_FIELDS = ("step", "x", "y", "z", "channel")
"""Placeholders that change from step to step."""

FIELDS = {
    "title": Field(TextTemplate(("title", *LAYER_FIELDS)), "The spec's title, at the top"),
    "names": Field(
        TextTemplate(("name", "size"), 400),
        "Name and size of each grid. Texts separated by | are for one grid each, from the input to the output",
    ),
    "caption": Field(TextTemplate(("caption", *LAYER_FIELDS), 400), "The layer's parameters, below the title"),
    "equation": Field(
        TextTemplate(("equation", *LAYER_FIELDS), 400), "Equation of the output's size, with this layer's numbers"
    ),
    "position": Field(
        TextTemplate(("position", "steps", "last", *WALK_FIELDS)),
        "Output position of each step. Steps count from 0, as indices do; {last} is the last step",
    ),
    "sum": Field(TextTemplate(("sum",)), "With values: what each step computes, in numbers"),
    "indices": Field(Boolean(), "Indices of rows and columns, along the grids"),
    "legend": Field(
        TextTemplate((), 400),
        "Legend of the colors in use. Rename entries: Padding = Border | Input = Pixels",
    ),
    "size": Field(Number(0.5, 2.0), "Scale of all labels"),
    "font": Field(
        Text(max_length=1000), "Font of all labels: a .ttf or .otf file. What it lacks is drawn in the built-in ones"
    ),
}
