# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoding of frames to films with FFmpeg's libraries, in the formats of formats.py."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.codec import Codec
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from kernelwalk.core.arrays import Bytes
from PIL import ImageColor

from ..failures import OutputError
from ..frames.decoding import load_pixels
from .formats import FILM_FORMATS
from .gif_palette import build_palette

BT709 = 1
STUDIO_RANGE = 1


def encode_film(
    files: Iterable[Path],
    fps: int | Fraction,
    path: Path,
    suffix: str,
    transparent: bool = False,
    exact_colors: Sequence[str] = (),
    load: Callable[[Path], Bytes] = load_pixels,
) -> None:
    """Encode `files`, one per frame, as the film `path`. Raises OutputError.

    suffix:       of the format, a key of FILM_FORMATS
    transparent:  keep transparency; only for formats with an alpha_pixel_format
    exact_colors: "#RRGGBB", kept exactly in formats with a palette
    load:         returns a file's pixels (see DecodedFrame)
    """
    film_format, tick = FILM_FORMATS[suffix], 1 / Fraction(fps)
    pixel_format = film_format.alpha_pixel_format if transparent else film_format.pixel_format
    options = {**film_format.options, **(film_format.alpha_options if transparent else {})}
    try:
        muxing = dict(film_format.container_options)
        with av.open(str(path), "w", format=film_format.container, options=muxing) as container:
            if pixel_format == "pal8":
                frames = _palettize_frames(list(files), exact_colors, load)
            else:
                frames = _convert_frames(files, load, pixel_format, film_format.is_video)
            first = next(frames)
            stream = container.add_stream(film_format.codec, rate=fps, options=options)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = first.width, first.height, pixel_format
            stream.time_base = tick
            if transparent:
                stream.metadata.update(film_format.alpha_metadata)
            if film_format.is_video:
                context = stream.codec_context
                context.color_primaries = context.color_trc = context.colorspace = BT709
                context.color_range = STUDIO_RANGE
            packets = _encode_frames(itertools.chain([first], frames), stream, tick)
            for packet in _filter_packets(packets, stream, film_format.packet_filter):
                container.mux(packet)
    except (av.FFmpegError, OSError) as error:
        raise OutputError(
            f"{path}: the film cannot be written: {error.strerror or error}. Free the disk and run again"
        ) from None


def _encode_frames(frames: Iterable[VideoFrame], stream: VideoStream, tick: Fraction) -> Iterator[Packet[Any]]:
    """Yield the packets of frames that follow each other by `tick` seconds."""
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, tick
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _filter_packets(packets: Iterable[Packet[Any]], stream: VideoStream, description: str) -> Iterator[Packet[Any]]:
    """Yield packets changed by FFmpeg's bitstream filter of that description, or as they are if it is empty."""
    context = None
    for packet in packets:
        if not description:
            yield packet
            continue
        if context is None:  # only now does the stream know how it is encoded
            context = BitStreamFilterContext(description, stream)
        yield from context.filter(packet)


def check_encoder(suffix: str) -> None:
    """Raise OutputError if this FFmpeg cannot write the format of `suffix`."""
    film_format = FILM_FORMATS[suffix]
    try:
        Codec(film_format.codec, "w")
    except ValueError:  # PyAV's error for an unknown codec
        raise OutputError(
            f"{suffix}: this FFmpeg has no encoder {film_format.codec}. Choose another film format"
        ) from None


def _load_frames(files: Iterable[Path], load: Callable[[Path], Bytes]) -> Iterator[VideoFrame]:
    """Yield each file as a frame; load a file that repeats once."""
    last, pixels = None, None
    for file in files:
        if file != last:
            last, pixels = file, load(file)
        assert pixels is not None
        yield VideoFrame.from_ndarray(pixels, format="rgba")


def _convert_frames(
    files: Iterable[Path], load: Callable[[Path], Bytes], pixel_format: str, is_video: bool
) -> Iterator[VideoFrame]:
    """Yield each file as a frame in a pixel format; those of videos have BT.709 colors."""
    for frame in _load_frames(files, load):
        if frame.format.name == pixel_format:
            yield frame
        elif is_video:
            yield frame.reformat(format=pixel_format, dst_colorspace="ITU709", dst_color_range="MPEG")
        else:
            yield frame.reformat(format=pixel_format)


def _palettize_frames(
    files: Sequence[Path], exact_colors: Sequence[str], load: Callable[[Path], Bytes]
) -> Iterator[VideoFrame]:
    """Yield each file as a frame in one palette for all: a first pass finds the palette, a second applies it."""
    exact = [ImageColor.getrgb(color)[:3] for color in dict.fromkeys(exact_colors)]
    palette = build_palette((load(file)[..., :3] for file in dict.fromkeys(files)), exact)
    colors = np.zeros((256, 4), np.uint8)  # alpha, red, green and blue
    colors[: len(palette.colors)] = np.insert(palette.colors, 0, 255, axis=1)
    last, indices = None, None
    for file in files:
        if file != last:
            last, indices = file, palette.apply(load(file)[..., :3])
        assert indices is not None
        yield VideoFrame.from_ndarray((indices, colors), format="pal8")  # type: ignore[arg-type]  # a pair for this format
