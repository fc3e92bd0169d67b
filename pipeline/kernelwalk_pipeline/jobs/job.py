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

from ..blenders.blender_pool import BlenderPool, Executor, Task, scratch_dir
from ..failure import OutputError
from ..films.growing import Growing, Load
from ..frames.chosen import chosen
from ..frames.lock import locked
from ..frames.manifest import Manifest, frame_file, is_begun, ranges
from ..frames.picture import pixels_in
from ..frames.png import Bytes
from ..frames.spent import Spent
from ..output import Output, check_file, prepare, publish
from ..progress import tell
from ..source import Source
from ..steps import step
from .frames import SCRATCH, Way, open_frames, refuse_strangers, render_pictures, repeat

FILM = f"{SCRATCH}_film"
"""In the folder of a film's frames, the one in which the film is while it is not whole."""

ENCODERS = threading.BoundedSemaphore(os.cpu_count() or 1)
"""Films that are made at a time, where jobs go side by side: each holds a few pictures."""


@dataclass(frozen=True)
class Done:
    """What a job came to: how many pictures it needed, how many of them were rendered now, and where the time went."""

    pictures: int
    rendered: int
    spent: Spent


def render(source: Source, output: Output, way: Way, crew: Executor) -> Done:
    """Render a spec's film or its frames to `output`. Raises Failure; what is done by then is kept."""
    planned = make_plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
    pictures = sorted(set(picture_of.values()))
    crew.check_available()  # before anything is written
    if output.film:
        from ..films.film import check_encoder  # FFmpeg takes a while to load

        check_encoder(output.path.suffix.lower())
    prepare(output.frames)
    spent = Spent()
    with locked(output.frames):
        manifest = open_frames(source, pictures if output.film else list(planned.frames), output.frames, way)
        if output.film:
            # where jobs go side by side, an encoder that waits for one's pictures would be missing to another
            with _film(planned, picture_of, output, spent, at_once=isinstance(crew, BlenderPool)) as came:
                rendered = render_pictures(planned, source, pictures, manifest, way, crew, spent, came)
            _tidy(manifest)
        else:
            rendered = render_pictures(planned, source, pictures, manifest, way, crew, spent)
            with spent.on("copying"):
                repeat(picture_of, manifest)
    return Done(len(pictures), rendered, spent)


def render_some(source: Source, text: str, folder: Path, way: Way, crew: Executor) -> Done:
    """Render the frames that `text` names (see `chosen`) into a folder, beside others that do the same. Raises Failure.

    A frame that looks like an earlier one is a copy of it, where that one is there.
    """
    planned = make_plan(source.spec)
    frames = chosen(text, planned)
    picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
    crew.check_available()
    prepare(folder)
    with locked(folder, shared=True):
        manifest = open_frames(source, list(planned.frames), folder, way, frames)
        with suppress(OSError):
            manifest.path.touch()
        with locked(manifest.path):
            spent = Spent()
            # by the picture that they look like: the frame of which each is a copy
            made: dict[int, int] = {}
            for frame in frames:
                picture = picture_of[frame]
                made.setdefault(picture, picture if manifest.is_done(picture) else frame)
            pictures = sorted(made.values())
            rendered = render_pictures(planned, source, pictures, manifest, way, crew, spent)
            with spent.on("copying"):
                repeat({frame: made[picture_of[frame]] for frame in frames}, manifest)
    return Done(len(pictures), rendered, spent)


def encode(source: Source, folder: Path, path: Path) -> None:
    """Make a spec's film of a folder with its frames. Raises Failure."""
    from ..films.film import check_encoder

    planned = make_plan(source.spec)
    check_encoder(path.suffix.lower())
    if not is_begun(folder):
        raise OutputError(f"{folder}: holds no frames that kernelwalk render has made. Name their folder")
    prepare(path.parent)
    with locked(folder):
        manifest = open_frames(source, list(planned.frames), folder, Way())
        picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
        shown = {frame: frame if frame in manifest.frames else picture_of[frame] for frame in planned.frames}
        done = {frame: manifest.is_done(frame) for frame in set(shown.values())}
        if missing := [frame for frame in planned.frames if not done[shown[frame]]]:
            raise OutputError(
                f"{folder}: frames {ranges(missing)} are not rendered. Render them with kernelwalk render --frames"
            )
        with scratch_dir(folder / SCRATCH) as scratch:
            part = scratch / "film"
            files = [frame_file(folder, shown[frame]) for frame in planned.frames]
            _write_film(planned.spec, files, pixels_in, part, path)
            publish(part, path)


