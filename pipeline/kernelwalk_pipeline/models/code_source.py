# SPDX-License-Identifier: GPL-3.0-or-later
"""Code as a SPEC argument: on the command line, in a file, or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kernelwalk.core import SpecError
from kernelwalk.core.frameworks.parsing.code_text import is_param_text
from kernelwalk.core.frameworks.parsing.sequential import read_chain

from ..failures import UsageError
from ..paths import describe_os_error
from .printed_model import follow_text, is_printed, list_some

STANDARD_INPUT = "-"
CODE_SUFFIXES = (".txt", ".py", ".log", ".param")
MAX_BYTES = 1_000_000


def is_code_text(argument: str) -> bool:
    """Return True for code itself: a call, or a line of an ncnn param file."""
    return "(" in argument or is_param_text(argument)


def is_code_file(argument: str) -> bool:
    """Return True for "-" and for the name of a file with code, or with the text of print(model), or of ncnn."""
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
    if is_printed(text):
        beside = [layer.name for layer in follow_text("", text, None).layers if layer.is_beside]
        if beside:
            notes.append(f"left out: what stands beside the main path: {list_some(beside)}")
    return notes


def find_code_framework(layer: Any) -> str | None:
    """Return the key of the framework of a spec's layer, or of the first one of several; None if it is not code."""
    code = layer.get("code") if isinstance(layer, dict) else layer
    try:
        return read_chain(code).parts[0].framework if isinstance(code, str) else None
    except SpecError:
        return None


def fit_input(text: str, sizes: Sequence[int]) -> list[int]:
    """Return the input's sizes with as many axes as the first layer of code has."""
    keys = read_chain(text).parts[0].keys
    dims = next((len(keys[key]) for key in ("kernel", "scale", "output_shape") if isinstance(keys.get(key), list)), 2)
    return list(sizes) if len(sizes) == dims else [sizes[0]] * dims
