# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: from a spec to its film, its frames, a still or a .blend, going on where an earlier run was stopped."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core import Plan, plan
from kernelwalk.core.regions import still_frame

from .crew import Crew, Task, workshop
from .failure import OutputError, UsageError
from .lock import locked
from .manifest import NAME, Manifest, frame_file, job_of, ranges
from .output import Output, check_file, prepare, publish
from .progress import progress, tell
from .source import Source
from .spent import Spent
from .stock import Stock

SCRATCH = ".kernelwalk"
"""In an output's folder, holds what is not whole yet; it is ours alone."""

DISK_SHARE, DISK_SPARE = 0.05, 20_000_000
"""Bytes that a picture takes at least per pixel, and that are to be free beside: below that there is no use in
beginning."""


@dataclass(frozen=True)
class Way:
    """How jobs are done.

    restart: all over again
    whole:   every picture is rendered in whole, none from the still one and what differs
    """

    restart: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Done:
    """What a job came to: how many pictures it needed, how many of them were rendered now, and where the time went."""

    pictures: int
    rendered: int
    spent: Spent


def render(source: Source, output: Output, way: Way, crew: Crew) -> Done:
    """Render a spec's film or its frames to `output`. Raises Failure; what is done by then is kept."""
    planned = plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.pictures.tolist(), strict=True))
    pictures = sorted(set(picture_of.values()))
    crew.check()  # before anything is written
    if output.film:
        from .film import check_encoder  # FFmpeg takes a while to load

        check_encoder(output.path.suffix.lower())
    prepare(output.frames)
    with locked(output.frames):
        manifest = _open(source, pictures if output.film else list(planned.frames), output.frames, way)
        spent = Spent()
        rendered = _render_pictures(planned, source, pictures, manifest, way, crew, spent)
        with spent.on("encoding" if output.film else "copying"):
            if output.film:
                _encode(planned, picture_of, manifest, output)
            else:
                _repeat(picture_of, manifest)
    return Done(len(pictures), rendered, spent)


def still(source: Source, step: int, path: Path, crew: Crew) -> None:
    """Render one step, at rest, as a PNG. Raises Failure."""
    planned = plan(source.spec)
    steps = planned.spec.steps
    if not -steps <= step < steps:
        raise UsageError(
            f"--step: {step} is not one of the {steps} steps. Count from 0 to {steps - 1}, or from -1 backwards"
        )
    frame = planned.spec.walk.start(step % steps)
    output = Output(path, film=True)
    check_file(path)
    crew.check()
    prepare(output.frames)
    anew = Way(restart=True)
    with locked(output.frames):
        _refuse_strangers(output.frames, restart=False)
        manifest = _open(source, [frame], output.frames, anew)
        _render_pictures(planned, source, [frame], manifest, anew, crew, Spent())
        publish(frame_file(output.frames, frame), path)
        _tidy(manifest)


def blend(source: Source, path: Path, crew: Crew) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    check_file(path)
    prepare(path.parent)
    work = Output(path, film=True).frames
    prepare(work)
    try:
        with locked(work), workshop(work / SCRATCH) as scratch:
            part = scratch / "scene.blend"
            tasks: list[Task] = [{"spec": source.spec.table(), "blend": str(part)}]
            for _, event in crew.work(lambda: tasks.pop() if tasks else None, scratch):
                if event["event"] == "note":
                    tell(source.name, event["text"])
                elif event["event"] == "failed":
                    raise event["error"]
            if not part.is_file() or not part.stat().st_size:
                raise OutputError(f"{path}: Blender wrote nothing. Is the disk full?")
            publish(part, path)
    finally:
        _remove_if_empty(work)


def _open(source: Source, wanted: list[int], folder: Path, way: Way) -> Manifest:
    """The manifest of the frames that are `wanted` in a folder. Raises Failure where it was begun for others."""
    _refuse_strangers(folder, way.restart)
    manifest = Manifest(folder, source.spec.render.resolution, ranges(wanted))
    if way.restart:
        manifest.frames.clear()
    elif manifest.job is not None:
        _refuse_other(manifest, job_of(source.spec, manifest.job.get("blender", ""), manifest.wanted), folder)
    return manifest


