# SPDX-License-Identifier: GPL-3.0-or-later
"""What a film costs beside Manim Community's of the same tiles, colours and lines, whole process against whole process:

    python tests/bench/peers.py --manim PYTHON

PYTHON is one in whose environment Manim is installed (peer_plan.py names the version; it needs Debian's libcairo2-dev,
libpango1.0-dev and pkg-config; compile its bytecode first: python -m compileall). Both draw a frame per step at 5
frames a second. Manim draws flat squares at 1280x720, in the way that one writes first ("tiles") and in the quickest
that there is ("layers"); Kernelwalk renders drafts, at half the size as they are, and at the whole size, with a frame
before the first in which nothing is lit, since all others are held against that. The sides take
turns, and of each the quickest counts: other work on the machine only ever slows them down.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kernelwalk.core import make_plan, spec_from_table
from peer_plan import WALK, write

HERE = Path(__file__).resolve().parent
CASES = {"9x9 to 5x5": (9, 5, None), "30x30 to 28x28": (30, 3, 100)}
"""By name: input, kernel, and after how many steps the slow way of Manim is stopped."""

SIZE = "render.resolution=[1280, 720]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manim", required=True, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    print("walk | steps | Manim, tiles | Manim, layers | draft | draft, whole size   (seconds; ms a step)", flush=True)
    for name, (side, kernel, most) in CASES.items():
        table = {"layer": {"op": "conv", "input": side, "kernel": kernel}, "walk": WALK}
        steps = (side - kernel + 1) ** 2
        with tempfile.TemporaryDirectory() as folder:
            spec, flat, film = (Path(folder) / each for each in ("spec.toml", "plan.json", "film.mp4"))
            write(make_plan(spec_from_table(table)), flat)
            spec.write_text(toml({**table, "walk": {**WALK, "lead_in": 1}}))
            peer = [given.manim, HERE / "manim_peer.py", flat, film, "--way"]
            ours = [sys.executable, "-m", "kernelwalk_pipeline", "render", spec, "-o", film, "--quality", "draft"]
            ways = {
                "tiles": ([*peer, "tiles", *(["--steps", most] if most else [])], most or steps),
                "layers": ([*peer, "layers"], steps),
                "draft": (ours, steps),
                "draft, whole size": ([*ours, "--set", SIZE], steps),
            }
            seconds: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(given.rounds):
                for way, (words, _) in ways.items():
                    film.unlink(missing_ok=True)
                    began = time.perf_counter()
                    subprocess.run([str(word) for word in words], check=True, capture_output=True, cwd=folder)
                    seconds[way].append(time.perf_counter() - began)
            row = [
                f"{min(seconds[way]):.1f}; {1000 * min(seconds[way]) / count:.0f}" for way, (_, count) in ways.items()
            ]
        print(" | ".join([name, str(steps), *row]), flush=True)
    print(f'\n{os.cpu_count()} cores, best of {given.rounds}. The way "tiles" may be of fewer steps: see CASES.')


def toml(table: dict[str, dict[str, object]]) -> str:
    lines = []
    for name, section in table.items():
        lines += [f"[{name}]", *(f"{key} = {value!r}" for key, value in section.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
