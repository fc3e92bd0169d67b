# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the command line that several commands share, and those of render that are many."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .quality import QUALITIES


class Kind(StrEnum):
    """What goes into a folder."""

    frames = "frames"
    mp4 = "mp4"
    webm = "webm"
    gif = "gif"
    webp = "webp"
    png = "png"


class Intent(StrEnum):
    """What the pictures are for."""

    draft = "draft"
    standard = "standard"
    final = "final"


def path(text: str) -> Path:
    if not text:
        raise typer.BadParameter("the name is empty")
    return Path(text)


SPEC = "A TOML file, or a preset's name (see kernelwalk presets)."
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help=SPEC)]
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SPEC)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the spec: --set render.samples=4. May be repeated."),
]
Blender = Annotated[
    str | None,
    typer.Option("--blender", metavar="PATH", help="Blender's executable. Else BLENDER, else the Python package bpy."),
]
Quality = Annotated[
    Intent | None,
    typer.Option("--quality", help="; ".join(f"{name}: {each.told}" for name, each in QUALITIES.items()) + "."),
]

StallTimeout = Annotated[
    float,
    typer.Option(min=1.0, metavar="SECONDS", help="End a Blender that gives no sign of life for so long."),
]
FrameTimeout = Annotated[
    float, typer.Option(min=1.0, metavar="SECONDS", help="End a Blender that takes longer for a frame.")
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", parser=path, metavar="OUT", help="A film (.mp4 .webm .gif .webp .png), or a folder."
    ),
]
Folder = Annotated[Path, typer.Option("--output", "-o", parser=path, metavar="DIR", help="The folder.")]

Frames = Annotated[
    str | None,
    typer.Option("--frames", metavar="A-B", help="Only these, into a folder, beside others that do the same: 1-12,15."),
]
Dask = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Render on the workers of this Dask scheduler, or of a local one."),
]
Chunk = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Frames that a worker gets at a time. Else as many as suit their time."),
]
Unshared = Annotated[
    bool, typer.Option("--no-shared-folder", help="The workers cannot write to OUT: pictures come back through Dask.")
]
TlsCa = Annotated[Path | None, typer.Option("--tls-ca", metavar="FILE", help="Of a cluster with TLS: the authority.")]
TlsCert = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", help="The certificate of this client.")]
TlsKey = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key.")]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Reach another machine without TLS. Whoever else can runs code there.")
]
