# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the command line that several commands share, and those of render that are many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..quality import QUALITIES


class FolderFormat(StrEnum):
    """What goes into a folder."""

    frames = "frames"
    mp4 = "mp4"
    webm = "webm"
    gif = "gif"
    webp = "webp"
    png = "png"


class QualityName(StrEnum):
    """What the pictures are for."""

    draft = "draft"
    standard = "standard"
    final = "final"


def parse_path(text: str) -> Path:
    if not text:
        raise typer.BadParameter("the name is empty")
    return Path(text)


def _parse_numbers(text: str, example: str, many: Sequence[int]) -> list[int]:
    """The numbers of a text such as "28x28", of which there are as many as one of `many`. Raises typer.BadParameter."""
    found = re.fullmatch(r"[0-9]{1,9}([x×][0-9]{1,9})*", text.strip().lower())
    numbers = [int(number) for number in re.split("[x×]", found[0])] if found else []
    if len(numbers) not in many:
        raise typer.BadParameter(f"{text[:40]!r} is no size. Write for example {example}")
    return numbers


def parse_input(text: str) -> str:
    """An input's cells as the setting that they are: one number stands as a number, which means as many each way."""
    numbers = _parse_numbers(text, "28x28, 12 or 4x5x5", (1, 2, 3))
    return f"input={numbers if len(numbers) > 1 else numbers[0]}"


def parse_size(text: str) -> str:
    """A picture's width and height as the setting that they are."""
    return f"render.resolution={_parse_numbers(text, '1920x1080', (2,))}"


def collect_settings(
    settings: Sequence[str] | None, input: str | None = None, size: str | None = None, transparent: bool = False
) -> list[str]:
    """All that the command line sets, what has a word of its own last: it holds against --set."""
    also = [size, input, "render.transparent=true" if transparent else None]
    return [*(settings or ()), *(each for each in also if each is not None)]


SPEC = 'A TOML file, a preset\'s name (see kernelwalk presets), or a layer as code: "nn.Conv2d(1, 1, 3)" with --input.'
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help=SPEC)]
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SPEC)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the spec: --set render.samples=4. May be repeated."),
]
Input = Annotated[
    str | None,
    typer.Option(
        "--input", parser=parse_input, metavar="28x28", help="The layer's input, or that of the first of a chain."
    ),
]
Size = Annotated[
    str | None, typer.Option("--size", parser=parse_size, metavar="WxH", help="Of each picture, in pixels: 1920x1080.")
]
Transparent = Annotated[
    bool, typer.Option("--transparent", help="Leave the background out; shadows stay. Not for .mp4 and .gif.")
]
Blender = Annotated[
    str | None,
    typer.Option("--blender", metavar="PATH", help="Blender's executable. Else BLENDER, else the Python package bpy."),
]
Quality = Annotated[
    QualityName | None,
    typer.Option("--quality", help="; ".join(f"{name}: {each.description}" for name, each in QUALITIES.items()) + "."),
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
        "--output", "-o", parser=parse_path, metavar="OUT", help="A film (.mp4 .webm .gif .webp .png), or a folder."
    ),
]
Folder = Annotated[Path, typer.Option("--output", "-o", parser=parse_path, metavar="DIR", help="The folder.")]

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
