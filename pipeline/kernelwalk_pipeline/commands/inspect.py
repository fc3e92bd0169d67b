# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk inspect: a spec's sizes, counts and mapping in the terminal."""

from __future__ import annotations

import sys
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
    """Show sizes, counts and the mapping.

    Needs no Blender.
    """
    from kernelwalk.core.spec.limits import Purpose

    from .. import report
    from ..source import read_spec

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
