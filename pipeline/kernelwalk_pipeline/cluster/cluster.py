# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dask cluster in the place of a crew: its scheduler, which of its workers can be used, and what all runs share."""

from __future__ import annotations

import logging
import signal
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..blenders.crew import Event, Task
from ..blenders.limits import Limits
from ..blenders.stock import TRIES
from ..failure import ClusterError, UsageError
from ..progress import tell
from .reach import LOCAL, Reach
from .shares import Shares

try:
    import dask
    from distributed import Client, LocalCluster, Security
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
    """The workers of a scheduler, which is there while the context lasts."""

    def __init__(
        self, reach: Reach, blender: str | None, limits: Limits, size: int, chunk: int | None, shared: bool
    ) -> None:
        self.reach, self.executable, self.limits, self.size = reach, blender, limits, size
        self.chunk, self.shared = chunk, shared
        self.workers: dict[str, Worker] = {}
        self.topic = f"kernelwalk-{uuid.uuid4().hex}"
        self.version = ""  # of the Blenders that may do the job at hand
        self.share: Shares | None = None
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
            raise ClusterError(f"--dask {self.reach.address}: {_why(error)}") from None
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # whatever it is, we are leaving
            self.client.close(timeout=CONNECT)
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

    def stock(self, name: str, missing: list[int], still: int) -> Shares:
        """How frames are shared out."""
        self.share = Shares(name, missing, still, self.slots, self.chunk)
        return self.share

    def dismiss(self, who: Sequence[Any]) -> None:
        """An order that was not done as it should is over anyway."""

    def work(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = ""
    ) -> Iterator[tuple[str, Event]]:
        """Have tasks done on the cluster: see `Crew.work`."""
        from .orders import Orders

        assert self.share is not None
        orders = Orders(self, self.share, scratch, version)
        try:
            yield from orders.events(next_task)
        finally:
            orders.end()

    @property
    def scheduler(self) -> str:
        """Where workers find the scheduler."""
        return str(self.client.scheduler.address)

    def usable(self) -> list[str]:
        """The workers that can be used for the job at hand."""
        return [address for address, each in self.workers.items() if each.blender == self.version and not each.refused]

    def slots(self) -> int:
        """Orders of the job at hand that can be done at a time."""
        return sum(self.workers[address].slots for address in self.usable()) if self.version else 0

    def crowd(self) -> dict[str, int]:
        """Hosts with more than one slot, and how many they have."""
        hosts: Counter[str] = Counter()
        for address, each in self.workers.items():
            hosts[host_of(address)] += each.slots
        return {host: slots for host, slots in hosts.items() if slots > 1}

    def look(self) -> list[str]:
        """See who is there; the addresses of those who are new. Raises ClusterError where the scheduler has gone."""
        try:
            found: dict[str, int] = self.client.nthreads()
        except Exception as error:  # of many kinds, with a scheduler that goes
            raise self.gone(error) from None
        if self.own is not None and not found and not self.own.workers:
            raise ClusterError("--dask local: all workers have ended. What came is kept: the same command goes on")
        for address in self.workers.keys() - found.keys():
            del self.workers[address]
        new = [address for address in found if address not in self.workers]
        for address in new:
            self.workers[address] = Worker(found[address])
        return new

    def refuse(self, address: str, reason: str) -> None:
        """Note why a worker is not used, and say it."""
        if address in self.workers:
            self.workers[address].refused = reason
        self.say(f"{address}: refused: {reason}")

    def strike(self, address: str, reason: str) -> None:
        """Note that a worker has failed; it is refused when it does so again and again."""
        worker = self.workers.get(address)
        if worker is not None:
            worker.strikes += 1
            if worker.strikes >= TRIES:
                self.refuse(address, reason)

    def say(self, text: str) -> None:
        """Say something once."""
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
