# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk compare: two layers on one input, and what to change in one to get the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..films.formats import FILM_FORMATS, check_spec_fits
from . import options
from .options import SpecOptions

if TYPE_CHECKING:
    from ..source import Source

DIFFERENT_CODE = 1
"""Exit code where the layers compute different numbers."""

PICTURE_SUFFIX, MAX_TITLE = ".png", 120
"""Suffix of a picture, and the longest title of a spec."""

FILM_SUFFIXES = ", ".join(suffix for suffix in FILM_FORMATS if suffix != PICTURE_SUFFIX)

LAYER = 'a layer as code, "nn.Conv2d(1, 1, 3)", a TOML file or a preset.'


def compare(
    first: Annotated[str, typer.Argument(metavar="SPEC", help=f"A: {LAYER}")],
    second: Annotated[str, typer.Argument(metavar="SPEC", help=f"B: {LAYER} It reads the input of A.")],
    *,
    spec_options: SpecOptions,
    out: Annotated[
        Path | None,
        options.output("OUT", f"Also draw both side by side: a picture (.png) of --step, or a film ({FILM_SUFFIXES})."),
    ] = None,
    step: Annotated[
        int, typer.Option("--step", metavar="N", help="The step of a picture, from 0; -1 is the last.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    blender: options.Blender = None,
) -> None:
    """Compare two layers on one input.

    Shows which outputs differ, how the windows lie to each other, and what to change in B to get A. Exits with 1 where
    the layers compute different numbers from the same input and weights. Needs no Blender, except for --output, whose
    pictures frame the input tiles that only one of both layers reads.
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
    """Draw both layers side by side. Raises Failure."""
    from ..blenders.blender_pool import BlenderPool
    from ..failures import UsageError, interruptible
    from ..jobs.rendering import RenderOptions
    from ..jobs.side_by_side import make_halves, render_halves_film, render_halves_step
    from ..outputs import Output
    from ..paths import prepare_folder, refuse_special_file
    from ..step_selection import resolve_step

    suffix = out.suffix.lower()
    is_film = suffix != PICTURE_SUFFIX
    if is_film and suffix not in FILM_FORMATS:
        raise UsageError(f"{out}: {suffix or 'no suffix'} is neither a picture nor a film. Use .png, {FILM_SUFFIXES}")
    titles = [f"{letter}: {argument}"[:MAX_TITLE] for letter, argument in zip("AB", arguments, strict=True)]
    halves = make_halves(*pair, titles)
    if is_film:
        check_spec_fits(suffix, halves.left)
    refuse_special_file(out)
    prepare_folder(out.parent)
    with interruptible(halves.left.name), BlenderPool(blender) as pool:
        if is_film:
            render_halves_film(halves, Output(out, is_film=True), RenderOptions(), pool)
        else:
            render_halves_step(halves, resolve_step(step, halves.left.spec.step_count), out, pool)
