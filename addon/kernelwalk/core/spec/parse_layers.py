# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of a spec's layers: a section [layer], a line of code, or a chain [[layers]], each reading the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from ..errors import Problem, SpecError, format_value
from ..frameworks.parsing import code_parser
from ..frameworks.parsing.sequential import SequentialPart, split_parts
from ..layers.registry import LAYERS, Layer
from .table_reader import TableReader

REQUIRED_KEYS = ("input", "kernel")
"""Keys without a default, of layers that have them."""

INHERITED_KEYS = ("input", "in_channels", "channels")
"""Keys that a layer of a chain takes from the output of the layer before."""

AXES_ENDINGS = ("1d", "2d", "3d")
"""Ends of frameworks' names of layers, which an operation lacks."""

MAX_LAYERS = 100
"""Layers of a chain."""


def read_layers(top: TableReader) -> tuple[Layer, ...]:
    """Return the layer, or the layers of a chain; none if errors were added."""
    values = top.values
    if "layers" in values and "layer" in values:
        top.add_error("layers", "there are [layer] and [[layers]]", "Write one of them")
        return ()
    if "layers" not in values and "layer" not in values:
        remedy = "Write a section [layer] with op, input and kernel, or several [[layers]]"
        top.add_error("layer", "the spec has no layer", remedy)
        return ()
    where = "layers" if "layers" in values else "layer"
    entries = values[where]
    if isinstance(entries, str):
        try:
            entries = split_parts(entries)
        except SpecError as error:
            top.problems.extend(_relocate(problem, where) for problem in error.problems)
            return ()
        if len(entries) == 1 and where == "layer":
            layer = _read_entry(where, entries[0], _top_values(top), {}, top.problems)
            return () if layer is None else (layer,)
        return _read_chain(top, entries)
    if where == "layers":
        return _read_chain(top, entries)
    layer = _read_entry("layer", values["layer"], _top_values(top), {}, top.problems)
    return () if layer is None else (layer,)


def read_compared(top: TableReader, layers: Sequence[Layer]) -> Layer | None:
    """Return the layer of the section [compare], or of its line of code; None if there is none or errors were added.

    It reads the input of the spec's own layer.
    """
    if "compare" not in top.values or not layers:
        return None
    entry, input = top.values["compare"], layers[0].input
    compared = _read_entry("compare", entry, {"input": input}, {}, top.problems)
    if len(layers) > 1:
        top.add_error("compare", "a chain is not compared", "Compare its layers one by one")
    elif compared is not None and compared.input != input:
        what = f"{format_value(compared.input)} is not the {format_value(input)} of the layer"
        top.problems.append(Problem("compare.input", what, "Leave it out"))
    return compared


def _read_chain(top: TableReader, entries: Any) -> tuple[Layer, ...]:
    if not isinstance(entries, (list, tuple)) or not 1 <= len(entries) <= MAX_LAYERS:
        what = f"{format_value(entries)} is no chain"
        top.add_error("layers", what, f"Write [[layers]] from 1 to {MAX_LAYERS} times")
        return ()
    layers: list[Layer] = []
    for number, entry in enumerate(entries):
        inherited = _inherited_values(layers[-1]) if layers else {}
        defaults = {} if layers else _top_values(top)
        layer = _read_entry(f"layers[{number}]", entry, defaults, inherited, top.problems)
        if layer is None:
            return ()  # errors of later layers may only follow from this one's
        layers.append(layer)
    return tuple(layers)


def _top_values(top: TableReader) -> dict[str, Any]:
    """Return the input that stands beside the layers, at the top of the file."""
    return {"input": top.values["input"]} if "input" in top.values else {}


def _read_entry(
    where: str, entry: Any, defaults: Mapping[str, Any], inherited: Mapping[str, Any], problems: list[Problem]
) -> Layer | None:
    """Return the layer of a table, of a line of code or of a part of code, or None if errors were added.

    defaults: values of keys that the entry may leave out
    inherited: values from the layer before
    """
    code = entry.code if isinstance(entry, SequentialPart) else entry
    table = TableReader(where, {"code": code} if isinstance(code, str) else code, problems)
    if not isinstance(code, (str, Mapping)):
        return None
    table.values = {**defaults, **table.values}
    return _read_layer(table, inherited, entry.keys if isinstance(entry, SequentialPart) else None)


