# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk compare: two layers on one input, and what to change in one to get the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..films.formats import FILM_FORMATS
from . import options
from .options import RenderSpecOptions

if TYPE_CHECKING:
    from ..source import Source

DIFFERENT_CODE = 1
"""Exit code where the layers compute different numbers."""

PICTURE_SUFFIX, SCENE_SUFFIX = ".png", ".blend"
"""Suffixes of a picture of a step, and of a scene."""

FILM_SUFFIXES = ", ".join(suffix for suffix in FILM_FORMATS if suffix != PICTURE_SUFFIX)

DRAWING = f"Also draw both in one scene: a picture (.png) of --step, a film ({FILM_SUFFIXES}), or a .blend."

LAYER = 'a layer as code, "nn.Conv2d(1, 1, 3)", a TOML file or a preset.'


def compare(
    first: Annotated[str, typer.Argument(metavar="SPEC", help=f"A: {LAYER}")],
    second: Annotated[str, typer.Argument(metavar="SPEC", help=f"B: {LAYER} It reads the input of A.")],
    *,
    spec_options: RenderSpecOptions,
    out: Annotated[
        Path | None,
        options.output("OUT", DRAWING),
    ] = None,
    step: Annotated[
        int, typer.Option("--step", metavar="N", help="The step of a picture, from 0; -1 is the last.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    blender: options.Blender = None,
) -> None:
    """Compare two layers on one input.

    Shows which outputs differ, how the windows lie to each other, and what to change in B to get A. Exits with 1 where
    the layers compute different numbers from the same input and weights. Needs no Blender, except for --output, which
    draws both side by side, and frames the input tiles that only one of both layers reads.
    """
    from ..comparison_report import compare_sources, list_rows, make_table, read_pair

    pair = read_pair(first, second, spec_options)
    comparison = compare_sources(*pair)
    if out is not None:
        _draw(pair, (first, second), out, step, blender)
    if as_json:
        print(json.dumps(make_table(comparison)))
    else:
        for name, value in list_rows(comparison, pair[1].framework):
            print(f"{name:<15} {value}")
    if not comparison.computes_same:
        raise typer.Exit(DIFFERENT_CODE)


def _draw(pair: tuple[Source, Source], arguments: tuple[str, str], out: Path, step: int, blender: str | None) -> None:
    """Draw both layers side by side in one scene. Raises Failure."""
    from ..blenders.blender_pool import BlenderPool
    from ..comparison_report import put_beside
    from ..failures import UsageError, interruptible
    from ..jobs.job import render_output, render_step, save_blend
    from ..jobs.rendering import RenderOptions
    from ..outputs import resolve_outputs
    from ..paths import prepare_folder

    suffix = out.suffix.lower()
    if suffix not in (PICTURE_SUFFIX, SCENE_SUFFIX, *FILM_FORMATS):
        known = f"{PICTURE_SUFFIX}, {FILM_SUFFIXES} or {SCENE_SUFFIX}"
        raise UsageError(f"{out}: {suffix or 'no suffix'} is no picture, film or scene. Use {known}")
    titles = [f"{letter}: {argument}" for letter, argument in zip("AB", arguments, strict=True)]
    both = put_beside(*pair, titles)
    prepare_folder(out.parent)
    with interruptible(both.name), BlenderPool(blender) as pool:
        if suffix == PICTURE_SUFFIX:
            render_step(both, step, out, pool)
        elif suffix == SCENE_SUFFIX:
            save_blend(both, out.absolute(), pool)
        else:
            (output,) = resolve_outputs(out, [both], None)
            render_output(both, output, RenderOptions(), pool)
