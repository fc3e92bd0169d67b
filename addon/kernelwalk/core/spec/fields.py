# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a spec's sections as data: check, meaning and label of each.

The panel, the reference in docs/spec.md and the checks of a file all read the same fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..validation import Check, Choice

AUTO_MEANING = "Chosen automatically from the other settings"
"""Meaning of the value "auto" of any key."""

LABELS = {
    "fps": "FPS",
    "eevee": "EEVEE",
    "cpu": "CPU",
    "cuda": "CUDA",
    "optix": "OptiX",
    "hip": "HIP",
    "oneapi": "oneAPI",
    "onnx": "ONNX",
    "pytorch": "PyTorch",
    "rgb": "RGB",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
}
"""Labels that title case would get wrong."""

SMALL_WORDS = ("of", "per")
"""Words that stay lower case within a label."""


class Field(NamedTuple):
    """A key of a section.

    check:   parses the key's value; None for sizes of a layer, which the layer itself checks
    meaning: one line for a tooltip or a table, without a full stop
    options: meaning of each value, where there are few
    values:  description of the values, where the check does not say it
    """

    check: Check | None
    meaning: str
    options: Mapping[str, str] = MappingProxyType({})
    values: str = ""


Fields = Mapping[str, Field]
"""The fields of a section, by key, in the order in which they are shown."""


def make_choice_field(meaning: str, options: Mapping[str, str]) -> Field:
    """Build the field of a key that takes one of a few values, each with its meaning."""
    return Field(Choice(tuple(options)), meaning, options)


def collect_checks(fields: Fields) -> dict[str, Check]:
    """Return the check of each key that has one."""
    return {key: item.check for key, item in fields.items() if item.check is not None}


def format_label(name: str) -> str:
    """Return the label of a key or of an option: its name in title case.

    >>> format_label("look.colors.input_active")
    'Input Active'
    >>> format_label("camera.field_of_view"), format_label("walk.fps")
    ('Field of View', 'FPS')
    """
    name = name.rpartition(".")[2]
    if name in LABELS:
        return LABELS[name]
    words = name.split("_")
    return " ".join(
        word if at and word in SMALL_WORDS else word[:1].upper() + word[1:] for at, word in enumerate(words)
    )


def dump_section(section: Any, fields: Fields) -> dict[str, Any]:
    """Return a section's values by key, as plain values that TOML can hold."""
    return {key: to_plain(getattr(section, key)) for key in fields}


def to_plain(value: Any) -> Any:
    """Return a value as TOML holds it: tuples as lists, None as "auto", a fraction as text."""
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if getattr(value, "denominator", 1) != 1:
        return str(value)
    return "auto" if value is None else value
