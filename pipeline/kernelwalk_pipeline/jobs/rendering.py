# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering of the missing unique frames of a job: tasks go to the workers, and their events come back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core import Plan
from kernelwalk.core.arrays import Bytes
from kernelwalk.core.incremental.changed_regions import find_base_frame
from kernelwalk.core.spec.render_section import CPU

from ..blenders.blender_pool import Executor, scratch_dir
from ..blenders.frame_queue import FrameQueue
from ..failures import OutputError
from ..frames.manifest import CheckedFrame, Manifest, frame_path
from ..progress import ProgressCallback, log, show_progress
from ..source import Source
from ..worker.device_choice import ChosenDevice
from ..worker.protocol import (
    ASSIGNED,
    CHECKED,
    FAILED,
    FINISHED,
    FRAME_RENDERED,
    FRAME_STARTED,
    KERNELS_LOADING,
    NOTE,
    READY,
    RETURNED,
    Event,
    FrameRecord,
    Task,
)
from .job_checks import check_disk, start_or_check_job
from .timings import PhaseTimer

SCRATCH_PREFIX = ".kernelwalk"
"""Prefix of the folders for unfinished files in an output's folder; they belong to Kernelwalk alone."""

COPIES_AT_ONCE = 50
"""Copies of frames that are recorded together, and made again if the command is interrupted."""

FrameCallback = Callable[[int, Bytes | None], object]
"""Called with a frame that is on disk for good, and its pixels if they were decoded here."""


@dataclass(frozen=True)
class RenderOptions:
    """The way in which jobs are rendered.

    restart:     from the start, over earlier frames
    full_frames: every frame in full, none as the base frame with changed regions
    is_last:     no other job follows
    """

    restart: bool = False
    full_frames: bool = False
    is_last: bool = False


def find_scratch_folder(manifest: Manifest) -> Path:
    """Return the folder for unfinished files of the run that writes a manifest."""
    return manifest.folder.absolute() / (f"{SCRATCH_PREFIX}_{manifest.part}" if manifest.part else SCRATCH_PREFIX)


def render_unique_frames(
    planned: Plan,
    source: Source,
    frames: list[int],
    manifest: Manifest,
    options: RenderOptions,
    executor: Executor,
    timer: PhaseTimer,
    on_frame: FrameCallback = lambda *_: None,
) -> int:
    """Render those of `frames` that the manifest's folder lacks, and return their number. `on_frame` is called for
    each frame.

    A Blender process that dies is replaced. A frame that fails MAX_TRIES times is left out, and the others go on.
    Raises Failure when nothing more can be done.
    """
    missing = [frame for frame in frames if not manifest.is_done(frame)]
    for frame in {*frames}.difference(missing):
        on_frame(frame, None)
    if not missing:
        return 0
    base = find_base_frame(planned)
    if len(missing) > 1 and base not in missing and not options.full_frames and not manifest.is_done(base):
        missing = [base, *missing]  # the others are made from it
        frames = [base, *frames]
    check_disk(source, len(missing), manifest.folder)
    already_done = len(frames) - len(missing)
    with (
        scratch_dir(find_scratch_folder(manifest)) as scratch,
        show_progress(source.name, len(frames), already_done) as show,
    ):
        queue = executor.create_queue(source.name, missing, base)
        next_task = _task_source(source, manifest, options, scratch, queue)
        handler = _EventHandler(source, manifest, options, executor, queue, timer, on_frame, show, already_done)
        earlier = {} if manifest.job is None or options.restart else manifest.job
        version, device = earlier.get("blender", ""), earlier.get("device", "")
        for worker, event in executor.run_tasks(next_task, scratch, version, queue, device):
            handler.handle(worker, event)
    queue.raise_if_abandoned()
    if options.is_last:
        executor.close_idle()
    return len(missing)


def _task_source(
    source: Source, manifest: Manifest, options: RenderOptions, scratch: Path, queue: FrameQueue
) -> Callable[[], Task | None]:
    """Return a function that returns the next task, None while there is none."""
    shared: Task = {
        "spec": source.spec.to_table(),
        "folder": str(scratch),
        "base_frame": str(frame_path(manifest.folder.absolute(), queue.base_frame)),
        "full_frames": options.full_frames,
    }

    def next_task() -> Task | None:
        frames = queue.take_chunk()
        return {**shared, "frames": frames, "threads": queue.count_threads(frames)} if frames else None

    return next_task


