# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that make pictures for print and pages: still, sheet, gallery."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..failures import UsageError, interruptible
from . import options
from .options import Blender, Quality, Settings, Spec

Picture = Annotated[
    Path, typer.Option("--output", "-o", parser=options.parse_path, metavar="A.png", help="The picture.")
]


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
    from .. import outputs as destination
    from .. import source
    from ..blenders.blender_pool import BlenderPool
    from ..jobs import job

    each = source.read_spec(spec, options.collect_settings(settings, input, size, transparent), quality)
    destination.check_suffix(out, ".png")
    destination.prepare_folder(out.parent)
    with interruptible(each.name), BlenderPool(blender) as crew:
        job.render_step(each, step, out, crew)
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
    from .. import outputs as destination
    from .. import source
    from .. import step_selection as walk
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.rendering import RenderOptions
    from ..pages import contact_sheet as contact

    if steps is not None and every is not None:
        raise UsageError("--every: goes without --steps, which says already which. Leave one of them out")
    each = source.read_spec(spec, options.collect_settings(settings, input, size, transparent), quality)
    if size is None:
        each = contact.with_sheet_size(each)
    if not words:
        each = contact.without_labels(each)
    count = each.spec.step_count
    if steps is not None:
        chosen = walk.parse_steps(steps, count)
    else:
        chosen = walk.default_steps(count) if every is None else walk.every_nth(every, count)
    destination.check_suffix(out, ".png")
    destination.prepare_folder(out.parent)
    with interruptible(each.name), BlenderPool(blender) as crew:
        contact.render_sheet(each, chosen, columns, out, RenderOptions(restart), crew)
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
    from ..pages import gallery_builder as exhibition

    chosen = exhibition.parse_templates(looks)
    made = exhibition.build_items(chosen, options.collect_settings(settings, size=size), quality, out, stills)
    with BlenderPool(blender) as crew:
        for path in exhibition.render_gallery(made, out, columns, restart, crew):
            print(path)
