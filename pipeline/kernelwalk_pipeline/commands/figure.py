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
    specs: options.Specs,
    out: Annotated[
        Path,
        options.output("FIGURE", "The file to write, .svg, .pdf, or .tex for pdflatex, or the folder of several."),
    ],
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
    form: Annotated[str | None, options.folder_form(("svg", "pdf", "tex"))] = None,
) -> None:
    """Draw steps as a vector figure.

    The figure has the picture's tiles, connectors, values and words, without light and shadows. Needs no Blender.
    """
    from ..figures.files import write_figures
    from ..file_outputs import resolve_files
    from ..paths import prepare_file
    from ..step_selection import parse_steps, resolve_step

    if step is not None and steps is not None:
        raise UsageError("--step: cannot be combined with --steps. Leave one of them out")
    sources = spec_options.read_all_for_pictures(specs, model.make_choice(specs, feed, spec_options.input))
    outputs = resolve_files(out, sources, SUFFIXES, "a figure", form)
    suffix = outputs[0].suffix.lower()
    if columns is not None and suffix != ".svg":
        raise UsageError(f"--columns: {suffix} has a page for each step. Leave it out, or write an .svg")
    counts = [source.spec.step_count for source in sources]
    chosen = [[resolve_step(step or 0, count)] if steps is None else parse_steps(steps, count) for count in counts]
    for source, own, path in zip(sources, chosen, outputs, strict=True):
        prepare_file(path)
        write_figures(source, own, path, columns, text == "text")
        print(path)
