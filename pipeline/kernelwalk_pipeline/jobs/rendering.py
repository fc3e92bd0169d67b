# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames in a folder: opening what was begun there, refusing what is of something else, rendering what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core import Plan
from kernelwalk.core.incremental.changed_regions import find_base_frame

from ..blenders.blender_pool import Executor, scratch_dir
from ..failures import OutputError, UsageError
from ..frames.manifest import Manifest, describe_job, format_ranges, frame_path, has_manifest, part_name
from ..frames.png import Bytes
from ..outputs import min_free_bytes
from ..progress import log, show_progress
from ..source import Source
from ..worker.protocol import (
    ASSIGNED,
    CHECKED,
    FAILED,
    FINISHED,
    FRAME_RENDERED,
    FRAME_STARTED,
    NOTE,
    READY,
    RETURNED,
    FrameRecord,
    Task,
)
from .timings import PhaseTimer

SCRATCH_PREFIX = ".kernelwalk"
"""In an output's folder, begins the name of a folder that holds what is not whole yet; it is ours alone."""


@dataclass(frozen=True)
class RenderOptions:
    """How jobs are done.

    restart: all over again
    whole:   every picture is rendered in whole, none from the still one and what differs
    last:    no other job comes after it
    """

    restart: bool = False
    full_frames: bool = False
    is_last: bool = False


def scratch_folder(manifest: Manifest) -> Path:
    """The folder for what is not whole yet of the run that writes a manifest."""
    return manifest.folder.absolute() / (f"{SCRATCH_PREFIX}_{manifest.part}" if manifest.part else SCRATCH_PREFIX)


def open_manifest(
    source: Source, wanted: list[int], folder: Path, way: RenderOptions, only: list[int] | None = None
) -> Manifest:
    """The manifest of the frames that are `wanted` in a folder, of a run that renders `only` some of them if these are
    given. Raises Failure where it was begun for others."""
    refuse_foreign_frames(folder, way.restart)
    manifest = Manifest(folder, source.spec.render.resolution, format_ranges(wanted), part_name(only) if only else "")
    if way.restart:
        manifest.pixel_hashes.clear()
    elif manifest.job is not None:
        _refuse_other_job(manifest, describe_job(source.spec, manifest.job.get("blender", ""), manifest.wanted), folder)
    return manifest


def render_unique_frames(
    planned: Plan,
    source: Source,
    frames: list[int],
    manifest: Manifest,
    options: RenderOptions,
    crew: Executor,
    timer: PhaseTimer,
    on_frame: Callable[[int, Bytes | None], object] = lambda *_: None,
) -> int:
    """Bring all `pictures` (frames) into the manifest's folder, and return how many Blender had to render. Each is told
    to `came` once it is there for good, with its pixels if it was decoded here.

    A Blender that dies is followed by another. A frame that fails TRIES times is left out, and the others go on.
    Raises Failure once all that can be done is done.
    """
    missing = [frame for frame in frames if not manifest.is_done(frame)]
    for frame in {*frames}.difference(missing):
        on_frame(frame, None)
    if not missing:
        return 0
    still = find_base_frame(planned)
    if len(missing) > 1 and still not in missing and not options.full_frames and not manifest.is_done(still):
        missing = [still, *missing]  # of which the others are made
        frames = [still, *frames]
    _check_disk(source, len(missing), manifest.folder)
    folder = manifest.folder.absolute()
    with (
        scratch_dir(scratch_folder(manifest)) as scratch,
        show_progress(source.name, len(frames), len(frames) - len(missing)) as show,
    ):
        stock = crew.create_queue(source.name, missing, still)
        begun = "" if manifest.job is None or options.restart else manifest.job["blender"]
        told: set[str] = set()
        common: Task = {
            "spec": source.spec.to_table(),
            "folder": str(scratch),
            "base_frame": str(frame_path(folder, stock.base_frame)),
            "full_frames": options.full_frames,
        }

        def next_task() -> Task | None:
            frames = stock.take_chunk()
            return {**common, "frames": frames, "threads": stock.count_threads(frames)} if frames else None

        for who, event in crew.run_tasks(next_task, scratch, begun, stock):
            kind = event["event"]
            if kind == ASSIGNED:
                stock.assign(who, event["task"]["frames"])
            elif kind == READY:
                _check_job(source, event["blender"], manifest, options)
            elif kind == NOTE and event["text"] not in told:
                told.add(event["text"])
                log(source.name, event["text"])
            elif kind == FRAME_STARTED:
                stock.mark_started(who, event["frame"])
            elif kind == FRAME_RENDERED:
                with timer.measure("checking"):
                    found = _add_frame(manifest, Path(event["part"]), event["frame"])
                error = found if isinstance(found, OutputError) else None
                stock.record_result(who, event["frame"], error)
                if not isinstance(found, OutputError):
                    on_frame(event["frame"], found)
                timer.add(event.get("seconds", {}))
                show(len(frames) - len(missing) + len(manifest.new_frames))
            elif kind == CHECKED:
                with timer.measure("checking"):
                    error = _add_checked_frames(manifest, event["records"])
                for record in event["records"]:
                    stock.record_result(who, record["frame"], error)
                    if error is None:
                        on_frame(record["frame"], None)
                    timer.add(record["seconds"])
                show(len(frames) - len(missing) + len(manifest.new_frames))
            elif kind == RETURNED:
                stock.give_back(who, event["isolate"])
            elif kind in (FAILED, FINISHED) and not stock.finish(who, event.get("error")):
                crew.terminate([who])  # it gets no other task
    stock.raise_if_abandoned()
    if options.is_last:
        crew.close_idle()
    return len(missing)


