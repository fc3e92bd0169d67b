# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: from a spec to its film, frames, pictures of steps, or .blend. A repeated job continues where it stopped."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core import Plan, Spec, make_plan
from kernelwalk.core.arrays import Bytes

from ..atomic import publish_file
from ..blenders.blender_pool import BlenderPool, Executor, scratch_dir
from ..failures import OutputError
from ..films.streaming import LoadPixels, StreamingEncoder
from ..frames.blender_frames import find_blender_frames, load_blender_frame
from ..frames.decoding import load_pixels
from ..frames.frame_selection import parse_frames
from ..frames.lock import hold_lock
from ..frames.manifest import Manifest, format_ranges, frame_path, has_manifest
from ..machine import count_cores
from ..outputs import Output
from ..paths import open_folder, prepare_folder, refuse_special_file
from ..progress import log
from ..source import Source
from ..step_selection import resolve_step
from ..worker.protocol import FAILED, NOTE, Task
from .job_checks import open_manifest, refuse_foreign_frames
from .rendering import SCRATCH_PREFIX, RenderOptions, copy_duplicates, render_unique_frames
from .timings import PhaseTimer

FILM_SCRATCH = f"{SCRATCH_PREFIX}_film"
"""The folder of an unfinished film, in the folder of its frames."""

ENCODER_SLOTS = threading.BoundedSemaphore(count_cores())
"""Limits the films that parallel jobs encode at the same time, since each holds some frames in memory."""


@dataclass(frozen=True)
class JobResult:
    """The number of unique frames that a job needed, the number that it rendered now, and its time by phase."""

    unique_frames: int
    rendered: int
    timer: PhaseTimer


def render_output(source: Source, output: Output, options: RenderOptions, executor: Executor) -> JobResult:
    """Render a spec's film or frames to `output`. Raises Failure; frames rendered before it are kept."""
    planned = make_plan(source.spec)
    unique_frame_of = _map_unique_frames(planned)
    unique = sorted(set(unique_frame_of.values()))
    executor.check_available()  # before anything is written
    if output.is_film:
        from ..films.encoder import check_encoder  # loads FFmpeg, which takes a while

        check_encoder(output.path.suffix.lower())
    timer = PhaseTimer()
    with open_folder(output.frames_folder), hold_lock(output.frames_folder):
        wanted = unique if output.is_film else list(planned.frames)
        manifest = open_manifest(source, wanted, output.frames_folder, options.restart)
        if output.is_film:
            # a parallel job that waits for frames must not hold an encoder slot, which another job could use
            starts_early = isinstance(executor, BlenderPool)
            with _streamed_film(planned, unique_frame_of, output, timer, starts_early) as on_frame:
                rendered = render_unique_frames(planned, source, unique, manifest, options, executor, timer, on_frame)
            delete_frames(manifest)
        else:
            rendered = render_unique_frames(planned, source, unique, manifest, options, executor, timer)
            with timer.measure("copying"):
                copy_duplicates(unique_frame_of, manifest)
    return JobResult(len(unique), rendered, timer)


def render_selection(source: Source, text: str, folder: Path, options: RenderOptions, executor: Executor) -> JobResult:
    """Render the frames that `text` names (see parse_frames) into a folder that other runs may share. Raises Failure.

    A frame that looks like an earlier one becomes a copy if that one exists.
    """
    planned = make_plan(source.spec)
    frames = parse_frames(text, planned)
    unique_frame_of = _map_unique_frames(planned)
    executor.check_available()
    prepare_folder(folder)
    with hold_lock(folder, is_shared=True):
        manifest = open_manifest(source, list(planned.frames), folder, options.restart, frames)
        with suppress(OSError):
            manifest.path.touch()
        with hold_lock(manifest.path):
            timer = PhaseTimer()
            # for each unique frame, the frame that shows it: itself if it exists, else the first that looks like it
            rendered_frame_of: dict[int, int] = {}
            for frame in frames:
                unique = unique_frame_of[frame]
                rendered_frame_of.setdefault(unique, unique if manifest.is_done(unique) else frame)
            needed = sorted(rendered_frame_of.values())
            rendered = render_unique_frames(planned, source, needed, manifest, options, executor, timer)
            with timer.measure("copying"):
                copy_duplicates({frame: rendered_frame_of[unique_frame_of[frame]] for frame in frames}, manifest)
    return JobResult(len(needed), rendered, timer)


def encode_output(source: Source, folder: Path, path: Path) -> None:
    """Encode a folder of a spec's frames as the film `path`: those of render_output and render_selection, or those that
    Blender rendered by itself. Raises Failure."""
    from ..films.encoder import check_encoder

    planned = make_plan(source.spec)
    check_encoder(path.suffix.lower())
    prepare_folder(path.parent)
    if not has_manifest(folder):
        _encode_blender_frames(source, planned, folder, path)
        return
    with hold_lock(folder):
        manifest = open_manifest(source, list(planned.frames), folder)
        unique_frame_of = _map_unique_frames(planned)
        shown = {frame: frame if frame in manifest.pixel_hashes else unique_frame_of[frame] for frame in planned.frames}
        done = {frame: manifest.is_done(frame) for frame in set(shown.values())}
        if missing := [frame for frame in planned.frames if not done[shown[frame]]]:
            raise OutputError(
                f"{folder}: frames {format_ranges(missing)} are not rendered. Render them with "
                "kernelwalk render --frames"
            )
        with scratch_dir(folder / SCRATCH_PREFIX) as scratch:
            part = scratch / "film"
            files = [frame_path(folder, shown[frame]) for frame in planned.frames]
            write_film(planned.spec, files, load_pixels, part, path)
            publish_file(part, path)


