# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands `kernelwalk export ...`: jobs for engines that schedule on many machines."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from . import options

app = typer.Typer(help="Write jobs for render farms.", no_args_is_help=True, rich_markup_mode=None)


class Film(StrEnum):
    """What the frames become."""

    mp4 = "mp4"
    webm = "webm"
    gif = "gif"
    webp = "webp"
    png = "png"


@app.command()
def openjd(
    specs: options.Specs,
    out: Annotated[
        Path,
        typer.Option("--output", "-o", parser=options.parse_path, metavar="BUNDLE", help="The bundle's folder, new."),
    ],
    settings: options.Settings = None,
    quality: options.Quality = None,
    film: Annotated[Film, typer.Option("--format", help="What the frames become.")] = Film.mp4,
    chunk: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="Frames of a chunk, at first.")] = 10,
    target: Annotated[
        int,
        typer.Option(min=0, metavar="SECONDS", help="That a chunk is to take, where the farm adapts them. 0: fixed."),
    ] = 120,
    timeout: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="End a chunk after so long.")] = 6 * 3600,
) -> None:
    """Write an Open Job Description bundle.

    It renders anywhere where kernelwalk is installed.
    """
    from .. import outputs as destination
    from .. import source
    from ..farms import openjd as description

    sources = source.read_specs(specs, settings or (), quality)
    for each in sources:
        destination.check_spec_fits(f".{film.value}", each)
    description.write_bundle(sources, film.value, description.ChunkOptions(chunk, target, timeout), out)
    print(out)


@app.command()
def flamenco(
    out: Annotated[Path, typer.Option("--output", "-o", parser=options.parse_path, metavar="A.js", help="The script.")],
) -> None:
    """Write a job type for Flamenco.

    It goes into the folder "scripts" beside Flamenco Manager.
    """
    from .. import outputs as destination
    from ..farms import flamenco as job_type

    destination.check_suffix(out, ".js")
    job_type.write_job_type(out)
    print(out)
