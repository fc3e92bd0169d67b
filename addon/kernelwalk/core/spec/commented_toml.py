# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing of a spec as a TOML file to start from: its own keys, and useful other ones as comments."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Iterator, Mapping, Set
from typing import Any

from ..errors import SpecError
from ..layers.base_layer import BaseLayer
from .fields import Field
from .layer_section import FIELDS
from .parse import spec_from_table
from .sections import SECTIONS, TITLE
from .spec import Spec
from .templates import list_templates
from .toml import dump_toml, format_toml_value

HEADING = """\
## A spec of Kernelwalk. Lines that begin with a single # hold defaults: remove the # to change one.
## Check it with kernelwalk inspect, make a film with kernelwalk render. Every key: docs/spec.md.
## Numbers on the tiles: add a section [values], see docs/values.md.
"""

LAYER_KEYS = ("op", "input", "kernel", "stride", "padding", "dilation", "scale", "factor")
"""Keys of a layer that are always written."""

USEFUL_KEYS = {
    "walk": ("order", "frames_per_step", "easing", "fps", "loop", "trail"),
    "show": ("transposed", "all_channels", "kernel"),
    "labels": ("title", "names", "caption", "equation", "position", "indices", "legend", "font"),
    "look": ("template", "tile_size", "thickness", "gap", "opacity"),
    "look.colors": ("background", "input_active", "output_active", "connector"),
    "camera": ("view", "projection", "orbit"),
    "render": ("resolution", "samples", "noise", "engine", "transparent"),
}
"""Keys of each section that are written also where they have their defaults."""

MEANING_COLUMN, WIDTH = 32, 120


def dump_commented(spec: Spec) -> str:
    """Return `spec` as commented TOML that parses to the same spec, also if a # is removed at the start of any line.

    Keys that differ from their defaults are written, and USEFUL_KEYS beside them as comments, each with its meaning.
    Of the section [values], only what differs is written, with numbers in full.

    >>> lines = dump_commented(spec_from_table({"layer": {"op": "upsample", "input": 3, "scale": 2}})).splitlines()
    >>> print(next(line for line in lines if "channels" in line))
    # channels = 1                  ## Channels of the input
    """
    full = spec.to_table()
    own = remove_defaults(full)
    header = "[[layers]]" if "layers" in own else "[layer]"
    lines = [HEADING, *_setting_lines("title", spec.title, TITLE, is_set=bool(spec.title))]
    for number, (layer, table) in enumerate(zip(spec.layers, _layers_of(own), strict=True)):
        lines += ["", header, *_layer_lines(layer, table, is_first=number == 0)]
    for name, useful in USEFUL_KEYS.items():
        values, own_values = _open_section(full, name), _open_section(own, name)
        lines += ["", f"[{name}]"]
        for key, field in SECTIONS[name].items():
            if key in own_values or key in useful:
                lines += _setting_lines(key, values[key], field, key in own_values)
    if "values" in own:
        lines += dump_toml({"values": own["values"]}).splitlines()
    return "\n".join(lines) + "\n"


def remove_defaults(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a spec without the keys that its spec does not need; a layer keeps LAYER_KEYS.

    Raises SpecError if the table is no spec.

    >>> remove_defaults({"layer": {"op": "upsample", "input": 3, "scale": 2, "channels": 1}, "walk": {"fps": 24}})
    {'layer': {'op': 'upsample', 'input': 3, 'scale': 2}, 'walk': {}}
    """
    spec = spec_from_table(table)
    smaller = copy.deepcopy(dict(table))
    for layer in _layers_of(smaller):
        _remove_unneeded_keys(layer, set(layer) - set(LAYER_KEYS), smaller, spec)
    for section in (_open_section(smaller, name) for name in (*USEFUL_KEYS, "values")):
        _remove_unneeded_keys(section, set(section) - {"colors"}, smaller, spec)
    if "values" in smaller:
        _remove_unneeded_keys(smaller["values"], set(smaller["values"]), smaller, spec)
    return smaller


def _remove_unneeded_keys(section: dict[str, Any], keys: Set[str], table: Mapping[str, Any], spec: Spec) -> None:
    """Remove those of `keys` from a section of `table` without which the table is the same spec."""
    for key in [key for key in section if key in keys]:
        value = section.pop(key)
        try:
            is_needed = spec_from_table(table) != spec
        except SpecError:
            is_needed = True
        if is_needed:
            section[key] = value


def _layers_of(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    return table["layers"] if "layers" in table else [table["layer"]]


def _open_section(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the table of a section such as "look.colors", an empty one if it is missing."""
    section: Any = table
    for part in name.split("."):
        section = section.get(part, {})
    return section


def _layer_lines(layer: BaseLayer, own: Mapping[str, Any], is_first: bool) -> Iterator[str]:
    """Return the lines of a layer. Only the first of a chain has commented ones, which would be the same for each."""
    values = {**layer.channel_counts(), "op": layer.op, **layer.to_table()} if is_first else own
    for key, field in FIELDS.items():
        if key in values:
            yield from _setting_lines(key, _shorten(key, values[key]), field, key in own)


def _shorten(key: str, value: Any) -> Any:
    """Return a layer's sizes as one number if it holds for all axes; not the input's, whose length counts."""
    if key == "padding" and isinstance(value, list) and all(before == after for before, after in value):
        value = [before for before, _ in value]
    if key == "input" or not isinstance(value, list) or isinstance(value[0], list) or len(set(value)) > 1:
        return value
    return value[0]


def _setting_lines(key: str, value: Any, field: Field, is_set: bool) -> list[str]:
    """Return the lines of a key, as a comment unless it is set, with its meaning beside it."""
    setting = f"{'' if is_set else '# '}{key} = {format_toml_value(value)}"
    options = list_templates() if field is SECTIONS["look"]["template"] else field.options
    meaning = field.meaning.partition(". ")[0] + (f": {', '.join(options)}" if options else "")
    meanings = textwrap.wrap(meaning, WIDTH - MEANING_COLUMN - len("## "))
    starts = [setting, *[""] * (len(meanings) - 1)]
    pairs = zip(starts, meanings, strict=True)
    return [f"{start:<{MEANING_COLUMN - 1}} ## {meaning}" for start, meaning in pairs]
