# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a result goes: what kind it is, and whether it can be written, known before any Blender starts."""

from __future__ import annotations

import math
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .failure import OutputError, UsageError
from .source import Source

FILMS = {".mp4": "MP4", ".webm": "WebM", ".gif": "GIF", ".webp": "WebP", ".png": "APNG"}
"""Films by their suffix."""

HALVED_COLORS = (".mp4", ".webm")
"""Films that store colour at half the resolution, and so need even sizes."""

OPAQUE = (".mp4", ".gif")
"""Films that cannot be seen through, or, as GIF, only wholly or not at all: every edge and shadow would be jagged."""

FASTEST_GIF = 50
"""Frames a second: a GIF counts in hundredths of a second, and players take a single one for ten."""

DISK_SHARE, DISK_SPARE = 0.05, 20_000_000
"""Bytes that a picture takes at least per pixel, and that are to be free beside."""

FRAMES = "frames"

BESIDE = ".frames"
"""Ends the name of the folder that holds a film's frames, beside it, until it is done."""

DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
"""Names that are no files on Windows."""


@dataclass(frozen=True)
class Poster:
    """A picture of a step that is written beside a film."""

    path: Path
    step: int


@dataclass(frozen=True)
class Output:
    """A film's file, with its poster if there is to be one, or a folder of PNG frames."""

    path: Path
    film: bool
    poster: Poster | None = None

    @property
    def frames(self) -> Path:
        """The folder in which the frames are kept: the output itself, or one beside the film until it is done."""
        return self.path.with_name(self.path.name + BESIDE) if self.film else self.path


def outputs(out: Path, sources: Sequence[Source], kind: str | None) -> list[Output]:
    """The output of each of the specs.

    out:  a film's file for one spec; a folder of frames for one, of outputs named after the specs for several
    kind: what goes into a folder: FRAMES or a film's suffix without its dot; None lets `out` decide
    Raises UsageError or OutputError.
    """
    film = out.suffix.lower() in FILMS
    if kind is not None and film:
        raise UsageError(f"{out}: the name says what film this is, --format goes with a folder. Leave one of them out")
    if not film and out.suffix and not _is_folder(out) and not out.suffix[1:].isdigit():
        known = ", ".join(FILMS)
        raise UsageError(f"{out}: {out.suffix} is no film that can be written. Use {known}, or a folder's name")
    if film and len(sources) > 1:
        raise UsageError(f"{out}: {len(sources)} specs cannot go into one film. Give a folder")
    found = []
    for source in sources:
        if kind not in (None, FRAMES):
            found.append(Output(out / f"{_named(source)}.{kind}", film=True))
        elif film or len(sources) == 1:
            found.append(Output(out, film))
        else:
            found.append(Output(out / _named(source), film=False))
    for output, source in zip(found, sources, strict=True):
        if output.film:
            check_fits(output.path.suffix.lower(), source)
            check_file(output.path)
        refuse_link(output.frames)
        prepare(output.path.parent if output.film else output.path)
    return found


def with_posters(outputs: Sequence[Output], sources: Sequence[Source], step: int | None) -> list[Output]:
    """Outputs that are films, each with a poster of a step, of the most telling one where None is given.

    Raises UsageError or OutputError.
    """
    from . import steps  # which brings in numpy

    found = []
    for output, source in zip(outputs, sources, strict=True):
        if not output.film:
            raise UsageError(
                f"{output.path}: --poster goes with a film. Name one, or say which with --format, or use kernelwalk "
                "still"
            )
        number = (
            steps.telling(source.spec) if step is None else steps.step(step, source.spec.step_count, "--poster-step")
        )
        poster = Poster(output.path.with_name(f"{output.path.stem}.poster.png"), number)
        check_file(poster.path)
        found.append(replace(output, poster=poster))
    return found


