# SPDX-License-Identifier: GPL-3.0-or-later
"""A model as print(model) writes it: its layers, and a stretch of them as the text of a part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kernelwalk.core import SpecError
from kernelwalk.core.errors import format_value
from kernelwalk.core.frameworks.parsing.code_text import is_param_text

from ..failures import UsageError
from .model_choice import ModelChoice

if TYPE_CHECKING:
    from kernelwalk.core.frameworks.printed.module_flow import PrintedLayer, PrintedModel


def is_printed(text: str) -> bool:
    """Return True for what print(model) writes."""
    if "): " not in text:
        return False
    from kernelwalk.core.frameworks.printed.module_print import is_module_print

    return is_module_print(text)


def follow_text(argument: str, text: str, sizes: Sequence[int] | None) -> PrintedModel:
    """Return the layers of a printed model, or of a param file of ncnn, with the sizes that follow from the input's.

    Raises UsageError.

    argument: the name of the text in errors
    sizes:    of the input; None leaves sizes unknown
    """
    from kernelwalk.core.frameworks.printed.module_flow import follow_model  # only now: code needs no such module
    from kernelwalk.core.frameworks.printed.module_print import parse_module_print
    from kernelwalk.core.frameworks.printed.ncnn_flow import follow_param_file

    try:
        if is_param_text(text):
            return follow_param_file(text, sizes)
        return follow_model(parse_module_print(text), sizes)
    except SpecError as error:
        raise UsageError("\n".join(f"{argument}: {problem}" for problem in error.problems)) from None


def take_stretch(argument: str, text: str, choice: ModelChoice) -> tuple[str, list[str]]:
    """Return the layer, or the chain "FROM..TO", of a printed model as the text of a part of it, and notes.

    Raises UsageError.
    """
    layer, layers = choice.layer, choice.layers
    if choice.channels is not None or choice.region is not None:
        raise UsageError(f"{argument}: --channels and --region need a model with its weights: A.onnx")
    if not is_printed(text):
        raise UsageError(f"{argument}: --layer and --layers are for a model, and for what print(model) writes")
    found = follow_text(argument, text, None).layers
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
    return "\n".join(lines), [f"left out: what stands beside the chain: {list_some(beside)}"] if beside else []


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


def list_some(names: Sequence[str]) -> str:
    """Return the first of some names, and the number of others."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
