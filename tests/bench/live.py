# SPDX-License-Identifier: GPL-3.0-or-later
"""Delay between a changed setting and the scene that shows it: python tests/bench/live.py (needs bpy).

Each of several settings is changed back and forth in a scene that is updated live. The time runs from setting the
property until the scene is built and evaluated. It includes reading and checking the settings, the plan, the build, and
Blender's own evaluation. In a window, drawing takes additional time (tests/bench/window.py).

Processor time is that of all threads, so that a busy machine can be compared with a quiet one; the clock counts what
other programs take, too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import bpy
import kernelwalk

SIZE, ROUNDS, MAX_SECONDS = 32, 15, 0.1
"""Input cells along each side, changes of each setting, and the claim: the largest median of processor time, in s."""

SETTINGS: dict[str, tuple[Callable[[Any], None], Callable[[Any], None]]] = {
    "kernel": (lambda to: setattr(to.layer, "kernel", (3, 3, 3)), lambda to: setattr(to.layer, "kernel", (5, 5, 5))),
    "stride": (lambda to: setattr(to.layer, "stride", (1, 1, 1)), lambda to: setattr(to.layer, "stride", (2, 2, 2))),
    "layer": (lambda to: setattr(to.layer, "op", "conv"), lambda to: setattr(to.layer, "op", "conv_transpose")),
    "frames per step": (
        lambda to: setattr(to.walk, "frames_per_step", 12),
        lambda to: setattr(to.walk, "frames_per_step", 8),
    ),
    "color": (
        lambda to: setattr(to.look.colors, "input", (1, 0, 0)),
        lambda to: setattr(to.look.colors, "input", (0, 0, 1)),
    ),
    "elevation": (lambda to: setattr(to.camera, "elevation", 30), lambda to: setattr(to.camera, "elevation", 50)),
    "title": (lambda to: setattr(to, "title", "One"), lambda to: setattr(to, "title", "Two")),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=SIZE, help=f"input cells along each side ({SIZE})")
    size = parser.parse_args().size
    bpy.ops.wm.read_factory_settings()
    kernelwalk.register()
    scene = bpy.context.scene
    props = scene.kernelwalk
    props.layer.input = (size, size, size)  # a number for each possible axis
    bpy.ops.kernelwalk.generate()
    print(f"{size}x{size} input, Blender {bpy.app.version_string}, {os.cpu_count()} cores")
    print(f"load average {os.getloadavg()[0]:.1f}; medians in ms")
    print(f"{'changed':>16} {'processor':>10} {'clock':>10}")
    slow = []
    for name, changes in SETTINGS.items():
        times = [measure_change(changes[number % 2], props) for number in range(1, ROUNDS + 1)]
        processor, clock = (statistics.median(values) for values in zip(*times, strict=True))
        print(f"{name:>16} {1000 * processor:10.0f} {1000 * clock:10.0f}")
        if processor > MAX_SECONDS:
            slow.append(name)
        changes[0](props)
        run_pending_update()
    verdict = "MISSED by " + ", ".join(slow) if slow else "met"
    print(f"claim: the scene follows each within {1000 * MAX_SECONDS:.0f} ms of processor time (median): {verdict}")
    sys.stdout.flush()
    os._exit(bool(slow))  # the bpy module can hang when it exits


def measure_change(change: Callable[[Any], None], props: Any) -> tuple[float, float]:
    """Return the seconds from a change to the scene that shows it: of the processor, and of the clock."""
    began, clock_began = time.process_time(), time.perf_counter()
    change(props)
    run_pending_update()
    bpy.context.view_layer.update()
    return time.process_time() - began, time.perf_counter() - clock_began


def run_pending_update() -> None:
    """Update the scene as Blender's timer does, which does not run without a window."""
    from kernelwalk.ui.builds import live_update

    assert bpy.app.timers.is_registered(live_update.update_pending_scenes)
    bpy.app.timers.unregister(live_update.update_pending_scenes)
    live_update.update_pending_scenes()


if __name__ == "__main__":
    sys.exit(main())
