# SPDX-License-Identifier: GPL-3.0-or-later
"""Code as a SPEC argument: on the command line, in a file, or from standard input; of a printed model a stretch."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelwalk.core import SpecError
from kernelwalk.core.errors import format_value
from kernelwalk.core.frameworks.parsing.sequential import read_chain
from kernelwalk.core.layers.formatting import format_size

from ..failures import UsageError
from ..paths import describe_os_error
from .model_choice import ModelChoice

if TYPE_CHECKING:
    from kernelwalk.core.frameworks.printed.module_flow import PrintedLayer, PrintedModel

STANDARD_INPUT = "-"
CODE_SUFFIXES = (".txt", ".py", ".log")
MAX_BYTES = 1_000_000

HEADINGS = ("", "layer", "kind", "channels", "kernel", "stride", "padding", "input", "output", "then")
UNKNOWN = "?"


def is_code_file(argument: str) -> bool:
    """Return True for "-" and for the name of a file with code or with the text of print(model)."""
    return argument == STANDARD_INPUT or argument.lower().endswith(CODE_SUFFIXES)


def read_code_file(argument: str) -> str:
    """Return the text of a file or of standard input. Raises UsageError."""
    try:
        if argument == STANDARD_INPUT:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(argument).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{argument}: cannot be read: {describe_os_error(error)}. Name another file") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{argument}: it has more than {MAX_BYTES:,} bytes. Give a part of it")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{argument}: byte {error.start} is not UTF-8. Save it as UTF-8") from None


def list_notes(text: str) -> list[str]:
    """Return sentences on what is left out of code: layers without cells, and what stands beside a printed model."""
    try:
        left_out = read_chain(text).left_out
    except SpecError:
        return []  # the spec reports it
    notes = []
    if left_out:
        kinds = ", ".join(dict.fromkeys(left_out))
        notes.append(f"left out: {kinds}, in which nothing slides over cells")
    if _is_printed(text):
        beside = [layer.name for layer in _follow("", text, None).layers if layer.is_beside]
        if beside:
            notes.append(f"left out: what stands beside the main path: {_list_some(beside)}")
    return notes


def _is_printed(text: str) -> bool:
    """Return True for what print(model) writes."""
    if "): " not in text:
        return False
    from kernelwalk.core.frameworks.printed.module_print import is_module_print

    return is_module_print(text)


def _list_some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def fit_input(text: str, sizes: Sequence[int]) -> list[int]:
    """Return the input's sizes with as many axes as the first layer of code has."""
    keys = read_chain(text).parts[0].keys
    dims = next((len(keys[key]) for key in ("kernel", "scale", "output_shape") if isinstance(keys.get(key), list)), 2)
    return list(sizes) if len(sizes) == dims else [sizes[0]] * dims


def take_stretch(argument: str, text: str, choice: ModelChoice) -> tuple[str, list[str]]:
    """Return the layer, or the chain "FROM..TO", of a printed model as the text of a part of it, and notes.

    Raises UsageError.
    """
    layer, layers = choice.layer, choice.layers
    if choice.channels is not None or choice.region is not None:
        raise UsageError(f"{argument}: --channels and --region need a model with its weights: A.onnx")
    if not _is_printed(text):
        raise UsageError(f"{argument}: --layer and --layers are for a model, and for what print(model) writes")
    found = _follow(argument, text, None).layers
    if layers is None:
        chosen = [_find(argument, found, layer or "")]
    else:
        first, dots, last = layers.partition("..")
        if not dots:
            raise UsageError(f"{argument}: --layers {layers[:80]}: write FROM..TO")
        start, end = _find(argument, found, first), _find(argument, found, last)
        if end.number < start.number:
            raise UsageError(f"{argument}: --layers: {end.name} stands before {start.name}. Name them in turn")
        chosen = found[start.number : end.number + 1]
    beside = [each.name for each in chosen if each.is_beside] if len(chosen) > 1 else []
    chosen = [each for each in chosen if not each.is_beside or len(chosen) == 1]
    for each in chosen[1:]:
        if not each.is_next:
            what = f"{each.name} does not read what the layer before it computes"
            raise UsageError(f"{argument}: --layers: {what}. Take a stretch that ends before it, or begins with it")
    lines = []
    for each in chosen:
        lines.append(f"({each.name}): {each.module.kind}({each.module.text})")
        lines += [f"({each.name}.then): {follower}" for follower in each.followers]
    return "\n".join(lines), [f"left out: what stands beside the chain: {_list_some(beside)}"] if beside else []


