# SPDX-License-Identifier: GPL-3.0-or-later
"""The orders of one job on a Dask cluster: who is asked, what is under way, what comes back, and ending it all. Other
jobs may be at work on the same cluster, each in a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import queue
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Future, KilledWorker
from kernelwalk import __version__
from kernelwalk.core.spec.templates import find_blend_file

from ..blenders.blender_pool import LOG_NAME, Event, Task
from ..failures import BlenderError, ClusterError, FatalBlenderError, OutputError
from ..frames.manifest import frame_path
from ..outputs import sync_to_disk
from . import worker_task
from .adaptive_queue import AdaptiveFrameQueue
from .dask_cluster import LOG_PREFIX, POLL_INTERVAL, VERSION_TIMEOUT, DaskCluster

FETCH_TIMEOUT = 60.0
"""Seconds that an answer may take on its way to us."""

ERROR_TYPES = {"hopeless": FatalBlenderError, "output": OutputError, "blender": BlenderError}

WorkerEvent = tuple[str, Event]
AnswerFuture = concurrent.futures.Future[Any]


@dataclass
class PendingChunk:
    """What is under way: the workers it may go to (None: all), its answer to come, and whether a worker is at it, as
    far as is known."""

    allowed_workers: list[str] | None
    future: Future[Any]
    is_started: bool = False


class JobDispatcher:
    """The orders of one job.

    scratch: the job's own folder, which the workers see where a folder is shared
    version: of the Blenders that may render it, "" where that is open: then most of them decide
    """

    def __init__(self, cluster: DaskCluster, frames: AdaptiveFrameQueue, scratch: Path, version: str):
        self.cluster, self.frames, self.scratch = cluster, frames, scratch
        self.existing_version = self.version = version
        self.inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.waiting_task: Task | None = None  # which is to be ordered as soon as there is room
        self.pending: dict[str, PendingChunk] = {}
        self.probes: dict[str, Future[Any]] = {}  # by the worker
        self.rejected: dict[str, str] = {}  # workers that cannot do this job, and why
        self.base_frame_data: Future[Any] | None = None  # its bytes, where no folder is shared
        self.request_fields: dict[str, Any] = {}
        self.last_survey = self.first_answer = 0.0
        frames.count_slots = self.count_slots

    def run(self, next_task: Callable[[], Task | None]) -> Iterator[WorkerEvent]:
        """Do the work: see `Crew.work`. Raises ClusterError."""
        self.waiting_task = next_task()
        ready = False
        while self.waiting_task is not None or self.pending:
            if self.cluster.is_stopped:
                raise KeyboardInterrupt
            if self.waiting_task is not None and not self.request_fields:
                self._prepare_request(self.waiting_task)
            yield from self._survey()
            if self.version and not ready:
                ready = True
                yield "", {"event": "ready", "blender": self.version}
            while self.waiting_task is not None and ready and self.cluster.may_submit(self):
                task, name = self.waiting_task, self._submit_chunk(self.waiting_task)
                yield name, {"event": "given", "task": task}
                self.waiting_task = next_task()
            if self.waiting_task is None:
                self.cluster.wake_next(self)
            had = len(self.pending)
            yield from self._handle_message()
            if len(self.pending) < had:
                self.cluster.wake_next(self)
            if self.waiting_task is None:
                self.waiting_task = next_task()

    def cancel(self) -> None:
        """Take back what was ordered."""
        futures = [*(order.future for order in self.pending.values()), *self.probes.values()]
        if futures:
            self.cluster.cancel(futures)
        self.pending.clear()
        for address in self.probes:
            self.cluster.forget(address)

    def usable_workers(self) -> dict[str, int]:
        """The workers that can be used for this job, each with its slots."""
        found = self.cluster.usable_workers(self.version) if self.version else {}
        return {address: slots for address, slots in found.items() if address not in self.rejected}

    def count_slots(self) -> int:
        """How many orders of this job can be done at a time."""
        return sum(self.usable_workers().values())

    def _prepare_request(self, task: Task) -> None:
        """What all orders of this job have in common."""
        cluster, limits = self.cluster, self.cluster.timeouts
        template = find_blend_file(task["spec"]["look"]["template"]).read_bytes()
        self.frames_folder = Path(task["still"]).parent
        self.request_fields = {
            "topic": cluster.topic,
            "spec": task["spec"],
            "template": hashlib.sha256(template).hexdigest(),
            "shared": str(self.scratch) if cluster.has_shared_folder else "",
            "done": str(self.frames_folder) if cluster.has_shared_folder else "",
            "still": task["still"] if cluster.has_shared_folder else "",
            "whole": task["whole"],
            "resolution": task["spec"]["render"]["resolution"],
            "blender": cluster.executable,
            "limits": [limits.stall, limits.frame],
            "kernelwalk": __version__,
        }

    def _survey(self) -> Iterator[WorkerEvent]:
        """Now and then: ask those who are new, and give up what only those could do who have gone."""
        if time.monotonic() - self.last_survey < POLL_INTERVAL:
            if not self.version:
                self._choose_version()  # others may have asked
            return
        self.last_survey = time.monotonic()
        for address in self.cluster.poll_workers():
            self._probe(address)
        present = self.cluster.current_workers()
        for address in self.probes.keys() - present.keys():
            self.cluster.cancel([self.probes.pop(address)])
        for name, order in list(self.pending.items()):
            if order.allowed_workers is not None and not present.keys() & set(order.allowed_workers):
                self.cluster.cancel([order.future])
                yield self._return_chunk(name)
        self._choose_version()
        if not present:
            own = self.cluster.local_cluster is not None
            start = "" if own else f". Start one: dask worker {self.cluster.scheduler_address} --nthreads 1"
            self.cluster.log_once(f"no worker is there, waiting{start}")

    def _probe(self, address: str) -> None:
        """Have a worker tell its Blender's version, and get it ready."""
        name = f"kernelwalk-ask-{uuid.uuid4().hex}"
        any_job = {"frames": [], "version": "", "template": ""}
        order = {**self.request_fields, **any_job, "id": name, "crowd": self.cluster.slots_per_host}
        future = self._submit(name, order, [address])
        future.add_done_callback(lambda _: self.inbox.put(("asked", address)))
        self.probes[address] = future

    def _choose_version(self) -> None:
        """Which version renders this job: that of the frames that are there, or the one that most slots have."""
        cluster = self.cluster
        workers = cluster.current_workers()
        versions: Counter[str] = Counter()
        for each in workers.values():
            if each.blender_version and not each.rejection:
                versions[each.blender_version] += each.slots
        if versions and not self.version:
            self.first_answer = self.first_answer or time.monotonic()
            if not self.probes or time.monotonic() - self.first_answer > VERSION_TIMEOUT:
                self.version = max(versions, key=lambda version: (versions[version], version))
        reasons = []
        for address, each in workers.items():
            reason = each.rejection or self.rejected.get(address, "")
            if not reason and self.version and each.blender_version not in ("", self.version):
                what = "these frames were begun with" if self.existing_version else "this job's is"
                reason = f"its Blender is {each.blender_version}, {what} {self.version}"
                cluster.log_once(f"{address}: refused: {reason}")
            if reason:
                reasons.append(f"{address}: {reason}")
        if workers and len(reasons) == len(workers):
            raise ClusterError("\n".join([f"--dask {cluster.connection.address}: no worker can be used", *reasons]))

    def _submit_chunk(self, task: Task) -> str:
        """Order frames."""
        cluster, frames = self.cluster, task["frames"]
        name = f"kernelwalk-{uuid.uuid4().hex}"
        if cluster.has_shared_folder:
            for frame in frames:  # a damaged one is not to be taken for done
                frame_path(self.frames_folder, frame).unlink(missing_ok=True)
        elif self.base_frame_data is None and frames != [self.frames.base_frame]:
            with suppress(FileNotFoundError):
                data = frame_path(self.frames_folder, self.frames.base_frame).read_bytes()
                self.base_frame_data = cluster.client.submit(worker_task.identity, data, key=f"{name}-still")
        usable = list(self.usable_workers())
        only = usable if len(usable) < len(cluster.workers) else None
        order = {
            **self.request_fields,
            "id": name,
            "frames": frames,
            "version": self.version,
            "crowd": cluster.slots_per_host,
        }
        future = self._submit(name, order, only)
        future.add_done_callback(lambda _: self.inbox.put(("done", name)))
        self.pending[name] = PendingChunk(only, future)
        return name

    def _submit(self, name: str, order: dict[str, Any], only: list[str] | None) -> Future[Any]:
        still = self.base_frame_data if order["frames"] else None
        return self.cluster.client.submit(worker_task.render_chunk, order, still, key=name, pure=False, workers=only)

    def _handle_message(self) -> Iterator[WorkerEvent]:
        """What the next that is heard comes to."""
        try:
            kind, what = self.inbox.get(timeout=max(0.01, self.last_survey + POLL_INTERVAL - time.monotonic()))
        except queue.Empty:
            return
        if kind in ("asked", "done"):
            self._fetch_answer(kind, what)
        elif kind == "asked fetched":
            self._handle_probe(*what)
        elif kind == "told" and what["order"] in self.pending:
            self.pending[what["order"]].is_started = True
            yield from self._store_records(what["order"], what["records"])
        elif kind == "done fetched" and what[0] in self.pending:
            yield from self._handle_answer(*what)

    def _fetch_answer(self, kind: str, name: str) -> None:
        """Have an answer come, while others do: one that was lost with its worker never comes."""
        order = self.pending.get(name)
        future = self.probes.get(name) if kind == "asked" else order and order.future
        if future is not None:
            client = self.cluster.client
            answer = asyncio.wait_for(client.gather(future, asynchronous=True), FETCH_TIMEOUT)
            coming = asyncio.run_coroutine_threadsafe(answer, client.loop.asyncio_loop)
            coming.add_done_callback(lambda found: self.inbox.put((f"{kind} fetched", (name, found))))

    def _handle_probe(self, address: str, answer_future: AnswerFuture) -> None:
        """Take down what a worker tells of itself."""
        future = self.probes.pop(address, None)
        worker = self.cluster.workers.get(address)
        if future is None or worker is None:
            return
        self.last_survey = 0.0  # to decide
        try:
            answer = answer_future.result()
        except Exception as error:  # whatever went wrong there
            if future.status == "error" and not isinstance(error, KilledWorker):
                self.cluster.reject(address, f"Kernelwalk does not run there: {type(error).__name__}: {error}")
            else:  # it has gone, or was stopped; if it comes again, it is asked again
                self.cluster.forget(address)
            return
        worker.blender_version = answer["blender"]
        if answer["refused"] or not answer["blender"]:
            self.cluster.reject(address, answer["refused"] or answer["error"]["text"])

    def _handle_answer(self, name: str, answer_future: AnswerFuture) -> Iterator[WorkerEvent]:
        """What the answer to an order comes to."""
        future = self.pending[name].future
        try:
            answer = answer_future.result()
        except KilledWorker as error:
            yield from self._handle_killed(name, str(error))
            return
        except Exception as error:
            if future.status == "error":
                raise ClusterError(f"{LOG_PREFIX}: a worker failed: {type(error).__name__}: {error}") from None
            if self.cluster.client.status != "running":
                raise self.cluster.scheduler_lost() from None
            if isinstance(error, TimeoutError):
                late = f"an answer did not come within {FETCH_TIMEOUT:g} s, its frames are rendered again"
                self.cluster.log_once(f"{late}. Where the network is slow, use a smaller --chunk")
            self.cluster.cancel([future])
            yield self._return_chunk(name)
            return
        for text in answer["notes"]:
            yield name, {"event": "note", "text": text}
        self.frames.record_seconds([record["frame"] for record in answer["records"]], answer["seconds"])
        yield from self._store_records(name, answer["records"])
        if answer["refused"]:
            self.rejected[answer["worker"]] = answer["refused"]
            self.cluster.log_once(f"{answer['worker']}: refused: {answer['refused']}")
            yield self._return_chunk(name)
        elif answer["error"] is None:
            del self.pending[name]
            yield name, {"event": "finished"}
        else:
            yield from self._handle_error(name, answer)

    def _handle_error(self, name: str, answer: dict[str, Any]) -> Iterator[WorkerEvent]:
        del self.pending[name]
        error, log = answer["error"], self.scratch / LOG_NAME
        with log.open("a", errors="replace") as chatter:
            chatter.write(answer["log"])
        if error["frame"] is not None:
            yield name, {"event": "begin", "frame": error["frame"]}
        text = f"{answer['worker']}: {error['text'].replace(LOG_NAME, str(log))}"
        own_disk = error["kind"] == "output" and not self.cluster.has_shared_folder
        if own_disk or (error["kind"] == "blender" and error["frame"] is None):
            # it is of that worker, not of a frame
            self.cluster.record_failure(answer["worker"], error["text"])
            yield name, {"event": "returned", "alone": False}
            return
        yield name, {"event": "failed", "error": ERROR_TYPES[error["kind"]](text)}

    def _handle_killed(self, name: str, text: str) -> Iterator[WorkerEvent]:
        """Workers have died of an order, as often as the scheduler lets them (allowed-failures)."""
        left = self.frames.assigned.get(name, [])
        if not left:  # all had been told
            del self.pending[name]
            yield name, {"event": "finished"}
            return
        if len(left) > 1 or not self.pending[name].is_started:  # it may be another order that they died of
            yield self._return_chunk(name, isolate=True)
            return
        del self.pending[name]
        yield name, {"event": "begin", "frame": left[0]}
        yield name, {"event": "failed", "error": BlenderError(f"workers died of it: {text.partition('. ')[0]}")}

    def _return_chunk(self, name: str, isolate: bool = False) -> WorkerEvent:
        del self.pending[name]
        return name, {"event": "returned", "alone": isolate}

    def _store_records(self, name: str, records: list[dict[str, Any]]) -> Iterator[WorkerEvent]:
        """The frames that are new among those that are told, as pictures that are on disk in the scratch folder."""
        held = set(self.frames.assigned.get(name, ()))
        fresh = [record for record in records if record["frame"] in held]
        for record in fresh:
            if "png" in record:
                part = self.scratch / f"part_{record['frame']:05d}.png"
                part.write_bytes(record.pop("png"))
                sync_to_disk(part)
                record["part"] = part.name
        if fresh:
            yield (
                name,
                {"event": "checked", "records": [{**each, "part": self.scratch / each["part"]} for each in fresh]},
            )