def _add_frame(manifest: Manifest, part: Path, frame: int) -> Bytes | OutputError:
    """Take a picture as a frame; its pixels, or what is wrong with it."""
    try:
        return manifest.add_frame(part, frame)
    except OutputError as error:
        return error


def _add_checked_frames(manifest: Manifest, records: list[FrameRecord]) -> OutputError | None:
    """Take pictures as frames that others have checked; what is wrong with them."""
    try:
        manifest.add_checked_frames(
            [(Path(each["part"]), each["frame"], each["pixel_hash"], each["checksum"]) for each in records]
        )
    except OutputError as error:
        return error
    return None


def _check_job(source: Source, version: str, manifest: Manifest, way: RenderOptions) -> None:
    """Begin the manifest, or refuse a Blender that is another than it was begun with."""
    job = describe_job(source.spec, version, manifest.wanted)
    if manifest.job is None or (way.restart and not manifest.is_new):
        manifest.start(job)
    _refuse_other_job(manifest, job, manifest.folder)


def _check_disk(source: Source, pictures: int, folder: Path) -> None:
    """Raise OutputError where what is to be rendered cannot find room."""
    least, free = min_free_bytes(pictures, source.spec.render.resolution), shutil.disk_usage(folder).free
    if free < least:
        raise OutputError(
            f"{folder}: {pictures} pictures need at least {least / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free. "
            "Free the disk, or choose another output"
        )


def refuse_foreign_frames(folder: Path, restart: bool) -> None:
    """Frames that nobody recorded are somebody's: they are not written over."""
    if not restart and not has_manifest(folder) and any(folder.glob("frame_*.png")):
        raise OutputError(
            f"{folder}: has frames that this command did not make. Choose another output, or use --restart"
        )


SPEC_DETAILS = ("engine", "samples", "seed", "resolution", "frames")
"""Of a job, what a changed spec may change with it."""


def _refuse_other_job(manifest: Manifest, job: dict[str, str], folder: Path) -> None:
    begun = [{} if manifest.job is None else manifest.job, *manifest.other_jobs]
    changed = [key for key, value in job.items() if any(each.get(key) != value for each in begun)]
    if "spec" in changed:  # of which these are parts
        changed = [key for key in changed if key not in SPEC_DETAILS]
    if changed:
        what = " and ".join("version of Kernelwalk" if key == "kernelwalk" else key for key in changed)
        raise UsageError(
            f"{folder}: was begun with another {what}. Use --restart to render all of it anew, or choose another output"
        )


def copy_duplicates(unique_frame_of: dict[int, int], manifest: Manifest) -> None:
    """Give every frame a file of its own: those that look like an earlier one get a copy of it."""
    missing = [frame for frame, picture in unique_frame_of.items() if frame != picture and not manifest.is_done(frame)]
    if not missing:
        return
    with scratch_dir(scratch_folder(manifest)) as scratch:
        for frame in missing:
            part = scratch / "copy.png"
            shutil.copyfile(frame_path(manifest.folder, unique_frame_of[frame]), part)
            manifest.add_frame(part, frame)