def _find(argument: str, layers: Sequence[PrintedLayer], text: str) -> PrintedLayer:
    """Return the layer with a number, a name, or the end of a name that only it has. Raises UsageError."""
    named = [layer for layer in layers if layer.name == text]
    if not named and text.isdecimal():
        named = [layer for layer in layers if layer.number == int(text)]
    named = named or [layer for layer in layers if layer.name.endswith(f".{text}") or layer.name.startswith(f"{text}.")]
    if not named:
        raise UsageError(
            f"{argument}: there is no layer {format_value(text, 80)}. kernelwalk layers {argument} lists them"
        )
    if len(named) > 1:
        numbers = ", ".join(str(layer.number) for layer in named[:8])
        raise UsageError(f"{argument}: {len(named)} layers match {format_value(text, 80)}. Give a number: {numbers}")
    if not named[0].keys:
        raise UsageError(f"{argument}: {named[0].name} cannot be drawn: {named[0].reason}")
    return named[0]


def _follow(argument: str, text: str, sizes: Sequence[int] | None) -> PrintedModel:
    from kernelwalk.core.frameworks.printed.module_flow import follow_model  # only now: code needs no such module
    from kernelwalk.core.frameworks.printed.module_print import parse_module_print

    try:
        return follow_model(parse_module_print(text), sizes)
    except SpecError as error:
        raise UsageError("\n".join(f"{argument}: {problem}" for problem in error.problems)) from None


def format_printed_model(argument: str, text: str, sizes: Sequence[int] | None, as_json: bool) -> str:
    """Return the list of a printed model's layers, as text or as JSON. Raises UsageError.

    sizes: of the input; None leaves sizes unknown
    """
    if not _is_printed(text):
        raise UsageError(f"{argument}: this is not what print(model) writes. kernelwalk inspect takes code")
    model = _follow(argument, text, sizes)
    if as_json:
        table = {"layers": [_describe(layer) for layer in model.layers], "others": model.others, "doubts": model.doubts}
        return json.dumps(table, indent=1)
    rows = [HEADINGS, *(_make_row(layer) for layer in model.layers)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            f"{row[0]:>{widths[0]}}",
            *(f"{cell:<{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
        if number and sizes is not None and model.layers[number - 1].reason:
            lines.append(f"{'':>{widths[0]}}  {model.layers[number - 1].reason}")
    others = ", ".join(f"{count} {kind}" for kind, count in model.others.items())
    lines += [f"not listed, as nothing slides over cells in them: {others}"] if others else []
    lines += model.doubts
    lines.append("Modules are taken to run in the order of the text, which does not have what forward() does besides.")
    return "\n".join(lines)


def _make_row(layer: PrintedLayer) -> tuple[str, ...]:
    known = _describe(layer)
    padding = known["padding"]
    sizes = [UNKNOWN if known[key] is None else format_size(known[key]) for key in ("input", "output")]
    numbers = [_format_numbers(each) for each in (known["kernel"], known["stride"], padding)]
    channels = " → ".join(str(known[key] or UNKNOWN) for key in ("in_channels", "out_channels"))
    then = ", ".join(code.partition("(")[0] for code in layer.followers)
    name = f"{layer.name} (beside)" if layer.is_beside else layer.name
    return (str(layer.number), name, layer.module.kind, channels, *numbers, *sizes, then)


def _format_numbers(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(entry, int) for entry in value):
        return format_size(value) if len(set(value)) > 1 else str(value[0])
    return "" if value is None else str(value)


def _describe(layer: PrintedLayer) -> dict[str, Any]:
    """Return what is known of a layer; a size that is not known is None."""
    keys = layer.keys
    return {
        "number": layer.number,
        "name": layer.name,
        "kind": layer.module.kind,
        "op": keys.get("op"),
        "is_beside": layer.is_beside,
        "reason": layer.reason or None,
        "in_channels": layer.reads.channels,
        "out_channels": layer.writes.channels,
        "kernel": keys.get("kernel"),
        "stride": keys.get("stride"),
        "padding": keys.get("padding"),
        "dilation": keys.get("dilation"),
        "groups": keys.get("groups"),
        "input": None if layer.reads.sizes is None else list(layer.reads.sizes),
        "output": None if layer.writes.sizes is None else list(layer.writes.sizes),
        "then": list(layer.followers),
    }
