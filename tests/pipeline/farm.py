# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dask cluster of processes for tests: its scheduler and workers can be killed and stopped.

A program in Blender's place logs the events of each Blender process, so that tests can count the rendered frames."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .conftest import environment
from .patience import PATIENCE, wait_for
from .processes import list_descendants

COUNTING = """#!/bin/sh
# runs the worker script in this Python, and keeps its output
while [ "$1" != -- ]; do [ "$1" = --python ] && worker=$2; shift; done
"{python}" "$worker" | tee -a "{folder}/blender_$$.log"
"""

CONFIG = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "1h",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "PYTHONUNBUFFERED": "1",
}
"""No worker counts as lost for its silence before `lose` says so, however busy the machine is."""


def ask_scheduler(address: str, question: Callable[..., Any]) -> Any:
    """Run a function in a scheduler, which it gets as `dask_scheduler`, and return its result."""
    from distributed import Client

    with Client(address, timeout=PATIENCE, set_as_default=False) as client:
        return client.run_on_scheduler(question)


def lose(address: str, name: str) -> None:
    """Make a scheduler find that one of its workers has been silent for too long."""

    async def expire(dask_scheduler: Any) -> None:
        dask_scheduler.workers[dask_scheduler.aliases[name]].last_seen = 0.0
        await dask_scheduler.check_worker_ttl()

    ask_scheduler(address, expire)


class Farm:
    """A scheduler, and workers by name.

    options: of all processes
    address: of the scheduler, with the port that it found free; from its start on
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", scheme: str = "tcp", options: Sequence[str] = ()):
        self.folder, self.options, self.scheme, self.host = folder, list(options), scheme, host
        self.address = ""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir()
        self.counting = folder / "blender"
        self.counting.write_text(COUNTING.format(python=sys.executable, folder=folder))
        self.counting.chmod(0o755)

    def __enter__(self) -> Farm:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()  # its Blender processes end with it
            process.wait()

    def start(self, name: str, module: str, *argv: str, prefix: Sequence[str] = (), **env: str) -> None:
        """Start a process. `prefix` comes before its command line: `ip netns exec HOST`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*prefix, sys.executable, "-m", "distributed.cli." + module, *argv, *self.options],
                env={**environment(), **CONFIG, "BLENDER": str(self.counting), **env},
                cwd=self.folder, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def scheduler(self, **options: Any) -> None:
        argv = ["--host", f"{self.scheme}://{self.host}", "--port", "0", "--no-dashboard"]
        self.start("scheduler", "dask_scheduler", *argv, **options)
        log = self.folder / "scheduler.log"
        pattern = re.compile(rf"Scheduler at: +({self.scheme}://\S+:\d+)\n")
        wait_for(lambda: pattern.search(log.read_text()))
        (self.address,) = pattern.findall(log.read_text())

    def worker(self, name: str, host: str = "127.0.0.1", **options: Any) -> None:
        """Start a worker, which is not replaced when it dies."""
        argv = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", f"{self.scheme}://{host}"]
        argv += ["--name", name, "--local-directory", str(self.folder / name), "--memory-limit", "0"]
        self.start(name, "dask_worker", *argv, **options)

    def ready(self, *names: str) -> None:
        for name in names:
            log = self.folder / f"{name}.log"
            wait_for(lambda log=log: b"Registered to" in log.read_bytes())

    def has_tasks(self) -> bool:
        """Return whether the scheduler has chunks to do."""
        return bool(ask_scheduler(self.address, lambda dask_scheduler: len(dask_scheduler.tasks)))

    def send(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def rendered(self) -> list[tuple[int, str]]:
        """Return the frames that were rendered, each as often as it was, with the picture's file."""
        frames = []
        for log in self.folder.glob("blender_*.log"):
            for line in log.read_text(errors="replace").splitlines():
                if line.startswith('KERNELWALK {"event": "frame_rendered"') and line.endswith("}"):
                    event = json.loads(line.partition(" ")[2])
                    frames.append((event["frame"], event["part"]))
        return frames

    def is_at_a_frame(self, name: str) -> bool:
        """Return whether a worker's Blender has started a frame and not finished it."""
        logs = [self.folder / f"blender_{pid}.log" for pid in list_descendants(self.processes[name].pid)]
        lines = [line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()]
        names = ("frame_started", "frame_rendered")
        kinds = [name for line in lines for name in names if f'{{"event": "{name}"' in line]
        return bool(kinds) and kinds[-1] == "frame_started"

    def chunks(self) -> list[list[int]]:
        """Return the frames of each chunk, in the order in which they were rendered."""
        chunks: dict[str, list[int]] = {}
        for frame, part in self.rendered():
            chunks.setdefault(Path(part).parent.name, []).append(frame)
        return list(chunks.values())


def count_rendered(farm: Farm, out: Path) -> Counter[tuple[str, int]]:
    """Return how often each frame of each output in `out` was rendered."""
    return Counter((Path(part).relative_to(out).parts[0], frame) for frame, part in farm.rendered())


def recorded_frames(out: Path) -> dict[str, set[int]]:
    """Return the frames in the manifests below a folder, by the name of their folder."""
    frames: dict[str, set[int]] = {}
    for folder in out.iterdir() if out.exists() else ():
        with suppress(OSError):  # the folder is deleted once the film is done
            for path in folder.glob("frames*.jsonl"):
                lines = path.read_bytes().splitlines()
                entries = [json.loads(line.partition(b" ")[2]) for line in lines if line.endswith(b"}")]
                frames.setdefault(folder.name, set()).update(entry["frame"] for entry in entries if "frame" in entry)
    return frames


def count_recorded(out: Path) -> int:
    return sum(map(len, recorded_frames(out).values()))
