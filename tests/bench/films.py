# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of whole films or stills, of this build and of others in one run (needs bpy; minutes to hours):

    python tests/bench/films.py --against CHECKOUT [--film dark]... [--quality default]... [--frames 1-40 | --still]

Each build runs `kernelwalk render FILM -o FILM.mp4` as a process of its own, and the builds take turns. The time is
processor time of the command, its Blender and the encoder together, start-up included, since other work on the machine
changes it less than the clock's; of several rounds the least counts. With --frames, only these frames are rendered, and
no film is made: the first rows to look at, since a whole film of the quality final takes early builds half an hour.
With --still, `kernelwalk still` draws one step of each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.spec.presets import load_preset_table
from kernelwalk.core.spec.toml import dump_toml

ROOT = Path(__file__).resolve().parents[2]

FILMS: dict[str, dict[str, Any] | None] = {
    "9x9": {"layer": {"op": "conv", "input": 9, "kernel": 5}},
    "30x30": {"layer": {"op": "conv", "input": 30, "kernel": 3}, "walk": {"frames_per_step": 1}},
    "mathematica": None,
    "studio": {"layer": {"op": "conv", "input": 9, "kernel": 5}, "look": {"template": "studio"}},
    "dark": {"layer": {"op": "conv", "input": 9, "kernel": 5}, "look": {"template": "dark"}},
}
"""The tables of the specs, by name: 9x9 to 5x5, gliding, and 30x30 to 28x28, a frame a step; and other looks. None is
the preset of that name, which each build takes from its own, since early builds have other keys."""

QUALITIES = ("default", "draft", "standard", "final")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", type=Path, action="append", default=[], help="another checkout, in turn")
    parser.add_argument("--film", action="append", choices=FILMS, help="films (9x9, 30x30 and mathematica)")
    parser.add_argument("--quality", action="append", choices=QUALITIES, help="qualities (all)")
    parser.add_argument("--frames", help="render only these frames, such as 1-40, and make no film")
    parser.add_argument("--still", action="store_true", help="draw one step, in place of a film")
    parser.add_argument("--rounds", type=int, default=1, help="times that each build makes each film (1)")
    options = parser.parse_args()
    builds = {"this": ROOT, **{path.name: path.resolve() for path in options.against}}
    others = list(builds)[1:]
    titles = ["film", "pictures", "quality", *(f"{name}, s" for name in builds), *(f"{name} / this" for name in others)]
    print(" | ".join([*titles, "by the clock"]), flush=True)
    for film in options.film or ("9x9", "30x30", "mathematica"):
        plan = make_plan(spec_from_table(FILMS[film] or load_preset_table(film)))
        pictures = len(set(plan.unique_frames.tolist()))
        for quality in options.quality or QUALITIES:
            rounds = [
                {name: render(path, film, quality, options.frames, options.still) for name, path in builds.items()}
                for _ in range(options.rounds)
            ]
            processor, clock = ({name: min(each[name][at] for each in rounds) for name in builds} for at in (0, 1))
            drawn = "still" if options.still else f"frames {options.frames}" if options.frames else str(pictures)
            row = [film, drawn, quality]
            row += [f"{seconds:.1f}" for seconds in processor.values()]
            row += [f"{processor[name] / processor['this']:.2f}" for name in others]
            print(" | ".join([*row, " ".join(f"{seconds:.1f}" for seconds in clock.values())]), flush=True)
    print(f"\n{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, rounds: {options.rounds}")


def render(checkout: Path, film: str, quality: str, frames: str | None, is_still: bool) -> tuple[float, float]:
    """Render a film or a still with a build; return the seconds of the processor and of the clock."""
    with tempfile.TemporaryDirectory() as folder:
        table, path = FILMS[film], Path(folder) / film
        if table is not None:
            path.with_suffix(".toml").write_text(dump_toml(table))
        verb, suffix = ("still", ".png") if is_still else ("render", "" if frames else ".mp4")
        spec, output = film if table is None else f"{path}.toml", path.with_suffix(suffix)
        command = [sys.executable, "-m", "kernelwalk_pipeline", verb, spec, "-o", str(output)]
        command += [] if quality == "default" else ["--quality", quality]
        command += ["--frames", frames] if frames else []
        paths = os.pathsep.join(str(checkout / part) for part in ("addon", "pipeline"))
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{checkout.name}: {film} ended with {process.returncode}")
        return usage.ru_utime + usage.ru_stime, time.perf_counter() - began


if __name__ == "__main__":
    main()
