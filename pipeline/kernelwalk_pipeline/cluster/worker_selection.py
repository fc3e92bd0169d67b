# SPDX-License-Identifier: GPL-3.0-or-later
"""The workers of a Dask cluster that can do one job: new ones are probed, unsuitable ones rejected."""

from __future__ import annotations

import concurrent.futures
import queue
from collections.abc import Container, Mapping
from typing import Any

from distributed import Future, KilledWorker

from ..failures import ClusterError
from ..worker.device_choice import Device
from ..worker.protocol import ChunkAnswer, ChunkRequest
from .blender_choice import BlenderChoice
from .chunk_requests import submit_request
from .dask_cluster import DaskCluster

AnswerFuture = concurrent.futures.Future[Any]


class WorkerSelection:
    """The workers that can do one job.

    inbox:    of the job, which gets a message for each probe that is done
    probes:   requests that wait for an answer, by worker
    rejected: workers that cannot do this job, with the reason
    """

    def __init__(self, cluster: DaskCluster, choice: BlenderChoice, inbox: queue.Queue[tuple[str, Any]]) -> None:
        self.cluster, self.choice, self.inbox = cluster, choice, inbox
        self.probes: dict[str, Future[Any]] = {}
        self.rejected: dict[str, str] = {}

    def usable_workers(self) -> dict[str, int]:
        """Return the slots of each worker that can do this job, by address."""
        workers = self.cluster.usable_workers(self.choice.version) if self.choice.version else {}
        return {address: slots for address, slots in workers.items() if address not in self.rejected}

    def probe(self, address: str, request: ChunkRequest) -> None:
        """Submit a request without frames to a worker."""
        future = submit_request(self.cluster, request, None, [address])
        future.add_done_callback(lambda _: self.inbox.put(("probe done", address)))
        self.probes[address] = future

    def forget_absent(self, workers: Container[str]) -> None:
        """Cancel the probes of all workers but these."""
        for address in [each for each in self.probes if each not in workers]:
            self.cluster.cancel([self.probes.pop(address)])

    def cancel(self) -> None:
        """Cancel all probes; another job may probe their workers."""
        if self.probes:
            self.cluster.cancel(list(self.probes.values()))
        for address in self.probes:
            self.cluster.forget(address)

    def reject(self, address: str, reason: str) -> None:
        """Give a worker no chunks of this job, and log the reason."""
        self.rejected[address] = reason
        self.cluster.log_once(f"{address}: rejected: {reason}")

    def choose_version(self, render: Mapping[str, Any]) -> None:
        """Choose the version of Blender and the device, and reject the workers that have others.

        render: the section `render` of the job's spec, as a table

        Raises ClusterError if no worker can be used.
        """
        workers = self.cluster.current_workers()
        self.choice.choose(workers.values(), render, is_probing=bool(self.probes))
        reasons = []
        for address, worker in workers.items():
            reason = worker.rejection or self.rejected.get(address, "")
            if not reason and worker.blender_version:
                reason = self.choice.find_mismatch(worker, render)
                if reason:
                    self.reject(address, reason)
            if reason:
                reasons.append(f"{address}: {reason}")
        if workers and len(reasons) == len(workers):
            text = f"--dask {self.cluster.connection.address}: no worker can be used"
            raise ClusterError("\n".join([text, *reasons]))

    def handle_answer(self, address: str, answer_future: AnswerFuture) -> None:
        """Record a worker's version of Blender, or the reason why the worker cannot be used."""
        future = self.probes.pop(address, None)
        worker = self.cluster.workers.get(address)
        if future is None or worker is None:
            return
        try:
            answer: ChunkAnswer = answer_future.result()
        except Exception as exception:  # of any type that the worker raised
            if future.status == "error" and not isinstance(exception, KilledWorker):
                reason = f"Kernelwalk does not run there: {type(exception).__name__}: {exception}"
                self.cluster.reject(address, reason)
            else:  # the worker has gone; if it returns, it is probed again
                self.cluster.forget(address)
            return
        worker.blender_version = answer["blender"]
        worker.devices = [Device(kind, name) for kind, name in answer["devices"]]
        if answer["rejection"] or not answer["blender"]:
            error = answer["error"]
            self.cluster.reject(address, answer["rejection"] or ("" if error is None else error["text"]))
