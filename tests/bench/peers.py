# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of whole films, in whole processes, beside Manim Community with the same tiles, colors and lines:

    python tests/bench/peers.py --manim PYTHON

PYTHON is an interpreter whose environment has Manim (peer_plan.py names the version; it needs Debian's libcairo2-dev,
libpango1.0-dev and pkg-config; compile its bytecode first: python -m compileall). Both draw a frame per step at 5
frames per second. Manim draws flat squares at 1280x720, as one writes it at first ("tiles") and in the fastest way we
know ("layers"). Kernelwalk renders drafts, at their own half size and at 1280x720, with the base frame before the first
step, since all other frames are composed on it. The sides take turns. The fastest run of each counts, since other work
on the machine can only slow a run down.
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
from peer_plan import WALK, write_peer_plan

HERE = Path(__file__).resolve().parent
CASES = {"9x9 to 5x5": (9, 5, None), "30x30 to 28x28": (30, 3, 100)}
"""By name: input, kernel, and the number of steps after which Manim's slow way stops."""

SIZE = "render.resolution=[1280, 720]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manim", required=True, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    print("walk | steps | Manim, tiles | Manim, layers | draft | draft, 1280x720   (seconds; ms per step)", flush=True)
    for name, (side, kernel, max_steps) in CASES.items():
        table = {"layer": {"op": "conv", "input": side, "kernel": kernel}, "walk": WALK}
        steps = (side - kernel + 1) ** 2
        with tempfile.TemporaryDirectory() as folder:
            spec, peer_plan, film = (Path(folder) / each for each in ("spec.toml", "plan.json", "film.mp4"))
            write_peer_plan(make_plan(spec_from_table(table)), peer_plan)
            spec.write_text(format_toml({**table, "walk": {**WALK, "lead_in": 1}}))
            peer = [arguments.manim, HERE / "manim_peer.py", peer_plan, film, "--way"]
            ours = [sys.executable, "-m", "kernelwalk_pipeline", "render", spec, "-o", film, "--quality", "draft"]
            ways = {
                "tiles": ([*peer, "tiles", *(["--steps", max_steps] if max_steps else [])], max_steps or steps),
                "layers": ([*peer, "layers"], steps),
                "draft": (ours, steps),
                "draft, 1280x720": ([*ours, "--set", SIZE], steps),
            }
            seconds: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(arguments.rounds):
                for way, (command, _) in ways.items():
                    film.unlink(missing_ok=True)
                    began = time.perf_counter()
                    subprocess.run([str(word) for word in command], check=True, capture_output=True, cwd=folder)
                    seconds[way].append(time.perf_counter() - began)
            row = [
                f"{min(seconds[way]):.1f}; {1000 * min(seconds[way]) / count:.0f}" for way, (_, count) in ways.items()
            ]
        print(" | ".join([name, str(steps), *row]), flush=True)
    print(f'\n{os.cpu_count()} cores, the fastest of {arguments.rounds} runs. "tiles" may have fewer steps: see CASES.')


def format_toml(table: dict[str, dict[str, object]]) -> str:
    lines = []
    for name, section in table.items():
        lines += [f"[{name}]", *(f"{key} = {value!r}" for key, value in section.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
