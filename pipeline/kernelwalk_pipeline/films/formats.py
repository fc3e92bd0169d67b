# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of film formats. The command line, its help, the checks and the encoder read it; to add a format, add
one entry to FILM_FORMATS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ..failures import UsageError
from ..machine import count_cores

if TYPE_CHECKING:
    from ..source import Source

CORES = count_cores()
"""The cores this process may use: a farm may give it few of many."""


class FilmFormat(NamedTuple):
    """A film format: its names, its limits, and how FFmpeg writes it.

    suffix:             file suffix; without its dot, the format's name on the command line
    label:              name in messages
    container, codec:   FFmpeg's muxer and encoder
    pixel_format:       FFmpeg's pixel format; "pal8" gets a palette of the film's own
    alpha_pixel_format: pixel format that keeps transparency; empty if the format has none, or if its pixels
                        are either opaque or fully transparent, which would make edges and shadows jagged
    options:            encoder options. The frames are flat colors with sharp edges, for which these are visually
                        lossless (GIF: as far as its palette goes)
    alpha_options:      encoder options added for transparent films
    alpha_metadata:     stream metadata added for transparent films
    container_options:  muxer options
    packet_filter:      FFmpeg's bitstream filter for what the encoder does not write; empty for none
    is_video:           the format stores the color matrix and range; we write BT.709
    needs_even_size:    color is stored at half resolution, so width and height must be even
    max_fps:            highest frame rate, None if unlimited
    """

    suffix: str
    label: str
    container: str
    codec: str
    pixel_format: str
    alpha_pixel_format: str = ""
    options: Mapping[str, str] = MappingProxyType({})
    alpha_options: Mapping[str, str] = MappingProxyType({})
    alpha_metadata: Mapping[str, str] = MappingProxyType({})
    container_options: Mapping[str, str] = MappingProxyType({})
    packet_filter: str = ""
    is_video: bool = False
    needs_even_size: bool = False
    max_fps: int | None = None

    @property
    def name(self) -> str:
        """Name on the command line: "mp4"."""
        return self.suffix[1:]


FILM_FORMATS = {
    film_format.suffix: film_format
    for film_format in (
        FilmFormat(
            ".mp4",
            "MP4",
            container="mp4",
            codec="libx264",
            pixel_format="yuv420p",
            # looking ahead 5 frames instead of 40 makes no larger files and leaves less to do after the last frame;
            # subq 6 instead of 7 saves a fifth of the time at the same size; one thread per core saves a seventh
            # compared with x264's own choice of 1.5 per core
            options={
                "crf": "16",
                "preset": "medium",
                "rc-lookahead": "5",
                "subq": "6",
                "threads": str(CORES),
            },
            container_options={"movflags": "+faststart"},
            is_video=True,
            needs_even_size=True,
        ),
        FilmFormat(
            ".webm",
            "WebM",
            container="webm",
            codec="libvpx-vp9",
            pixel_format="yuv420p",
            alpha_pixel_format="yuva420p",
            options={"crf": "24", "b": "0", "row-mt": "1", "cpu-used": "3"},
            alpha_options={"auto-alt-ref": "0"},  # the encoder does not support it with alpha
            alpha_metadata={"alpha_mode": "1"},  # players ignore alpha without it
            is_video=True,
            needs_even_size=True,
        ),
        FilmFormat(
            ".mov",
            "ProRes 4444",
            container="mov",
            codec="prores_ks",
            pixel_format="yuv444p10le",
            alpha_pixel_format="yuva444p10le",
            options={"profile": "4444", "vendor": "apl0", "threads": str(CORES)},
            packet_filter="prores_metadata=color_primaries=bt709:color_trc=bt709:colorspace=bt709",
            is_video=True,
        ),
        FilmFormat(
            ".gif",
            "GIF",
            container="gif",
            codec="gif",
            pixel_format="pal8",
            options={},
            container_options={"loop": "0"},
            max_fps=50,  # delays are hundredths of a second, and players turn a delay of 1 into 10
        ),
        FilmFormat(
            ".webp",
            "WebP",
            container="webp",
            codec="libwebp_anim",
            pixel_format="yuva420p",
            alpha_pixel_format="yuva420p",
            options={"quality": "92", "compression_level": "4"},
            container_options={"loop": "0"},
        ),
        FilmFormat(
            ".png",
            "APNG",
            container="apng",
            codec="apng",
            pixel_format="rgb24",
            alpha_pixel_format="rgba",
            options={"pred": "mixed"},
            container_options={"plays": "0"},
        ),
    )
}
"""Every film format by its suffix."""

FORMAT_NAMES = [film_format.name for film_format in FILM_FORMATS.values()]
"""The names of the formats on the command line: "mp4", …"""

SUFFIXES = " ".join(FILM_FORMATS)
"""The suffixes in help texts."""


def check_spec_fits(suffix: str, source: Source) -> None:
    """Raise UsageError if the format of `suffix` cannot hold a spec's frames."""
    film_format, spec = FILM_FORMATS[suffix], source.spec
    width, height = spec.render.resolution
    if film_format.needs_even_size and (width % 2 or height % 2):
        raise UsageError(
            f"{source.name}: render.resolution: {film_format.label} needs an even width and height, "
            f"not {width}x{height}. Use {width + width % 2}x{height + height % 2}"
        )
    if spec.render.transparent and not film_format.alpha_pixel_format:
        others = ", ".join(suffix for suffix, other in FILM_FORMATS.items() if other.alpha_pixel_format)
        raise UsageError(
            f"{source.name}: render.transparent: {film_format.label} cannot store the partial transparency of edges "
            f"and shadows. Use {others} or a folder of frames, or set render.transparent=false"
        )
    if film_format.max_fps is not None and spec.walk.fps > film_format.max_fps:
        from kernelwalk.core.frame_rates import format_frame_rate  # only now: help needs no core

        raise UsageError(
            f"{source.name}: walk.fps: {film_format.label} plays at most {film_format.max_fps} frames per second, "
            f"not {format_frame_rate(spec.walk.fps)}. Lower walk.fps, or use another format"
        )
