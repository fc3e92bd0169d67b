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

from .failures import OutputError, UsageError
from .source import Source

FILMS = {".mp4": "MP4", ".webm": "WebM", ".gif": "GIF", ".webp": "WebP", ".png": "APNG"}
"""Films by their suffix."""

HALVED_COLORS = (".mp4", ".webm")
"""Films that store colour at half the resolution, and so need even sizes."""

OPAQUE = (".mp4", ".gif")
"""Films that cannot be seen through, or, as GIF, only wholly or not at all: every edge and shadow would be jagged."""

MAX_GIF_FPS = 50
"""Frames a second: a GIF counts in hundredths of a second, and players take a single one for ten."""

MIN_BYTES_PER_PIXEL, SPARE_BYTES = 0.05, 20_000_000
"""Bytes that a picture takes at least per pixel, and that are to be free beside."""

FRAMES_FORMAT = "frames"

FRAMES_SUFFIX = ".frames"
"""Ends the name of the folder that holds a film's frames, beside it, until it is done."""

WINDOWS_DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)),
}
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
    is_film: bool
    poster: Poster | None = None

    @property
    def frames_folder(self) -> Path:
        """The folder in which the frames are kept: the output itself, or one beside the film until it is done."""
        return self.path.with_name(self.path.name + FRAMES_SUFFIX) if self.is_film else self.path


def resolve_outputs(out: Path, sources: Sequence[Source], format_name: str | None) -> list[Output]:
    """The output of each of the specs.

    out:  a film's file for one spec; a folder of frames for one, of outputs named after the specs for several
    kind: what goes into a folder: FRAMES or a film's suffix without its dot; None lets `out` decide
    Raises UsageError or OutputError.
    """
    film = out.suffix.lower() in FILMS
    if format_name is not None and film:
        raise UsageError(f"{out}: the name says what film this is, --format goes with a folder. Leave one of them out")
    if not film and out.suffix and not _is_folder(out) and not out.suffix[1:].isdigit():
        known = ", ".join(FILMS)
        raise UsageError(f"{out}: {out.suffix} is no film that can be written. Use {known}, or a folder's name")
    if film and len(sources) > 1:
        raise UsageError(f"{out}: {len(sources)} specs cannot go into one film. Give a folder")
    found = []
    for source in sources:
        if format_name not in (None, FRAMES_FORMAT):
            found.append(Output(out / f"{_output_name(source)}.{format_name}", is_film=True))
        elif film or len(sources) == 1:
            found.append(Output(out, film))
        else:
            found.append(Output(out / _output_name(source), is_film=False))
    for output, source in zip(found, sources, strict=True):
        if output.film:
            check_spec_fits(output.path.suffix.lower(), source)
            refuse_special_file(output.path)
        refuse_symlink(output.frames)
        prepare_folder(output.path.parent if output.film else output.path)
    return found


def add_posters(outputs: Sequence[Output], sources: Sequence[Source], step: int | None) -> list[Output]:
    """Outputs that are films, each with a poster of a step, of the most telling one where None is given.

    Raises UsageError or OutputError.
    """
    from . import step_selection  # which brings in numpy

    found = []
    for output, source in zip(outputs, sources, strict=True):
        if not output.is_film:
            raise UsageError(
                f"{output.path}: --poster goes with a film. Name one, or say which with --format, or use kernelwalk "
                "still"
            )
        number = (
            step_selection.representative_step(source.spec)
            if step is None
            else step_selection.resolve_step(step, source.spec.step_count, "--poster-step")
        )
        poster = Poster(output.path.with_name(f"{output.path.stem}.poster.png"), number)
        refuse_special_file(poster.path)
        found.append(replace(output, poster=poster))
    return found


def _output_name(source: Source) -> str:
    """The name of a spec's output, which cannot lead out of the folder that it stands in. Raises UsageError."""
    if (
        source.name in ("", ".", "..")
        or Path(source.name).name != source.name
        or source.name.upper() in WINDOWS_DEVICES
    ):
        raise UsageError(f"{source.name!r}: no output can be named so. Rename the spec's file")
    return source.name


def check_suffix(path: Path, suffix: str) -> None:
    """Raise UsageError where a file's name ends otherwise."""
    if path.suffix.lower() != suffix:
        use = path.with_suffix(suffix) if path.name else suffix
        raise UsageError(f"{path}: the name must end in {suffix}. Use {use}")


def check_spec_fits(suffix: str, source: Source) -> None:
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
    if suffix == ".gif" and spec.walk.fps > MAX_GIF_FPS:
        raise UsageError(
            f"{source.name}: walk.fps: GIF shows at most {MAX_GIF_FPS} frames a second, not {spec.walk.fps}. "
            "Use fewer, or another kind of film"
        )


def min_free_bytes(frames: int, resolution: tuple[int, int]) -> int:
    """Bytes that are to be free where so many pictures are to be rendered: with less there is no use in beginning."""
    return int(frames * math.prod(resolution) * MIN_BYTES_PER_PIXEL) + SPARE_BYTES


def needs_full_render(output: Output, source: Source) -> bool:
    """Whether it is certain, before anything is planned, that an output is to be rendered: nothing has been begun, and
    even if no two frames look the same, there is room."""
    frames, spec = output.frames_folder, source.spec
    if frames.is_dir() and any(frames.iterdir()):
        return False
    free = shutil.disk_usage(frames if frames.is_dir() else frames.parent).free
    return free >= min_free_bytes(spec.walk.frame_count(spec.step_count), spec.render.resolution)


def prepare_folder(folder: Path) -> None:
    """Make a folder and try that files can be written in it. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise OutputError(f"{folder}: cannot be written: {describe_os_error(error)}. Choose another output") from None


def refuse_symlink(folder: Path) -> None:
    """Refuse a folder that is in truth another: what is in it would be written over. Raises OutputError."""
    mode = _file_mode(folder)
    if mode is not None and stat.S_ISLNK(mode):
        raise OutputError(f"{folder}: is a symbolic link. Name the folder that it leads to, or choose another output")


def refuse_special_file(path: Path) -> None:
    """Refuse to replace what is not a plain file. Raises OutputError."""
    mode = _file_mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        raise OutputError(f"{path}: is there and is not a plain file. Choose another output")


def _is_folder(path: Path) -> bool:
    mode = _file_mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _file_mode(path: Path) -> int | None:
    """What stands under a name, links not followed; None if nothing does. Raises OutputError for impossible names."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be written: {describe_os_error(error)}. Choose another output") from None


def describe_os_error(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def publish_file(part: Path, path: Path) -> None:
    """Give a finished file its name: on disk first, then there whole. Raises OutputError."""
    publish_files([(part, path)])


def publish_files(files: Sequence[tuple[Path, Path]], synced: bool = False) -> None:
    """Give finished files, which may be on disk already, their names; those of a folder share its sync. OutputError."""
    path = Path()
    try:
        for part, path in files:
            if not synced:
                sync_to_disk(part)
            part.replace(path)
        for path in {path.parent: path for _, path in files}.values():
            sync_to_disk(path.parent)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written: {describe_os_error(error)}. Free the disk and run again"
        ) from None


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or a folder's entries, are on disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle for folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
