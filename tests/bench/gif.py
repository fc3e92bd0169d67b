# SPDX-License-Identifier: GPL-3.0-or-later
"""What a GIF weighs and how good it is: python tests/bench/gif.py (needs bpy; minutes).

Films as a README may show them are rendered once, and made into GIFs by Kernelwalk, and by FFmpeg's own palettegen and
paletteuse with the 256 colours that serve the film best. Both are decoded by Pillow and held against the frames: the
peak signal-to-noise ratio of the whole film and that of its worst frame, and how many colours of the look's tiles are
off. The MP4 stands beside for what it is worth.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
from av.video.format import VideoFormat
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.spec import presets
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.films.encoder import encode_film
from kernelwalk_pipeline.frames.manifest import frame_path
from kernelwalk_pipeline.jobs import job
from kernelwalk_pipeline.jobs.rendering import RenderOptions
from kernelwalk_pipeline.outputs import Output
from kernelwalk_pipeline.source import Source
from PIL import Image, ImageColor

CASES = {
    "mathematica": presets.load_preset_table("mathematica"),
    "padding_strides": presets.load_preset_table("padding_strides"),
    "30x30 to 28x28": {
        "layer": {"op": "conv", "input": 30, "kernel": 3},
        "walk": {"frames_per_step": 2, "every": 3},
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="640x360")
    size = [int(side) for side in parser.parse_args().size.split("x")]
    print("film | frames | way | kB | dB | dB of the worst frame | tile colours that are off", flush=True)
    with tempfile.TemporaryDirectory() as scratch, BlenderPool(None) as crew:
        for number, (name, table) in enumerate(CASES.items()):
            planned = make_plan(spec_from_table({**table, "render": {"resolution": size}}))
            folder = Path(scratch) / str(number)
            job.render_output(Source(name, planned.spec), Output(folder, is_film=False), RenderOptions(), crew)
            pictures = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
            files = [frame_path(folder, pictures[frame]) for frame in planned.frames]
            fps = planned.spec.walk.fps
            ways = {"by FFmpeg": Path(scratch) / "ffmpeg.gif", "Kernelwalk": Path(scratch) / "own.gif"}
            by_ffmpeg(files, fps, ways["by FFmpeg"])
            colors = list(vars(planned.spec.look.colors).values())
            encode_film(files, fps, ways["Kernelwalk"], ".gif", exact_colors=colors)
            for way, path in ways.items():
                whole, worst = decibels(path, files)
                weight, off = path.stat().st_size / 1000, tiles_off(path, files, planned)
                print(f"{name} | {len(files)} | {way} | {weight:.0f} | {whole:.1f} | {worst:.1f} | {off}", flush=True)
            film = Path(scratch) / "film.mp4"
            encode_film(files, fps, film, ".mp4")
            print(f"{name} | {len(files)} | MP4 | {film.stat().st_size / 1000:.0f} | | |", flush=True)


def decibels(path: Path, files: Sequence[Path]) -> tuple[float, float]:
    """The ratio of a film's frames to the pictures that they are of: of all, and of the worst."""
    squares = [((shown - wanted) ** 2).mean() for shown, wanted in frames(path, files)]
    ratios = 10 * np.log10(255**2 / np.maximum([np.mean(squares), max(squares)], 1e-9))
    return float(ratios[0]), float(ratios[1])


def tiles_off(path: Path, files: Sequence[Path], planned: Plan) -> int:
    """How many of the look's colours are in the pictures, and have become others in the film."""
    colors = vars(planned.spec.look.colors).values()
    known = np.array([ImageColor.getrgb(color)[:3] for color in dict.fromkeys(colors)])
    off = np.zeros(len(known), np.bool_)
    for shown, wanted in frames(path, files):
        for number, color in enumerate(known):
            there = (wanted == color).all(axis=2)
            off[number] |= there.any() and (shown[there] != color).any()
    return int(off.sum())


def frames(path: Path, files: Sequence[Path]):
    """Of each frame what the film shows and what its picture holds, shape (height, width, 3)."""
    with Image.open(path) as film:
        for number, file in enumerate(files):
            film.seek(number)
            with Image.open(file) as picture:
                wanted = np.asarray(picture.convert("RGB")).astype(float)
                yield np.asarray(film.convert("RGB")).astype(float), wanted


def by_ffmpeg(files: Sequence[Path], fps: int, path: Path) -> None:
    """The GIF that `ffmpeg -vf palettegen` and `paletteuse` make, without dithering."""
    with Image.open(files[0]) as first:
        width, height = first.size
    (palette,) = filtered(files, width, height, fps, ["palettegen", "stats_mode=full:reserve_transparent=0"])
    with av.open(str(path), "w", format="gif", options={"loop": "0"}) as container:
        stream = container.add_stream("gif", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        stream.time_base = Fraction(1, fps)
        use = ["paletteuse", "dither=none:diff_mode=rectangle"]
        for number, frame in enumerate(filtered(files, width, height, fps, use, palette)):
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def filtered(files, width, height, fps, use, palette=None):
    """The frames that a filter makes of pictures' files, and of a palette if it takes one."""
    graph = av.filter.Graph()
    rate = Fraction(1, fps)
    begin = graph.add_buffer(width=width, height=height, format=VideoFormat("rgb24"), time_base=rate)
    node, end = graph.add(*use), graph.add("buffersink")
    begin.link_to(node, 0, 0)
    if palette is not None:
        form = VideoFormat(palette.format.name)
        colors = graph.add_buffer(width=palette.width, height=palette.height, format=form, time_base=rate)
        colors.link_to(node, 0, 1)
    node.link_to(end)
    graph.configure()
    if palette is not None:
        palette.pts = 0
        colors.push(palette)
        colors.push(None)
    for number, file in enumerate([*files, None]):
        if file is None:
            begin.push(None)
        else:
            with Image.open(file) as picture:
                frame = av.VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), format="rgb24")
            frame.pts = number
            begin.push(frame)
        while True:
            try:
                yield end.pull()
            except (av.BlockingIOError, av.EOFError):
                break


if __name__ == "__main__":
    sys.exit(main())
