# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that make pictures for print and pages: still, sheet, gallery."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..failure import UsageError, interruptible
from . import options
from .options import Blender, Quality, Settings, Spec

Picture = Annotated[Path, typer.Option("--output", "-o", parser=options.path, metavar="A.png", help="The picture.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(still)
    app.command()(sheet)
    app.command()(gallery)


def still(
    spec: Spec,
    out: Picture,
    step: Annotated[int, typer.Option("--step", help="Which step, from 0; -1 is the last.")] = 0,
    settings: Settings = None,
    input: options.Input = None,
    size: options.Size = None,
    transparent: options.Transparent = False,
    quality: Quality = None,
    blender: Blender = None,
) -> None:
    """Render one step as a picture."""
    from .. import output as destination
    from .. import source
    from ..blenders.blender_pool import BlenderPool
    from ..jobs import job

    each = source.read(spec, options.all_settings(settings, input, size, transparent), quality)
    destination.check_suffix(out, ".png")
    destination.prepare(out.parent)
    with interruptible(each.name), BlenderPool(blender) as crew:
        job.still(each, step, out, crew)
    print(out)


def sheet(
    spec: Spec,
    out: Picture,
    steps: Annotated[
        str | None, typer.Option("--steps", metavar="A-B,C", help="Which steps, from 0: 0-8,12 or 0,4,-1.")
    ] = None,
    every: Annotated[
        int | None, typer.Option("--every", min=1, metavar="N", help="Every Nth step. Else all, or 25 of more.")
    ] = None,
    columns: Annotated[
        int | None, typer.Option("--columns", min=1, metavar="N", help="How many side by side. Else as suits them.")
    ] = None,
    words: Annotated[bool, typer.Option("--words", help="Keep the words in the pictures, beside those below.")] = False,
    settings: Settings = None,
    input: options.Input = None,
    size: options.Size = None,
    transparent: options.Transparent = False,
    quality: Quality = None,
    restart: Annotated[bool, typer.Option("--restart", help="Render all anew, also what is there already.")] = False,
    blender: Blender = None,
) -> None:
    """Render steps side by side, as one picture.

    What was interrupted goes on with the same command.
    """
    from .. import output as destination
    from .. import source
    from .. import steps as walk
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.frames import Way
    from ..pages import sheet as contact

    if steps is not None and every is not None:
        raise UsageError("--every: goes without --steps, which says already which. Leave one of them out")
    each = source.read(spec, options.all_settings(settings, input, size, transparent), quality)
    if size is None:
        each = contact.fitted(each)
    if not words:
        each = contact.wordless(each)
    count = each.spec.step_count
    if steps is not None:
        chosen = walk.chosen(steps, count)
    else:
        chosen = walk.by_themselves(count) if every is None else walk.every(every, count)
    destination.check_suffix(out, ".png")
    destination.prepare(out.parent)
    with interruptible(each.name), BlenderPool(blender) as crew:
        contact.render(each, chosen, columns, out, Way(restart), crew)
    print(out)


def gallery(
    out: options.Folder,
    looks: Annotated[
        str | None,
        typer.Option("--looks", metavar="A,B", help="all, or some of them: dark,paper. Else each preset's own."),
    ] = None,
    stills: Annotated[bool, typer.Option("--stills", help="Posters only, no films.")] = False,
    columns: Annotated[int | None, typer.Option("--columns", min=1, metavar="N", help="Of the contact sheet.")] = None,
    settings: Settings = None,
    size: options.Size = None,
    quality: Quality = None,
    restart: Annotated[bool, typer.Option("--restart", help="Render all anew, also what is there already.")] = False,
    blender: Blender = None,
) -> None:
    """Render all presets, with a page that shows them.

    What was interrupted goes on with the same command.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..pages import gallery as exhibition

    chosen = exhibition.looks(looks)
    made = exhibition.pieces(chosen, options.all_settings(settings, size=size), quality, out, stills)
    with BlenderPool(blender) as crew:
        for path in exhibition.render(made, out, columns, restart, crew):
            print(path)
