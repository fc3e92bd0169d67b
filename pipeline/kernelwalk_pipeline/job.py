# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: from a spec to its film, its frames, a still or a .blend, going on where an earlier run was stopped."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from kernelwalk.core import Plan, plan

from . import blender
from .failure import BlenderError, Failure, Hopeless, OutputError, UsageError
from .lock import locked
from .manifest import NAME, Manifest, frame_file, job_of, ranges
from .output import Output, check_file, prepare, publish, refuse_link
from .progress import progress
from .source import Source

SCRATCH = ".kernelwalk"
"""In an output's folder, holds what is not whole yet; it is ours alone."""

TRIES = 3
"""How often a frame, or Blender's start, may fail."""

DISK_SHARE, DISK_SPARE = 0.05, 20_000_000
"""Bytes that a picture takes at least per pixel, and that are to be free beside: below that there is no use in
beginning."""


@dataclass(frozen=True)
class Way:
    """How a job is done: by which Blender, whether all over again, and with what patience."""

    executable: str | None = None
    restart: bool = False
    limits: blender.Limits = field(default_factory=blender.Limits)


@dataclass(frozen=True)
class Done:
    """What a job came to: how many pictures it needed, and how many of them were rendered now."""

    pictures: int
    rendered: int


def render(source: Source, output: Output, way: Way) -> Done:
    """Render a spec's film or its frames to `output`. Raises Failure; what is done by then is kept."""
    planned = plan(source.spec)
    picture_of = dict(zip(planned.frames, planned.pictures.tolist(), strict=True))
    pictures = sorted(set(picture_of.values()))
    blender.command(way.executable)  # no Blender is known before anything is written
    if output.film:
        from .film import check_encoder  # FFmpeg takes a while to load

        check_encoder(output.path.suffix.lower())
    prepare(output.frames)
    with locked(output.frames):
        manifest = _open(source, pictures if output.film else list(planned.frames), output.frames, way)
        rendered = _render_pictures(source, pictures, manifest, way)
        if output.film:
            _encode(planned, picture_of, manifest, output)
        else:
            _repeat(picture_of, manifest)
    return Done(len(pictures), rendered)


def still(source: Source, step: int, path: Path, way: Way) -> None:
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
    blender.command(way.executable)
    prepare(output.frames)
    anew = replace(way, restart=True)
    with locked(output.frames):
        _refuse_strangers(output.frames, restart=False)
        manifest = _open(source, [frame], output.frames, anew)
        _render_pictures(source, [frame], manifest, anew)
        publish(frame_file(output.frames, frame), path)
        _tidy(manifest)


def blend(source: Source, path: Path, way: Way) -> None:
    """Save a spec's scene as a .blend. Raises Failure."""
    check_file(path)
    prepare(path.parent)
    work = Output(path, film=True).frames
    prepare(work)
    part = work / SCRATCH / "scene.blend"
    try:
        task = {"spec": source.spec.table(), "blend": str(part)}
        with locked(work), blender.events(way.executable, task, part.parent, way.limits) as events:
            for event in events:
                if event["event"] == "note":
                    _tell(source, event["text"])
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


def _render_pictures(source: Source, pictures: list[int], manifest: Manifest, way: Way) -> int:
    """Bring all `pictures` (frames) into the manifest's folder, and return how many Blender had to render.

    A Blender that dies is followed by another. A frame that fails TRIES times is left out, and the others go on.
    Raises Failure once all that can be done is done.
    """
    missing = [frame for frame in pictures if not manifest.is_done(frame)]
    if missing:
        _check_disk(source, len(missing), manifest.folder)
    there = len(pictures) - len(missing)
    with progress(source.name, len(pictures), there) as show:
        attempts = _Attempts(source)

        def shown() -> None:
            show(there + len(manifest.fresh))

        while left := [frame for frame in missing if frame not in manifest.fresh and frame not in attempts.given_up]:
            try:
                _run(source, left, manifest, way, attempts, shown)
            except Hopeless:
                raise
            except (BlenderError, OutputError) as error:
                attempts.failed(error)
    attempts.raise_if_any()
    return len(missing)


class _Attempts:
    """What has failed, how often, and whether to go on."""

    def __init__(self, source: Source):
        self.source = source
        self.frame: int | None = None
        self.tries: Counter[int | None] = Counter()
        self.given_up: dict[int, str] = {}

    def failed(self, error: Failure) -> None:
        """Note a failure on the frame that was begun, or before any was. Raises it where going on is of no use."""
        frame = self.frame
        self.frame = None
        self.tries[frame] += 1
        what = "Blender's start" if frame is None else f"frame {frame}"
        if self.tries[frame] < TRIES:
            _tell(self.source, f"{what} failed, try {self.tries[frame]} of {TRIES}: {error}")
        elif frame is None or isinstance(error, OutputError):
            raise error
        else:
            self.given_up[frame] = str(error)
            _tell(self.source, f"{what} failed {TRIES} times and is left out: {error}")

    def raise_if_any(self) -> None:
        """Raise BlenderError that names the frames that were given up."""
        if self.given_up:
            which = ranges(sorted(self.given_up))
            first = next(iter(self.given_up.values()))
            raise BlenderError(
                f"{self.source.name}: frames {which} failed {TRIES} times each, the others are done. The first said: "
                f"{first}. Run again to try these alone"
            )


def _run(
    source: Source, left: list[int], manifest: Manifest, way: Way, attempts: _Attempts, shown: Callable[[], None]
) -> None:
    """Have a Blender render what is left."""
    scratch = manifest.folder.absolute() / SCRATCH
    refuse_link(scratch)
    task = {"spec": source.spec.table(), "frames": left, "folder": str(scratch)}
    with blender.events(way.executable, task, scratch, way.limits) as events:
        for event in events:
            if event["event"] == "ready":
                job = job_of(source.spec, event["blender"], manifest.wanted)
                if manifest.job is None or (way.restart and not manifest.begun):
                    manifest.begin(job)
                _refuse_other(manifest, job, manifest.folder)
            elif event["event"] == "note":
                _tell(source, event["text"])
            elif event["event"] == "begin":
                attempts.frame = event["frame"] if event["frame"] in left else None
            elif event["event"] == "frame":
                manifest.accept(Path(event["part"]), event["frame"])
                attempts.frame = None
                attempts.tries[None] = 0
                shown()
    lacking = [frame for frame in left if frame not in manifest.fresh]
    if lacking:
        attempts.frame = lacking[0]
        raise BlenderError(f"Blender says that it is done, but {len(lacking)} pictures are missing")


def _tell(source: Source, text: str) -> None:
    print(f"kernelwalk: {source.name}: {text}", file=sys.stderr, flush=True)


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
        refuse_link(scratch)
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
