# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of commands that need no Blender, in whole processes, beside Python's own start:

    python tests/bench/startup.py

The commands take turns. The median of each counts. Bytecode is compiled first, as in an installation.
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
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
    "kernelwalk --help": [*KERNELWALK, "--help"],
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
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(arguments.rounds):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append(1000 * (time.perf_counter() - began))
    print("command | median, ms | fastest, ms")
    for name, found in times.items():
        print(f"{name} | {statistics.median(found):.0f} | {min(found):.0f}")
    print(f"\n{os.cpu_count()} cores, {arguments.rounds} rounds")


if __name__ == "__main__":
    main()
