# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames in a folder: opening what was begun there, refusing what is of something else, rendering what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelwalk.core import Plan
from kernelwalk.core.incremental.changed_regions import find_base_frame

from ..blenders.blender_pool import Executor, Task, scratch_dir
from ..failure import OutputError, UsageError
from ..frames.manifest import Manifest, frame_file, is_begun, job_of, name_of, ranges
from ..frames.png import Bytes
from ..frames.spent import Spent
from ..output import needed
from ..progress import progress, tell
from ..source import Source

SCRATCH = ".kernelwalk"
"""In an output's folder, begins the name of a folder that holds what is not whole yet; it is ours alone."""


@dataclass(frozen=True)
class Way:
    """How jobs are done.

    restart: all over again
    whole:   every picture is rendered in whole, none from the still one and what differs
    last:    no other job comes after it
    """

    restart: bool = False
    whole: bool = False
    last: bool = False


def scratch_of(manifest: Manifest) -> Path:
    """The folder for what is not whole yet of the run that writes a manifest."""
    return manifest.folder.absolute() / (f"{SCRATCH}_{manifest.part}" if manifest.part else SCRATCH)


def open_frames(source: Source, wanted: list[int], folder: Path, way: Way, only: list[int] | None = None) -> Manifest:
    """The manifest of the frames that are `wanted` in a folder, of a run that renders `only` some of them if these are
    given. Raises Failure where it was begun for others."""
    refuse_strangers(folder, way.restart)
    manifest = Manifest(folder, source.spec.render.resolution, ranges(wanted), name_of(only) if only else "")
    if way.restart:
        manifest.frames.clear()
    elif manifest.job is not None:
        _refuse_other(manifest, job_of(source.spec, manifest.job.get("blender", ""), manifest.wanted), folder)
    return manifest


def render_pictures(
    planned: Plan,
    source: Source,
    pictures: list[int],
    manifest: Manifest,
    way: Way,
    crew: Executor,
    spent: Spent,
    came: Callable[[int, Bytes | None], object] = lambda *_: None,
) -> int:
    """Bring all `pictures` (frames) into the manifest's folder, and return how many Blender had to render. Each is told
    to `came` once it is there for good, with its pixels if it was decoded here.

    A Blender that dies is followed by another. A frame that fails TRIES times is left out, and the others go on.
    Raises Failure once all that can be done is done.
    """
    missing = [frame for frame in pictures if not manifest.is_done(frame)]
    for frame in {*pictures}.difference(missing):
        came(frame, None)
    if not missing:
        return 0
    still = find_base_frame(planned)
    if len(missing) > 1 and still not in missing and not way.whole and not manifest.is_done(still):
        missing = [still, *missing]  # of which the others are made
        pictures = [still, *pictures]
    _check_disk(source, len(missing), manifest.folder)
    folder = manifest.folder.absolute()
    with (
        scratch_dir(scratch_of(manifest)) as scratch,
        progress(source.name, len(pictures), len(pictures) - len(missing)) as show,
    ):
        stock = crew.create_queue(source.name, missing, still)
        begun = "" if manifest.job is None or way.restart else manifest.job["blender"]
        told: set[str] = set()
        common = {
            "spec": source.spec.to_table(),
            "folder": str(scratch),
            "still": str(frame_file(folder, stock.base_frame)),
            "whole": way.whole,
        }

        def next_task() -> Task | None:
            frames = stock.take_chunk()
            return {**common, "frames": frames, "threads": stock.count_threads(frames)} if frames else None

        for who, event in crew.run_tasks(next_task, scratch, begun, stock):
            kind = event["event"]
            if kind == "given":
                stock.assign(who, event["task"]["frames"])
            elif kind == "ready":
                _check_job(source, event["blender"], manifest, way)
            elif kind == "note" and event["text"] not in told:
                told.add(event["text"])
                tell(source.name, event["text"])
            elif kind == "begin":
                stock.mark_started(who, event["frame"])
            elif kind == "frame":
                with spent.on("checking"):
                    found = _accepted(manifest, Path(event["part"]), event["frame"])
                error = found if isinstance(found, OutputError) else None
                stock.record_result(who, event["frame"], error)
                if not isinstance(found, OutputError):
                    came(event["frame"], found)
                spent.add(event.get("seconds", {}))
                show(len(pictures) - len(missing) + len(manifest.fresh))
            elif kind == "checked":
                with spent.on("checking"):
                    error = _accepted_checked(manifest, event["records"])
                for record in event["records"]:
                    stock.record_result(who, record["frame"], error)
                    if error is None:
                        came(record["frame"], None)
                    spent.add(record["seconds"])
                show(len(pictures) - len(missing) + len(manifest.fresh))
            elif kind == "returned":
                stock.give_back(who, event["alone"])
            elif kind in ("failed", "finished") and not stock.finish(who, event.get("error")):
                crew.terminate([who])  # it gets no other task
    stock.raise_if_abandoned()
    if way.last:
        crew.close_idle()
    return len(missing)


def _accepted(manifest: Manifest, part: Path, frame: int) -> Bytes | OutputError:
    """Take a picture as a frame; its pixels, or what is wrong with it."""
    try:
        return manifest.accept(part, frame)
    except OutputError as error:
        return error


def _accepted_checked(manifest: Manifest, records: list[dict[str, Any]]) -> OutputError | None:
    """Take pictures as frames that others have checked; what is wrong with them."""
    try:
        manifest.accept_checked([(Path(each["part"]), each["frame"], each["pixels"], each["file"]) for each in records])
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
    least, free = needed(pictures, source.spec.render.resolution), shutil.disk_usage(folder).free
    if free < least:
        raise OutputError(
            f"{folder}: {pictures} pictures need at least {least / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free. "
            "Free the disk, or choose another output"
        )


def refuse_strangers(folder: Path, restart: bool) -> None:
    """Frames that nobody recorded are somebody's: they are not written over."""
    if not restart and not is_begun(folder) and any(folder.glob("frame_*.png")):
        raise OutputError(
            f"{folder}: has frames that this command did not make. Choose another output, or use --restart"
        )


OF_THE_SPEC = ("engine", "samples", "seed", "resolution", "frames")
"""Of a job, what a changed spec may change with it."""


def _refuse_other(manifest: Manifest, job: dict[str, str], folder: Path) -> None:
    begun = [{} if manifest.job is None else manifest.job, *manifest.others]
    changed = [key for key, value in job.items() if any(each.get(key) != value for each in begun)]
    if "spec" in changed:  # of which these are parts
        changed = [key for key in changed if key not in OF_THE_SPEC]
    if changed:
        what = " and ".join("version of Kernelwalk" if key == "kernelwalk" else key for key in changed)
        raise UsageError(
            f"{folder}: was begun with another {what}. Use --restart to render all of it anew, or choose another output"
        )


def repeat(picture_of: dict[int, int], manifest: Manifest) -> None:
    """Give every frame a file of its own: those that look like an earlier one get a copy of it."""
    missing = [frame for frame, picture in picture_of.items() if frame != picture and not manifest.is_done(frame)]
    if not missing:
        return
    with scratch_dir(scratch_of(manifest)) as scratch:
        for frame in missing:
            part = scratch / "copy.png"
            shutil.copyfile(frame_file(manifest.folder, picture_of[frame]), part)
            manifest.accept(part, frame)
