# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an output is what was rendered: each frame held against the manifest, each film decoded to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av

from ..failure import OutputError
from ..films.film import FORMATS
from ..frames.manifest import ALL, FRAME_FILES, NAME, Manifest, frame_file, in_ranges, is_begun, ranges
from ..frames.picture import pixels_of
from ..output import BESIDE, Output

PICTURE = ".png"
"""Of posters and stills, and of films that are animated PNGs."""

AGAIN = "Run the same render command again: it renders what is missing"


def verify(path: Path) -> tuple[str, list[str]]:
    """What an output holds, and what is wrong with it, each with its remedy. Raises OutputError for no output."""
    beside = Output(path, film=True).frames
    if path.is_dir() and is_begun(path):
        return _verify_frames(path)
    if is_begun(beside):
        told, problems = _verify_frames(beside)
        return told, [f"{path}: the film is not done yet. {AGAIN}", *problems]
    if path.suffix.lower() in FORMATS and path.is_file():
        return _verify_film(path)
    raise OutputError(f"{path}: is no output of kernelwalk: neither a film nor a folder with {NAME}. Name one")


def verify_all(folder: Path) -> Iterator[Path]:
    """The outputs that a folder holds: itself, or what a batch has written into it."""
    if not folder.is_dir() or is_begun(folder):
        yield folder
        return
    begun = {each.with_name(each.name.removesuffix(BESIDE)) for each in folder.glob(f"*{BESIDE}") if each.is_dir()}
    films = {each for each in folder.iterdir() if each.suffix.lower() in FORMATS and each.is_file()}
    folders = {each.parent for each in folder.glob(f"*/{ALL}") if each.parent.suffix != BESIDE}
    yield from sorted(begun | films | folders) or [folder]


def _verify_frames(folder: Path) -> tuple[str, list[str]]:
    manifest = Manifest(folder, (0, 0))
    if manifest.job is None:
        return "nothing", [f"{folder}/{NAME}: tells of no job. Render into it again with --restart"]
    try:
        wanted = in_ranges(manifest.job["frames"])
        width, height = (int(side) for side in manifest.job["resolution"].split("x"))
    except (KeyError, ValueError, AttributeError, TypeError):  # whatever it may hold instead
        return "nothing", [f"{folder}/{NAME}: was written by another version. Render into it again with --restart"]
    problems = []
    if missing := [frame for frame in wanted if frame not in manifest.frames]:
        problems.append(f"{folder}: frames {ranges(missing)} are not rendered. {AGAIN}")
    for frame in sorted(manifest.frames):
        path = frame_file(folder, frame)
        try:
            if not path.exists():
                problems.append(f"{path}: is gone. {AGAIN}")
            elif pixels_of(path, (width, height)) != manifest.frames[frame]:
                problems.append(f"{path}: shows something else than was rendered. {AGAIN}")
        except OutputError as error:
            problems.append(f"{str(error).partition('. ')[0]}. {AGAIN}")
    known = {frame_file(folder, frame).name for frame in manifest.frames}
    for path in sorted(folder.glob(FRAME_FILES)):
        if path.name not in known:
            problems.append(f"{path}: was not rendered by this job. Move it elsewhere, or delete it")
    if manifest.damaged:
        problems.append(f"{manifest.path}: {manifest.damaged} lines are damaged. {AGAIN}")
    return f"{len(manifest.frames)} of {len(wanted)} frames", problems


def _verify_film(path: Path) -> tuple[str, list[str]]:
    try:
        with av.open(str(path)) as film:
            frames = sum(1 for _ in film.decode(video=0))
    except (av.FFmpegError, IndexError) as error:
        return "a damaged file", [f"{path}: cannot be decoded: {error}. Delete it and render it again"]
    if frames == 1 and path.suffix.lower() == PICTURE:
        return "a picture", []
    return f"a film of {frames} frame{'' if frames == 1 else 's'}", []
