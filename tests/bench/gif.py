# SPDX-License-Identifier: GPL-3.0-or-later
"""Size and quality of GIFs: python tests/bench/gif.py (needs bpy; minutes).

Films as a README may show them are rendered once, and encoded as GIFs by Kernelwalk, and by FFmpeg's palettegen and
paletteuse with 256 colors chosen for the film. Pillow decodes both, and they are compared with the frames: the peak
signal-to-noise ratio (PSNR) of the whole film and that of its worst frame, and the number of the look's colors that
differ. The size of the MP4 is printed for comparison.
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
    print("film | frames | way | kB | PSNR, dB | worst frame, dB | colors that differ", flush=True)
    with tempfile.TemporaryDirectory() as scratch, BlenderPool(None) as pool:
        for number, (name, table) in enumerate(CASES.items()):
            planned = make_plan(spec_from_table({**table, "render": {"resolution": size}}))
            folder = Path(scratch) / str(number)
            job.render_output(Source(name, planned.spec), Output(folder, is_film=False), RenderOptions(), pool)
            unique_frame_of = dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))
            files = [frame_path(folder, unique_frame_of[frame]) for frame in planned.frames]
            fps = planned.spec.walk.fps
            ways = {"FFmpeg": Path(scratch) / "ffmpeg.gif", "Kernelwalk": Path(scratch) / "own.gif"}
            encode_with_ffmpeg(files, fps, ways["FFmpeg"])
            colors = list(planned.spec.look.colors)
            encode_film(files, fps, ways["Kernelwalk"], ".gif", exact_colors=colors)
            for way, path in ways.items():
                whole, worst = measure_psnr(path, files)
                size_kb, off = path.stat().st_size / 1000, count_wrong_colors(path, files, planned)
                print(f"{name} | {len(files)} | {way} | {size_kb:.0f} | {whole:.1f} | {worst:.1f} | {off}", flush=True)
            film = Path(scratch) / "film.mp4"
            encode_film(files, fps, film, ".mp4")
            print(f"{name} | {len(files)} | MP4 | {film.stat().st_size / 1000:.0f} | | |", flush=True)


def measure_psnr(path: Path, files: Sequence[Path]) -> tuple[float, float]:
    """Return the PSNR of a film against the pictures that it was made from: of all frames, and of the worst."""
    squares = [((shown - wanted) ** 2).mean() for shown, wanted in frame_pairs(path, files)]
    ratios = 10 * np.log10(255**2 / np.maximum([np.mean(squares), max(squares)], 1e-9))
    return float(ratios[0]), float(ratios[1])


def count_wrong_colors(path: Path, files: Sequence[Path], planned: Plan) -> int:
    """Return how many of the look's colors are in the pictures and differ in the film."""
    colors = planned.spec.look.colors
    known = np.array([ImageColor.getrgb(color)[:3] for color in dict.fromkeys(colors)])
    off = np.zeros(len(known), np.bool_)
    for shown, wanted in frame_pairs(path, files):
        for number, color in enumerate(known):
            there = (wanted == color).all(axis=2)
            off[number] |= there.any() and (shown[there] != color).any()
    return int(off.sum())


def frame_pairs(path: Path, files: Sequence[Path]):
    """Yield each frame of the film and its picture, each of shape (height, width, 3)."""
    with Image.open(path) as film:
        for number, file in enumerate(files):
            film.seek(number)
            with Image.open(file) as picture:
                wanted = np.asarray(picture.convert("RGB")).astype(float)
                yield np.asarray(film.convert("RGB")).astype(float), wanted


def encode_with_ffmpeg(files: Sequence[Path], fps: int, path: Path) -> None:
    """Encode a GIF with FFmpeg's filters palettegen and paletteuse, without dithering."""
    with Image.open(files[0]) as first:
        width, height = first.size
    (palette,) = filter_frames(files, width, height, fps, ["palettegen", "stats_mode=full:reserve_transparent=0"])
    with av.open(str(path), "w", format="gif", options={"loop": "0"}) as container:
        stream = container.add_stream("gif", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        stream.time_base = Fraction(1, fps)
        use = ["paletteuse", "dither=none:diff_mode=rectangle"]
        for number, frame in enumerate(filter_frames(files, width, height, fps, use, palette)):
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def filter_frames(files, width, height, fps, use, palette=None):
    """Yield the frames that a filter makes from pictures' files, and from a palette if it takes one."""
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