def _render_pictures(
    planned: Plan, source: Source, pictures: list[int], manifest: Manifest, way: Way, crew: Crew, spent: Spent
) -> int:
    """Bring all `pictures` (frames) into the manifest's folder, and return how many Blender had to render.

    A Blender that dies is followed by another. A frame that fails TRIES times is left out, and the others go on.
    Raises Failure once all that can be done is done.
    """
    missing = [frame for frame in pictures if not manifest.is_done(frame)]
    if not missing:
        return 0
    _check_disk(source, len(missing), manifest.folder)
    folder = manifest.folder.absolute()
    with (
        workshop(folder / SCRATCH) as scratch,
        progress(source.name, len(pictures), len(pictures) - len(missing)) as show,
    ):
        stock = Stock(source.name, missing, still_frame(planned), crew.size)
        told: set[str] = set()
        common = {
            "spec": source.spec.table(),
            "folder": str(scratch),
            "still": str(frame_file(folder, stock.still)),
            "whole": way.whole,
        }

        def next_task() -> Task | None:
            frames = stock.take()
            return {**common, "frames": frames, "threads": stock.threads(frames)} if frames else None

        for who, event in crew.work(next_task, scratch):
            kind = event["event"]
            if kind == "given":
                stock.given(who, event["task"]["frames"])
            elif kind == "ready":
                _check_job(source, event["blender"], manifest, way)
            elif kind == "note" and event["text"] not in told:
                told.add(event["text"])
                tell(source.name, event["text"])
            elif kind == "begin":
                stock.begun(who, event["frame"])
            elif kind == "frame":
                with spent.on("checking"):
                    stock.came(who, event["frame"], _accepted(manifest, Path(event["part"]), event["frame"]))
                spent.add(event.get("seconds", {}))
                show(len(pictures) - len(missing) + len(manifest.fresh))
            elif kind in ("failed", "finished") and not stock.ended(who, event.get("error")):
                crew.dismiss([who])  # it gets no other task
    stock.raise_if_any()
    return len(missing)


def _accepted(manifest: Manifest, part: Path, frame: int) -> OutputError | None:
    """Take a picture as a frame; what is wrong with it."""
    try:
        manifest.accept(part, frame)
    except OutputError as error:
        return error
    return None


def _check_job(source: Source, version: str, manifest: Manifest, way: Way) -> None:
    """Begin the manifest, or refuse a Blender that is another than it was begun with."""
    job = job_of(source.spec, version, manifest.wanted)
    if manifest.job is None or (way.restart and not manifest.begun):
        manifest.begin(job)
    _refuse_other(manifest, job, manifest.folder)


def _check_disk(source: Source, pictures: int, folder: Path) -> None:
    """Raise OutputError where what is to be rendered cannot find room."""
    width, height = source.spec.render.resolution
    needed = int(pictures * width * height * DISK_SHARE) + DISK_SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"{folder}: {pictures} pictures need at least {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free. "
            "Free the disk, or choose another output"
        )


def _refuse_strangers(folder: Path, restart: bool) -> None:
    """Frames that nobody recorded are somebody's: they are not written over."""
    if not restart and not (folder / NAME).exists() and any(folder.glob("frame_*.png")):
        raise OutputError(
            f"{folder}: has frames that this command did not make. Choose another output, or use --restart"
        )


OF_THE_SPEC = ("engine", "samples", "seed", "resolution", "frames")
"""Of a job, what a changed spec may change with it."""


def _refuse_other(manifest: Manifest, job: dict[str, str], folder: Path) -> None:
    changed = [key for key, value in job.items() if manifest.job is None or manifest.job.get(key) != value]
    if "spec" in changed:  # of which these are parts
        changed = [key for key in changed if key not in OF_THE_SPEC]
    if changed:
        what = " and ".join("version of Kernelwalk" if key == "kernelwalk" else key for key in changed)
        raise UsageError(
            f"{folder}: was begun with another {what}. Use --restart to render all of it anew, or choose another output"
        )


def _encode(planned: Plan, picture_of: dict[int, int], manifest: Manifest, output: Output) -> None:
    from .film import encode  # FFmpeg takes a while to load

    files = [frame_file(output.frames, picture_of[frame]) for frame in planned.frames]
    with workshop(output.frames / SCRATCH) as scratch:
        part = scratch / "film"
        encode(files, planned.spec.walk.fps, part, output.path.suffix.lower(), planned.spec.render.transparent)
        publish(part, output.path)
    _tidy(manifest)


def _repeat(picture_of: dict[int, int], manifest: Manifest) -> None:
    """Give every frame a file of its own: those that look like an earlier one get a copy of it."""
    missing = [frame for frame, picture in picture_of.items() if frame != picture and not manifest.is_done(frame)]
    if not missing:
        return
    with workshop(manifest.folder / SCRATCH) as scratch:
        for frame in missing:
            part = scratch / "copy.png"
            shutil.copyfile(frame_file(manifest.folder, picture_of[frame]), part)
            manifest.accept(part, frame)


def _tidy(manifest: Manifest) -> None:
    """Remove the frames of a film that is done, and their folder unless somebody keeps something in it."""
    manifest.clear()
    _remove_if_empty(manifest.folder)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
