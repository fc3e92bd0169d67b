# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dask cluster: the connection to its scheduler, its workers, and the jobs that share them."""

from __future__ import annotations

import asyncio
import logging
import queue
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, Self

from ..blenders.frame_queue import MAX_TRIES
from ..blenders.timeouts import Timeouts
from ..failures import ClusterError, UsageError
from ..progress import log
from ..worker.device_choice import Device
from ..worker.protocol import ProgressReport, Task
from .connection import LOCAL, Connection

try:
    import dask
    from distributed import Client, Future, LocalCluster, Security
except ImportError:
    raise UsageError("--dask: needs dask.distributed. Install it: pip install kernelwalk[cluster]") from None

CONNECT_TIMEOUT = 10.0
"""Seconds that a scheduler has to answer."""

POLL_INTERVAL = 2.0
"""Seconds between two queries of the list of workers."""

RESPAWN_TIMEOUT = 600
"""Seconds that a local cluster has to replace a dead worker."""

LOG_PREFIX = "cluster"

RESUME_HINT = "Finished frames are kept: run the same command again to continue"

IGNORE_SIGINT = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"
"""First code of a local cluster's workers: an interrupt is for the command, which then ends them."""


@dataclass
class ClusterWorker:
    """A worker of the cluster.

    slots:           chunks that it renders at once
    blender_version: "" until the worker has answered
    devices:         all that it has
    rejection:       why it cannot be used; "" if it can
    failures:        of chunks, that were its own fault
    """

    slots: int
    blender_version: str = ""
    devices: Sequence[Device] = ()
    rejection: str = ""
    failures: int = 0


class ActiveJob(Protocol):
    """A job that uses the cluster, as its other jobs see it.

    inbox:        messages (kind, content) for its thread
    waiting_task: the task that it submits as soon as there is room; None if there is none
    """

    inbox: queue.Queue[tuple[str, Any]]
    waiting_task: Task | None

    @property
    def chosen(self) -> tuple[str, str]:
        """The version of Blender and the label of the device that render it; "" each until they are chosen."""

    @property
    def pending(self) -> Mapping[str, Any]:
        """Its chunks that are submitted and not finished, by their ids."""

    def count_slots(self) -> int:
        """Return how many of its chunks can be rendered at once."""


