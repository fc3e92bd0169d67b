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

from ..blenders.crew import Event, Task
from ..blenders.limits import Limits
from ..blenders.stock import TRIES, Stock
from ..failure import ClusterError, UsageError
from ..progress import tell
from .reach import LOCAL, Reach
from .shares import Shares

if TYPE_CHECKING:
    from .orders import Orders

try:
    import dask
    from distributed import Client, Future, LocalCluster, Security
except ImportError:
    raise UsageError("--dask: needs dask.distributed. Install it: pip install kernelwalk[cluster]") from None

CONNECT = 10.0
"""Seconds that a scheduler has to answer."""

SURVEY = 2.0
"""Seconds between two looks at who is there."""

SETTLE = 30.0
"""Seconds that workers have to tell their Blender's version, before those that have told decide without them."""

RETURN = 600
"""Seconds that a worker of our own that died has until its successor is there."""

NAME = "cluster"

DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"
"""What workers of our own begin with: an interrupt is for us, and we end them."""


@dataclass
class Worker:
    """A worker: how many orders it does at a time, its Blender, why it cannot be used, and how often it has failed."""

    slots: int
    blender: str = ""
    refused: str = ""
    strikes: int = 0


class Cluster:
    """The workers of a scheduler, which is there while the context lasts. Several jobs may use them, each in a
    thread."""

    def __init__(
        self, reach: Reach, blender: str | None, limits: Limits, size: int, chunk: int | None, shared: bool
    ) -> None:
        self.reach, self.executable, self.limits, self.size = reach, blender, limits, size
        self.chunk, self.shared = chunk, shared
        self.topic = f"kernelwalk-{uuid.uuid4().hex}"  # one: the scheduler keeps what is told of each
        self.lock = threading.RLock()  # of all that follows
        self.workers: dict[str, Worker] = {}
        self.jobs: list[Orders] = []  # at work, in the order in which they came
        self.crowd: dict[str, int] = {}  # hosts with more than one slot, and how many they have
        self.looked = 0.0
        self.stopped = False
        self.told: set[str] = set()

    def __enter__(self) -> Cluster:
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] in ("asyncio", "distributed", "tornado"):  # what matters comes as an exception
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self.own = self._local() if self.reach.address == LOCAL else None
        try:
            self.client = Client(
                self.own or self.reach.address, security=self._security(), timeout=CONNECT, set_as_default=False,
                name="kernelwalk",
            )  # fmt: skip
        except (OSError, TimeoutError, ValueError) as error:
            self._end_own()
            raise ClusterError(f"--dask {self.reach.address}: {_why(error)}") from None
        except BaseException:  # an interrupt
            self._end_own()
            raise
        self.client.subscribe_topic(self.topic, lambda event: self.hear(event[1]))
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # whatever it is, we are leaving
            self.client.close(timeout=CONNECT)
        self._end_own()

    def _end_own(self) -> None:
        if self.own is not None:
            with suppress(Exception):
                self.own.close(timeout=CONNECT)

    def _local(self) -> LocalCluster:
        dask.config.set({"distributed.deploy.lost-worker-timeout": f"{RETURN}s"})
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which new processes inherit
        try:
            return LocalCluster(
                n_workers=self.size, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
                silence_logs=logging.CRITICAL + 1, memory_limit=0, preload=[DEAF],
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # a port that nobody else has
            )  # fmt: skip
        finally:
            signal.signal(signal.SIGINT, before)

    def _security(self) -> Security | None:
        if self.reach.tls is None:
            return None
        ca, cert, key = (str(path) for path in vars(self.reach.tls).values())
        return Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)

    def check(self) -> None:
        """Blender is on the workers, and they tell."""

    def call(self) -> None:
        """The workers start their Blenders when they have an order."""

    def stock(self, name: str, missing: list[int], still: int) -> Shares:
        """How frames are shared out."""
        return Shares(name, missing, still, self.chunk)

    def dismiss(self, who: Sequence[Any]) -> None:
        """An order that was not done as it should is over anyway."""

    def release(self) -> None:
        """The workers are not ours."""

    def work(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = "", stock: Stock | None = None
    ) -> Iterator[tuple[str, Event]]:
        """Have tasks done on the cluster: see `Crew.work`. `stock`: its own, of which they are."""
        from .orders import Orders

        assert isinstance(stock, Shares)
        orders = Orders(self, stock, scratch, version)
        try:
            with self.lock:
                self.jobs.append(orders)
            yield from orders.events(next_task)
        finally:
            orders.end()
            with self.lock:
                self.jobs.remove(orders)
            self.wake(orders)

    def room(self) -> bool:
        """Whether there are workers that all jobs at work leave idle."""
        with self.lock:
            if self.stopped or any(job.task is not None for job in self.jobs):
                return False
            return self.ordered() < sum(worker.slots for worker in self.workers.values() if worker.blender)

    def may_order(self, orders: Orders) -> bool:
        """Whether a job may order more: as many as can be done and a few, so that no worker waits for us, and only what
        the jobs before it leave."""
        with self.lock:
            slots = orders.slots()
            before = self.jobs[: self.jobs.index(orders)]
            if not slots or any(job.task is not None and job.version == orders.version for job in before):
                return False
            return self.ordered(orders.version) < slots + max(1, slots // 8)

    def ordered(self, version: str | None = None) -> int:
        """How many orders are under way, for any Blender or for those of a version."""
        with self.lock:
            return sum(len(job.orders) for job in self.jobs if version in (None, job.version))

    def hear(self, told: dict[str, Any]) -> None:
        """Let a job know what a worker tells of its order."""
        with self.lock:
            for job in self.jobs:
                if told["order"] in job.orders:
                    job.heard.put(("told", told))

    def take_back(self, futures: Sequence[Future[Any]]) -> None:
        """Cancel what was ordered, if the scheduler listens."""
        with suppress(Exception):  # it may have gone
            cancelled = self.client.cancel(list(futures), asynchronous=True, force=True)
            asyncio.run_coroutine_threadsafe(cancelled, self.client.loop.asyncio_loop).result(CONNECT)

    def wake(self, by: Orders) -> None:
        """A job may have left room: have the first other one that waits for the same workers look."""
        with self.lock:
            others = [job for job in self.jobs if job is not by and job.version == by.version]
            for job in [job for job in others if job.task is not None][:1]:
                job.heard.put(("room", None))

    def stop(self) -> None:
        """Have all jobs end, as by an interrupt."""
        self.stopped = True
        with self.lock:
            for job in self.jobs:
                job.heard.put(("stop", None))

    @property
    def scheduler(self) -> str:
        """Where workers find the scheduler."""
        return str(self.client.scheduler.address)

    def present(self) -> dict[str, Worker]:
        """All workers that are there."""
        with self.lock:
            return dict(self.workers)

    def usable(self, version: str) -> dict[str, int]:
        """The workers that have this Blender and can be used, each with its slots."""
        found = self.present().items()
        return {address: each.slots for address, each in found if each.blender == version and not each.refused}

    def look(self) -> list[str]:
        """See who is there, if nobody has done so just now; the addresses of those who are new, whom the caller is to
        ask. Raises ClusterError where the scheduler has gone."""
        with self.lock:
            if time.monotonic() - self.looked < SURVEY:
                return []
            self.looked = time.monotonic()
        try:
            found: dict[str, int] = self.client.nthreads()
        except Exception as error:  # of many kinds, with a scheduler that goes
            raise self.gone(error) from None
        if self.own is not None and not found and not self.own.workers:
            raise ClusterError("--dask local: all workers have ended. What came is kept: the same command goes on")
        with self.lock:
            for address in self.workers.keys() - found.keys():
                del self.workers[address]
            new = [address for address in found if address not in self.workers]
            for address in new:
                self.workers[address] = Worker(found[address])
        hosts: Counter[str] = Counter()
        for address, slots in found.items():
            hosts[host_of(address)] += slots
        self.crowd = {host: slots for host, slots in hosts.items() if slots > 1}
        return new

    def forget(self, address: str) -> None:
        """A worker that has not told of itself is new to whoever looks next."""
        with self.lock:
            if address in self.workers and not self.workers[address].blender and not self.workers[address].refused:
                del self.workers[address]
                self.looked = 0.0

    def refuse(self, address: str, reason: str) -> None:
        """Note why a worker is not used, and say it."""
        with self.lock:
            if address in self.workers:
                self.workers[address].refused = reason
        self.say(f"{address}: refused: {reason}")

    def strike(self, address: str, reason: str) -> None:
        """Note that a worker has failed; it is refused when it does so again and again."""
        with self.lock:
            worker = self.workers.get(address)
            if worker is not None:
                worker.strikes += 1
                if worker.strikes >= TRIES:
                    self.refuse(address, reason)

    def say(self, text: str) -> None:
        """Say something once."""
        with self.lock:
            if text not in self.told:
                self.told.add(text)
                tell(NAME, text)

    def gone(self, error: object = "") -> ClusterError:
        """The scheduler has gone."""
        why = f" ({error})" if str(error) else ""
        return ClusterError(
            f"--dask {self.reach.address}: the scheduler has gone{why}. What came is kept: the same command goes on"
        )


def host_of(address: str) -> str:
    """The host in a worker's address."""
    return address.rpartition("://")[2].rpartition(":")[0]


def _why(error: Exception) -> str:
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
        f"no scheduler answers within {CONNECT:g} s. Start one (dask scheduler), or check the address, and whether it "
        "speaks TLS"
    )
