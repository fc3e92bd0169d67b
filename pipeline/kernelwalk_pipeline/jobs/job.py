# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: from a spec to its film, its frames, a still or a .blend, going on where an earlier run was stopped."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core import Plan, Spec, make_plan

from ..blenders.blender_pool import BlenderPool, Executor, scratch_dir
from ..failures import OutputError
from ..films.streaming import LoadPixels, StreamingEncoder
from ..frames.decoding import load_pixels
from ..frames.frame_selection import parse_frames
from ..frames.lock import hold_lock
from ..frames.manifest import Manifest, format_ranges, frame_path, has_manifest
from ..frames.png import Bytes
from ..outputs import Output, prepare_folder, publish_file, refuse_special_file
from ..progress import log
from ..source import Source
from ..step_selection import resolve_step
from ..worker.protocol import FAILED, NOTE, Task
from .rendering import (
    SCRATCH_PREFIX,
    RenderOptions,
    copy_duplicates,
    open_manifest,
    refuse_foreign_frames,
    render_unique_frames,
)
from .timings import PhaseTimer

FILM_SCRATCH = f"{SCRATCH_PREFIX}_film"
"""In the folder of a film's frames, the one in which the film is while it is not whole."""

ENCODER_SLOTS = threading.BoundedSemaphore(os.cpu_count() or 1)
"""Films that are made at a time, where jobs go side by side: each holds a few pictures."""


@dataclass(frozen=True)
class JobResult:
    """What a job came to: how many pictures it needed, how many of them were rendered now, and where the time went."""

    unique_frames: int
    rendered: int
    timer: PhaseTimer


def render_output(source: Source, output: Output, way: RenderOptions, crew: Executor) -> JobResult:
    """Render a spec's film or its frames to `output`. Raises Failure; what is done by then is kept."""
    planned = make_plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
    pictures = sorted(set(picture_of.values()))
    crew.check_available()  # before anything is written
    if output.is_film:
        from ..films.encoder import check_encoder  # FFmpeg takes a while to load

        check_encoder(output.path.suffix.lower())
    prepare_folder(output.frames_folder)
    spent = PhaseTimer()
    with hold_lock(output.frames_folder):
        manifest = open_manifest(
            source, pictures if output.is_film else list(planned.frames), output.frames_folder, way
        )
        if output.is_film:
            # where jobs go side by side, an encoder that waits for one's pictures would be missing to another
            with _streamed_film(planned, picture_of, output, spent, at_once=isinstance(crew, BlenderPool)) as came:
                rendered = render_unique_frames(planned, source, pictures, manifest, way, crew, spent, came)
            _delete_frames(manifest)
        else:
            rendered = render_unique_frames(planned, source, pictures, manifest, way, crew, spent)
            with spent.measure("copying"):
                copy_duplicates(picture_of, manifest)
    return JobResult(len(pictures), rendered, spent)


def render_selection(source: Source, text: str, folder: Path, way: RenderOptions, crew: Executor) -> JobResult:
    """Render the frames that `text` names (see `chosen`) into a folder, beside others that do the same. Raises Failure.

    A frame that looks like an earlier one is a copy of it, where that one is there.
    """
    planned = make_plan(source.spec)
    frames = parse_frames(text, planned)
    picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
    crew.check_available()
    prepare_folder(folder)
    with hold_lock(folder, shared=True):
        manifest = open_manifest(source, list(planned.frames), folder, way, frames)
        with suppress(OSError):
            manifest.path.touch()
        with hold_lock(manifest.path):
            spent = PhaseTimer()
            # by the picture that they look like: the frame of which each is a copy
            made: dict[int, int] = {}
            for frame in frames:
                picture = picture_of[frame]
                made.setdefault(picture, picture if manifest.is_done(picture) else frame)
            pictures = sorted(made.values())
            rendered = render_unique_frames(planned, source, pictures, manifest, way, crew, spent)
            with spent.measure("copying"):
                copy_duplicates({frame: made[picture_of[frame]] for frame in frames}, manifest)
    return JobResult(len(pictures), rendered, spent)


