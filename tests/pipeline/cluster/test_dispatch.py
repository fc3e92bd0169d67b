# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that share a Dask cluster: which may submit chunks, and how probed workers are used. The client is a fake."""

from __future__ import annotations

import concurrent.futures
import threading
from collections import Counter

import pytest

pytest.importorskip("distributed", reason="needs kernelwalk[cluster]")

from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.blenders.timeouts import Timeouts
from kernelwalk_pipeline.cluster import dask_cluster, dispatch
from kernelwalk_pipeline.cluster.cluster_executor import ClusterExecutor
from kernelwalk_pipeline.cluster.connection import Connection
from kernelwalk_pipeline.cluster.dispatch import JobDispatcher
from kernelwalk_pipeline.failures import ClusterError

from ..conftest import TINY
from ..patience import PATIENCE, wait_for

A, B = "tcp://10.0.0.1:1", "tcp://10.0.0.2:1"
EMPTY_ANSWER = {
    "blender": "4.5.0", "devices": [], "rejection": "", "records": [], "error": None, "notes": [], "log": "",
    "seconds": 0.0,
}  # fmt: skip


class Future:
    """A submitted chunk, and the workers that may render it."""

    status = "pending"

    def __init__(self, request, workers):
        self.request, self.workers = request, workers

    def add_done_callback(self, call):
        pass


class Client:
    """A client of a scheduler with two workers, which records what is submitted."""

    status = "running"

    def __init__(self, slots):
        self.slots, self.submitted, self.polls = dict.fromkeys([A, B], slots), [], 0

    def nthreads(self):
        self.polls += 1
        return dict(self.slots)

    def submit(self, function, request, base_frame, key, pure, workers):
        self.submitted.append(Future(request, workers))
        return self.submitted[-1]

    def probed(self):
        """The workers that were probed."""
        return [future.workers[0] for future in self.submitted if not future.request["frames"]]


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setattr(dask_cluster, "POLL_INTERVAL", 0.05)
    monkeypatch.setattr(dispatch, "POLL_INTERVAL", 0.05)
    executor = ClusterExecutor(Connection("tcp://127.0.0.1:1"), None, Timeouts(), 1, 1, True)
    executor.client, executor.local_cluster, executor.surveys = Client(slots=2), None, Counter()
    poll_workers = executor.poll_workers

    def count_survey():
        executor.surveys[threading.current_thread()] += 1
        return poll_workers()

    monkeypatch.setattr(executor, "poll_workers", count_survey)
    yield executor
    executor.stop()


def wait_for_surveys(cluster):
    """Wait until every job has looked several times more for work to do."""
    before = dict(cluster.surveys)

    def all_looked():
        counts = dict(cluster.surveys)
        return len(counts) >= len(cluster.jobs) and all(n >= before.get(job, 0) + 4 for job, n in counts.items())

    wait_for(all_looked)


class Job(threading.Thread):
    """A job that runs on a cluster, in a thread."""

    def __init__(self, cluster, folder, frames=range(1, 100), version="", device="cpu"):
        super().__init__(daemon=True)
        folder.mkdir()
        self.cluster, self.queue, self.error = cluster, cluster.create_queue("name", list(frames), 0), None
        table = {**TINY, "render": {**TINY["render"], "device": device}}
        spec, base_frame = spec_from_table(table).to_table(), str(folder / "frame_00000.png")
        self.common = {"spec": spec, "base_frame": base_frame, "full_frames": False}
        self.folder, self.version, self.dispatcher = folder, version, None
        self.start()
        wait_for(lambda: self.dispatcher is not None)

    def next_task(self):
        frames = self.queue.take_chunk()
        return {**self.common, "frames": frames} if frames else None

    def run(self):
        try:
            for name, event in self.cluster.run_tasks(self.next_task, self.folder, self.version, self.queue):
                if event["event"] == "assigned":
                    self.queue.assign(name, event["task"]["frames"])
                elif event["event"] == "checked":
                    for record in event["records"]:
                        self.queue.record_result(name, record["frame"], None)
                elif event["event"] == "finished":
                    self.queue.finish(name, None)
                elif event["event"] == "returned":
                    self.queue.give_back(name, event["isolate"])
        except BaseException as error:
            self.error = error

    def submitted(self):
        """The frames that were submitted."""
        requests = [future.request for future in self.cluster.client.submitted]
        own = [request for request in requests if request["shared_folder"] == str(self.folder)]
        return [request["frames"][0] for request in own if request["frames"]]

    def receive(self, kind, name, **answer):
        future = concurrent.futures.Future()
        future.set_result({**EMPTY_ANSWER, "worker": A, **answer})
        self.dispatcher.inbox.put((kind, (name, future)))

    def receive_probe(self, address, **answer):
        self.receive("probe done, fetched", address, **answer)

    def receive_chunks(self, count=1):
        """Receive the answers of the first chunks."""
        for name in list(self.dispatcher.pending)[:count]:
            (frame,) = self.queue.assigned[name]
            record = {"frame": frame, "part": "part.png", "pixel_hash": "", "checksum": ""}
            self.receive("chunk done, fetched", name, records=[record])


