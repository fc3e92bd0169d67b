# SPDX-License-Identifier: GPL-3.0-or-later
"""Dispatches the chunks of one job to the workers of a Dask cluster.

It surveys the workers, submits chunks and turns answers into events. Other jobs may use the same cluster at the same
time, each in a thread.
"""

from __future__ import annotations

import asyncio
import queue
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Future, KilledWorker

from ..atomic import sync_to_disk
from ..blenders.blender_pool import LOG_NAME
from ..failures import BlenderError, ClusterError, FatalBlenderError, OutputError
from ..frames.manifest import frame_path
from ..worker.protocol import (
    ASSIGNED,
    CHECKED,
    FAILED,
    FINISHED,
    FRAME_STARTED,
    NOTE,
    READY,
    RETURNED,
    ChunkAnswer,
    Event,
    FrameRecord,
    Task,
)
from . import worker_task
from .adaptive_queue import AdaptiveFrameQueue
from .blender_choice import BlenderChoice
from .chunk_requests import ChunkRequests, submit_request
from .dask_cluster import LOG_PREFIX, POLL_INTERVAL, DaskCluster
from .worker_selection import AnswerFuture, WorkerSelection

FETCH_TIMEOUT = 60.0
"""Seconds that the transfer of an answer may take."""

ERROR_TYPES = {"fatal": FatalBlenderError, "output": OutputError, "blender": BlenderError}

WorkerEvent = tuple[str, Event]
"""A chunk's id, and an event."""


@dataclass
class PendingChunk:
    """A chunk that is submitted and not finished.

    allowed_workers: addresses of the workers that may render it; None for all
    is_started:      whether a worker has reported that it renders it
    """

    allowed_workers: list[str] | None
    future: Future[Any]
    is_started: bool = False