def _encode_blender_frames(source: Source, planned: Plan, folder: Path, path: Path) -> None:
    """Encode frames that Blender rendered by itself as the film `path`. Raises Failure."""
    files = find_blender_frames(folder, planned.frames)
    with scratch_dir(path.with_name(f"{SCRATCH_PREFIX}_{path.name}")) as scratch:
        part = scratch / "film"
        write_film(planned.spec, files, lambda file: load_blender_frame(file, planned.spec), part, path)
        publish_file(part, path)
    log(
        source.name,
        f"{folder}: {len(files)} frames that Blender rendered, not kernelwalk render: their numbers and sizes are the "
        "spec's, and nothing else was compared",
    )


@contextmanager
def render_steps(
    source: Source, steps: Sequence[int], path: Path, options: RenderOptions, executor: Executor
) -> Iterator[list[Path]]:
    """Render steps, at rest, and yield their pictures' files, from which `path` is made; delete them if the context
    ends without an error. Raises Failure; pictures rendered before it are kept beside `path`."""
    planned = make_plan(source.spec)
    unique_frame_of = _map_unique_frames(planned)
    shown = [unique_frame_of[planned.spec.start_frame(step)] for step in steps]
    folder = Output(path, is_film=True).frames_folder
    refuse_special_file(path)
    executor.check_available()
    prepare_folder(folder)
    with hold_lock(folder):
        refuse_foreign_frames(folder, restart=False)
        needed = sorted(set(shown))
        manifest = open_manifest(source, needed, folder, options.restart)
        render_unique_frames(planned, source, needed, manifest, options, executor, PhaseTimer())
        yield [frame_path(folder, frame) for frame in shown]
        delete_frames(manifest)


def render_step(source: Source, number: int, path: Path, executor: Executor) -> None:
    """Render one step, at rest, as a PNG. Raises Failure."""
    step = resolve_step(number, source.spec.step_count)
    with render_steps(source, [step], path, RenderOptions(restart=True), executor) as (picture,):
        publish_file(picture, path)


def save_blend(source: Source, path: Path, pool: BlenderPool) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    refuse_special_file(path)
    prepare_folder(path.parent)
    folder = Output(path, is_film=True).frames_folder
    prepare_folder(folder)
    try:
        with hold_lock(folder), scratch_dir(folder / SCRATCH_PREFIX) as scratch:
            part = scratch / "scene.blend"
            tasks: list[Task] = [{"spec": source.spec.to_table(), "blend": str(part)}]
            for _, event in pool.run_tasks(lambda: tasks.pop() if tasks else None, scratch):
                if event["event"] == NOTE:
                    log(source.name, event["text"])
                elif event["event"] == FAILED:
                    raise event["error"]
            if not part.is_file() or not part.stat().st_size:
                raise OutputError(f"{path}: Blender wrote nothing. Is the disk full?")
            publish_file(part, path)
    finally:
        remove_if_empty(folder)


def _map_unique_frames(planned: Plan) -> dict[int, int]:
    """Return, for each frame, the first frame that looks the same."""
    return dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))


@contextmanager
def _streamed_film(
    planned: Plan, unique_frame_of: dict[int, int], output: Output, timer: PhaseTimer, starts_early: bool
) -> Iterator[Callable[[int, Bytes | None], None]]:
    """Encode the film while its frames are rendered; yield the function to call with each of them. When the context
    ends without an error, the poster and then the film take their names: a film is never without its poster."""
    spec = planned.spec
    files = [frame_path(output.frames_folder, unique_frame_of[frame]) for frame in planned.frames]
    with scratch_dir(output.frames_folder / FILM_SCRATCH) as scratch:
        film, poster = scratch / "film", scratch / "poster.png"

        def write(files: Iterable[Path], load: LoadPixels) -> None:
            write_film(spec, files, load, film, output.path)

        with StreamingEncoder(files, write, starts_early) as encoder:
            yield lambda frame, pixels: encoder.add_frame(frame_path(output.frames_folder, frame), pixels)
            with timer.measure("encoding"):
                encoder.finish()
        if output.poster is not None:
            frame = unique_frame_of[spec.start_frame(output.poster.step)]
            shutil.copyfile(frame_path(output.frames_folder, frame), poster)
            publish_file(poster, output.poster.path)
        publish_file(film, output.path)


def write_film(spec: Spec, files: Iterable[Path], load: LoadPixels, part: Path, path: Path) -> None:
    """Encode a spec's frames into the file `part`, in the format of `path`."""
    from ..films.encoder import encode_film  # loads FFmpeg, which takes a while

    colors = list(spec.look.colors)
    with ENCODER_SLOTS:
        encode_film(files, spec.walk.fps, part, path.suffix.lower(), spec.render.transparent, colors, load)


def delete_frames(manifest: Manifest) -> None:
    """Delete the frames of a finished film, and their folder unless it holds other files."""
    manifest.delete_all()
    remove_if_empty(manifest.folder)


def remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
