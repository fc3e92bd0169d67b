# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk figure: steps as a vector figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..failures import UsageError
from . import options
from .model_options import FeedOptions, LayerOptions
from .options import SpecOptions

SUFFIXES = (".svg", ".pdf", ".tex")
TEXT_FORMS = ("outlines", "text")


def figure(
    spec: options.Spec,
    out: Annotated[Path, options.output("FIGURE", "The file to write: .svg, .pdf, or .tex for pdflatex.")],
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    step: Annotated[
        int | None, typer.Option("--step", metavar="N", help="The step, from 0; -1 is the last. Default: 0.")
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(
            "--steps", metavar="A-B,C", help="Several steps, e.g. 0-8,12 or 0-20x2: pages, in .svg rows and columns."
        ),
    ] = None,
    columns: Annotated[
        int | None,
        typer.Option("--columns", min=1, metavar="N", help="Steps per row of an .svg. Default: chosen to fit."),
    ] = None,
    text: Annotated[
        str,
        options.choice(
            "--text",
            names=TEXT_FORMS,
            help="outlines: words look the same everywhere; text: they can be selected and edited. .svg and .pdf hold "
            "their fonts, .tex uses the document's.",
        ),
    ] = "outlines",
) -> None:
    """Draw steps as a vector figure.

    The figure has the picture's tiles, connectors, values and words, without light and shadows. Needs no Blender.
    """
    from ..figures.files import write_figures
    from ..paths import prepare_file
    from ..step_selection import parse_steps, resolve_step

    suffix = out.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise UsageError(f"{out}: {suffix or 'no suffix'} is no form of a figure. Use {known}")
    if step is not None and steps is not None:
        raise UsageError("--step: cannot be combined with --steps. Leave one of them out")
    if columns is not None and suffix != ".svg":
        raise UsageError(f"--columns: {suffix} has a page for each step. Leave it out, or write an .svg")
    source = spec_options.read_for_pictures(spec, model.make_choice([spec], feed, spec_options.input))
    count = source.spec.step_count
    chosen = [resolve_step(step or 0, count)] if steps is None else parse_steps(steps, count)
    prepare_file(out)
    write_figures(source, chosen, out, columns, text == "text")
    print(out)
