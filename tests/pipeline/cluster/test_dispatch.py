# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that share a Dask cluster: who may order what, and what becomes of workers that were asked. The scheduler is one
that notes what it is told."""

from __future__ import annotations

import concurrent.futures
import threading
import time

import pytest

pytest.importorskip("distributed", reason="needs kernelwalk[cluster]")

from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.blenders.timeouts import Timeouts
from kernelwalk_pipeline.cluster import dask_cluster as module
from kernelwalk_pipeline.cluster.connection import Connection
from kernelwalk_pipeline.cluster.dask_cluster import DaskCluster
from kernelwalk_pipeline.cluster.dispatch import JobDispatcher
from kernelwalk_pipeline.failures import ClusterError

from ..conftest import TINY, wait_for

A, B = "tcp://10.0.0.1:1", "tcp://10.0.0.2:1"
PLAIN = {"refused": "", "error": None, "notes": [], "log": "", "records": [], "seconds": 0.0, "blender": "4.5.0"}


class Future:
    """What was ordered, and of whom."""

    status = "pending"

    def __init__(self, order, workers):
        self.order, self.workers = order, workers

    def add_done_callback(self, call):
        pass


class Client:
    """A scheduler with two workers, that notes what it is told."""

    status = "running"

    def __init__(self, slots):
        self.slots, self.told, self.looks = dict.fromkeys([A, B], slots), [], 0

    def nthreads(self):
        self.looks += 1
        return dict(self.slots)

    def submit(self, function, order, still, key, pure, workers):
        self.told.append(Future(order, workers))
        return self.told[-1]

    def asked(self):
        return [each.workers[0] for each in self.told if not each.order["frames"]]


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setattr(module, "SURVEY", 0.05)
    monkeypatch.setattr("kernelwalk_pipeline.cluster.dispatch.SURVEY", 0.05)
    made = DaskCluster(Connection("tcp://127.0.0.1:1"), None, Timeouts(), 1, 1, True)
    made.client, made.local_cluster = Client(slots=2), None
    yield made
    made.stop()


class Job(threading.Thread):
    """A job at work on a cluster."""

    def __init__(self, cluster, folder, frames=range(1, 100), begun=""):
        super().__init__(daemon=True)
        folder.mkdir()
        self.cluster, self.share, self.error = cluster, cluster.stock("name", list(frames), 0), None
        self.common = {
            "spec": spec_from_table(TINY).to_table(),
            "still": str(folder / "frame_00000.png"),
            "whole": False,
        }
        self.folder, self.begun, self.orders = folder, begun, None
        self.start()
        wait_for(lambda: self.orders is not None)

    def task(self):
        frames = self.share.take()
        return {**self.common, "frames": frames} if frames else None

    def run(self):
        try:
            for name, event in self.cluster.work(self.task, self.folder, self.begun, self.share):
                if event["event"] == "given":
                    self.share.given(name, event["task"]["frames"])
                elif event["event"] == "checked":
                    for record in event["records"]:
                        self.share.came(name, record["frame"], None)
                elif event["event"] == "finished":
                    self.share.ended(name, None)
                elif event["event"] == "returned":
                    self.share.returned(name, event["alone"])
        except BaseException as error:
            self.error = error

    def told(self):
        """The frames that were ordered."""
        mine = [each.order for each in self.cluster.client.told if each.order["shared"] == str(self.folder)]
        return [each["frames"][0] for each in mine if each["frames"]]

    def hear(self, kind, name, **answer):
        coming = concurrent.futures.Future()
        coming.set_result({**PLAIN, "worker": A, **answer})
        self.orders.heard.put((kind, (name, coming)))

    def hear_of(self, address, **answer):
        self.hear("asked fetched", address, **answer)

    def hear_back(self, number=1):
        """So many orders are done."""
        for name in list(self.orders.orders)[:number]:
            (frame,) = self.share.held[name]
            self.hear("done fetched", name, records=[{"frame": frame, "part": "part.png", "pixels": "", "file": ""}])


@pytest.fixture
def job(cluster, tmp_path, monkeypatch):
    """Begins a job: job("name")."""
    begun = []
    init = JobDispatcher.__init__

    def noted(self, *words):
        init(self, *words)
        begun[-1].orders = self

    monkeypatch.setattr(JobDispatcher, "__init__", noted)

    class Begun(Job):
        def __init__(self, *words, **options):
            begun.append(self)
            super().__init__(*words, **options)

    return lambda name, **options: Begun(cluster, tmp_path / name, **options)


@pytest.fixture
def first(job, cluster):
    """A job whose workers have told of their Blenders."""
    made = job("first")
    wait_for(lambda: len(cluster.client.asked()) == 2)
    made.hear_of(A)
    made.hear_of(B)
    wait_for(lambda: len(made.told()) == 5)
    return made


def test_a_few_more_orders_are_under_way_than_can_be_done_whoever_gives_them(first, job, cluster):
    second = job("second")
    time.sleep(0.2)
    assert (len(first.told()), len(second.told())) == (5, 0), "of four slots, and an eighth more"
    assert cluster.ordered() == 5
    assert not cluster.room()


def test_what_the_first_job_leaves_is_for_the_next(job, cluster, first):
    first.hear_back(2)
    wait_for(lambda: len(first.told()) == 7)
    second = job("second")
    first.share.left.clear()
    first.hear_back(3)  # it has a frame in hand, which goes out
    wait_for(lambda: len(second.told()) == 2)
    assert (cluster.ordered(), second.told()) == (5, [1, 2])
    time.sleep(0.2)
    assert cluster.ordered() == 5


def test_a_job_comes_before_those_after_it_also_when_it_has_frames_again(job, cluster, first):
    """As those of a worker that died."""
    second = job("second")
    first.share.left.clear()
    first.hear_back(3)
    wait_for(lambda: second.told() == [1, 2])
    first.share.left.extend([50, 51])
    first.orders.heard.put(("nothing", None))
    wait_for(lambda: first.orders.task is not None)
    second.hear_back(2)
    wait_for(lambda: first.told()[-2:] == [50, 51])
    time.sleep(0.2)
    assert second.told() == [1, 2]


def test_there_is_no_room_before_the_first_job_knows_what_it_needs(job, cluster):
    made = job("first")
    wait_for(lambda: len(cluster.client.asked()) == 2)
    made.hear_of(A)
    wait_for(lambda: cluster.workers[A].blender)
    assert not cluster.room()


def test_there_is_room_for_another_job_once_those_at_work_have_ordered_all_they_can(first, cluster):
    assert not cluster.room()
    first.share.left.clear()
    first.hear_back(1)  # it has one frame in hand, which goes out
    wait_for(lambda: first.orders.task is None)
    assert not cluster.room(), "five orders, four slots"
    first.hear_back(2)
    wait_for(cluster.room)


def test_who_has_not_told_of_itself_when_a_job_ends_is_asked_by_the_next(job, cluster):
    """A worker that came late was never used again."""
    some = job("first", frames=[1], begun="4.5.0")
    wait_for(lambda: len(cluster.client.asked()) == 2)
    some.hear_of(A)
    wait_for(lambda: some.told() == [1])
    some.hear_back(1)
    some.join(5)
    assert not some.is_alive()
    job("second", frames=[1])
    wait_for(lambda: cluster.client.asked() == [A, B, B])


def test_who_cannot_do_a_job_can_do_another(first, job, cluster):
    """Having another template of the name that one spec uses, for example."""
    (name, *_) = first.orders.orders
    first.hear("done fetched", name, refused="its template of that name is another")
    wait_for(lambda: first.orders.usable() == {B: 2})
    second = job("second")
    wait_for(lambda: second.orders.slots() == 4)


def test_a_job_that_nobody_can_do_says_so(first):
    names = list(first.orders.orders)
    first.hear("done fetched", names[0], refused="its template of that name is another")
    first.hear("done fetched", names[1], refused="its template of that name is another", worker=B)
    first.join(5)
    assert isinstance(first.error, ClusterError)
    assert "no worker can be used" in str(first.error)
    assert str(first.error).count("its template of that name is another") == 2


def test_an_answer_that_does_not_come_is_told_and_its_frames_are_ordered_again(first, capsys):
    """As over a network that is too slow for the chunk: without a word it would go on for ever."""
    (name, *_) = first.orders.orders
    coming = concurrent.futures.Future()
    coming.set_exception(TimeoutError())
    first.orders.heard.put(("done fetched", (name, coming)))
    wait_for(lambda: name not in first.orders.orders)
    first.hear_back(1)
    wait_for(lambda: first.told().count(1) == 2, 10)
    assert "did not come within 60 s" in capsys.readouterr().err


def test_jobs_share_their_looks_at_who_is_there(first, job, cluster, monkeypatch):
    monkeypatch.setattr(module, "SURVEY", 1000.0)
    looks = cluster.client.looks
    for name in ("second", "third"):
        job(name)
    time.sleep(0.3)
    assert cluster.client.looks == looks
    assert cluster.client.asked() == [A, B]


def test_all_jobs_end_when_they_are_stopped(first, job, cluster):
    jobs = [first, job("second")]
    cluster.stop()
    for each in jobs:
        each.join(5)
        assert isinstance(each.error, KeyboardInterrupt)
    assert not cluster.jobs
