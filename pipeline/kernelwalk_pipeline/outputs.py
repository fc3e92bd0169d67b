# SPDX-License-Identifier: GPL-3.0-or-later
"""The outputs of a command, one per spec: a film's file, with or without a poster, or a folder of frames."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .failures import UsageError
from .films.formats import FILM_FORMATS, check_spec_fits
from .paths import is_folder, refuse_special_file, refuse_symlink
from .source import Source

FRAMES_FORMAT = "frames"
"""The value of --format for folders of frames."""

FRAMES_SUFFIX = ".frames"
"""Suffix of the folder beside a film that holds its frames until it is done."""

MIN_BYTES_PER_PIXEL, SPARE_BYTES = 0.05, 20_000_000
"""Disk space a frame takes at least, per pixel, and what must stay free besides."""

WINDOWS_DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)),
}
"""Names that cannot be files on Windows."""


@dataclass(frozen=True)
class Poster:
    """A picture of one step, written beside a film."""

    path: Path
    step: int


@dataclass(frozen=True)
class Output:
    """A film's file with its poster, if it gets one; or a folder of PNG frames."""

    path: Path
    is_film: bool
    poster: Poster | None = None

    @property
    def folder(self) -> Path:
        """The folder that stays when all is done: a film's, or that of the frames."""
        return self.path.parent if self.is_film else self.path

    @property
    def frames_folder(self) -> Path:
        """The folder of the frames: the output itself, or a folder beside the film until the film is done."""
        return self.path.with_name(self.path.name + FRAMES_SUFFIX) if self.is_film else self.path


def resolve_outputs(out: Path, sources: Sequence[Source], format_name: str | None) -> list[Output]:
    """Return the output of each spec, checked and with its folder created.

    out:         for one spec, a film's file or a folder of frames; for several, the folder of all outputs, which are
                 named after the specs
    format_name: what a folder gets: FRAMES_FORMAT or a film format's name; None decides by `out`
    Raises UsageError or OutputError.
    """
    is_film = out.suffix.lower() in FILM_FORMATS
    if format_name is not None and is_film:
        raise UsageError(f"{out}: the name gives the film's format, --format is for folders. Leave one of them out")
    if not is_film and out.suffix and not is_folder(out) and not out.suffix[1:].isdigit():
        known = ", ".join(FILM_FORMATS)
        raise UsageError(f"{out}: {out.suffix} is not a film format. Use {known}, or a folder's name")
    if is_film and len(sources) > 1:
        raise UsageError(f"{out}: {len(sources)} specs cannot share one film. Give a folder")
    outputs = []
    for source in sources:
        if format_name not in (None, FRAMES_FORMAT):
            outputs.append(Output(out / f"{name_output(source)}.{format_name}", is_film=True))
        elif is_film or len(sources) == 1:
            outputs.append(Output(out, is_film))
        else:
            outputs.append(Output(out / name_output(source), is_film=False))
    for output, source in zip(outputs, sources, strict=True):
        if output.is_film:
            check_spec_fits(output.path.suffix.lower(), source)
            refuse_special_file(output.path)
        refuse_symlink(output.frames_folder)
    return outputs


def add_posters(outputs: Sequence[Output], sources: Sequence[Source], step: int | None) -> list[Output]:
    """Return film outputs with a poster of `step` each; None chooses each walk's representative step.

    Raises UsageError or OutputError.
    """
    from kernelwalk.core.describe.representative_step import choose_representative_step  # which imports numpy

    from .step_selection import resolve_step

    with_posters = []
    for output, source in zip(outputs, sources, strict=True):
        if not output.is_film:
            raise UsageError(
                f"{output.path}: --poster needs a film. Name a film, add --format, or use kernelwalk still"
            )
        if step is None:
            number = choose_representative_step(source.spec)
        else:
            number = resolve_step(step, source.spec.step_count, "--poster-step")
        poster = Poster(output.path.with_name(f"{output.path.stem}.poster.png"), number)
        refuse_special_file(poster.path)
        with_posters.append(replace(output, poster=poster))
    return with_posters


def name_output(source: Source) -> str:
    """Return the name of a spec's output; it cannot lead out of its folder. Raises UsageError."""
    name = source.name
    if name in ("", ".", "..") or Path(name).name != name or name.upper() in WINDOWS_DEVICES:
        raise UsageError(f"{name!r}: cannot be an output's name. Rename the spec's file")
    return name


def min_free_bytes(frames: int, resolution: tuple[int, int]) -> int:
    """Return the disk space needed at least to render so many frames."""
    return int(frames * math.prod(resolution) * MIN_BYTES_PER_PIXEL) + SPARE_BYTES


def needs_full_render(output: Output, source: Source) -> bool:
    """Return True if, before planning, an output is certain to be rendered: nothing exists yet, and the disk has room
    even if no two frames look the same."""
    folder, spec = output.frames_folder, source.spec
    if folder.is_dir() and any(folder.iterdir()):
        return False
    free = shutil.disk_usage(folder if folder.is_dir() else folder.parent).free
    return free >= min_free_bytes(len(spec.frames), spec.render.resolution)