def _named(source: Source) -> str:
    """The name of a spec's output, which cannot lead out of the folder that it stands in. Raises UsageError."""
    if source.name in ("", ".", "..") or Path(source.name).name != source.name or source.name.upper() in DEVICES:
        raise UsageError(f"{source.name!r}: no output can be named so. Rename the spec's file")
    return source.name


def check_suffix(path: Path, suffix: str) -> None:
    """Raise UsageError where a file's name ends otherwise."""
    if path.suffix.lower() != suffix:
        use = path.with_suffix(suffix) if path.name else suffix
        raise UsageError(f"{path}: the name must end in {suffix}. Use {use}")


def check_fits(suffix: str, source: Source) -> None:
    """Raise UsageError where the kind of film that a suffix names cannot hold the spec's pictures."""
    spec = source.spec
    width, height = spec.render.resolution
    if suffix in HALVED_COLORS and (width % 2 or height % 2):
        raise UsageError(
            f"{source.name}: render.resolution: {FILMS[suffix]} needs an even width and height, "
            f"not {width}x{height}. Use {width + width % 2}x{height + height % 2}"
        )
    if suffix in OPAQUE and spec.render.transparent:
        raise UsageError(
            f"{source.name}: render.transparent: {FILMS[suffix]} has no transparency that edges and shadows need. "
            "Use .webm, .webp, .png or a folder of frames, or set render.transparent=false"
        )
    if suffix == ".gif" and spec.walk.fps > FASTEST_GIF:
        raise UsageError(
            f"{source.name}: walk.fps: GIF shows at most {FASTEST_GIF} frames a second, not {spec.walk.fps}. "
            "Use fewer, or another kind of film"
        )


def needed(pictures: int, resolution: tuple[int, int]) -> int:
    """Bytes that are to be free where so many pictures are to be rendered: with less there is no use in beginning."""
    return int(pictures * math.prod(resolution) * DISK_SHARE) + DISK_SPARE


def is_all_missing(output: Output, source: Source) -> bool:
    """Whether it is certain, before anything is planned, that an output is to be rendered: nothing has been begun, and
    even if no two frames look the same, there is room."""
    frames, spec = output.frames, source.spec
    if frames.is_dir() and any(frames.iterdir()):
        return False
    free = shutil.disk_usage(frames if frames.is_dir() else frames.parent).free
    return free >= needed(spec.walk.frame_count(spec.step_count), spec.render.resolution)


def prepare(folder: Path) -> None:
    """Make a folder and try that files can be written in it. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise OutputError(f"{folder}: cannot be written: {_reason(error)}. Choose another output") from None


def refuse_link(folder: Path) -> None:
    """Refuse a folder that is in truth another: what is in it would be written over. Raises OutputError."""
    mode = _mode(folder)
    if mode is not None and stat.S_ISLNK(mode):
        raise OutputError(f"{folder}: is a symbolic link. Name the folder that it leads to, or choose another output")


def check_file(path: Path) -> None:
    """Refuse to replace what is not a plain file. Raises OutputError."""
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        raise OutputError(f"{path}: is there and is not a plain file. Choose another output")


def _is_folder(path: Path) -> bool:
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path) -> int | None:
    """What stands under a name, links not followed; None if nothing does. Raises OutputError for impossible names."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be written: {_reason(error)}. Choose another output") from None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def publish(part: Path, path: Path) -> None:
    """Give a finished file its name: on disk first, then there whole. Raises OutputError."""
    publish_all([(part, path)])


def publish_all(files: Sequence[tuple[Path, Path]], synced: bool = False) -> None:
    """Give finished files, which may be on disk already, their names; those of a folder share its sync. OutputError."""
    path = Path()
    try:
        for part, path in files:
            if not synced:
                sync(part)
            part.replace(path)
        for path in {path.parent: path for _, path in files}.values():
            sync(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {_reason(error)}. Free the disk and run again") from None


def sync(path: Path) -> None:
    """Wait until a file, or a folder's entries, are on disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle for folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
