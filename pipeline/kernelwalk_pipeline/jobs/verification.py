# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an output is what was rendered: each frame held against the manifest, each film decoded to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av

from ..failures import OutputError
from ..films.encoder import FORMATS
from ..frames.decoding import hash_pixels
from ..frames.manifest import (
    FRAME_PATTERN,
    MANIFEST_NAME,
    MANIFEST_PATTERN,
    Manifest,
    format_ranges,
    frame_path,
    has_manifest,
    parse_ranges,
)
from ..outputs import FRAMES_SUFFIX, Output

STILL_SUFFIX = ".png"
"""Of posters and stills, and of films that are animated PNGs."""

RERUN_REMEDY = "Run the same render command again: it renders what is missing"


def verify_output(path: Path) -> tuple[str, list[str]]:
    """What an output holds, and what is wrong with it, each with its remedy. Raises OutputError for no output."""
    beside = Output(path, is_film=True).frames_folder
    if path.is_dir() and has_manifest(path):
        return _verify_frames(path)
    if has_manifest(beside):
        told, problems = _verify_frames(beside)
        return told, [f"{path}: the film is not done yet. {RERUN_REMEDY}", *problems]
    if path.suffix.lower() in FORMATS and path.is_file():
        return _verify_film(path)
    raise OutputError(f"{path}: is no output of kernelwalk: neither a film nor a folder with {MANIFEST_NAME}. Name one")


def find_outputs(folder: Path) -> Iterator[Path]:
    """The outputs that a folder holds: itself, or what a batch has written into it."""
    if not folder.is_dir() or has_manifest(folder):
        yield folder
        return
    begun = {
        each.with_name(each.name.removesuffix(FRAMES_SUFFIX))
        for each in folder.glob(f"*{FRAMES_SUFFIX}")
        if each.is_dir()
    }
    films = {each for each in folder.iterdir() if each.suffix.lower() in FORMATS and each.is_file()}
    folders = {each.parent for each in folder.glob(f"*/{MANIFEST_PATTERN}") if each.parent.suffix != FRAMES_SUFFIX}
    yield from sorted(begun | films | folders) or [folder]


def _verify_frames(folder: Path) -> tuple[str, list[str]]:
    manifest = Manifest(folder, (0, 0))
    if manifest.job is None:
        return "nothing", [f"{folder}/{MANIFEST_NAME}: tells of no job. Render into it again with --restart"]
    try:
        wanted = parse_ranges(manifest.job["frames"])
        width, height = (int(side) for side in manifest.job["resolution"].split("x"))
    except (KeyError, ValueError, AttributeError, TypeError):  # whatever it may hold instead
        return "nothing", [
            f"{folder}/{MANIFEST_NAME}: was written by another version. Render into it again with --restart"
        ]
    problems = []
    if missing := [frame for frame in wanted if frame not in manifest.pixel_hashes]:
        problems.append(f"{folder}: frames {format_ranges(missing)} are not rendered. {RERUN_REMEDY}")
    for frame in sorted(manifest.pixel_hashes):
        path = frame_path(folder, frame)
        try:
            if not path.exists():
                problems.append(f"{path}: is gone. {RERUN_REMEDY}")
            elif hash_pixels(path, (width, height)) != manifest.pixel_hashes[frame]:
                problems.append(f"{path}: shows something else than was rendered. {RERUN_REMEDY}")
        except OutputError as error:
            problems.append(f"{str(error).partition('. ')[0]}. {RERUN_REMEDY}")
    known = {frame_path(folder, frame).name for frame in manifest.pixel_hashes}
    for path in sorted(folder.glob(FRAME_PATTERN)):
        if path.name not in known:
            problems.append(f"{path}: was not rendered by this job. Move it elsewhere, or delete it")
    if manifest.damaged_lines:
        problems.append(f"{manifest.path}: {manifest.damaged_lines} lines are damaged. {RERUN_REMEDY}")
    return f"{len(manifest.pixel_hashes)} of {len(wanted)} frames", problems


def _verify_film(path: Path) -> tuple[str, list[str]]:
    try:
        with av.open(str(path)) as film:
            frames = sum(1 for _ in film.decode(video=0))
    except (av.FFmpegError, IndexError) as error:
        return "a damaged file", [f"{path}: cannot be decoded: {error}. Delete it and render it again"]
    if frames == 1 and path.suffix.lower() == STILL_SUFFIX:
        return "a picture", []
    return f"a film of {frames} frame{'' if frames == 1 else 's'}", []
