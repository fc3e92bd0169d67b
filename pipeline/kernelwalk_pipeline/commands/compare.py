# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk compare: two layers on one input, and what to change in one to get the other."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from . import options

DIFFERENT_CODE = 1
"""Exit code where the layers compute different numbers."""

LAYER = 'A layer as code, "nn.Conv2d(1, 1, 3)", a TOML file or a preset.'


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=LAYER)],
    second: Annotated[str, typer.Argument(metavar="B", help=f"{LAYER} It reads the input of A.")],
    *,
    input: options.Input = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare two layers on one input.

    Shows which outputs differ, how the windows lie to each other, and what to change in B to get A. Exits with 1 where
    the layers compute different numbers from the same input and weights. Needs no Blender.
    """
    from ..comparison_report import compare_specs, list_rows, make_table

    comparison = compare_specs(first, second, input)
    if as_json:
        print(json.dumps(make_table(comparison)))
    else:
        for name, value in list_rows(comparison):
            print(f"{name:<15} {value}")
    if not comparison.computes_same:
        raise typer.Exit(DIFFERENT_CODE)
