# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk encode: a film of rendered frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..failures import UsageError, interruptible
from . import options
from .model_options import FeedOptions, LayerOptions
from .options import SpecOptions


def encode(
    spec: options.Spec,
    frames: Annotated[
        Path, typer.Argument(metavar="FRAMES", help="The folder of its rendered frames, also of Blender's own.")
    ],
    out: options.Output,
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
) -> None:
    """Make a film of rendered frames.

    Also of frames that Blender rendered from a saved .blend: PNGs whose names end in their numbers. Needs no Blender.
    """
    from ..films.formats import FILM_FORMATS
    from ..jobs.job import encode_output
    from ..outputs import resolve_outputs

    source = spec_options.read(spec, model.make_choice([spec], feed, spec_options.input))
    (output,) = resolve_outputs(out, [source], None)
    if not output.is_film:
        raise UsageError(f"{out}: is not a film. Use {', '.join(FILM_FORMATS)}")
    with interruptible(source.name):
        encode_output(source, frames, output.path)
    print(out)