@pytest.fixture
def job(cluster, tmp_path, monkeypatch):
    """Starts a job: job("name")."""
    jobs = []
    init = JobDispatcher.__init__

    def record_dispatcher(self, *arguments):
        init(self, *arguments)
        jobs[-1].dispatcher = self

    monkeypatch.setattr(JobDispatcher, "__init__", record_dispatcher)

    class RecordedJob(Job):
        def __init__(self, *arguments, **options):
            jobs.append(self)
            super().__init__(*arguments, **options)

    return lambda name, **options: RecordedJob(cluster, tmp_path / name, **options)


@pytest.fixture
def first(job, cluster):
    """A job whose workers have reported their versions of Blender."""
    started = job("first")
    wait_for(lambda: len(cluster.client.probed()) == 2)
    started.receive_probe(A)
    started.receive_probe(B)
    wait_for(lambda: len(started.submitted()) == 5)
    return started


def test_slightly_more_chunks_than_slots_are_pending_over_all_jobs(first, job, cluster):
    second = job("second")
    wait_for_surveys(cluster)
    assert (len(first.submitted()), len(second.submitted())) == (5, 0), "four slots, and an eighth more"
    assert cluster.count_pending() == 5
    assert not cluster.has_room()


def test_slots_that_the_first_job_leaves_go_to_the_next(job, cluster, first):
    first.receive_chunks(2)
    wait_for(lambda: len(first.submitted()) == 7)
    second = job("second")
    first.queue.pending.clear()
    first.receive_chunks(3)  # its waiting task is submitted, too
    wait_for(lambda: len(second.submitted()) == 2)
    assert (cluster.count_pending(), second.submitted()) == (5, [1, 2])
    wait_for_surveys(cluster)
    assert cluster.count_pending() == 5


def test_an_earlier_job_comes_first_even_when_it_gets_frames_again(job, cluster, first):
    """Such as those of a worker that died."""
    second = job("second")
    first.queue.pending.clear()
    first.receive_chunks(3)
    wait_for(lambda: second.submitted() == [1, 2])
    first.queue.pending.extend([50, 51])
    first.dispatcher.inbox.put(("wake", None))
    wait_for(lambda: first.dispatcher.waiting_task is not None)
    second.receive_chunks(2)
    wait_for(lambda: first.submitted()[-2:] == [50, 51])
    wait_for_surveys(cluster)
    assert second.submitted() == [1, 2]


def test_there_is_no_room_before_the_first_job_has_submitted_its_chunks(job, cluster):
    started = job("first")
    wait_for(lambda: len(cluster.client.probed()) == 2)
    started.receive_probe(A)
    wait_for(lambda: cluster.workers[A].blender_version)
    assert not cluster.has_room()


def test_there_is_room_for_another_job_once_the_active_ones_have_submitted_everything(first, cluster):
    assert not cluster.has_room()
    first.queue.pending.clear()
    first.receive_chunks(1)  # its waiting task is submitted, too
    wait_for(lambda: first.dispatcher.waiting_task is None)
    assert not cluster.has_room(), "five chunks, four slots"
    first.receive_chunks(2)
    wait_for(cluster.has_room)


