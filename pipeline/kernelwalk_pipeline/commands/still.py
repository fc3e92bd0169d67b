# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk still: one step as a picture."""

from __future__ import annotations

from typing import Annotated

import typer

from ..failures import interruptible
from . import options
from .model_options import FeedOptions, LayerOptions
from .options import RenderSpecOptions


def still(
    spec: options.Spec,
    out: options.Picture,
    spec_options: RenderSpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    step: Annotated[int, typer.Option("--step", metavar="N", help="The step, from 0; -1 is the last.")] = 0,
    blender: options.Blender = None,
) -> None:
    """Render one step as a picture."""
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.job import render_step
    from ..paths import check_suffix, prepare_folder

    source = spec_options.read_for_pictures(spec, model.make_choice([spec], feed, spec_options.input))
    check_suffix(out, ".png")
    prepare_folder(out.parent)
    with interruptible(source.name), BlenderPool(blender) as pool:
        render_step(source, step, out, pool)
    print(out)