class DaskCluster:
    """A scheduler and its workers, connected while the context lasts. Several jobs may use it, each in a thread."""

    def __init__(
        self,
        connection: Connection,
        blender: str | None,
        timeouts: Timeouts,
        worker_count: int,
        chunk_size: int | None,
        has_shared_folder: bool,
    ) -> None:
        self.connection, self.executable, self.timeouts = connection, blender, timeouts
        self.worker_count, self.chunk_size, self.has_shared_folder = worker_count, chunk_size, has_shared_folder
        self.topic = f"kernelwalk-{uuid.uuid4().hex}"  # one for all jobs: the scheduler keeps the events of each topic
        self.lock = threading.RLock()  # guards everything below
        self.workers: dict[str, ClusterWorker] = {}  # by address
        self.jobs: list[ActiveJob] = []  # in the order in which they started
        self.slots_per_host: dict[str, int] = {}  # of hosts with several slots
        self.last_poll = 0.0
        self.is_stopped = False
        self.logged: set[str] = set()

    def __enter__(self) -> Self:
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] in ("asyncio", "distributed", "tornado"):  # errors come as exceptions, too
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self.local_cluster = self._start_local() if self.connection.address == LOCAL else None
        try:
            self.client = Client(
                self.local_cluster or self.connection.address, security=self._security(), timeout=CONNECT_TIMEOUT,
                set_as_default=False, name="kernelwalk",
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
        with suppress(Exception):  # the connection may be gone already
            self.client.close(timeout=CONNECT_TIMEOUT)
        self._close_local()

    def _close_local(self) -> None:
        if self.local_cluster is not None:
            with suppress(Exception):
                self.local_cluster.close(timeout=CONNECT_TIMEOUT)

    def _start_local(self) -> LocalCluster:
        dask.config.set({"distributed.deploy.lost-worker-timeout": f"{RESPAWN_TIMEOUT}s"})
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited by the new processes
        try:
            return LocalCluster(
                n_workers=self.worker_count, threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address=None, silence_logs=logging.CRITICAL + 1, memory_limit=0, preload=[IGNORE_SIGINT],
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # any free port
            )  # fmt: skip
        finally:
            signal.signal(signal.SIGINT, handler)

    def _security(self) -> Security | None:
        if self.connection.tls is None:
            return None
        ca, cert, key = (str(path) for path in vars(self.connection.tls).values())
        return Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)

    @property
    def scheduler_address(self) -> str:
        """The address at which workers find the scheduler."""
        return str(self.client.scheduler.address)

    def has_room(self) -> bool:
        """Return whether some workers would stay idle with the active jobs alone."""
        with self.lock:
            if self.is_stopped or any(job.waiting_task is not None for job in self.jobs):
                return False
            slots = sum(worker.slots for worker in self.workers.values() if worker.blender_version)
            return self.count_pending() < slots

    def may_submit(self, job: ActiveJob) -> bool:
        """Return whether a job may submit another chunk.

        Slightly more chunks than slots are submitted, so that no worker waits for us. Earlier jobs come first.
        """
        with self.lock:
            slots = job.count_slots()
            earlier = self.jobs[: self.jobs.index(job)]
            if not slots or any(other.waiting_task is not None and _shares_workers(other, job) for other in earlier):
                return False
            return self.count_pending(job) < slots + max(1, slots // 8)

    def count_pending(self, job: ActiveJob | None = None) -> int:
        """Return the number of unfinished chunks of all jobs, or of those that share a job's workers."""
        with self.lock:
            return sum(len(other.pending) for other in self.jobs if job is None or _shares_workers(other, job))

    def forward_report(self, report: ProgressReport) -> None:
        """Put a worker's progress report into its job's inbox."""
        with self.lock:
            for job in self.jobs:
                if report["chunk"] in job.pending:
                    job.inbox.put(("report", report))

    def cancel(self, futures: Sequence[Future[Any]]) -> None:
        """Cancel submitted chunks, if the scheduler still answers."""
        with suppress(Exception):
            cancelled = self.client.cancel(list(futures), asynchronous=True, force=True)
            asyncio.run_coroutine_threadsafe(cancelled, self.client.loop.asyncio_loop).result(CONNECT_TIMEOUT)

    def wake_next(self, job: ActiveJob) -> None:
        """Wake the first other job that waits for the same workers, because this one may have left room."""
        with self.lock:
            others = [other for other in self.jobs if other is not job and _shares_workers(other, job)]
            for waiting in [other for other in others if other.waiting_task is not None][:1]:
                waiting.inbox.put(("wake", None))

    def stop(self) -> None:
        """Make all jobs end as if interrupted."""
        self.is_stopped = True
        with self.lock:
            for job in self.jobs:
                job.inbox.put(("stop", None))

    def current_workers(self) -> dict[str, ClusterWorker]:
        """Return all connected workers by address."""
        with self.lock:
            return dict(self.workers)

    def usable_workers(self, version: str) -> dict[str, int]:
        """Return the slots of each usable worker with this version of Blender, by address."""
        workers = self.current_workers().items()
        return {
            address: worker.slots
            for address, worker in workers
            if worker.blender_version == version and not worker.rejection
        }

    def poll_workers(self) -> list[str]:
        """Update the list of workers, at most every POLL_INTERVAL.

        Returns the addresses of new workers, which the caller must probe. Raises ClusterError if the scheduler is gone.
        """
        with self.lock:
            if time.monotonic() - self.last_poll < POLL_INTERVAL:
                return []
            self.last_poll = time.monotonic()
        try:
            slots_of: dict[str, int] = self.client.nthreads()
        except Exception as error:  # of many types while a scheduler shuts down
            raise self.scheduler_lost(error) from None
        if self.local_cluster is not None and not slots_of and not self.local_cluster.workers:
            raise ClusterError(f"--dask local: all workers have ended. {RESUME_HINT}")
        with self.lock:
            for address in self.workers.keys() - slots_of.keys():
                del self.workers[address]
            new = [address for address in slots_of if address not in self.workers]
            for address in new:
                self.workers[address] = ClusterWorker(slots_of[address])
        hosts: Counter[str] = Counter()
        for address, slots in slots_of.items():
            hosts[parse_host(address)] += slots
        self.slots_per_host = {host: slots for host, slots in hosts.items() if slots > 1}
        return new

    def forget(self, address: str) -> None:
        """Remove a worker that has not answered, so that the next poll treats it as new."""
        with self.lock:
            worker = self.workers.get(address)
            if worker is not None and not worker.blender_version and not worker.rejection:
                del self.workers[address]
                self.last_poll = 0.0

    def reject(self, address: str, reason: str) -> None:
        """Stop using a worker, and log the reason."""
        with self.lock:
            if address in self.workers:
                self.workers[address].rejection = reason
        self.log_once(f"{address}: rejected: {reason}")

    def record_failure(self, address: str, reason: str) -> None:
        """Count a failure of a worker, and reject it after MAX_TRIES."""
        with self.lock:
            worker = self.workers.get(address)
            if worker is not None:
                worker.failures += 1
                if worker.failures >= MAX_TRIES:
                    self.reject(address, reason)

    def log_once(self, text: str) -> None:
        """Log a message unless it has been logged before."""
        with self.lock:
            if text not in self.logged:
                self.logged.add(text)
                log(LOG_PREFIX, text)

    def scheduler_lost(self, error: object = "") -> ClusterError:
        """Return the error for a scheduler that no longer answers."""
        cause = f" ({error})" if str(error) else ""
        return ClusterError(f"--dask {self.connection.address}: lost the scheduler{cause}. {RESUME_HINT}")


def _shares_workers(job: ActiveJob, other: ActiveJob) -> bool:
    return job.chosen == other.chosen


def parse_host(address: str) -> str:
    """Return the host of a worker's address.

    >>> parse_host("tcp://10.0.0.7:41234")
    '10.0.0.7'
    """
    return address.rpartition("://")[2].rpartition(":")[0]


def _connect_message(error: Exception) -> str:
    """Return a sentence about why no scheduler answered, with a remedy."""
    text = str(error)
    cause: BaseException | None = error
    while cause is not None:
        text += f" {cause}"
        cause = cause.__cause__ or cause.__context__
    if "CERTIFICATE" in text.upper() or "SSL" in text or "TLS" in text:
        return (
            "the scheduler rejects this certificate, or its own was not signed by this authority. "
            "Check --tls-ca, --tls-cert and --tls-key"
        )
    return (
        f"no scheduler answers within {CONNECT_TIMEOUT:g} s. Start one (dask scheduler), or check the address and "
        "whether it uses TLS"
    )
