# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dask cluster of processes for tests: scheduler and workers that can be killed and stopped, and what their Blenders
rendered, counted by a program in Blender's place that notes each picture."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .conftest import environment, wait_for

COUNTING = """#!/bin/sh
# runs Blender's worker in this Python, and keeps what it tells
while [ "$1" != -- ]; do [ "$1" = --python ] && worker=$2; shift; done
"{python}" "$worker" | tee -a "{folder}/blender_$$.log"
"""

CONFIG = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "6s",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "PYTHONUNBUFFERED": "1",
}
"""A worker that says nothing for six seconds is given up: in earnest it is five minutes."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Farm:
    """A scheduler, and workers by name. `prefix` comes before a process's words, by its host: `ip netns exec HOST`."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", scheme: str = "tcp", words: Sequence[str] = ()):
        self.folder, self.options, self.scheme = folder, list(words), scheme
        self.address = f"{scheme}://{host}:{free_port()}"
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
                process.kill()  # their Blenders end with them
            process.wait()

    def start(self, name: str, *words: str, prefix: Sequence[str] = (), **env: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*prefix, sys.executable, "-m", "distributed.cli." + words[0], *words[1:], *self.options],
                env={**environment(), **CONFIG, "BLENDER": str(self.counting), **env},
                cwd=self.folder, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def scheduler(self, **options: Any) -> None:
        host, port = self.address.rpartition("//")[2].split(":")
        words = ["--host", f"{self.scheme}://{host}", "--port", port, "--no-dashboard"]
        self.start("scheduler", "dask_scheduler", *words, **options)
        wait_for(lambda: b"Scheduler at" in (self.folder / "scheduler.log").read_bytes(), 30)

    def worker(self, name: str, host: str = "127.0.0.1", **options: Any) -> None:
        """Start a worker, which nobody starts again when it dies."""
        words = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", f"{self.scheme}://{host}"]
        words += ["--local-directory", str(self.folder / name), "--memory-limit", "0"]
        self.start(name, "dask_worker", *words, **options)

    def ready(self, *names: str) -> None:
        for name in names:
            log = self.folder / f"{name}.log"
            wait_for(lambda log=log: b"Registered to" in log.read_bytes(), 30)

    def send(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def rendered(self) -> list[tuple[int, str]]:
        """The frames that Blenders have rendered, as often as they were, each with the file of the part."""
        found = []
        for log in self.folder.glob("blender_*.log"):
            for line in log.read_text(errors="replace").splitlines():
                if line.startswith('KERNELWALK {"event": "frame"') and line.endswith("}"):
                    event = json.loads(line.partition(" ")[2])
                    found.append((event["frame"], event["part"]))
        return found

    def is_at_a_frame(self, name: str) -> bool:
        """Whether a worker's Blender has begun a frame that it has not ended."""
        logs = [self.folder / f"blender_{pid}.log" for pid in children_of(self.processes[name].pid)]
        lines = [line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()]
        kinds = [kind for line in lines for kind in ("begin", "frame") if f'{{"event": "{kind}"' in line]
        return bool(kinds) and kinds[-1] == "begin"

    def chunks(self) -> list[list[int]]:
        """The frames that were rendered, by the order in which they were asked for, those of one Blender."""
        found: dict[str, list[int]] = {}
        for frame, part in self.rendered():
            found.setdefault(Path(part).parent.name, []).append(frame)
        return list(found.values())


def count_rendered(farm: Farm, out: Path) -> Counter[tuple[str, int]]:
    """How often each frame of each output in `out` was rendered."""
    return Counter((Path(part).relative_to(out).parts[0], frame) for frame, part in farm.rendered())


def recorded_frames(out: Path) -> dict[str, set[int]]:
    """The frames that the manifests below a folder tell of, by the name of their folder."""
    found: dict[str, set[int]] = {}
    for folder in out.iterdir() if out.exists() else ():
        with suppress(OSError):  # it is gone when the film is done
            for path in folder.glob("frames*.jsonl"):
                lines = path.read_bytes().splitlines()
                entries = [json.loads(line.partition(b" ")[2]) for line in lines if line.endswith(b"}")]
                found.setdefault(folder.name, set()).update(entry["frame"] for entry in entries if "frame" in entry)
    return found


def count_recorded(out: Path) -> int:
    return sum(map(len, recorded_frames(out).values()))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, on Linux."""
    return [int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]