def _inherited_values(previous: Layer) -> dict[str, Any]:
    """Return the keys that a layer takes from the one before, with their values."""
    channels = previous.channels.outputs
    return dict(zip(INHERITED_KEYS, (previous.output, channels, channels), strict=True))


def _propose_operation(op: Any) -> str:
    """Return the remedy for a value that is no operation: the one of this name, if it is a layer's of a framework."""
    plain = str(op)[:40].lower().replace("_", "")
    meant = [name for name in LAYERS if name.replace("_", "") == (plain[:-2] if plain[-2:] in AXES_ENDINGS else plain)]
    return "Write " + " or ".join(f'"{name}"' for name in meant or LAYERS)


def _read_layer(
    table: TableReader, inherited: Mapping[str, Any], coded: Mapping[str, Any] | None = None
) -> Layer | None:
    """Return the layer of a table, or None if errors were added. A key that contradicts `inherited` is an error.

    coded: the keys that its code sets; None if the code has not been parsed
    """
    try:
        code_values = coded or (code_parser.parse_layer(table.values["code"]) if "code" in table.values else {})
    except SpecError as error:
        table.problems.extend(_relocate(problem, table.where) for problem in error.problems)
        return None
    values = code_parser.merge_keys(code_values, _split_channels(code_values, table.values))
    op = values.get("op")
    if not isinstance(op, str) or op not in LAYERS:
        what = "it is missing" if op is None else f"{format_value(op)} is no operation"
        table.add_error("op", what, _propose_operation(op))
        return None
    layer_class = LAYERS[op]
    known = layer_class.PARAMETERS
    table.reject_unknown_keys(("op", "code", *known))
    arguments: dict[str, Any] = {key: None for key in REQUIRED_KEYS if key in known}
    arguments |= {key: value for key, value in values.items() if key in known}
    inherited = {key: value for key, value in inherited.items() if key in known}
    error_count = len(table.problems)
    for key, value in inherited.items():
        if arguments.get(key) is not None and not _agrees(arguments[key], value):
            what = f"{format_value(arguments[key])} is not the {format_value(value)} of the layer before"
            table.add_error(key, what, "Leave it out, or change the layer before")
    if len(table.problems) > error_count:
        return None
    try:
        return layer_class(**{**arguments, **inherited})
    except SpecError as error:
        only_in_code = code_values.keys() - table.values.keys()
        table.problems.extend(_relocate(_in_code(problem, only_in_code), table.where) for problem in error.problems)
        return None


def _agrees(value: Any, inherited: Any) -> bool:
    if isinstance(value, int) and isinstance(inherited, tuple):
        return all(size == value for size in inherited)  # one number holds for every axis
    return (tuple(value) if isinstance(value, list) else value) == inherited


def _in_code(problem: Problem, code_keys: Set[str]) -> Problem:
    """Return a layer's problem, located at layer.code if its key stands only in the code."""
    key = problem.where.removeprefix("layer.")
    if key.partition("[")[0] not in code_keys:
        return problem
    return Problem("layer.code", f"{key}: {problem.what}", problem.remedy)


def _relocate(problem: Problem, where: str) -> Problem:
    """Return a layer's problem as that of the layer at `where`."""
    return Problem(where + problem.where.removeprefix("layer"), problem.what, problem.remedy)


def _split_channels(coded: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keys beside code, with the channels that stand before the sizes of the input, as in PyTorch and ONNX.

    A layer with two axes and 3 × 32 × 32 as its input has 3 channels, which those of a "Lazy" layer then are.
    """
    sizes: Any = given.get("input")
    dims = next((len(coded[key]) for key in ("kernel", "scale", "factor") if isinstance(coded.get(key), list)), 0)
    is_split = dims and isinstance(sizes, (list, tuple)) and len(sizes) == dims + 1
    if not is_split or coded.get("convention", "pytorch") not in ("pytorch", "onnx"):
        return given
    names = LAYERS[coded["op"]].PARAMETERS
    name = next((name for name in ("in_channels", "channels") if name in names), None)
    if name is None or coded.get(name, sizes[0]) != sizes[0]:
        return given
    return {**given, name: sizes[0], "input": list(sizes[1:])}