@contextmanager
def stills(source: Source, steps: Sequence[int], path: Path, way: Way, crew: Executor) -> Iterator[list[Path]]:
    """The pictures of steps, at rest, which `path` is to be made of; they are gone once the context is left well.
    Raises Failure; what is done by then is kept beside `path`."""
    planned = make_plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
    shown = [picture_of[planned.spec.walk.start_frame(step)] for step in steps]
    output = Output(path, film=True)
    check_file(path)
    crew.check_available()
    prepare(output.frames)
    with locked(output.frames):
        refuse_strangers(output.frames, restart=False)
        manifest = open_frames(source, sorted(set(shown)), output.frames, way)
        render_pictures(planned, source, sorted(set(shown)), manifest, way, crew, Spent())
        yield [frame_file(output.frames, frame) for frame in shown]
        _tidy(manifest)


def still(source: Source, number: int, path: Path, crew: Executor) -> None:
    """Render one step, at rest, as a PNG. Raises Failure."""
    with stills(source, [step(number, source.spec.step_count)], path, Way(restart=True), crew) as (picture,):
        publish(picture, path)


def blend(source: Source, path: Path, crew: BlenderPool) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    check_file(path)
    prepare(path.parent)
    work = Output(path, film=True).frames
    prepare(work)
    try:
        with locked(work), scratch_dir(work / SCRATCH) as scratch:
            part = scratch / "scene.blend"
            tasks: list[Task] = [{"spec": source.spec.to_table(), "blend": str(part)}]
            for _, event in crew.run_tasks(lambda: tasks.pop() if tasks else None, scratch):
                if event["event"] == "note":
                    tell(source.name, event["text"])
                elif event["event"] == "failed":
                    raise event["error"]
            if not part.is_file() or not part.stat().st_size:
                raise OutputError(f"{path}: Blender wrote nothing. Is the disk full?")
            publish(part, path)
    finally:
        _remove_if_empty(work)


@contextmanager
def _film(
    planned: Plan, picture_of: dict[int, int], output: Output, spent: Spent, at_once: bool
) -> Iterator[Callable[[int, Bytes | None], None]]:
    """Makes the film while its pictures come, of which what is yielded is to be told; when the context is left well it
    is there, and its poster before it: where the film is, both are."""
    spec = planned.spec
    files = [frame_file(output.frames, picture_of[frame]) for frame in planned.frames]
    with scratch_dir(output.frames / FILM) as scratch:
        film, poster = scratch / "film", scratch / "poster.png"
        with Growing(files, lambda files, load: _write_film(spec, files, load, film, output.path), at_once) as growing:
            yield lambda picture, pixels: growing.came(frame_file(output.frames, picture), pixels)
            with spent.on("encoding"):
                growing.finish()
        if output.poster is not None:
            shutil.copyfile(frame_file(output.frames, picture_of[spec.walk.start_frame(output.poster.step)]), poster)
            publish(poster, output.poster.path)
        publish(film, output.path)


def _write_film(spec: Spec, files: Iterable[Path], load: Load, part: Path, path: Path) -> None:
    """Write the pictures of a spec as a film of the kind that `path` is to be."""
    from ..films.film import encode  # FFmpeg takes a while to load

    colors = list(vars(spec.look.colors).values())
    with ENCODERS:
        encode(files, spec.walk.fps, part, path.suffix.lower(), spec.render.transparent, colors, load)


def _tidy(manifest: Manifest) -> None:
    """Remove the frames of a film that is done, and their folder unless somebody keeps something in it."""
    manifest.clear()
    _remove_if_empty(manifest.folder)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