def test_a_worker_that_did_not_answer_one_job_is_probed_by_the_next(job, cluster):
    """Otherwise a worker that joins late would never be used."""
    started = job("first", frames=[1], version="4.5.0")
    wait_for(lambda: len(cluster.client.probed()) == 2)
    started.receive_probe(A)
    wait_for(lambda: started.submitted() == [1])
    started.receive_chunks(1)
    started.join(PATIENCE)
    assert not started.is_alive()
    job("second", frames=[1])
    wait_for(lambda: cluster.client.probed() == [A, B, B])


def test_a_worker_that_cannot_do_one_job_can_do_another(first, job, cluster):
    """For example if it lacks the template of one spec."""
    (name, *_) = first.dispatcher.pending
    first.receive("chunk done, fetched", name, rejection="its template of that name is different")
    wait_for(lambda: first.dispatcher.selection.usable_workers() == {B: 2})
    second = job("second")
    wait_for(lambda: second.dispatcher.count_slots() == 4)


def test_a_job_that_no_worker_can_do_fails(first):
    names = list(first.dispatcher.pending)
    reason = "its template of that name is different"
    first.receive("chunk done, fetched", names[0], rejection=reason)
    first.receive("chunk done, fetched", names[1], rejection=reason, worker=B)
    first.join(PATIENCE)
    assert isinstance(first.error, ClusterError)
    assert "no worker can be used" in str(first.error)
    assert str(first.error).count(reason) == 2


def test_one_device_renders_a_film_a_gpu_before_the_cpu(job, cluster, capsys):
    cluster.client.slots[A] = 8
    started = job("first", device="auto")
    wait_for(lambda: len(cluster.client.probed()) == 2)
    started.receive_probe(A, devices=[["cpu", "Xeon"]])
    started.receive_probe(B, devices=[["cpu", "Xeon"], ["cuda", "H200"]])
    wait_for(lambda: len(started.submitted()) == 3)
    assert started.dispatcher.selection.usable_workers() == {B: 2}
    chunks = [future.request for future in cluster.client.submitted if future.request["frames"]]
    assert {request["device"] for request in chunks} == {"CUDA (H200)"}
    assert f"{A}: rejected: its device is CPU, this job uses CUDA (H200)" in capsys.readouterr().err


def test_a_device_that_no_worker_has_ends_the_job_with_what_there_is(job, cluster):
    started = job("first", device="hip")
    wait_for(lambda: len(cluster.client.probed()) == 2)
    for address in (A, B):
        started.receive_probe(address, devices=[["cpu", "Xeon"]])
    started.join(PATIENCE)
    assert isinstance(started.error, ClusterError)
    assert str(started.error).count("no device for HIP here. It finds CPU (Xeon)") == 2


def test_an_answer_that_does_not_arrive_is_logged_and_its_frames_are_submitted_again(first, capsys):
    """For example if the network is too slow for the chunk: without a message it would retry for ever."""
    (name, *_) = first.dispatcher.pending
    future = concurrent.futures.Future()
    future.set_exception(TimeoutError())
    first.dispatcher.inbox.put(("chunk done, fetched", (name, future)))
    wait_for(lambda: name not in first.dispatcher.pending)
    first.receive_chunks(1)
    wait_for(lambda: first.submitted().count(1) == 2)
    assert "did not arrive within 60 s" in capsys.readouterr().err


def test_jobs_share_their_polls_of_the_workers(first, job, cluster, monkeypatch):
    monkeypatch.setattr(dask_cluster, "POLL_INTERVAL", 1000.0)
    polls = cluster.client.polls
    for name in ("second", "third"):
        job(name)
    wait_for_surveys(cluster)
    assert cluster.client.polls == polls
    assert cluster.client.probed() == [A, B]


def test_all_jobs_end_when_they_are_stopped(first, job, cluster):
    jobs = [first, job("second")]
    cluster.stop()
    for stopped in jobs:
        stopped.join(PATIENCE)
        assert isinstance(stopped.error, KeyboardInterrupt)
    assert not cluster.jobs
