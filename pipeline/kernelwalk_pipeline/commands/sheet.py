# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk sheet: steps side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from ..failures import UsageError, interruptible
from . import options
from .model_options import FeedOptions, LayerOptions
from .options import RenderSpecOptions


def sheet(
    spec: options.Spec,
    out: options.Picture,
    spec_options: RenderSpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    steps: Annotated[
        str | None, typer.Option("--steps", metavar="A-B,C", help="The steps, from 0, e.g. 0-8,12 or 0,4,-1 or 0-20x2.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option("--every", min=1, metavar="N", help="Every Nth step. Default: all steps, or 25 spread evenly."),
    ] = None,
    columns: Annotated[
        int | None, typer.Option("--columns", min=1, metavar="N", help="Pictures per row. Default: chosen to fit.")
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Keep the labels in the pictures, besides those below them.")
    ] = False,
    restart: options.Restart = False,
    blender: options.Blender = None,
) -> None:
    """Render steps side by side, as one picture.

    After an interruption, the same command continues where it stopped.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.rendering import RenderOptions
    from ..pages import contact_sheet
    from ..paths import check_suffix, prepare_folder
    from ..step_selection import default_steps, every_nth, parse_steps

    if steps is not None and every is not None:
        raise UsageError("--every: cannot be combined with --steps. Leave one of them out")
    source = spec_options.read_for_pictures(spec, model.make_choice([spec], feed, spec_options.input))
    if spec_options.size is None:
        source = contact_sheet.with_sheet_size(source)
    if not labels:
        source = contact_sheet.without_labels(source)
    count = source.spec.step_count
    if steps is not None:
        chosen = parse_steps(steps, count)
    else:
        chosen = default_steps(count) if every is None else every_nth(every, count)
    check_suffix(out, ".png")
    prepare_folder(out.parent)
    with interruptible(source.name), BlenderPool(blender) as pool:
        contact_sheet.render_sheet(source, chosen, columns, out, RenderOptions(restart), pool)
    print(out)
