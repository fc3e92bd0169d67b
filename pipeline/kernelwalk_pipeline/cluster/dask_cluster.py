# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dask cluster in the place of a crew: its scheduler, which of its workers can be used, and what all runs share."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..blenders.blender_pool import Event, Task
from ..blenders.frame_queue import MAX_TRIES, FrameQueue
from ..blenders.timeouts import Timeouts
from ..failures import ClusterError, UsageError
from ..progress import log
from .adaptive_queue import AdaptiveFrameQueue
from .connection import LOCAL, Connection

if TYPE_CHECKING:
    from .dispatch import JobDispatcher

try:
    import dask
    from distributed import Client, Future, LocalCluster, Security
except ImportError:
    raise UsageError("--dask: needs dask.distributed. Install it: pip install kernelwalk[cluster]") from None

CONNECT_TIMEOUT = 10.0
"""Seconds that a scheduler has to answer."""

POLL_INTERVAL = 2.0
"""Seconds between two looks at who is there."""

VERSION_TIMEOUT = 30.0
"""Seconds that workers have to tell their Blender's version, before those that have told decide without them."""

RESPAWN_TIMEOUT = 600
"""Seconds that a worker of our own that died has until its successor is there."""

LOG_PREFIX = "cluster"

IGNORE_SIGINT = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"
"""What workers of our own begin with: an interrupt is for us, and we end them."""


@dataclass
class ClusterWorker:
    """A worker: how many orders it does at a time, its Blender, why it cannot be used, and how often it has failed."""

    slots: int
    blender_version: str = ""
    rejection: str = ""
    failures: int = 0


