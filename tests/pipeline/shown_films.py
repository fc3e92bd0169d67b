# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that read what was rendered: pixels of pictures, and films as a player shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


@pytest.fixture(scope="session")
def pixels() -> Callable[[Path], NDArray[np.int64]]:
    """Return a function that reads the 8-bit RGB of a picture, shape (height, width, 3)."""

    def load(path: Path) -> NDArray[np.int64]:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB")).astype(np.int64)

    return load


@pytest.fixture(scope="session")
def frames_in(pixels: Callable[[Path], NDArray[np.int64]]) -> Callable[[Path], list[NDArray[np.int64]]]:
    """Return a function that reads the frames of a folder in order."""
    return lambda folder: [pixels(path) for path in sorted(folder.glob("frame_*.png"))]


@dataclass(frozen=True)
class Shown:
    """A film as a player shows it.

    pictures: as stored, equal ones included; times: at which they appear; seconds: the film's duration
    """

    pictures: list[NDArray[np.int64]]
    times: list[float]
    seconds: float
    loops: int | None

    def at(self, time: float) -> NDArray[np.int64]:
        """Return the picture on the screen at a time."""
        return self.pictures[int(np.searchsorted(self.times, time, side="right")) - 1]


@pytest.fixture(scope="session")
def watch() -> Callable[[Path], Shown]:
    """Return a function that decodes a film: videos with FFmpeg, as BT.709; animations with Pillow."""

    def decoded(path: Path) -> Shown:
        return _watched_by_ffmpeg(path) if path.suffix in (".mp4", ".webm", ".mov") else _watched_by_pillow(path)

    return decoded


def _watched_by_ffmpeg(path: Path) -> Shown:
    import av

    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        assert container.duration is not None
        pictures = [
            frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray().astype(int)
            for frame in frames
        ]
        return Shown(pictures, [float(frame.time or 0) for frame in frames], container.duration / 1e6, None)


def _watched_by_pillow(path: Path) -> Shown:
    pictures, times, now = [], [], 0.0
    with Image.open(path) as film:
        for number in range(getattr(film, "n_frames", 1)):
            film.seek(number)
            film.load()
            pictures.append(np.asarray(film.convert("RGB")).astype(np.int64))
            times.append(now)
            now += film.info.get("duration", 0.0) / 1000
        return Shown(pictures, times, now, film.info.get("loop"))
