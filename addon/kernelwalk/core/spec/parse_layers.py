# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a spec: a section [layer], a line of code, or a chain [[layers]], each following from the last."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from ..errors import Problem, SpecError, format_value
from ..frameworks import code_parser
from ..layers.registry import LAYERS, Layer
from .table_reader import TableReader

REQUIRED_KEYS = ("input", "kernel", "scale")
"""The keys that a layer cannot do without, where it has them."""

INHERITED_KEYS = ("input", "in_channels", "channels")
"""The keys of a layer that follow from the one before it in a chain."""

MAX_LAYERS = 20
"""Layers of a chain."""


def read_layers(top: TableReader) -> tuple[Layer, ...]:
    """The layer, or the layers of a chain; none after complaining."""
    given = top.values
    if "layers" in given and "layer" in given:
        top.add_error("layers", "there are [layer] and [[layers]]", "Write one of them")
        return ()
    if "layers" not in given and "layer" not in given:
        remedy = "Write a section [layer] with op, input and kernel, or several [[layers]]"
        top.add_error("layer", "the spec has no layer", remedy)
        return ()
    where = "layers" if "layers" in given else "layer"
    entries = given[where]
    if isinstance(entries, str):
        try:
            entries = code_parser.split_sequential(entries)
        except SpecError as error:
            top.problems.extend(_moved(problem, where) for problem in error.problems)
            return ()
        if len(entries) == 1 and where == "layer":
            layer = _entry(where, entries[0], _beside(top), {}, top.problems)
            return () if layer is None else (layer,)
        return _chain(top, entries)
    if where == "layers":
        return _chain(top, entries)
    layer = _entry("layer", given["layer"], _beside(top), {}, top.problems)
    return () if layer is None else (layer,)


def _chain(top: TableReader, entries: Any) -> tuple[Layer, ...]:
    if not isinstance(entries, (list, tuple)) or not 1 <= len(entries) <= MAX_LAYERS:
        top.add_error(
            "layers", f"{format_value(entries)} is no chain", f"Write [[layers]] from 1 to {MAX_LAYERS} times"
        )
        return ()
    found: list[Layer] = []
    for number, entry in enumerate(entries):
        following = _following(found[-1]) if found else {}
        layer = _entry(f"layers[{number}]", entry, {} if found else _beside(top), following, top.problems)
        if layer is None:
            return ()  # what is wrong with the next ones may come of this one
        found.append(layer)
    return tuple(found)


def _beside(top: TableReader) -> dict[str, Any]:
    """The input that stands beside the layers, at the top of the file."""
    return {"input": top.values["input"]} if "input" in top.values else {}


def _entry(
    where: str, entry: Any, beside: Mapping[str, Any], following: Mapping[str, Any], problems: list[Problem]
) -> Layer | None:
    """The layer of a table or of a line of code, or None after complaining. beside: keys that it may leave out"""
    table = TableReader(where, {"code": entry} if isinstance(entry, str) else entry, problems)
    if not isinstance(entry, (str, Mapping)):
        return None
    table.values = {**beside, **table.values}
    return _layer(table, following)


def _following(last: Layer) -> dict[str, Any]:
    """The keys of a layer that follow from the one before it in a chain."""
    channels = last.channels.outputs
    return dict(zip(INHERITED_KEYS, (last.output, channels, channels), strict=True))


def _layer(table: TableReader, following: Mapping[str, Any]) -> Layer | None:
    """The layer of a table, or None after complaining. following: keys that are not to be given otherwise."""
    try:
        coded = code_parser.parse_layer(table.values["code"]) if "code" in table.values else {}
    except SpecError as error:
        table.problems.extend(_moved(problem, table.where) for problem in error.problems)
        return None
    values = code_parser.merge_keys(coded, table.values)
    op = values.get("op")
    if not isinstance(op, str) or op not in LAYERS:
        what = "it is missing" if op is None else f"{format_value(op)} is no operation"
        table.add_error("op", what, "Write " + " or ".join(f'"{name}"' for name in LAYERS))
        return None
    kind = LAYERS[op]
    table.reject_unknown_keys(("op", "code", *kind.PARAMETERS))
    given: dict[str, Any] = {key: None for key in REQUIRED_KEYS if key in kind.PARAMETERS}
    given |= {key: value for key, value in values.items() if key in kind.PARAMETERS}
    follows = {key: value for key, value in following.items() if key in kind.PARAMETERS}
    before = len(table.problems)
    for key, value in follows.items():
        if given.get(key) is not None and not _agrees(given[key], value):
            remedy = "Leave it out, or change the layer before"
            table.add_error(
                key, f"{format_value(given[key])} is not the {format_value(value)} of the layer before", remedy
            )
    if len(table.problems) > before:
        return None
    try:
        return kind(**{**given, **follows})
    except SpecError as error:
        own = coded.keys() - table.values.keys()
        table.problems.extend(_moved(_in_code(problem, own), table.where) for problem in error.problems)
        return None


def _agrees(given: Any, follows: Any) -> bool:
    if isinstance(given, int) and isinstance(follows, tuple):
        return all(size == given for size in follows)  # one number holds for every axis
    return (tuple(given) if isinstance(given, list) else given) == follows


def _in_code(problem: Problem, coded: Set[str]) -> Problem:
    """The problem where it stands: with a key that the code says, in the code."""
    key = problem.where.removeprefix("layer.")
    if key.partition("[")[0] not in coded:
        return problem
    return Problem("layer.code", f"{key}: {problem.what}", problem.remedy)


def _moved(problem: Problem, where: str) -> Problem:
    """The problem of a layer as that of the one at `where`."""
    return Problem(where + problem.where.removeprefix("layer"), problem.what, problem.remedy)
