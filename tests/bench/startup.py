# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of commands that need no Blender, in whole processes, beside Python's own start and that of Typer:

    python tests/bench/startup.py

The commands take turns. Of the processor time the fastest counts, which other work on the machine changes least.
Bytecode is compiled first, as in an installation.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import kernelwalk
import kernelwalk_pipeline

KERNELWALK = [sys.executable, "-m", "kernelwalk_pipeline"]
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import typer'": [sys.executable, "-c", "import typer"],
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
    "kernelwalk --help": [*KERNELWALK, "--help"],
    "kernelwalk inspect CODE": [*KERNELWALK, "inspect", "nn.Conv2d(1, 1, 3)", "--input", "5x5"],
    "kernelwalk inspect mathematica": [*KERNELWALK, "inspect", "mathematica"],
    "kernelwalk inspect mathematica --json": [*KERNELWALK, "inspect", "mathematica", "--json"],
    "kernelwalk inspect receptive_field --json": [*KERNELWALK, "inspect", "receptive_field", "--json"],
    "kernelwalk presets": [*KERNELWALK, "presets"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    for package in (kernelwalk, kernelwalk_pipeline):
        compileall.compile_dir(Path(package.__file__).parent, quiet=1)
    # the bytecode stays where it was compiled
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(arguments.rounds):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"{name} ended with {process.returncode}")
            times[name].append((1000 * (time.perf_counter() - began), 1000 * (usage.ru_utime + usage.ru_stime)))
    print("command | processor time, fastest, ms | time, median, ms | time, fastest, ms")
    for name, found in times.items():
        whole, processor = zip(*found, strict=True)
        print(f"{name} | {min(processor):.0f} | {statistics.median(whole):.0f} | {min(whole):.0f}")
    print(f"\n{os.cpu_count()} cores, {arguments.rounds} rounds")


if __name__ == "__main__":
    main()
