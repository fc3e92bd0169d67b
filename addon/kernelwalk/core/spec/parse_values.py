# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of a spec's section [values]: its numbers must have the shapes of the layers'."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import format_value
from ..frameworks.parsing.code_activations import Followers
from ..layers.formatting import format_size
from ..layers.registry import Layer
from ..validation import InvalidValue
from .fields import collect_checks
from .nested_numbers import parse_nested_numbers
from .parse_followers import read_code_followers
from .table_reader import TableReader
from .value_names import find_misfit, is_file_name
from .values_section import (
    FIELDS,
    INPUT_NAMES,
    KERNEL_NAMES,
    LAYER_FIELDS,
    NORM_FIELDS,
    LayerValues,
    Norm,
    Numbers,
    Values,
)

LAYER_KEYS = (*LAYER_FIELDS, "norm")
"""Keys of the values of one layer."""

FILE_REMEDY = "Numbers in files are read by Kernelwalk's commands and its panel. Write numbers"


def read_values(top: TableReader, layers: Sequence[Layer]) -> Values | None:
    """Return the section [values], which is there; add an error for each invalid value. None if it has errors.

    layers: those of the spec; empty if they have errors, and then no shape is checked
    """
    table = top.open_section("values")
    if not table.values and top.values["values"] != {}:
        return None  # no table, which is an error
    table.reject_unknown_keys((*FIELDS, "norm", "layers"))
    own = {key: check for key, check in collect_checks(FIELDS).items() if key not in LAYER_KEYS}
    settings = table.read_values(own)
    if "input" not in table.values:
        remedy = f"Write numbers as the layer's axes, a name ({_list_names(INPUT_NAMES)}) or a file"
        table.add_error("input", "it is missing", remedy)
    elif layers:
        settings["input"] = _read_input(table, layers[0])
    if not layers:
        return None
    _check_colors(table, settings, layers[0])
    _check_channel(table, settings, layers[-1])
    return Values(**settings, **_read_layers(top, table, layers))


def _read_input(table: TableReader, layer: Layer) -> str | Numbers | None:
    value, channels = table.values["input"], layer.channels.inputs
    if isinstance(value, str):
        return _read_name(table, "input", INPUT_NAMES)
    wanted = [(channels, *layer.input)] if channels > 1 else [layer.input, (1, *layer.input)]
    return _read_numbers(table, "input", wanted, (channels, *layer.input))


def _check_colors(table: TableReader, settings: Mapping[str, Any], layer: Layer) -> None:
    channels = layer.channels.inputs
    if settings.get("colors") == "rgb" and channels != 3:
        what = f'"rgb" needs an input of 3 channels, and there {"is" if channels == 1 else "are"} {channels}'
        table.add_error("colors", what, 'Use a layer of 3 input channels, or write "auto"')


def _check_channel(table: TableReader, settings: Mapping[str, Any], layer: Layer) -> None:
    channels = layer.channels.outputs
    if (settings.get("channel") or 0) >= channels:
        what = (
            f"{settings['channel']} is not a channel of the output: there {'is' if channels == 1 else 'are'} {channels}"
        )
        table.add_error("channel", what, f"Write a whole number from 0 to {channels - 1}")