class DaskCluster:
    """The workers of a scheduler, which is there while the context lasts. Several jobs may use them, each in a
    thread."""

    def __init__(
        self,
        connection: Connection,
        blender: str | None,
        timeouts: Timeouts,
        worker_count: int,
        chunk_size: int | None,
        has_shared_folder: bool,
    ) -> None:
        self.connection, self.executable, self.timeouts, self.worker_count = connection, blender, timeouts, worker_count
        self.chunk_size, self.has_shared_folder = chunk_size, has_shared_folder
        self.topic = f"kernelwalk-{uuid.uuid4().hex}"  # one: the scheduler keeps what is told of each
        self.lock = threading.RLock()  # of all that follows
        self.workers: dict[str, ClusterWorker] = {}
        self.jobs: list[JobDispatcher] = []  # at work, in the order in which they came
        self.slots_per_host: dict[str, int] = {}  # hosts with more than one slot, and how many they have
        self.last_poll = 0.0
        self.is_stopped = False
        self.logged: set[str] = set()

    def __enter__(self) -> DaskCluster:
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] in ("asyncio", "distributed", "tornado"):  # what matters comes as an exception
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self.local_cluster = self._start_local() if self.connection.address == LOCAL else None
        try:
            self.client = Client(
                self.local_cluster or self.connection.address, security=self._security(), timeout=CONNECT_TIMEOUT, set_as_default=False,
                name="kernelwalk",
            )  # fmt: skip
        except (OSError, TimeoutError, ValueError) as error:
            self._close_local()
            raise ClusterError(f"--dask {self.connection.address}: {_connect_message(error)}") from None
        except BaseException:  # an interrupt
            self._close_local()
            raise
        self.client.subscribe_topic(self.topic, lambda event: self.forward_report(event[1]))
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # whatever it is, we are leaving
            self.client.close(timeout=CONNECT_TIMEOUT)
        self._close_local()

    def _close_local(self) -> None:
        if self.local_cluster is not None:
            with suppress(Exception):
                self.local_cluster.close(timeout=CONNECT_TIMEOUT)

    def _start_local(self) -> LocalCluster:
        dask.config.set({"distributed.deploy.lost-worker-timeout": f"{RESPAWN_TIMEOUT}s"})
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which new processes inherit
        try:
            return LocalCluster(
                n_workers=self.worker_count, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
                silence_logs=logging.CRITICAL + 1, memory_limit=0, preload=[IGNORE_SIGINT],
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # a port that nobody else has
            )  # fmt: skip
        finally:
            signal.signal(signal.SIGINT, before)

    def _security(self) -> Security | None:
        if self.connection.tls is None:
            return None
        ca, cert, key = (str(path) for path in vars(self.connection.tls).values())
        return Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)

    def check_available(self) -> None:
        """Blender is on the workers, and they tell."""

    def prestart(self) -> None:
        """The workers start their Blenders when they have an order."""

    def create_queue(self, name: str, missing: list[int], base_frame: int) -> AdaptiveFrameQueue:
        """How frames are shared out."""
        return AdaptiveFrameQueue(name, missing, base_frame, self.chunk_size)

    def terminate(self, workers: Sequence[Any]) -> None:
        """An order that was not done as it should is over anyway."""

    def close_idle(self) -> None:
        """The workers are not ours."""

    def run_tasks(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = "", frames: FrameQueue | None = None
    ) -> Iterator[tuple[str, Event]]:
        """Have tasks done on the cluster: see `Crew.work`. `stock`: its own, of which they are."""
        from .dispatch import JobDispatcher

        assert isinstance(frames, AdaptiveFrameQueue)
        orders = JobDispatcher(self, frames, scratch, version)
        try:
            with self.lock:
                self.jobs.append(orders)
            yield from orders.run(next_task)
        finally:
            orders.cancel()
            with self.lock:
                self.jobs.remove(orders)
            self.wake_next(orders)

    def has_room(self) -> bool:
        """Whether there are workers that all jobs at work leave idle."""
        with self.lock:
            if self.is_stopped or any(job.waiting_task is not None for job in self.jobs):
                return False
            return self.count_pending() < sum(
                worker.slots for worker in self.workers.values() if worker.blender_version
            )

    def may_submit(self, job: JobDispatcher) -> bool:
        """Whether a job may order more: as many as can be done and a few, so that no worker waits for us, and only what
        the jobs before it leave."""
        with self.lock:
            slots = job.count_slots()
            before = self.jobs[: self.jobs.index(job)]
            if not slots or any(job.waiting_task is not None and job.version == job.version for job in before):
                return False
            return self.count_pending(job.version) < slots + max(1, slots // 8)

    def count_pending(self, version: str | None = None) -> int:
        """How many orders are under way, for any Blender or for those of a version."""
        with self.lock:
            return sum(len(job.pending) for job in self.jobs if version in (None, job.version))

    def forward_report(self, report: dict[str, Any]) -> None:
        """Let a job know what a worker tells of its order."""
        with self.lock:
            for job in self.jobs:
                if report["order"] in job.pending:
                    job.inbox.put(("told", report))

    def cancel(self, futures: Sequence[Future[Any]]) -> None:
        """Cancel what was ordered, if the scheduler listens."""
        with suppress(Exception):  # it may have gone
            cancelled = self.client.cancel(list(futures), asynchronous=True, force=True)
            asyncio.run_coroutine_threadsafe(cancelled, self.client.loop.asyncio_loop).result(CONNECT_TIMEOUT)

    def wake_next(self, job: JobDispatcher) -> None:
        """A job may have left room: have the first other one that waits for the same workers look."""
        with self.lock:
            others = [job for job in self.jobs if job is not job and job.version == job.version]
            for job in [job for job in others if job.waiting_task is not None][:1]:
                job.inbox.put(("room", None))

    def stop(self) -> None:
        """Have all jobs end, as by an interrupt."""
        self.is_stopped = True
        with self.lock:
            for job in self.jobs:
                job.inbox.put(("stop", None))

    @property
    def scheduler_address(self) -> str:
        """Where workers find the scheduler."""
        return str(self.client.scheduler.address)

    def current_workers(self) -> dict[str, ClusterWorker]:
        """All workers that are there."""
        with self.lock:
            return dict(self.workers)

    def usable_workers(self, version: str) -> dict[str, int]:
        """The workers that have this Blender and can be used, each with its slots."""
        found = self.current_workers().items()
        return {
            address: each.slots for address, each in found if each.blender_version == version and not each.rejection
        }

    def poll_workers(self) -> list[str]:
        """See who is there, if nobody has done so just now; the addresses of those who are new, whom the caller is to
        ask. Raises ClusterError where the scheduler has gone."""
        with self.lock:
            if time.monotonic() - self.last_poll < POLL_INTERVAL:
                return []
            self.last_poll = time.monotonic()
        try:
            found: dict[str, int] = self.client.nthreads()
        except Exception as error:  # of many kinds, with a scheduler that goes
            raise self.scheduler_lost(error) from None
        if self.local_cluster is not None and not found and not self.local_cluster.workers:
            raise ClusterError("--dask local: all workers have ended. What came is kept: the same command goes on")
        with self.lock:
            for address in self.workers.keys() - found.keys():
                del self.workers[address]
            new = [address for address in found if address not in self.workers]
            for address in new:
                self.workers[address] = ClusterWorker(found[address])
        hosts: Counter[str] = Counter()
        for address, slots in found.items():
            hosts[parse_host(address)] += slots
        self.slots_per_host = {host: slots for host, slots in hosts.items() if slots > 1}
        return new

    def forget(self, address: str) -> None:
        """A worker that has not told of itself is new to whoever looks next."""
        with self.lock:
            if (
                address in self.workers
                and not self.workers[address].blender_version
                and not self.workers[address].rejection
            ):
                del self.workers[address]
                self.last_poll = 0.0

    def reject(self, address: str, reason: str) -> None:
        """Note why a worker is not used, and say it."""
        with self.lock:
            if address in self.workers:
                self.workers[address].rejection = reason
        self.log_once(f"{address}: refused: {reason}")

    def record_failure(self, address: str, reason: str) -> None:
        """Note that a worker has failed; it is refused when it does so again and again."""
        with self.lock:
            worker = self.workers.get(address)
            if worker is not None:
                worker.failures += 1
                if worker.failures >= MAX_TRIES:
                    self.reject(address, reason)

    def log_once(self, text: str) -> None:
        """Say something once."""
        with self.lock:
            if text not in self.logged:
                self.logged.add(text)
                log(LOG_PREFIX, text)

    def scheduler_lost(self, error: object = "") -> ClusterError:
        """The scheduler has gone."""
        why = f" ({error})" if str(error) else ""
        return ClusterError(
            f"--dask {self.connection.address}: the scheduler has gone{why}. What came is kept: the same command goes on"
        )


def parse_host(address: str) -> str:
    """The host in a worker's address."""
    return address.rpartition("://")[2].rpartition(":")[0]


def _connect_message(error: Exception) -> str:
    """Why no scheduler answered, in a line."""
    text = str(error)
    cause: BaseException | None = error
    while cause is not None:
        text += f" {cause}"
        cause = cause.__cause__ or cause.__context__
    if "CERTIFICATE" in text.upper() or "SSL" in text or "TLS" in text:
        return (
            "the scheduler does not take this certificate, or its own is not of this authority. "
            "Check --tls-ca, --tls-cert and --tls-key"
        )
    return (
        f"no scheduler answers within {CONNECT_TIMEOUT:g} s. Start one (dask scheduler), or check the address, and whether it "
        "speaks TLS"
    )
