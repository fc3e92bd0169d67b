# SPDX-License-Identifier: GPL-3.0-or-later
"""Films from pictures, by FFmpeg's libraries: MP4, WebM, GIF, animated WebP, APNG."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec import Codec
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import ImageColor

from ..failures import OutputError
from ..frames.decoding import load_pixels
from ..frames.png import Bytes
from .gif_palette import build_palette

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""That this process may use: a farm may give it few of many."""

BT709 = 1
STUDIO_RANGE = 1


@dataclass(frozen=True)
class FilmFormat:
    """How a kind of film is written.

    seen_through: the pixels of a film without a background; empty where there is none such

    quality and effort are the encoder's own words; the pictures are flat colours with sharp edges, for which these
    are visually lossless (GIF: as far as its palette goes)
    """

    container: str
    codec: str
    pixel_format: str
    options: dict[str, str]
    container_options: dict[str, str] = field(default_factory=dict)
    alpha_pixel_format: str = ""


FORMATS = {
    # looking ahead by 5 frames, not 40: files are no larger, and less is left to do when the last picture comes; nor
    # are they with one step less in searching how it moved, which takes a fifth less time. A thread per core does the
    # same in a seventh less than x264's own half again as many
    ".mp4": FilmFormat(
        "mp4",
        "libx264",
        "yuv420p",
        {"crf": "16", "preset": "medium", "rc-lookahead": "5", "subq": "6", "threads": str(CORES)},
        {"movflags": "+faststart"},
    ),
    ".webm": FilmFormat(
        "webm", "libvpx-vp9", "yuv420p", {"crf": "24", "b": "0", "row-mt": "1", "cpu-used": "3"}, {}, "yuva420p"
    ),
    ".gif": FilmFormat("gif", "gif", "pal8", {}, {"loop": "0"}),
    ".webp": FilmFormat(
        "webp", "libwebp_anim", "yuva420p", {"quality": "92", "compression_level": "4"}, {"loop": "0"}, "yuva420p"
    ),
    ".png": FilmFormat("apng", "apng", "rgb24", {"pred": "mixed"}, {"plays": "0"}, "rgba"),
}

MOVING = (".mp4", ".webm")
"""Films that say by which matrix their colours are to be read."""


def encode_film(
    files: Iterable[Path],
    fps: int,
    path: Path,
    suffix: str,
    transparent: bool = False,
    exact_colors: Sequence[str] = (),
    load: Callable[[Path], Bytes] = load_pixels,
) -> None:
    """Write `pictures`, one per frame, as the film `path` of the kind that `suffix` names; `transparent` ones with what
    can be seen through them, where that kind has it. The colours "#RRGGBB" that are `known` stay as they are where it
    has but few. `load` gives a picture's pixels (see `Picture`). Raises OutputError."""
    style = FORMATS[suffix]
    pixels = style.alpha_pixel_format if transparent else style.pixel_format
    try:
        with av.open(str(path), "w", format=style.container, options=style.container_options) as container:
            if pixels == "pal8":
                frames = _palettize_frames(list(files), exact_colors, load)
            else:
                frames = _convert_frames(files, load, pixels, suffix in MOVING)
            first = next(frames)
            stream = container.add_stream(style.codec, rate=fps, options=style.options)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = first.width, first.height, pixels
            stream.time_base = Fraction(1, fps)
            if style.container == "webm" and transparent:
                stream.metadata["alpha_mode"] = "1"  # or players take no notice of it
                stream.options = {**style.options, "auto-alt-ref": "0"}  # which the encoder has not with alpha
            if suffix in MOVING:
                context = stream.codec_context
                context.color_primaries = context.color_trc = context.colorspace = BT709
                context.color_range = STUDIO_RANGE
            for number, frame in enumerate(itertools.chain([first], frames)):
                frame.pts, frame.time_base = number, Fraction(1, fps)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise OutputError(
            f"{path}: the film cannot be written: {error.strerror or error}. Free the disk and run again"
        ) from None


def check_encoder(suffix: str) -> None:
    """Raise OutputError where this FFmpeg cannot write a kind of film."""
    style = FORMATS[suffix]
    try:
        Codec(style.codec, "w")
    except ValueError:  # as PyAV tells that there is none such
        raise OutputError(f"{suffix}: this FFmpeg has no encoder {style.codec}. Choose another kind of film") from None


def _load_frames(pictures: Iterable[Path], load: Callable[[Path], Bytes]) -> Iterator[VideoFrame]:
    """Every picture as a frame; one that repeats is loaded once."""
    last, image = None, None
    for path in pictures:
        if path != last:
            last, image = path, load(path)
        assert image is not None
        yield VideoFrame.from_ndarray(image, format="rgba")


def _convert_frames(
    pictures: Iterable[Path], load: Callable[[Path], Bytes], pixels: str, moving: bool
) -> Iterator[VideoFrame]:
    for frame in _load_frames(pictures, load):
        if frame.format.name == pixels:
            yield frame
        elif moving:
            yield frame.reformat(format=pixels, dst_colorspace="ITU709", dst_color_range="MPEG")
        else:
            yield frame.reformat(format=pixels)


def _palettize_frames(
    pictures: Sequence[Path], known: Sequence[str], load: Callable[[Path], Bytes]
) -> Iterator[VideoFrame]:
    """The frames in the colours that serve all of them: a first look at each finds these, a second uses them."""
    flat = [ImageColor.getrgb(color)[:3] for color in dict.fromkeys(known)]
    found = build_palette((load(path)[..., :3] for path in dict.fromkeys(pictures)), flat)
    colors = np.zeros((256, 4), np.uint8)  # opacity, red, green and blue
    colors[: len(found.colors)] = np.insert(found.colors, 0, 255, axis=1)
    last, indices = None, None
    for path in pictures:
        if path != last:
            last, indices = path, found.apply(load(path)[..., :3])
        assert indices is not None
        yield VideoFrame.from_ndarray((indices, colors), format="pal8")  # type: ignore[arg-type]  # a pair for this format