def _read_layers(top: TableReader, table: TableReader, layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the values of the layers, by their keys in `Values`."""
    followers = read_code_followers(top, table, layers)
    if "layers" not in table.values and len(layers) == 1:
        values = _read_layer(table, layers[0], followers[0])
        return {item.name: getattr(values, item.name) for item in dataclasses.fields(values)}
    for key in LAYER_KEYS:
        if key in table.values:
            what = "it stands beside layers" if "layers" in table.values else "a chain has one for each layer"
            table.add_error(key, what, f"Write {key} in [[values.layers]], one for each layer in order")
    entries = table.values.get("layers", [{}] * len(layers))
    if not isinstance(entries, (list, tuple)) or len(entries) != len(layers):
        count = len(entries) if isinstance(entries, (list, tuple)) else format_value(entries)
        what = f"{count} is not one entry for each layer"
        table.add_error("layers", what, f"Write [[values.layers]] {len(layers)} times; one may be empty")
        return {}
    read = []
    for number, (entry, layer) in enumerate(zip(entries, layers, strict=True)):
        inner = TableReader(f"values.layers[{number}]", entry, table.problems)
        inner.reject_unknown_keys(LAYER_KEYS)
        if isinstance(entry, Mapping):
            read.append(_read_layer(inner, layer, followers[number]))
    return {"layers": tuple(read)}


def _read_layer(table: TableReader, layer: Layer, followers: Followers) -> LayerValues:
    """Return the values of a layer. followers: those in its code, of which a given activation replaces that one."""
    activation = table.read_values(collect_checks({"activation": LAYER_FIELDS["activation"]}))
    settings: dict[str, Any] = {"activation": followers.activation, **activation}
    outputs = layer.channels.outputs
    if not layer.has_weights:
        for key in ("kernel", "bias"):
            if key in table.values:
                table.add_error(key, f"a {layer.display_name.lower()} has no weights", "Leave it out")
    else:
        settings["kernel"] = _read_kernel(table, layer)
        if "bias" in table.values:
            settings["bias"] = _read_per_channel(table, "bias", outputs)
    if "norm" in table.values:
        settings["norm"] = _read_norm(table, outputs)
    elif followers.has_norm:
        what = "the code has a batch normalization, whose numbers are not given"
        table.add_error("norm", what, "Write a table with mean, variance, weight and bias; {} is a new layer's")
    return LayerValues(**settings)


def _read_kernel(table: TableReader, layer: Layer) -> str | Numbers | None:
    full = layer.kernel_shape
    if "kernel" not in table.values:
        what = f"a {layer.display_name.lower()} needs its weights"
        names = _list_names(name for name in KERNEL_NAMES if find_misfit(name, layer.kernel) is None)
        remedy = (
            f"Write {format_size(full if full[:2] != (1, 1) else layer.kernel)} numbers, a name ({names}) or a file"
        )
        table.add_error("kernel", what, remedy)
        return None
    if not isinstance(table.values["kernel"], str):
        wanted = [full] if full[:2] != (1, 1) else [layer.kernel, full]
        return _read_numbers(table, "kernel", wanted, full)
    name = _read_name(table, "kernel", KERNEL_NAMES)
    misfit = find_misfit(name, layer.kernel) if name else None
    if misfit is not None:
        what = f'"{name}" is {misfit}, and the kernel here is {format_size(layer.kernel)}'
        table.add_error("kernel", what, "Change layer.kernel, or write numbers")
    return name


def _read_norm(table: TableReader, outputs: int) -> Norm:
    inner = table.open_section("norm")
    inner.reject_unknown_keys(tuple(NORM_FIELDS))
    settings = inner.read_values(collect_checks(NORM_FIELDS))
    for key, field in NORM_FIELDS.items():
        if field.check is None and key in inner.values:
            settings[key] = _read_per_channel(inner, key, outputs)
    variance = settings.get("variance", 0.0)
    if variance is not None and min(variance if isinstance(variance, tuple) else [variance]) < 0:
        inner.add_error("variance", "a variance cannot be negative", "Write the running variance of the layer")
    return Norm(**settings)


def _read_per_channel(table: TableReader, key: str, outputs: int) -> Any:
    return _read_numbers(table, key, [(outputs,), ()] if outputs > 1 else [(), (1,)])


def _read_numbers(
    table: TableReader, key: str, shapes: Sequence[Sequence[int]], full: Sequence[int] | None = None
) -> Numbers | None:
    """Return the numbers of a key in one of `shapes`, with the axes of `full`; None if an error was added."""
    value = table.values[key]
    if isinstance(value, str) and is_file_name(value):
        table.add_error(key, f"{format_value(value)} is a file", FILE_REMEDY)
        return None
    try:
        numbers, shape = parse_nested_numbers(value, shapes)
    except InvalidValue as error:
        table.add_error(key, error.problem, error.remedy)
        return None
    for _ in range(len(full or ()) - len(shape) if full else 0):
        numbers = (numbers,)
    return numbers


def _read_name(table: TableReader, key: str, names: Mapping[str, str]) -> str | None:
    name: str = table.values[key]
    if name in names:
        return name
    if is_file_name(name):
        table.add_error(key, f"{format_value(name)} is a file", FILE_REMEDY)
    else:
        what = f"{format_value(name)} is neither a name nor a file"
        table.add_error(key, what, f"Known names are {_list_names(names)}")
    return None


def _list_names(names: Any) -> str:
    return ", ".join(names)
