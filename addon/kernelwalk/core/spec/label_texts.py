# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of the labels: defaults from the layer, and custom texts with their placeholders filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..layers.channels import Channels
from ..layers.formatting import format_compact_padding, format_compact_size, format_uniform_size
from ..layers.parameters import axis_names
from ..validation import parse_template
from .labels_section import EQUALS_SIGN, SEPARATOR

if TYPE_CHECKING:
    from .spec import Spec

MARKS_CAPTION = "framed: differs in the other layer"
"""End of the caption of a layer that has frames where another layer does otherwise."""

INPUT_NAME, OUTPUT_NAME = "Input", "Output"
"""Names of the first and the last grid."""


def fill_template(text: str, fields: Mapping[str, Callable[[], str]]) -> str:
    """Return a text with its placeholders filled in."""
    parts = parse_template(text)
    return "".join(literal + (fields[name]() if name is not None else "") for literal, name in parts)


def reword_lines(
    setting: bool | str, name: str, lines: Sequence[str], fields: Mapping[str, Callable[[], str]] | None = None
) -> list[str]:
    """Return each line in a text with a placeholder for it, and for further fields; as it is if there is no such text.

    name: of the placeholder for the line
    """
    if not isinstance(setting, str):
        return list(lines)
    return [fill_template(setting, {**(fields or {}), name: partial(str, line)}) for line in lines]


def format_title(spec: Spec) -> str:
    """Return the title; empty if there is none."""
    setting = spec.labels.title
    if isinstance(setting, str):
        return fill_template(setting, {"title": lambda: spec.title, **_layer_fields(spec)})
    return spec.title if setting else ""


def format_caption(spec: Spec) -> str:
    """Return the parameters of the layer, or of all layers of a chain; empty if the caption is off."""
    setting = spec.labels.caption
    if isinstance(setting, str):
        return fill_template(setting, {"caption": lambda: _default_caption(spec), **_layer_fields(spec)})
    return _default_caption(spec) if setting else ""


def format_equations(spec: Spec) -> list[str]:
    """Return the equations of the output sizes, one a line; none if they are off."""
    setting = spec.labels.equation
    if not setting:
        return []
    return reword_lines(setting, "equation", list_size_equations(spec), _layer_fields(spec))


def name_outputs(spec: Spec) -> list[str]:
    """Return the name of each layer's output.

    That is "Output" for the last layer, and the layer's name for others, with a number where it is repeated.
    """
    labels = [layer.display_name for layer in spec.layers[:-1]]
    counts = [labels[: at + 1].count(label) for at, label in enumerate(labels)]
    numbered = zip(labels, counts, strict=True)
    return [*(f"{label} {count}" if labels.count(label) > 1 else label for label, count in numbered), OUTPUT_NAME]


def split_grid_name(spec: Spec, number: int, name: str, size: str) -> list[tuple[str, bool]]:
    """Return the parts of a grid's label, each with True if it is the size; none if names are off.

    number: of the grid, from the input on
    """
    setting = spec.labels.names
    if not setting:
        return []
    template = "{name} {size}" if setting is True else _nth_text(str(setting), number)
    parts: list[tuple[str, bool]] = []
    for literal, field in parse_template(template):
        parts += [(literal, False)] if literal else []
        parts += [({"name": name, "size": size}[field], field == "size")] if field else []
    return parts


def _nth_text(setting: str, number: int) -> str:
    texts = [text.strip() for text in setting.split(SEPARATOR)]
    return texts[0] if len(texts) == 1 else texts[number] if number < len(texts) else ""


def parse_legend_renames(spec: Spec) -> dict[str, str]:
    """Return the new names of legend entries, by their default names."""
    setting = spec.labels.legend
    if not isinstance(setting, str):
        return {}
    pairs = [entry.partition(EQUALS_SIGN) for entry in setting.split(SEPARATOR)]
    return {name.strip(): new_name.strip() for name, _, new_name in pairs}


def make_position_template(spec: Spec) -> str:
    """Return the text of the position, with the placeholders that change each step left in; empty if it is off."""
    setting = spec.labels.position
    if not setting:
        return ""
    axes = axis_names(len(spec.walk_order.sizes))
    indices = ", ".join(f"{{{axis}}}" for axis in axes)
    grid = "Input" if spec.is_scatter else "Output"
    default = f"{grid} ({indices})" if len(axes) > 1 else f"{grid} {indices}"
    if spec.walk_order.filter_count > 1:
        default += ", channel {channel}"
    text = ""
    for literal, field in parse_template(default if setting is True else str(setting)):
        text += literal.replace("{", "{{").replace("}", "}}")
        if field == "position":
            text += default
        elif field == "steps":
            text += str(spec.step_count)
        elif field == "last":
            text += str(spec.step_count - 1)
        elif field is not None:
            text += f"{{{field}}}"
    return text


def format_shape(channels: Channels, sizes: Sequence[int], side: str) -> str:
    """Return a size, after the number of channels if there are several.

    side: "inputs" or "outputs"

    >>> format_shape(Channels(inputs=3), (6, 6), "inputs")
    '3×6×6'
    """
    count = getattr(channels, side)
    return format_compact_size((count, *sizes) if count > 1 else sizes)


def _layer_fields(spec: Spec) -> dict[str, Callable[[], str]]:
    layer = spec.layer
    return {
        "op": lambda: layer.display_name,
        "input": lambda: format_shape(spec.layers[0].channels, spec.layers[0].input, "inputs"),
        "output": lambda: format_shape(layer.channels, layer.output, "outputs"),
        "kernel": lambda: format_compact_size(layer.kernel),
        "stride": lambda: format_uniform_size(layer.stride),
        "padding": lambda: format_compact_padding(layer.padding),
        "dilation": lambda: format_uniform_size(layer.dilation),
    }


def _default_caption(spec: Spec) -> str:
    if len(spec.layers) > 1:
        return " → ".join(", ".join(layer.chain_caption_parts()) for layer in spec.layers)
    label = [] if spec.title else [spec.layer.display_name]
    marks = [] if spec.difference_marks is None else [MARKS_CAPTION]
    return _capitalize(" · ".join([*label, *spec.layer.caption_parts(), *marks]))


def _capitalize(text: str) -> str:
    """Return the text with its first letter in upper case, and the rest as it is."""
    return text[:1].upper() + text[1:]


def list_size_equations(spec: Spec) -> list[str]:
    """Return the equations of the output sizes, one a line; one for all axes where they are equal."""
    lines = []
    for name, layer in zip(name_outputs(spec), spec.layers, strict=True):
        equations = [layer.size_equation(axis).replace(" - ", " − ") for axis in range(len(layer.output))]
        if len(set(equations)) == 1:
            lines.append(f"{name} = {equations[0]}")
        else:
            axes = axis_names(len(equations))
            lines += [f"{name} {axis} = {text}" for axis, text in zip(axes, equations, strict=True)]
    return lines