class _EventHandler:
    """Applies the events of a job's workers to its frame queue and its manifest."""

    def __init__(
        self,
        source: Source,
        manifest: Manifest,
        options: RenderOptions,
        executor: Executor,
        queue: FrameQueue,
        timer: PhaseTimer,
        on_frame: FrameCallback,
        show: ProgressCallback,
        already_done: int,
    ):
        self.source, self.manifest, self.options = source, manifest, options
        self.executor, self.queue, self.timer = executor, queue, timer
        self.on_frame, self.show, self.already_done = on_frame, show, already_done
        self.logged: set[str] = set()
        self.handlers: dict[str, Callable[[Hashable, Event], None]] = {
            ASSIGNED: self._assign,
            READY: self._check_blender,
            NOTE: self._log_once,
            KERNELS_LOADING: self._log_once,
            FRAME_STARTED: self._mark_started,
            FRAME_RENDERED: self._add_frame,
            CHECKED: self._add_checked_frames,
            RETURNED: self._give_back,
            FAILED: self._finish,
            FINISHED: self._finish,
        }

    def handle(self, worker: Hashable, event: Event) -> None:
        """Apply an event; ignore those of other kinds. Raises Failure when going on is useless."""
        handler = self.handlers.get(event["event"])
        if handler is not None:
            handler(worker, event)

    def _assign(self, worker: Hashable, event: Event) -> None:
        self.queue.assign(worker, event["task"]["frames"])

    def _check_blender(self, _: Hashable, event: Event) -> None:
        job = self.source, event["blender"], event["device"]
        start_or_check_job(*job, self.manifest, self.options.restart)
        if event["device"] != ChosenDevice(CPU).label:
            self.queue.stay_alone()

    def _log_once(self, _: Hashable, event: Event) -> None:
        if event["text"] not in self.logged:
            self.logged.add(event["text"])
            log(self.source.name, event["text"])

    def _mark_started(self, worker: Hashable, event: Event) -> None:
        self.queue.mark_started(worker, event["frame"])

    def _add_frame(self, worker: Hashable, event: Event) -> None:
        """Decode and record a rendered frame."""
        error, pixels = None, None
        checked_before = self.timer.seconds["checking"]
        with self.timer.measure("checking"):
            try:
                pixels = self.manifest.add_frame(Path(event["part"]), event["frame"])
            except OutputError as problem:
                error = problem
        self._record(worker, event["frame"], error, pixels)
        seconds, checking = event.get("seconds", {}), self.timer.seconds["checking"] - checked_before
        self.timer.add(seconds)
        self.queue.record_costs(event["frame"], event.get("regions", 0), seconds, checking)
        self._show_progress()

    def _add_checked_frames(self, worker: Hashable, event: Event) -> None:
        """Record rendered frames that a cluster's worker has decoded and synced."""
        error, records = None, event["records"]
        with self.timer.measure("checking"):
            try:
                self.manifest.add_checked_frames(_checked_frames(records))
            except OutputError as problem:
                error = problem
        for record in records:
            self._record(worker, record["frame"], error, None)
            self.timer.add(record["seconds"])
        self._show_progress()

    def _record(self, worker: Hashable, frame: int, error: OutputError | None, pixels: Bytes | None) -> None:
        self.queue.record_result(worker, frame, error)
        if error is None:
            self.on_frame(frame, pixels)

    def _show_progress(self) -> None:
        self.show(self.already_done + len(self.manifest.new_frames))

    def _give_back(self, worker: Hashable, event: Event) -> None:
        self.queue.give_back(worker, event["isolate"])

    def _finish(self, worker: Hashable, event: Event) -> None:
        if not self.queue.finish(worker, event.get("error")):
            self.executor.terminate([worker])  # it gets no other task


def _checked_frames(records: Sequence[FrameRecord]) -> list[CheckedFrame]:
    return [(Path(record["part"]), record["frame"], record["pixel_hash"], record["checksum"]) for record in records]


def copy_duplicates(unique_frame_of: dict[int, int], manifest: Manifest) -> None:
    """Give every frame a file of its own: duplicates get a copy of their unique frame."""
    missing = [frame for frame, unique in unique_frame_of.items() if frame != unique and not manifest.is_done(frame)]
    if not missing:
        return
    with scratch_dir(find_scratch_folder(manifest)) as scratch:
        for first in range(0, len(missing), COPIES_AT_ONCE):
            copies = [
                (scratch / f"copy_{frame}.png", frame, unique_frame_of[frame])
                for frame in missing[first:][:COPIES_AT_ONCE]
            ]
            for part, _, unique in copies:
                shutil.copyfile(frame_path(manifest.folder, unique), part)
            manifest.add_copies(copies)
