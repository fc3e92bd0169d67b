# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of outputs: every frame is compared with the manifest, every film is decoded to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av

from ..failures import OutputError
from ..films.formats import FILM_FORMATS
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
from ..paths import exists

STILL_SUFFIX = ".png"
"""The suffix of posters and pictures, which animated PNGs share."""

RERUN_REMEDY = "Run the same render command again: it renders what is missing"


def verify_output(path: Path) -> tuple[str, list[str]]:
    """Return a description of an output, and its problems, each with a remedy. Raises OutputError for other files."""
    beside = Output(path, is_film=True).frames_folder
    if has_manifest(path):
        return _verify_frames(path)
    if has_manifest(beside):
        description, problems = _verify_frames(beside)
        return description, [f"{path}: the film is not done yet. {RERUN_REMEDY}", *problems]
    if path.suffix.lower() in FILM_FORMATS and exists(path) and path.is_file():
        return _verify_film(path)
    raise OutputError(
        f"{path}: is not an output of kernelwalk: neither a film nor a folder with {MANIFEST_NAME}. Name one"
    )


def find_outputs(folder: Path) -> Iterator[Path]:
    """Yield the outputs in a folder: itself, or those of a batch."""
    if not exists(folder) or not folder.is_dir() or has_manifest(folder):
        yield folder
        return
    unfinished = {
        path.with_name(path.name.removesuffix(FRAMES_SUFFIX))
        for path in folder.glob(f"*{FRAMES_SUFFIX}")
        if path.is_dir()
    }
    films = {path for path in folder.iterdir() if path.suffix.lower() in FILM_FORMATS and path.is_file()}
    folders = {path.parent for path in folder.glob(f"*/{MANIFEST_PATTERN}") if path.parent.suffix != FRAMES_SUFFIX}
    yield from sorted(unfinished | films | folders) or [folder]


def _verify_frames(folder: Path) -> tuple[str, list[str]]:
    """Compare a folder's frames with its manifest; return a description and the problems."""
    manifest = Manifest(folder, (0, 0))
    if manifest.job is None:
        return "nothing", [f"{folder}/{MANIFEST_NAME}: names no job. Render into it again with --restart"]
    try:
        wanted = parse_ranges(manifest.job["frames"])
        width, height = (int(side) for side in manifest.job["resolution"].split("x"))
    except (KeyError, ValueError, AttributeError, TypeError):  # the values may be of any type
        remedy = "Render into it again with --restart"
        return "nothing", [f"{folder}/{MANIFEST_NAME}: was written by another version. {remedy}"]
    problems = []
    if missing := [frame for frame in wanted if frame not in manifest.pixel_hashes]:
        problems.append(f"{folder}: frames {format_ranges(missing)} are not rendered. {RERUN_REMEDY}")
    for frame in sorted(manifest.pixel_hashes):
        path = frame_path(folder, frame)
        try:
            if not path.exists():
                problems.append(f"{path}: is missing. {RERUN_REMEDY}")
            elif hash_pixels(path, (width, height)) != manifest.pixel_hashes[frame]:
                problems.append(f"{path}: has other pixels than were rendered. {RERUN_REMEDY}")
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
    """Decode a film; return a description and the problems."""
    try:
        with av.open(str(path)) as film:
            frames = sum(1 for _ in film.decode(video=0))
    except (av.FFmpegError, IndexError) as error:
        return "a damaged file", [f"{path}: cannot be decoded: {error}. Delete it and render it again"]
    if frames == 1 and path.suffix.lower() == STILL_SUFFIX:
        return "a picture", []
    return f"a film of {frames} frame{'' if frames == 1 else 's'}", []
