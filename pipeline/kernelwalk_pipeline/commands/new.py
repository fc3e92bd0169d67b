# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk new: a spec to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .model_options import FeedOptions, LayerOptions
from .options import SpecOptions


def new(
    out: Annotated[Path, typer.Argument(metavar="A.toml", help="The file to write.", parser=options.parse_path)],
    *,
    origin: Annotated[
        str, typer.Option("--from", metavar="SPEC", help="Start from this TOML file, preset, layer as code, or model.")
    ] = "padding_strides",
    spec_options: SpecOptions,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    model: LayerOptions,
    feed: FeedOptions,
) -> None:
    """Write a spec to start from.

    The file holds the layer, and the most useful other keys as comments with their meanings. Needs no Blender.
    """
    from ..new_spec import write_new_spec

    source = spec_options.read(origin, model.make_choice([origin], feed, spec_options.input))
    write_new_spec(source.spec, out, is_replaced=force)
    print(out)
