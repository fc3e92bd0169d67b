# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory during a long batch: python tests/bench/soak.py (needs bpy, and Linux for /proc).

Renders many small specs in one command, and measures the memory of the command and of its Blender processes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPECS = 200
GROWTH = 1.1
"""The claim: the largest ratio of the memory peak in the last quarter of the time to that in the first."""

SPEC = """title = "Number {number}"
[layer]
op = "{op}"
input = [{rows}, {columns}]
kernel = 2
[walk]
frames_per_step = 1
lead_in = 1
lead_out = 1
[render]
resolution = [64, 36]
samples = 1
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--specs", type=int, default=SPECS, help=f"how many ({SPECS})")
    count = parser.parse_args().specs
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = []
        for number in range(count):
            op = ("conv", "conv_transpose")[number % 2]
            path = folder / f"spec_{number:03d}.toml"
            path.write_text(SPEC.format(number=number, op=op, rows=2 + number % 3, columns=2 + number % 2))
            paths.append(str(path))
        command = [sys.executable, "-m", "kernelwalk_pipeline", "render", *paths, "-o", str(folder / "out"), "--json"]
        began = time.monotonic()
        with (folder / "report").open("w") as report:
            process = subprocess.Popen([*command, "--format", "mp4"], stdout=report, stderr=subprocess.DEVNULL)
            parents, workers = watch(process)
        results = json.loads((folder / "report").read_text())["outputs"]
        done = sum(each["state"] == "done" for each in results)
        left = [path.name for path in (folder / "out").iterdir() if path.suffix != ".mp4"]
    print(
        f"{done} of {count} specs done in {time.monotonic() - began:.0f} s; left behind: {', '.join(left) or 'nothing'}"
    )
    ratios = [report_growth("the command", parents), report_growth("its Blender", workers)]
    holds = done == count and not left and max(ratios) <= GROWTH
    print(f"claim: all done, nothing left, no growth beyond {GROWTH:g} times: {'holds' if holds else 'DOES NOT HOLD'}")
    return not holds


def report_growth(name: str, samples: list[float]) -> float:
    """Print the memory peaks of a process, and return the ratio of the last quarter's peak to the first's."""
    quarter = max(1, len(samples) // 4)
    first, last = max(samples[:quarter]), max(samples[-quarter:])
    print(f"{name}: at most {first:.0f} MB in the first quarter, {last:.0f} MB in the last")
    return last / first


def watch(process: subprocess.Popen[bytes]) -> tuple[list[float], list[float]]:
    """Return samples of the resident memory, in MB, of a process and of its children, taken until it ends."""
    parents: list[float] = []
    workers: list[float] = []
    while process.poll() is None:
        parents += read_memory(process.pid)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if children.exists():
            workers += [size for child in children.read_text().split() for size in read_memory(int(child))]
        time.sleep(0.1)
    return parents[5:], workers


def read_memory(pid: int) -> list[float]:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return []
    return [pages * 4096 / 1e6]


if __name__ == "__main__":
    sys.exit(main())