class JobDispatcher:
    """Dispatches the chunks of one job.

    frames:  the queue that the tasks take their frames from
    scratch: the job's own folder, which workers see if there is a shared folder
    version, device: as of BlenderChoice
    """

    def __init__(self, cluster: DaskCluster, frames: AdaptiveFrameQueue, scratch: Path, version: str, device: str):
        self.cluster, self.frames, self.scratch = cluster, frames, scratch
        self.choice = BlenderChoice(version, device)
        self.inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.selection = WorkerSelection(cluster, self.choice, self.inbox)
        self.waiting_task: Task | None = None  # submitted as soon as there is room
        self.pending: dict[str, PendingChunk] = {}
        self.base_frame_data: Future[Any] | None = None  # without a shared folder: the base frame's file
        self.last_survey = 0.0
        frames.count_slots = self.count_slots

    def run(self, next_task: Callable[[], Task | None]) -> Iterator[WorkerEvent]:
        """Run tasks and yield events: see `BlenderPool.run_tasks`. Raises ClusterError."""
        self.waiting_task = next_task()
        if self.waiting_task is None:
            return
        self.requests = ChunkRequests(self.cluster, self.scratch, self.waiting_task)
        is_ready = False
        while self.waiting_task is not None or self.pending:
            if self.cluster.is_stopped:
                raise KeyboardInterrupt
            yield from self._survey()
            if self.choice.version and not is_ready:
                is_ready = True
                yield "", {"event": READY, "blender": self.choice.version, "device": self.choice.device}
            while self.waiting_task is not None and is_ready and self.cluster.may_submit(self):
                task, chunk = self.waiting_task, self._submit_chunk(self.waiting_task)
                yield chunk, {"event": ASSIGNED, "task": task}
                self.waiting_task = next_task()
            if self.waiting_task is None:
                self.cluster.wake_next(self)
            count = len(self.pending)
            yield from self._handle_message()
            if len(self.pending) < count:
                self.cluster.wake_next(self)
            if self.waiting_task is None:
                self.waiting_task = next_task()

    def cancel(self) -> None:
        """Cancel everything that is submitted."""
        futures = [chunk.future for chunk in self.pending.values()]
        if futures:
            self.cluster.cancel(futures)
        self.pending.clear()
        self.selection.cancel()

    @property
    def chosen(self) -> tuple[str, str]:
        """The version of Blender and the label of the device that render the job; "" each until they are chosen."""
        return self.choice.version, self.choice.device

    def count_slots(self) -> int:
        """Return how many chunks of this job can be rendered at once."""
        return sum(self.selection.usable_workers().values())

    def _survey(self) -> Iterator[WorkerEvent]:
        """Every POLL_INTERVAL: probe new workers, and give back chunks whose workers have all gone."""
        if time.monotonic() - self.last_survey < POLL_INTERVAL:
            if not self.choice.version:
                self.selection.choose_version(self.requests.render)  # another job's probe may have been answered
            return
        self.last_survey = time.monotonic()
        for address in self.cluster.poll_workers():
            self.selection.probe(address, self.requests.make_probe())
        workers = self.cluster.current_workers()
        self.selection.forget_absent(workers)
        for name, chunk in list(self.pending.items()):
            if chunk.allowed_workers is not None and not workers.keys() & set(chunk.allowed_workers):
                self.cluster.cancel([chunk.future])
                yield self._return_chunk(name)
        self.selection.choose_version(self.requests.render)
        if not workers:
            is_local = self.cluster.local_cluster is not None
            remedy = "" if is_local else f". Start one: dask worker {self.cluster.scheduler_address} --nthreads 1"
            self.cluster.log_once(f"waiting for a worker{remedy}")

    def _submit_chunk(self, task: Task) -> str:
        """Submit the frames of a task and return the chunk's id."""
        cluster, frames = self.cluster, task["frames"]
        name = f"kernelwalk-{uuid.uuid4().hex}"
        if cluster.has_shared_folder:
            for frame in frames:  # or the worker would take a damaged file for a finished frame
                frame_path(self.requests.frames_folder, frame).unlink(missing_ok=True)
        elif self.base_frame_data is None and frames != [self.frames.base_frame]:
            with suppress(FileNotFoundError):
                data = frame_path(self.requests.frames_folder, self.frames.base_frame).read_bytes()
                self.base_frame_data = cluster.client.submit(worker_task.identity, data, key=f"{name}-base")
        usable = list(self.selection.usable_workers())
        allowed_workers = usable if len(usable) < len(cluster.workers) else None
        request = self.requests.make(name, frames, self.choice)
        future = submit_request(cluster, request, self.base_frame_data, allowed_workers)
        future.add_done_callback(lambda _: self.inbox.put(("chunk done", name)))
        self.pending[name] = PendingChunk(allowed_workers, future)
        return name

    def _handle_message(self) -> Iterator[WorkerEvent]:
        """Wait for the next message in the inbox, at most until the next survey, and handle it."""
        try:
            kind, content = self.inbox.get(timeout=max(0.01, self.last_survey + POLL_INTERVAL - time.monotonic()))
        except queue.Empty:
            return
        if kind in ("probe done", "chunk done"):
            self._fetch_answer(kind, content)
        elif kind == "probe done, fetched":
            self.selection.handle_answer(*content)
            self.last_survey = 0.0  # so that the version is chosen at once
        elif kind == "report" and content["chunk"] in self.pending:
            self.pending[content["chunk"]].is_started = True
            for text in content["notes"]:
                yield content["chunk"], {"event": NOTE, "text": text}
            yield from self._store_records(content["chunk"], content["records"])
        elif kind == "chunk done, fetched" and content[0] in self.pending:
            yield from self._handle_answer(*content)

    def _fetch_answer(self, kind: str, name: str) -> None:
        """Fetch an answer without blocking: an answer that was lost with its worker never arrives."""
        chunk = self.pending.get(name)
        future = self.selection.probes.get(name) if kind == "probe done" else chunk and chunk.future
        if future is not None:
            client = self.cluster.client
            answer = asyncio.wait_for(client.gather(future, asynchronous=True), FETCH_TIMEOUT)
            answer_future = asyncio.run_coroutine_threadsafe(answer, client.loop.asyncio_loop)
            answer_future.add_done_callback(lambda fetched: self.inbox.put((f"{kind}, fetched", (name, fetched))))

    def _handle_answer(self, name: str, answer_future: AnswerFuture) -> Iterator[WorkerEvent]:
        """Yield the events of a chunk's answer."""
        future = self.pending[name].future
        try:
            answer: ChunkAnswer = answer_future.result()
        except KilledWorker as error:
            yield from self._handle_killed(name, str(error))
            return
        except Exception as error:
            if future.status == "error":
                raise ClusterError(f"{LOG_PREFIX}: a worker failed: {type(error).__name__}: {error}") from None
            if self.cluster.client.status != "running":
                raise self.cluster.scheduler_lost() from None
            if isinstance(error, TimeoutError):
                self.cluster.log_once(
                    f"an answer did not arrive within {FETCH_TIMEOUT:g} s, so its frames are rendered again. "
                    "On a slow network use a smaller --chunk"
                )
            self.cluster.cancel([future])
            yield self._return_chunk(name)
            return
        for text in answer["notes"]:
            yield name, {"event": NOTE, "text": text}
        self.frames.record_seconds([record["frame"] for record in answer["records"]], answer["seconds"])
        yield from self._store_records(name, answer["records"])
        if answer["rejection"]:
            self.selection.reject(answer["worker"], answer["rejection"])
            yield self._return_chunk(name)
        elif answer["error"] is None:
            del self.pending[name]
            yield name, {"event": FINISHED}
        else:
            yield from self._handle_error(name, answer)

    def _handle_error(self, name: str, answer: ChunkAnswer) -> Iterator[WorkerEvent]:
        """Yield the events of a failed chunk."""
        del self.pending[name]
        error, log = answer["error"], self.scratch / LOG_NAME
        assert error is not None
        with log.open("a", errors="replace") as file:
            file.write(answer["log"])
        if error["frame"] is not None:
            yield name, {"event": FRAME_STARTED, "frame": error["frame"]}
        text = f"{answer['worker']}: {error['text'].replace(LOG_NAME, str(log))}"
        is_local_disk = error["kind"] == "output" and not self.cluster.has_shared_folder
        if is_local_disk or (error["kind"] == "blender" and error["frame"] is None):
            # the fault of that worker, not of a frame
            self.cluster.record_failure(answer["worker"], error["text"])
            yield name, {"event": RETURNED, "isolate": False}
            return
        yield name, {"event": FAILED, "error": ERROR_TYPES[error["kind"]](text)}

    def _handle_killed(self, name: str, text: str) -> Iterator[WorkerEvent]:
        """Yield the events of a chunk during which more workers died than the scheduler allows (allowed-failures)."""
        remaining = self.frames.assigned.get(name, [])
        if not remaining:
            del self.pending[name]
            yield name, {"event": FINISHED}
            return
        if len(remaining) > 1 or not self.pending[name].is_started:  # another chunk may have killed them
            yield self._return_chunk(name, isolate=True)
            return
        del self.pending[name]
        yield name, {"event": FRAME_STARTED, "frame": remaining[0]}
        yield name, {"event": FAILED, "error": BlenderError(f"it killed workers: {text.partition('. ')[0]}")}

    def _return_chunk(self, name: str, isolate: bool = False) -> WorkerEvent:
        del self.pending[name]
        return name, {"event": RETURNED, "isolate": isolate}

    def _store_records(self, name: str, records: list[FrameRecord]) -> Iterator[WorkerEvent]:
        """Yield the records that are new, with their pictures on disk in the scratch folder."""
        assigned = set(self.frames.assigned.get(name, ()))
        new = [record for record in records if record["frame"] in assigned]
        for record in new:
            if "png" in record:
                part = self.scratch / f"part_{record['frame']:05d}.png"
                part.write_bytes(record.pop("png"))
                sync_to_disk(part)
                record["part"] = part.name
        if new:
            absolute: list[FrameRecord] = [{**record, "part": str(self.scratch / record["part"])} for record in new]
            yield name, {"event": CHECKED, "records": absolute}
