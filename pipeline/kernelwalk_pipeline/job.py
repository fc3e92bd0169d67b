# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: from a spec to its film, its frames, a still or a .blend, going on where an earlier run was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kernelwalk.core import Plan, plan

from . import blender
from .failure import BlenderError, OutputError, UsageError
from .manifest import NAME, Manifest, frame_file, job_of
from .output import Output, check_file, prepare, publish
from .progress import progress
from .source import Source

SCRATCH = ".kernelwalk"
"""In an output's folder, holds what is not whole yet; it is ours alone."""


def render(source: Source, output: Output, executable: str | None, restart: bool = False) -> None:
    """Render a spec's film or its frames to `output`. Raises Failure; what is done by then is kept."""
    planned = plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.pictures.tolist(), strict=True))
    manifest = _render_pictures(source, sorted(set(picture_of.values())), output.frames, executable, restart)
    if output.film:
        _encode(planned, picture_of, manifest, output)
    else:
        _repeat(picture_of, manifest)


def still(source: Source, step: int, path: Path, executable: str | None) -> None:
    """Render one step, at rest, as a PNG. Raises Failure."""
    planned = plan(source.spec)
    steps = planned.spec.layer.steps
    if not -steps <= step < steps:
        raise UsageError(
            f"--step: {step} is not one of the {steps} steps. Count from 0 to {steps - 1}, or from -1 backwards"
        )
    frame = planned.spec.walk.start(step % steps)
    output = Output(path, film=True)
    check_file(path)
    _refuse_strangers(output.frames, restart=False)
    manifest = _render_pictures(source, [frame], output.frames, executable, restart=True)
    publish(frame_file(output.frames, frame), path)
    _tidy(manifest)


def blend(source: Source, path: Path, executable: str | None) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    check_file(path)
    prepare(path.parent)
    work = Output(path, film=True).frames
    prepare(work)
    part = work / SCRATCH / "scene.blend"
    try:
        with blender.events(executable, {"spec": source.spec.table(), "blend": str(part)}, part.parent) as events:
            for _ in events:
                pass
            if not part.is_file() or not part.stat().st_size:
                raise OutputError(f"{path}: Blender wrote nothing. Is the disk full?")
            publish(part, path)
    finally:
        _remove_if_empty(work)


def _render_pictures(
    source: Source, pictures: list[int], folder: Path, executable: str | None, restart: bool
) -> Manifest:
    """Bring all `pictures` (frames) into `folder`, those that are not there yet by Blender."""
    blender.command(executable)  # no Blender is known before anything is written
    prepare(folder)
    _refuse_strangers(folder, restart)
    manifest = Manifest(folder, source.spec.render.resolution)
    if restart:
        manifest.frames.clear()
    elif manifest.job is not None:
        _refuse_other(manifest, job_of(source.spec, manifest.job.get("blender", "")), folder)
    missing = [frame for frame in pictures if not manifest.is_done(frame)]
    if missing:
        _run(source, pictures, missing, manifest, executable, restart)
    return manifest


def _run(
    source: Source, pictures: list[int], missing: list[int], manifest: Manifest, executable: str | None, restart: bool
) -> None:
    scratch = manifest.folder.absolute() / SCRATCH
    task = {"spec": source.spec.table(), "frames": missing, "folder": str(scratch)}
    done = len(pictures) - len(missing)
    with (
        blender.events(executable, task, scratch) as events,
        progress(source.name, len(pictures), done) as show,
    ):
        for event in events:
            if event["event"] == "ready":
                job = job_of(source.spec, event["blender"])
                if restart or manifest.job is None:
                    manifest.begin(job)
                _refuse_other(manifest, job, manifest.folder)
            elif event["event"] == "frame":
                manifest.accept(Path(event["part"]), event["frame"])
                done += 1
                show(done)
    if done < len(pictures):
        raise BlenderError(
            f"{source.name}: Blender says that it is done, but {len(pictures) - done} pictures are missing"
        )


def _refuse_strangers(folder: Path, restart: bool) -> None:
    """Frames that nobody recorded are somebody's: they are not written over."""
    if not restart and not (folder / NAME).exists() and any(folder.glob("frame_*.png")):
        raise OutputError(
            f"{folder}: has frames that this command did not make. Choose another output, or use --restart"
        )


def _refuse_other(manifest: Manifest, job: dict[str, str], folder: Path) -> None:
    changed = [key for key, value in job.items() if manifest.job is None or manifest.job.get(key) != value]
    if changed:
        what = " and ".join(changed)
        raise UsageError(
            f"{folder}: was begun with another {what}. Use --restart to render all of it anew, or choose another output"
        )


def _encode(planned: Plan, picture_of: dict[int, int], manifest: Manifest, output: Output) -> None:
    from .film import encode  # FFmpeg takes a while to load

    files = [frame_file(output.frames, picture_of[frame]) for frame in planned.frames]
    with _scratch(output.frames) as scratch:
        part = scratch / "film"
        encode(files, planned.spec.walk.fps, part, output.path.suffix.lower())
        publish(part, output.path)
    _tidy(manifest)


def _repeat(picture_of: dict[int, int], manifest: Manifest) -> None:
    """Give every frame a file of its own: those that look like an earlier one get a copy of it."""
    missing = [frame for frame, picture in picture_of.items() if frame != picture and not manifest.is_done(frame)]
    if not missing:
        return
    with _scratch(manifest.folder) as scratch:
        for frame in missing:
            part = scratch / "copy.png"
            shutil.copyfile(frame_file(manifest.folder, picture_of[frame]), part)
            manifest.accept(part, frame)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder of our own for what is not whole yet. Raises OutputError where the disk fails."""
    scratch = folder / SCRATCH
    try:
        scratch.mkdir(exist_ok=True)
        yield scratch
    except OSError as error:
        raise OutputError(f"{scratch}: cannot be written: {error.strerror}. Free the disk and run again") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _tidy(manifest: Manifest) -> None:
    """Remove the frames of a film that is done, and their folder unless somebody keeps something in it."""
    manifest.clear()
    _remove_if_empty(manifest.folder)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
