# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in the picture: a section of the spec of its own, and its default words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..layers.channels import Channels
from ..layers.equations import format_padding, size_equation
from ..layers.parameters import axis_names
from ..layers.registry import Layer
from ..validation import Boolean, Check, Number, TextTemplate, parse_template

if TYPE_CHECKING:
    from .spec import Spec

INPUT_NAME, OUTPUT_NAME = "Input", "Output"
"""What the first grid and the last one are called."""

SEPARATOR = "|"
"""Stands between what is said of one grid and of the next, or of one colour and of the next."""

EQUALS_SIGN = "="
"""Stands between a colour's own name and the one that it is to have."""

LabelText = bool | str
"""Whether something is said, in its own words; or in which others."""


@dataclass(frozen=True)
class Labels:
    """What is said: each in its own words (true), not at all (false), or in others, in which {FIELD} stands for what
    this layer has.

    title:    the spec's title
    names:    what each grid is called, with its size; words divided by "|" are those of one grid each, from the
              input to the output
    caption:  the layer's parameters
    equation: the output's size, with this layer's numbers
    position: of the walk, as it goes on
    ticks:    indices along the grids
    legend:   the colours that occur; "Padding = Border | Input = Pixels" calls some of them otherwise
    size:     scales all of it
    """

    title: LabelText = True
    names: LabelText = True
    caption: LabelText = True
    equation: LabelText = False
    position: LabelText = False
    indices: bool = False
    legend: LabelText = False
    size: float = 1.0


WALK_FIELDS = ("step", "x", "y", "z", "channel")
"""Fields that change with the walk."""

LAYER_FIELDS = ("op", "input", "output", "kernel", "stride", "padding", "dilation")

WORDS: dict[str, Check] = {
    "title": TextTemplate(("title", *LAYER_FIELDS)),
    "names": TextTemplate(("name", "size"), 400),
    "caption": TextTemplate(("caption", *LAYER_FIELDS), 400),
    "equation": TextTemplate(("equation", *LAYER_FIELDS), 400),
    "position": TextTemplate(("position", "steps", *WALK_FIELDS)),
    "ticks": Boolean(),
    "legend": TextTemplate((), 400),
    "size": Number(0.5, 2.0),
}


def fill_fields(text: str, fields: Mapping[str, Callable[[], str]]) -> str:
    """A text with what stands in braces filled in."""
    return "".join(words + (fields[name]() if name is not None else "") for words, name in parse_template(text))


def title_text(spec: Spec) -> str:
    """The title; empty where there is none."""
    said = spec.labels.title
    if isinstance(said, str):
        return fill_fields(said, {"title": lambda: spec.title, **_parameters(spec)})
    return spec.title if said else ""


def caption_text(spec: Spec) -> str:
    """The layer's parameters, or a chain's; empty where they are not said."""
    said = spec.labels.caption
    if isinstance(said, str):
        return fill_fields(said, {"caption": lambda: _caption(spec), **_parameters(spec)})
    return _caption(spec) if said else ""


def equation_lines(spec: Spec) -> list[str]:
    """Lines that tell how the output's size follows."""
    said = spec.labels.equation
    if not said:
        return []
    told = _equations(spec)
    if isinstance(said, str):
        parameters = _parameters(spec)
        told = [fill_fields(said, {**parameters, "equation": lambda line=line: line}) for line in told]  # type: ignore[misc]  # the default binds each line
    return told


def output_names(spec: Spec) -> list[str]:
    """What the output of each layer is called: within a chain, after its layer, with a number where several have the
    same name."""
    labels = [layer.label for layer in spec.layers[:-1]]
    counts = [labels[: at + 1].count(label) for at, label in enumerate(labels)]
    named = zip(labels, counts, strict=True)
    return [*(f"{label} {count}" if labels.count(label) > 1 else label for label, count in named), OUTPUT_NAME]


def grid_name_parts(spec: Spec, number: int, called: str, size: str) -> list[tuple[str, bool]]:
    """What a grid is called, in pieces, each with whether it is its size; nothing where that is not said.

    number: of the grid, from the input on
    """
    said = spec.labels.names
    if not said:
        return []
    each = "{name} {size}" if said is True else _nth(str(said), number)
    found: list[tuple[str, bool]] = []
    for words, field in parse_template(each):
        found += [(words, False)] if words else []
        found += [({"name": called, "size": size}[field], field == "size")] if field else []
    return found


def _nth(said: str, number: int) -> str:
    every = [each.strip() for each in said.split(SEPARATOR)]
    return every[0] if len(every) == 1 else every[number] if number < len(every) else ""


def legend_renames(spec: Spec) -> dict[str, str]:
    """What colours are called that have another name in the legend."""
    said = spec.labels.legend
    if not isinstance(said, str):
        return {}
    pairs = [each.partition(EQUALS_SIGN) for each in said.split(SEPARATOR)]
    return {own.strip(): other.strip() for own, _, other in pairs}


