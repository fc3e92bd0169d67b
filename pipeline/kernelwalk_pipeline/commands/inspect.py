# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk inspect: a spec's sizes, counts and mapping in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .model_options import FeedOptions, LayerOptions


def inspect(
    spec: options.Spec,
    *,
    settings: options.Settings = None,
    input: options.Input = None,
    framework: options.Frameworks = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every output position and its taps as JSON.")] = False,
    model: LayerOptions,
    feed: FeedOptions,
) -> None:
    """Show sizes, counts and the mapping; of a model, the list of its layers.

    Needs no Blender.
    """
    from kernelwalk.core.spec.limits import Purpose

    from .. import report
    from ..source import read_spec

    if not model.is_given and _is_model(spec):
        from .layers import layers

        layers(Path(spec), input=input, as_json=as_json, feed=feed)
        return
    choice = model.make_choice([spec], feed, input)
    changes = options.collect_settings(settings, None if choice else input)
    source = read_spec(spec, changes, choice=choice, purpose=Purpose.REPORT, frameworks=framework or ())
    if as_json:
        for piece in report.format_json(source.spec):
            sys.stdout.write(piece)
        print()
        return
    if source.spec.title:
        print(source.spec.title)
    for name, value in report.list_rows(source.spec, (source.framework or "", *(framework or ()))):
        print(f"{name:<15} {value}")


def _is_model(argument: str) -> bool:
    """Return True for a model's file, and for a printed model or a param file whose layers are no chain."""
    from kernelwalk.core.frameworks.parsing.code_text import is_param_text

    from ..models.code_source import is_code_file, read_code_file
    from ..models.model_choice import is_model_file

    if is_model_file(argument):
        return True
    if argument == "-" or not is_code_file(argument):
        return False
    text = read_code_file(argument)
    if is_param_text(text):
        from kernelwalk.core.frameworks.printed.ncnn_text import has_branches

        return has_branches(text)
    if "): " not in text:
        return False
    from ..models.printed_model import follow_text, is_printed

    return is_printed(text) and not all(
        layer.is_next or layer.is_beside for layer in follow_text(argument, text, None).layers
    )