def encode_output(source: Source, folder: Path, path: Path) -> None:
    """Make a spec's film of a folder with its frames. Raises Failure."""
    from ..films.encoder import check_encoder

    planned = make_plan(source.spec)
    check_encoder(path.suffix.lower())
    if not has_manifest(folder):
        raise OutputError(f"{folder}: holds no frames that kernelwalk render has made. Name their folder")
    prepare_folder(path.parent)
    with hold_lock(folder):
        manifest = open_manifest(source, list(planned.frames), folder, RenderOptions())
        picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
        shown = {frame: frame if frame in manifest.pixel_hashes else picture_of[frame] for frame in planned.frames}
        done = {frame: manifest.is_done(frame) for frame in set(shown.values())}
        if missing := [frame for frame in planned.frames if not done[shown[frame]]]:
            raise OutputError(
                f"{folder}: frames {format_ranges(missing)} are not rendered. Render them with kernelwalk render --frames"
            )
        with scratch_dir(folder / SCRATCH_PREFIX) as scratch:
            part = scratch / "film"
            files = [frame_path(folder, shown[frame]) for frame in planned.frames]
            _write_film(planned.spec, files, load_pixels, part, path)
            publish_file(part, path)


@contextmanager
def rendered_steps(
    source: Source, steps: Sequence[int], path: Path, way: RenderOptions, crew: Executor
) -> Iterator[list[Path]]:
    """The pictures of steps, at rest, which `path` is to be made of; they are gone once the context is left well.
    Raises Failure; what is done by then is kept beside `path`."""
    planned = make_plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
    shown = [picture_of[planned.spec.walk.start_frame(step)] for step in steps]
    output = Output(path, is_film=True)
    refuse_special_file(path)
    crew.check_available()
    prepare_folder(output.frames_folder)
    with hold_lock(output.frames_folder):
        refuse_foreign_frames(output.frames_folder, restart=False)
        manifest = open_manifest(source, sorted(set(shown)), output.frames_folder, way)
        render_unique_frames(planned, source, sorted(set(shown)), manifest, way, crew, PhaseTimer())
        yield [frame_path(output.frames_folder, frame) for frame in shown]
        _delete_frames(manifest)


def render_step(source: Source, number: int, path: Path, crew: Executor) -> None:
    """Render one step, at rest, as a PNG. Raises Failure."""
    with rendered_steps(
        source, [resolve_step(number, source.spec.step_count)], path, RenderOptions(restart=True), crew
    ) as (picture,):
        publish_file(picture, path)


def save_blend(source: Source, path: Path, crew: BlenderPool) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    refuse_special_file(path)
    prepare_folder(path.parent)
    work = Output(path, is_film=True).frames_folder
    prepare_folder(work)
    try:
        with hold_lock(work), scratch_dir(work / SCRATCH_PREFIX) as scratch:
            part = scratch / "scene.blend"
            tasks: list[Task] = [{"spec": source.spec.to_table(), "blend": str(part)}]
            for _, event in crew.run_tasks(lambda: tasks.pop() if tasks else None, scratch):
                if event["event"] == NOTE:
                    log(source.name, event["text"])
                elif event["event"] == FAILED:
                    raise event["error"]
            if not part.is_file() or not part.stat().st_size:
                raise OutputError(f"{path}: Blender wrote nothing. Is the disk full?")
            publish_file(part, path)
    finally:
        _remove_if_empty(work)


@contextmanager
def _streamed_film(
    planned: Plan, picture_of: dict[int, int], output: Output, spent: PhaseTimer, at_once: bool
) -> Iterator[Callable[[int, Bytes | None], None]]:
    """Makes the film while its pictures come, of which what is yielded is to be told; when the context is left well it
    is there, and its poster before it: where the film is, both are."""
    spec = planned.spec
    files = [frame_path(output.frames_folder, picture_of[frame]) for frame in planned.frames]
    with scratch_dir(output.frames_folder / FILM_SCRATCH) as scratch:
        film, poster = scratch / "film", scratch / "poster.png"
        with StreamingEncoder(
            files, lambda files, load: _write_film(spec, files, load, film, output.path), at_once
        ) as growing:
            yield lambda picture, pixels: growing.add_frame(frame_path(output.frames_folder, picture), pixels)
            with spent.measure("encoding"):
                growing.finish()
        if output.poster is not None:
            shutil.copyfile(
                frame_path(output.frames_folder, picture_of[spec.walk.start_frame(output.poster.step)]), poster
            )
            publish_file(poster, output.poster.path)
        publish_file(film, output.path)


def _write_film(spec: Spec, files: Iterable[Path], load: LoadPixels, part: Path, path: Path) -> None:
    """Write the pictures of a spec as a film of the kind that `path` is to be."""
    from ..films.encoder import encode_film  # FFmpeg takes a while to load

    colors = list(vars(spec.look.colors).values())
    with ENCODER_SLOTS:
        encode_film(files, spec.walk.fps, part, path.suffix.lower(), spec.render.transparent, colors, load)


def _delete_frames(manifest: Manifest) -> None:
    """Remove the frames of a film that is done, and their folder unless somebody keeps something in it."""
    manifest.delete_all()
    _remove_if_empty(manifest.folder)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
