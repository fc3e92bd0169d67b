# SPDX-License-Identifier: GPL-3.0-or-later
"""Films that are encoded while their frames are rendered."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from kernelwalk_pipeline.failures import OutputError
from kernelwalk_pipeline.films import streaming
from kernelwalk_pipeline.films.streaming import StreamingEncoder
from PIL import Image

from ..patience import PATIENCE

FILES = [Path(name) for name in "aabca"]


class WatchedCondition(threading.Condition):
    """A condition that tells when somebody waits for it."""

    def __init__(self):
        super().__init__()
        self.waits = threading.Semaphore(0)

    def wait(self, timeout=None):
        self.waits.release()
        return super().wait(timeout)


def watched(film):
    """Return a film, before it starts, whose thread tells when it waits for a frame: film.changed.waits."""
    film.changed = WatchedCondition()
    return film


def test_frames_are_written_in_order_as_soon_as_they_are_available():
    written = []

    def write(files, _):
        for file in files:
            written.append(file)

    with watched(StreamingEncoder(FILES, write)) as film:
        film.changed.waits.acquire()
        film.add_frame(Path("c"))
        film.changed.waits.acquire()
        assert not written, "the first is not there yet"
        film.add_frame(Path("a"))
        film.changed.waits.acquire()
        assert written == FILES[:2]
        film.add_frame(Path("b"))
        film.finish()
    assert written == FILES


def test_an_encoder_may_wait_for_all_frames():
    began = threading.Event()

    def write(files, _):
        began.set()
        assert list(files) == FILES

    with watched(StreamingEncoder(FILES, write, starts_early=False)) as film:
        film.changed.waits.acquire()
        film.add_frame(Path("c"))
        film.changed.waits.acquire()
        film.add_frame(Path("a"))
        film.changed.waits.acquire()
        assert not began.is_set()
        film.add_frame(Path("b"))
        film.finish()
    assert began.is_set()


def test_a_film_whose_frames_are_not_added_is_abandoned():
    written = []
    with pytest.raises(KeyboardInterrupt), StreamingEncoder(FILES, lambda files, _: written.extend(files)) as film:
        film.add_frame(Path("a"))
        raise KeyboardInterrupt
    assert not film.thread.is_alive()
    assert film.error is None


def test_an_error_of_writing_is_raised_by_finish():
    def write(files, _):
        next(files)
        raise OutputError("full")

    with pytest.raises(OutputError, match="full"), StreamingEncoder(FILES, write) as film:
        film.add_frame(FILES[0])
        film.finish()


def test_buffered_pixels_are_not_read_from_their_files(tmp_path, monkeypatch):
    """Frames beyond the buffer, and frames that are shown again, are read from their files."""
    files = [tmp_path / f"{name}.png" for name in "abca"]
    for shade, file in enumerate(files[:3]):
        Image.new("RGB", (3, 2), (shade, 0, 0)).save(file)
    inputs = [np.full((2, 3, 4), 100 + number, np.uint8) for number in range(3)]
    monkeypatch.setattr(streaming, "MAX_BUFFERED_BYTES", 2 * inputs[0].nbytes)
    arrived, shown = threading.Event(), []

    def write(files, load):
        arrived.wait(PATIENCE)
        shown.extend(int(load(file)[0, 0, 0]) for file in files)

    with StreamingEncoder(files, write) as film:
        for file, pixels in zip(files, inputs, strict=False):
            film.add_frame(file, pixels)
        arrived.set()
        film.finish()
    assert shown == [100, 101, 2, 0]
    assert not film.pixels
