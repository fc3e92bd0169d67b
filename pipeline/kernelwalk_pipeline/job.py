# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: from a spec to its film, its frames, a still or a .blend, going on where an earlier run was stopped."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from kernelwalk.core import Plan, plan

from . import blender
from .failure import BlenderError, OutputError, UsageError
from .manifest import NAME, Manifest, frame_file, job_of
from .output import Output, check_file, prepare, publish
from .progress import progress
from .source import Source


def render(source: Source, output: Output, executable: str | None, restart: bool = False) -> None:
    """Render a spec's film or its frames to `output`. Raises Failure; what is done by then is kept."""
    planned = plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.pictures.tolist(), strict=True))
    manifest = _render_pictures(source, sorted(set(picture_of.values())), output.frames, executable, restart)
    if output.film:
        _encode(planned, picture_of, output)
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
    frame = planned.frames.start + planned.spec.walk.lead_in + step % steps * planned.spec.walk.frames_per_step
    output = Output(path, film=True)
    check_file(path)
    _render_pictures(source, [frame], output.frames, executable, restart=True)
    publish(frame_file(output.frames, frame), path)
    shutil.rmtree(output.frames)


def blend(source: Source, path: Path, executable: str | None) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    check_file(path)
    prepare(path.parent)
    part = path.with_name(f"part_{path.name}")
    with blender.events(executable, {"spec": source.spec.table(), "blend": str(part)}, path.parent) as events:
        for _ in events:
            pass
    if not part.is_file() or not part.stat().st_size:
        raise OutputError(f"{path}: Blender wrote nothing. Is the disk full?")
    publish(part, path)


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
    task = {"spec": source.spec.table(), "frames": missing, "folder": str(manifest.folder.resolve())}
    done = len(pictures) - len(missing)
    with (
        blender.events(executable, task, manifest.folder) as events,
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


def _encode(planned: Plan, picture_of: dict[int, int], output: Output) -> None:
    from .film import encode  # FFmpeg takes a while to load

    part = output.frames / f"part_{output.path.name}"
    files = [frame_file(output.frames, picture_of[frame]) for frame in planned.frames]
    encode(files, planned.spec.walk.fps, part, output.path.suffix.lower())
    publish(part, output.path)
    shutil.rmtree(output.frames)


def _repeat(picture_of: dict[int, int], manifest: Manifest) -> None:
    """Give every frame a file of its own: those that look like an earlier one get a copy of it."""
    for frame, picture in picture_of.items():
        if frame == picture or manifest.is_done(frame):
            continue
        part = manifest.folder / f"part_{frame:05d}.png"
        try:
            shutil.copyfile(frame_file(manifest.folder, picture), part)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise OutputError(f"{part}: cannot be written: {error.strerror}. Free the disk and run again") from None
        manifest.accept(part, frame)
