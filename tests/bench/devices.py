# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost and equality of renders on each device of this machine: python tests/bench/devices.py (needs bpy; minutes).

For each kind of device that Cycles finds, or those of --devices: the seconds in which its render kernels are loaded,
which the driver may compile at first; of a whole picture by samples, and of a region of 40x40 pixels; of a frame of a
gliding film in parts and in whole; and how many pixels differ from run to run, between parts and the whole, and from
the CPU, with the largest difference in levels. Where there is no GPU, the CPU alone is measured, and that is said.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.arrays import Bytes
from kernelwalk.core.spec import presets
from kernelwalk_pipeline.worker.cycles_devices import CyclesDevices
from kernelwalk_pipeline.worker.device_choice import AUTO_ORDER, ChosenDevice, choose_device
from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer, render_full
from kernelwalk_pipeline.worker.partial_render import render_regions
from kernelwalk_pipeline.worker.task_runner import prepare_scene
from PIL import Image

SIZE = [1280, 720]

GLIDING = {"layer": {"op": "conv", "input": [9, 9], "kernel": 5}, "render": {"resolution": SIZE, "samples": 16}}

FILM_FRAMES = range(40, 46)
"""Frames of the gliding film that are rendered, after one before them."""


def measure(render: Callable[[], object]) -> float:
    """Return the seconds of the fastest of three calls."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        render()
        times.append(time.perf_counter() - start)
    return min(times)


def read(path: Path) -> Bytes:
    """Return a picture's pixels, shape (height, width, 3)."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def compare(first: Bytes, second: Bytes) -> str:
    """Return how many pixels differ, and by how much at most."""
    differences = np.abs(first.astype(int) - second).max(axis=2)
    return f"{np.count_nonzero(differences):,} of {differences.size:,} pixels, by at most {differences.max()} levels"


def prepare(plan: Plan, device: ChosenDevice) -> bpy.types.Scene:
    """Build a plan's scene for a device."""
    scene, _ = prepare_scene(plan)
    CyclesDevices().enable(scene, device)
    return scene


def measure_pictures(device: ChosenDevice, samples: list[int], folder: Path) -> Bytes:
    """Print the costs of pictures and a region; return the last picture's pixels."""
    for number, each in enumerate(samples):
        table = presets.load_preset_table("padding_strides")
        plan = make_plan(spec_from_table({**table, "render": {"resolution": SIZE, "samples": each}}))
        scene = prepare(plan, device)
        scene.frame_set(plan.frames[len(plan.frames) // 2])
        if number == 0:
            start = time.perf_counter()
            render_regions(scene, [(0, 0, 16, 16)], folder)
            print(f"  render kernels and first region   {time.perf_counter() - start:8.2f} s")
        pictures = []

        def render_whole(scene: bpy.types.Scene = scene, pictures: list[Bytes] = pictures) -> None:
            render_full(scene, False, folder / "whole.png")
            pictures.append(read(folder / "whole.png"))

        seconds = measure(render_whole)
        print(f"  whole picture, {each:4} samples        {seconds:8.2f} s, run to run: {compare(*pictures[:2])}")
    seconds = measure(lambda: render_regions(scene, [(600, 340, 40, 40)], folder))
    print(f"  40x40 pixels of it, {each:4} samples   {seconds:8.3f} s")
    return pictures[-1]


def measure_film(device: ChosenDevice, folder: Path) -> None:
    """Print the cost of a frame of a gliding film in parts and in whole, and their difference."""
    plan = make_plan(spec_from_table(GLIDING))
    found: dict[str, list[Bytes]] = {}
    for name, reason in (("parts", ""), ("whole", "to compare")):
        renderer = FrameRenderer(plan, prepare(plan, device), folder, reason)
        base = renderer.render_frame(renderer.base_frame, folder / "none").rename(folder / f"base_{name}.png")
        renderer.render_frame(FILM_FRAMES[0] - 1, base)
        pictures: list[Path] = []
        start = time.perf_counter()
        renderer.render_frames(FILM_FRAMES, base, lambda written, pictures=pictures: pictures.append(written.path))
        seconds = (time.perf_counter() - start) / len(FILM_FRAMES)
        found[name] = [read(path) for path in pictures]
        note = f" ({renderer.full_frame_reason})" if renderer.full_frame_reason and name == "parts" else ""
        print(f"  frame of a gliding film, {name}    {seconds:8.3f} s{note}")
    pairs = zip(found["parts"], found["whole"], strict=True)
    worst = max(pairs, key=lambda pair: np.count_nonzero(pair[0] != pair[1]))
    print(f"  parts against the whole, at most   {compare(*worst)}")


def main() -> None:
    """Read the command line, and measure each device."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", nargs="+", choices=["cpu", *AUTO_ORDER], help="default: all that are there")
    parser.add_argument("--samples", nargs="+", type=int, default=[16, 128], help="samples of the pictures")
    arguments = parser.parse_args()
    listed = CyclesDevices().list_devices()
    kinds = arguments.devices or sorted({device.kind for device in listed}, key=["cpu", *AUTO_ORDER].index)
    if not any(device.kind in AUTO_ORDER for device in listed):
        print("Cycles finds no GPU here: what a GPU gives cannot be measured on this machine.")
    on_cpu: Bytes | None = None
    with tempfile.TemporaryDirectory() as name:
        for kind in kinds:
            device = choose_device({"engine": "cycles", "device": kind}, lambda: listed)
            print(f"{device.label}, Blender {bpy.app.version_string}")
            picture = measure_pictures(device, arguments.samples, Path(name))
            if kind == "cpu":
                on_cpu = picture
            elif on_cpu is not None:
                print(f"  against the CPU                    {compare(picture, on_cpu)}")
            measure_film(device, Path(name))


if __name__ == "__main__":
    main()
