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

from ..blenders.crew import LOG, Event, Task
from ..failure import BlenderError, ClusterError, Hopeless, OutputError
from ..frames.manifest import frame_file
from ..output import sync
from . import remote
from .cluster import NAME, SETTLE, SURVEY, Cluster
from .shares import Shares

FETCH = 60.0
"""Seconds that an answer may take on its way to us."""

KINDS = {"hopeless": Hopeless, "output": OutputError, "blender": BlenderError}

Told = tuple[str, Event]
Coming = concurrent.futures.Future[Any]


@dataclass
class Order:
    """What is under way: the workers it may go to (None: all), its answer to come, and whether a worker is at it, as
    far as is known."""

    only: list[str] | None
    future: Future[Any]
    begun: bool = False


class Orders:
    """The orders of one job.

    scratch: the job's own folder, which the workers see where a folder is shared
    version: of the Blenders that may render it, "" where that is open: then most of them decide
    """

    def __init__(self, cluster: Cluster, share: Shares, scratch: Path, version: str):
        self.cluster, self.share, self.scratch = cluster, share, scratch
        self.begun = self.version = version
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.task: Task | None = None  # which is to be ordered as soon as there is room
        self.orders: dict[str, Order] = {}
        self.asked: dict[str, Future[Any]] = {}  # by the worker
        self.refused: dict[str, str] = {}  # workers that cannot do this job, and why
        self.still: Future[Any] | None = None  # its bytes, where no folder is shared
        self.common: dict[str, Any] = {}
        self.looked = self.first = 0.0
        share.slots = self.slots

    def events(self, next_task: Callable[[], Task | None]) -> Iterator[Told]:
        """Do the work: see `Crew.work`. Raises ClusterError."""
        self.task = next_task()
        ready = False
        while self.task is not None or self.orders:
            if self.cluster.stopped:
                raise KeyboardInterrupt
            if self.task is not None and not self.common:
                self._describe(self.task)
            yield from self._look()
            if self.version and not ready:
                ready = True
                yield "", {"event": "ready", "blender": self.version}
            while self.task is not None and ready and self.cluster.may_order(self):
                task, name = self.task, self._give(self.task)
                yield name, {"event": "given", "task": task}
                self.task = next_task()
            if self.task is None:
                self.cluster.wake(self)
            had = len(self.orders)
            yield from self._hear()
            if len(self.orders) < had:
                self.cluster.wake(self)
            if self.task is None:
                self.task = next_task()

    def end(self) -> None:
        """Take back what was ordered."""
        futures = [*(order.future for order in self.orders.values()), *self.asked.values()]
        if futures:
            self.cluster.take_back(futures)
        self.orders.clear()
        for address in self.asked:
            self.cluster.forget(address)

    def usable(self) -> dict[str, int]:
        """The workers that can be used for this job, each with its slots."""
        found = self.cluster.usable(self.version) if self.version else {}
        return {address: slots for address, slots in found.items() if address not in self.refused}

    def slots(self) -> int:
        """How many orders of this job can be done at a time."""
        return sum(self.usable().values())

    def _describe(self, task: Task) -> None:
        """What all orders of this job have in common."""
        cluster, limits = self.cluster, self.cluster.limits
        template = find_blend_file(task["spec"]["look"]["template"]).read_bytes()
        self.folder = Path(task["still"]).parent
        self.common = {
            "topic": cluster.topic,
            "spec": task["spec"],
            "template": hashlib.sha256(template).hexdigest(),
            "shared": str(self.scratch) if cluster.shared else "",
            "done": str(self.folder) if cluster.shared else "",
            "still": task["still"] if cluster.shared else "",
            "whole": task["whole"],
            "resolution": task["spec"]["render"]["resolution"],
            "blender": cluster.executable,
            "limits": [limits.silence, limits.frame],
            "kernelwalk": __version__,
        }

    def _look(self) -> Iterator[Told]:
        """Now and then: ask those who are new, and give up what only those could do who have gone."""
        if time.monotonic() - self.looked < SURVEY:
            if not self.version:
                self._decide()  # others may have asked
            return
        self.looked = time.monotonic()
        for address in self.cluster.look():
            self._ask(address)
        present = self.cluster.present()
        for address in self.asked.keys() - present.keys():
            self.cluster.take_back([self.asked.pop(address)])
        for name, order in list(self.orders.items()):
            if order.only is not None and not present.keys() & set(order.only):
                self.cluster.take_back([order.future])
                yield self._returned(name)
        self._decide()
        if not present:
            own = self.cluster.own is not None
            start = "" if own else f". Start one: dask worker {self.cluster.scheduler} --nthreads 1"
            self.cluster.say(f"no worker is there, waiting{start}")

    def _ask(self, address: str) -> None:
        """Have a worker tell its Blender's version, and get it ready."""
        name = f"kernelwalk-ask-{uuid.uuid4().hex}"
        any_job = {"frames": [], "version": "", "template": ""}
        order = {**self.common, **any_job, "id": name, "crowd": self.cluster.crowd}
        future = self._submit(name, order, [address])
        future.add_done_callback(lambda _: self.heard.put(("asked", address)))
        self.asked[address] = future

    def _decide(self) -> None:
        """Which version renders this job: that of the frames that are there, or the one that most slots have."""
        cluster = self.cluster
        workers = cluster.present()
        versions: Counter[str] = Counter()
        for each in workers.values():
            if each.blender and not each.refused:
                versions[each.blender] += each.slots
        if versions and not self.version:
            self.first = self.first or time.monotonic()
            if not self.asked or time.monotonic() - self.first > SETTLE:
                self.version = max(versions, key=lambda version: (versions[version], version))
        reasons = []
        for address, each in workers.items():
            reason = each.refused or self.refused.get(address, "")
            if not reason and self.version and each.blender not in ("", self.version):
                what = "these frames were begun with" if self.begun else "this job's is"
                reason = f"its Blender is {each.blender}, {what} {self.version}"
                cluster.say(f"{address}: refused: {reason}")
            if reason:
                reasons.append(f"{address}: {reason}")
        if workers and len(reasons) == len(workers):
            raise ClusterError("\n".join([f"--dask {cluster.reach.address}: no worker can be used", *reasons]))

    def _give(self, task: Task) -> str:
        """Order frames."""
        cluster, frames = self.cluster, task["frames"]
        name = f"kernelwalk-{uuid.uuid4().hex}"
        if cluster.shared:
            for frame in frames:  # a damaged one is not to be taken for done
                frame_file(self.folder, frame).unlink(missing_ok=True)
        elif self.still is None and frames != [self.share.still]:
            with suppress(FileNotFoundError):
                data = frame_file(self.folder, self.share.still).read_bytes()
                self.still = cluster.client.submit(remote.itself, data, key=f"{name}-still")
        usable = list(self.usable())
        only = usable if len(usable) < len(cluster.workers) else None
        order = {**self.common, "id": name, "frames": frames, "version": self.version, "crowd": cluster.crowd}
        future = self._submit(name, order, only)
        future.add_done_callback(lambda _: self.heard.put(("done", name)))
        self.orders[name] = Order(only, future)
        return name

    def _submit(self, name: str, order: dict[str, Any], only: list[str] | None) -> Future[Any]:
        still = self.still if order["frames"] else None
        return self.cluster.client.submit(remote.render, order, still, key=name, pure=False, workers=only)

    def _hear(self) -> Iterator[Told]:
        """What the next that is heard comes to."""
        try:
            kind, what = self.heard.get(timeout=max(0.01, self.looked + SURVEY - time.monotonic()))
        except queue.Empty:
            return
        if kind in ("asked", "done"):
            self._fetch(kind, what)
        elif kind == "asked fetched":
            self._answered(*what)
        elif kind == "told" and what["order"] in self.orders:
            self.orders[what["order"]].begun = True
            yield from self._records(what["order"], what["records"])
        elif kind == "done fetched" and what[0] in self.orders:
            yield from self._done(*what)

    def _fetch(self, kind: str, name: str) -> None:
        """Have an answer come, while others do: one that was lost with its worker never comes."""
        order = self.orders.get(name)
        future = self.asked.get(name) if kind == "asked" else order and order.future
        if future is not None:
            client = self.cluster.client
            answer = asyncio.wait_for(client.gather(future, asynchronous=True), FETCH)
            coming = asyncio.run_coroutine_threadsafe(answer, client.loop.asyncio_loop)
            coming.add_done_callback(lambda found: self.heard.put((f"{kind} fetched", (name, found))))

    def _answered(self, address: str, coming: Coming) -> None:
        """Take down what a worker tells of itself."""
        future = self.asked.pop(address, None)
        worker = self.cluster.workers.get(address)
        if future is None or worker is None:
            return
        self.looked = 0.0  # to decide
        try:
            answer = coming.result()
        except Exception as error:  # whatever went wrong there
            if future.status == "error" and not isinstance(error, KilledWorker):
                self.cluster.refuse(address, f"Kernelwalk does not run there: {type(error).__name__}: {error}")
            else:  # it has gone, or was stopped; if it comes again, it is asked again
                self.cluster.forget(address)
            return
        worker.blender = answer["blender"]
        if answer["refused"] or not answer["blender"]:
            self.cluster.refuse(address, answer["refused"] or answer["error"]["text"])

    def _done(self, name: str, coming: Coming) -> Iterator[Told]:
        """What the answer to an order comes to."""
        future = self.orders[name].future
        try:
            answer = coming.result()
        except KilledWorker as error:
            yield from self._killed(name, str(error))
            return
        except Exception as error:
            if future.status == "error":
                raise ClusterError(f"{NAME}: a worker failed: {type(error).__name__}: {error}") from None
            if self.cluster.client.status != "running":
                raise self.cluster.gone() from None
            if isinstance(error, TimeoutError):
                late = f"an answer did not come within {FETCH:g} s, its frames are rendered again"
                self.cluster.say(f"{late}. Where the network is slow, use a smaller --chunk")
            self.cluster.take_back([future])
            yield self._returned(name)
            return
        for text in answer["notes"]:
            yield name, {"event": "note", "text": text}
        self.share.took([record["frame"] for record in answer["records"]], answer["seconds"])
        yield from self._records(name, answer["records"])
        if answer["refused"]:
            self.refused[answer["worker"]] = answer["refused"]
            self.cluster.say(f"{answer['worker']}: refused: {answer['refused']}")
            yield self._returned(name)
        elif answer["error"] is None:
            del self.orders[name]
            yield name, {"event": "finished"}
        else:
            yield from self._failed(name, answer)

    def _failed(self, name: str, answer: dict[str, Any]) -> Iterator[Told]:
        del self.orders[name]
        error, log = answer["error"], self.scratch / LOG
        with log.open("a", errors="replace") as chatter:
            chatter.write(answer["log"])
        if error["frame"] is not None:
            yield name, {"event": "begin", "frame": error["frame"]}
        text = f"{answer['worker']}: {error['text'].replace(LOG, str(log))}"
        own_disk = error["kind"] == "output" and not self.cluster.shared
        if own_disk or (error["kind"] == "blender" and error["frame"] is None):
            # it is of that worker, not of a frame
            self.cluster.strike(answer["worker"], error["text"])
            yield name, {"event": "returned", "alone": False}
            return
        yield name, {"event": "failed", "error": KINDS[error["kind"]](text)}

    def _killed(self, name: str, text: str) -> Iterator[Told]:
        """Workers have died of an order, as often as the scheduler lets them (allowed-failures)."""
        left = self.share.held.get(name, [])
        if not left:  # all had been told
            del self.orders[name]
            yield name, {"event": "finished"}
            return
        if len(left) > 1 or not self.orders[name].begun:  # it may be another order that they died of
            yield self._returned(name, alone=True)
            return
        del self.orders[name]
        yield name, {"event": "begin", "frame": left[0]}
        yield name, {"event": "failed", "error": BlenderError(f"workers died of it: {text.partition('. ')[0]}")}

    def _returned(self, name: str, alone: bool = False) -> Told:
        del self.orders[name]
        return name, {"event": "returned", "alone": alone}

    def _records(self, name: str, records: list[dict[str, Any]]) -> Iterator[Told]:
        """The frames that are new among those that are told, as pictures that are on disk in the scratch folder."""
        held = set(self.share.held.get(name, ()))
        fresh = [record for record in records if record["frame"] in held]
        for record in fresh:
            if "png" in record:
                part = self.scratch / f"part_{record['frame']:05d}.png"
                part.write_bytes(record.pop("png"))
                sync(part)
                record["part"] = part.name
        if fresh:
            yield (
                name,
                {"event": "checked", "records": [{**each, "part": self.scratch / each["part"]} for each in fresh]},
            )