def position_template(spec: Spec) -> str:
    """The words of the position, with the fields that change still in them; empty where it is not said."""
    said = spec.labels.position
    if not said:
        return ""
    axes = axis_names(len(spec.walk_order.sizes))
    walked = ", ".join(f"{{{axis}}}" for axis in axes)
    what = "input" if spec.is_scatter else "output"
    own = f"{_sentence(what)} ({walked})" if len(axes) > 1 else f"{_sentence(what)} {walked}"
    if spec.walk_order.filter_count > 1:
        own += ", channel {channel}"
    text = own if said is True else str(said)
    found = ""
    for words, field in parse_template(text):
        found += words.replace("{", "{{").replace("}", "}}")
        if field == "position":
            found += own
        elif field == "steps":
            found += str(spec.step_count)
        elif field is not None:
            found += f"{{{field}}}"
    return found


def format_sizes(sizes: Sequence[int]) -> str:
    """Sizes as they stand in the picture: 3×4."""
    return "×".join(map(str, sizes))


def _same(sizes: Sequence[int]) -> str:
    """One number where all are the same."""
    return str(sizes[0]) if len(set(sizes)) == 1 else format_sizes(sizes)


def _parameters(spec: Spec) -> dict[str, Callable[[], str]]:
    layer = spec.layer
    return {
        "op": lambda: layer.label,
        "input": lambda: format_shape(spec.layers[0].channels, spec.layers[0].input, "inputs"),
        "output": lambda: format_shape(layer.channels, layer.output, "outputs"),
        "kernel": lambda: format_sizes(layer.kernel),
        "stride": lambda: _same(layer.stride),
        "padding": lambda: _padding(layer),
        "dilation": lambda: _same(layer.dilation),
    }


def format_shape(channels: Channels, sizes: Sequence[int], which: str) -> str:
    """A size with how many channels there are, where there are several: 3×6×6."""
    count = getattr(channels, which)
    return format_sizes((count, *sizes) if count > 1 else sizes)


def _padding(layer: Layer) -> str:
    """The padding in numbers: one where all sides agree, one per axis where both ends do, else each end's, once where
    all axes agree."""
    if all(before == after for before, after in layer.padding):
        return _same([before for before, _ in layer.padding])
    if len(set(layer.padding)) == 1:
        ends = zip(layer.padding[0], ("before", "after"), strict=True)
        return ", ".join(f"{cells} {end}" for cells, end in ends if cells)
    return format_padding(layer.padding)


def _caption(spec: Spec) -> str:
    if len(spec.layers) > 1:
        return " → ".join(", ".join([_short(layer), *_further(layer)]) for layer in spec.layers)
    layer = spec.layer
    about = [] if spec.title else [layer.label]
    if "kernel" in layer.PARAMETERS:
        about += [f"kernel {format_sizes(layer.kernel)}", f"stride {_same(layer.stride)}"]
        about += [] if _is_padded(layer) or layer.op.endswith("pool") else ["padding 0"]
    elif "scale" in layer.PARAMETERS:
        about.append(f"scale {_same(layer.scale)}")  # type: ignore[union-attr]  # of the one layer that has this key
    elif "factor" in layer.PARAMETERS:
        about.append(f"factor {_same(layer.factor)}")  # type: ignore[union-attr]
    return _sentence(" · ".join([*about, *_rest(layer)]))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _short(layer: Layer) -> str:
    """A layer of a chain and its window: one number alone would read as the layer's own."""
    if "kernel" not in layer.PARAMETERS:
        return layer.label
    return f"{layer.label}{', kernel' if len(layer.kernel) == 1 else ''} {format_sizes(layer.kernel)}"


def _further(layer: Layer) -> list[str]:
    """What of a layer of a chain is not as usual."""
    usual = layer.kernel if layer.op.endswith("pool") else (1,) * len(layer.stride)
    steps = [] if layer.stride == usual or "stride" not in layer.PARAMETERS else [f"stride {_same(layer.stride)}"]
    return [*steps, *_rest(layer)]


def _is_padded(layer: Layer) -> bool:
    return any(side for pair in layer.padding for side in pair)


def _rest(layer: Layer) -> list[str]:
    """What is said of a layer only where it is not as usual."""
    found = []
    if _is_padded(layer) and "padding" in layer.PARAMETERS:
        mode = getattr(layer, "padding_mode", "zeros")
        kind = {"zeros": "padding", "reflect": "reflecting padding", "replicate": "replicating padding"}
        found.append(f"{kind.get(mode, f'{mode} padding')} {_padding(layer)}")
    if any(gap > 1 for gap in layer.dilation):
        found.append(f"dilation {_same(layer.dilation)}")
    if any(getattr(layer, "output_padding", ())):
        found.append(f"output padding {_same(layer.output_padding)}")  # type: ignore[union-attr]
    if getattr(layer, "ceil_mode", False):
        found.append("rounded up")
    groups = layer.channels.groups
    if groups > 1 and "groups" in layer.PARAMETERS:
        found.append("depthwise" if groups == layer.channels.inputs else f"{groups} groups")
    return found


def _equations(spec: Spec) -> list[str]:
    lines = []
    for called, layer in zip(output_names(spec), spec.layers, strict=True):
        told = [size_equation(layer, axis).replace(" - ", " − ") for axis in range(len(layer.output))]
        names = axis_names(len(told))
        lines += [f"{called} = {told[0]}"] if len(set(told)) == 1 else [
            f"{called} {axis} = {text}" for axis, text in zip(names, told, strict=True)
        ]  # fmt: skip
    return lines
