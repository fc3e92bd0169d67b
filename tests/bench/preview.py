# SPDX-License-Identifier: GPL-3.0-or-later
"""Time from saving a spec to seeing it in `kernelwalk preview`: python tests/bench/preview.py (needs bpy).

Each spec is saved with one change after another, each as soon as the last picture of the one before is there, and then
with each change as soon as the first is, which interrupts the better ones. The time runs from the end of writing the
file until a page has loaded the picture; the browser's own drawing is left out.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MAX_SECONDS = 2.0
"""The claim: the largest median until the first picture, in seconds."""

SPECS = {
    "padding_strides": 'op = "conv"\ninput = 5\nkernel = 3\nstride = 2\npadding = 1\n',
    "30x30 to 28x28": 'op = "conv"\ninput = 30\nkernel = 3\n',
}

SAMPLES = 16


class Page:
    """A page of a preview, without a browser."""

    def __init__(self, url: str):
        self.address = url.removeprefix("http://").strip("/\n")
        self.events = self.ask("/events")

    def ask(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.address)
        connection.request("GET", path)
        return connection.getresponse()

    def wait_for_picture(self, title: str, samples: int) -> float:
        """Return the time at which the picture of a title with at least so many samples is loaded."""
        while True:
            line = self.events.readline()
            if not line:
                raise SystemExit("the preview has ended")
            if line.startswith(b"data: "):
                view: dict[str, Any] = json.loads(line[6:])
                if view["title"] == title and view["samples"] >= samples:
                    self.ask("/picture.png").read()
                    return time.perf_counter()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--saves", type=int, default=7, help="saves of each kind (7)")
    saves = parser.parse_args().saves
    print(f"{os.cpu_count()} cores, 640x360, medians of {saves} saves, in s\n")
    print(f"{'spec':>16} {'1 sample':>10} {'worst':>7} {'4 samples':>10} {'16 samples':>11} {'interrupting':>13}")
    slow = []
    for name, layer in SPECS.items():
        first, second, last, interrupting = measure_saves(layer, saves)
        medians = [statistics.median(times) for times in (first, second, last, interrupting)]
        print(
            f"{name:>16} {medians[0]:10.2f} {max(first):7.2f} {medians[1]:10.2f} {medians[2]:11.2f} {medians[3]:13.2f}"
        )
        if max(medians[0], medians[3]) > MAX_SECONDS:
            slow.append(name)
    verdict = "MISSED by " + ", ".join(slow) if slow else "met"
    print(f"\nclaim: the first picture is there within {MAX_SECONDS:g} s of saving (median): {verdict}")
    return bool(slow)


def measure_saves(layer: str, saves: int) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return the seconds until the pictures of 1, 4 and 16 samples, and until the first when it interrupts others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.toml"
        save(path, layer, 0)
        command = [sys.executable, "-m", "kernelwalk_pipeline", "preview", str(path), "--no-open"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                return measure_page(process, path, layer, saves)
            finally:
                process.send_signal(signal.SIGINT)


def measure_page(
    process: subprocess.Popen[str], path: Path, layer: str, saves: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Measure the saves in a preview that has just been started."""
    assert process.stdout is not None
    page = Page(process.stdout.readline())
    page.wait_for_picture("Save 0", SAMPLES)
    times: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(1, saves + 1):
        title, began = save(path, layer, number)
        for samples, found in zip((1, 4, SAMPLES), times, strict=True):
            found.append(page.wait_for_picture(title, samples) - began)
    interrupting = []
    for number in range(saves + 1, 2 * saves + 2):
        title, began = save(path, layer, number)
        interrupting.append(page.wait_for_picture(title, 1) - began)
    return *times, interrupting[1:]  # the first has interrupted nothing


def save(path: Path, layer: str, number: int) -> tuple[str, float]:
    """Save a spec that differs from all others in its title and its view. Return its title and the time."""
    title = f"Save {number}"
    path.write_text(f'title = "{title}"\n[layer]\n{layer}[camera]\nelevation = {30 + number % 30}\n')
    return title, time.perf_counter()


if __name__ == "__main__":
    sys.exit(main())
