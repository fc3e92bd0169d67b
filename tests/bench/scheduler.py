# SPDX-License-Identifier: GPL-3.0-or-later
"""Load of a Dask scheduler and of the command, without Blender: the values for 10⁶ frames in docs/performance.md.

    python tests/bench/scheduler.py [FRAMES [CHUNK [SLOTS]]]

Sends FRAMES in chunks of CHUNK through a real scheduler to workers with SLOTS slots in two processes, which answer at
once. Then records and verifies pictures, encodes a film from them, and reads a manifest of FRAMES.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from distributed import Client
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.atomic import sync_to_disk
from kernelwalk_pipeline.blenders.timeouts import Timeouts
from kernelwalk_pipeline.cluster import worker_task
from kernelwalk_pipeline.cluster.cluster_executor import ClusterExecutor
from kernelwalk_pipeline.cluster.connection import Connection
from kernelwalk_pipeline.films.encoder import encode_film
from kernelwalk_pipeline.frames.manifest import Manifest, frame_path
from kernelwalk_pipeline.worker.protocol import ASSIGNED, CHECKED, FINISHED, READY, ChunkAnswer, ChunkRequest, Task

SPEC: dict[str, Any] = {"layer": {"op": "conv", "input": 30, "kernel": 3}}

PROCESSES = 2

SENT, PICTURE = 25, 160_000
"""Chunks of pictures that are sent through the scheduler, and bytes per picture."""

RECORDED = 300
"""Pictures that are recorded to measure the time per picture."""


def answer_at_once(request: ChunkRequest, base_frame: bytes | None = None) -> ChunkAnswer:
    """Answer a request without rendering."""
    from distributed import get_worker

    seconds = {"build": 0.0, "sync": 0.1, "sampling": 0.1, "saving": 0.1}
    part = f"chunk_{request['id']}/part_00000.png"
    return {
        "worker": get_worker().address,
        "blender": "0.0.0",
        "rejection": "",
        "records": [
            {"frame": frame, "pixel_hash": "0" * 64, "checksum": "0" * 8, "seconds": seconds, "part": part}
            for frame in request["frames"]
        ],
        "error": None,
        "notes": [],
        "log": "",
        "seconds": 10.0,
    }


def send_chunks(cluster: ClusterExecutor, frames: int, chunk: int, folder: Path) -> dict[str, float]:
    """Send all chunks, receive the answers, and return the load: bytes, chunks, seconds and seconds of CPU."""
    table = spec_from_table(SPEC).to_table()
    cluster.chunk_size = chunk
    queue = cluster.create_queue("bench", list(range(1, frames + 1)), 0)
    common: Task = {
        "spec": table,
        "folder": str(folder),
        "base_frame": str(folder / "base.png"),
        "full_frames": False,
        "threads": 0,
    }

    def next_task() -> Task | None:
        chunk = queue.take_chunk()
        return {**common, "frames": chunk} if chunk else None

    sent, received, chunks, start, before = 0, 0, 0, 0.0, psutil.Process().cpu_times()
    for worker, event in cluster.run_tasks(next_task, folder, frames=queue):
        kind = event["event"]
        if kind == READY:
            start, before = time.perf_counter(), psutil.Process().cpu_times()
            sent = psutil.net_io_counters(pernic=True)["lo"].bytes_sent
        elif kind == ASSIGNED:
            chunks += 1
            queue.assign(worker, event["task"]["frames"])
        elif kind == CHECKED:
            received += len(event["records"])
            for record in event["records"]:
                queue.record_result(worker, record["frame"], None)
        elif kind == FINISHED:
            queue.finish(worker, None)
    seconds, after = time.perf_counter() - start, psutil.Process().cpu_times()
    assert received == frames
    return {
        "bytes": psutil.net_io_counters(pernic=True)["lo"].bytes_sent - sent,
        "chunks": chunks,
        "seconds": seconds,
        "cpu": after.user + after.system - before.user - before.system,
    }


@contextmanager
def cluster_processes(slots: int, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run a scheduler and workers in PROCESSES with `slots` slots. Yields its address and its process."""
    command = [sys.executable, "-m"]
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = str(server.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    scheduler = [*command, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    worker = [*command, "distributed.cli.dask_worker", address, "--nthreads", str(slots // PROCESSES), "--no-dashboard"]
    started = [subprocess.Popen(scheduler, **quiet)]
    started += [subprocess.Popen([*worker, "--no-nanny", "--memory-limit", "0"], **quiet) for _ in range(PROCESSES)]
    try:
        with Client(address, timeout=100) as client:
            client.wait_for_workers(PROCESSES, timeout=100)
        yield address, psutil.Process(started[0].pid)
    finally:
        for process in started:
            process.kill()
            process.wait()


def main() -> None:
    frames, chunk, slots = (int(text) for text in [*sys.argv[1:], *["1000000", "50", "1000"][len(sys.argv) - 1 :]])
    worker_task.render_chunk = answer_at_once  # pickled by value, since it belongs to __main__
    with tempfile.TemporaryDirectory() as name, cluster_processes(slots, Path(name)) as (address, scheduler):
        folder = Path(name)
        with ClusterExecutor(Connection(address), None, Timeouts(), 1, chunk, True) as cluster:
            busy = scheduler.cpu_times()
            load = send_chunks(cluster, frames, chunk, folder)
            busy = scheduler.cpu_times().user + scheduler.cpu_times().system - busy.user - busy.system
            measure_transfer(cluster, scheduler)
        rate = load["chunks"] / load["seconds"]
        print(
            f"{frames:,} frames, {slots} slots, {load['chunks']:,.0f} chunks in {load['seconds']:.1f} s: "
            f"{rate:.0f} chunks/s, {rate * chunk:,.0f} frames/s\n"
            f"CPU per chunk: scheduler {1000 * busy / load['chunks']:.2f} ms, command "
            f"{1000 * load['cpu'] / load['chunks']:.2f} ms; scheduler {scheduler.memory_info().rss / 1e6:.0f} MB, "
            f"command {psutil.Process().memory_info().rss / 1e6:.0f} MB"
        )
        print(f"bytes per chunk and its answer, over all hops: {load['bytes'] / load['chunks']:,.0f}")
        measure_recording(folder)
        measure_manifest(frames)


def measure_transfer(cluster: ClusterExecutor, scheduler: psutil.Process) -> None:
    """Measure the scheduler's CPU time while pictures come back through it, chunk by chunk."""
    before = scheduler.cpu_times()
    for number in range(SENT):
        future = cluster.client.submit(os.urandom, 50 * PICTURE, key=f"pictures-{number}", pure=False)
        assert len(cluster.client.gather(future)) == 50 * PICTURE
    after, size = scheduler.cpu_times(), SENT * 50 * PICTURE / 1e6
    busy = after.user + after.system - before.user - before.system
    print(f"pictures through the scheduler: {size:,.0f} MB in {busy:.2f} s of its CPU, {size / busy:.0f} MB per second")


def measure_recording(folder: Path) -> None:
    """Measure the time to record, verify and encode pictures, decoded here or by the worker."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (135, 240, 3), np.uint8))
    coarse.resize((1280, 720), Image.Resampling.NEAREST).save(folder / "one.png")
    data = (folder / "one.png").read_bytes()
    for batch in (0, 1, 50):
        manifest = Manifest(folder / f"by_{batch}", (1280, 720))
        manifest.folder.mkdir()
        manifest.start({})
        parts = [folder / f"part_{number}.png" for number in range(RECORDED)]
        for part in parts:
            part.write_bytes(data)
            sync_to_disk(part)
        began = time.perf_counter()
        if batch == 0:
            for number, part in enumerate(parts):
                manifest.add_frame(part, number)
        else:
            pictures = [(part, number, "0" * 64, "0" * 8) for number, part in enumerate(parts)]
            for first in range(0, RECORDED, batch):
                manifest.add_checked_frames(pictures[first : first + batch])
        each = (time.perf_counter() - began) / RECORDED
        how = f"decoded by the worker, {batch} at a time" if batch else "decoded here"
        print(f"recording a picture of {len(data) / 1000:.0f} kB, {how}: {1000 * each:.2f} ms")
    manifest = Manifest(folder / "by_0", (1280, 720))
    began = time.perf_counter()
    assert all(manifest.is_done(number) for number in range(RECORDED))
    print(f"checking that it is unchanged: {1000 * (time.perf_counter() - began) / RECORDED:.2f} ms")
    files = [frame_path(manifest.folder, number) for number in range(RECORDED)]
    began, before = time.perf_counter(), psutil.Process().cpu_times()
    encode_film(files, 24, folder / "a.mp4", ".mp4")
    seconds, after = time.perf_counter() - began, psutil.Process().cpu_times()
    cpu = after.user + after.system - before.user - before.system
    print(
        f"encoding a frame of a film (.mp4): {1000 * seconds / RECORDED:.1f} ms, {1000 * cpu / RECORDED:.1f} ms of CPU"
    )


def measure_manifest(frames: int) -> None:
    """Measure the time to read a manifest of that many frames."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = Manifest(folder, (1280, 720))
        manifest.start({"frames": f"1-{frames}"})
        manifest._append([{"frame": frame % 1_000_000, "pixels": "0" * 64, "file": "0" * 8} for frame in range(frames)])
        began = time.perf_counter()
        Manifest(folder, (1280, 720))
        seconds, size = time.perf_counter() - began, manifest.path.stat().st_size
        print(f"a manifest of {frames:,} frames: {size / 1e6:.0f} MB, read in {seconds:.1f} s")


if __name__ == "__main__":
    main()
