# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoding of a film while its frames are rendered, so that little is left to do after the last frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kernelwalk.core.arrays import Bytes

from ..frames.decoding import load_pixels

MAX_BUFFERED_BYTES = 40_000_000
"""Bytes of pixels that are kept for the film; the pixels of further frames are read from their files again."""

LoadPixels = Callable[[Path], Bytes]
"""Returns the pixels of a file (see DecodedFrame)."""


class _Abandoned(Exception):
    """Some frames will not be added."""


class StreamingEncoder:
    """Writes a film in a thread, which has ended when the context ends.

    files:        the file of each frame
    write:        writes the film from an iterator of files and a function that returns a file's pixels
    starts_early: start with the first frame, or else when all are available
    """

    def __init__(
        self, files: Sequence[Path], write: Callable[[Iterator[Path], LoadPixels], None], starts_early: bool = True
    ):
        self.files, self.write, self.starts_early = files, write, starts_early
        self.available: set[Path] = set()
        self.pixels: dict[Path, Bytes] = {}  # of frames that were added and not yet written
        self.is_abandoned = False
        self.error: Exception | None = None
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> StreamingEncoder:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.is_abandoned = True
            self.changed.notify()
        self.thread.join()

    def add_frame(self, file: Path, pixels: Bytes | None = None) -> None:
        """Add a frame whose file is on disk for good, with its pixels if they are known."""
        with self.changed:
            self.available.add(file)
            if pixels is not None and self._buffered_bytes() + pixels.nbytes <= MAX_BUFFERED_BYTES:
                self.pixels[file] = pixels
            self.changed.notify()

    def _buffered_bytes(self) -> int:
        return sum(pixels.nbytes for pixels in self.pixels.values())

    def finish(self) -> None:
        """Wait until the film is written. Raises the error of `write`."""
        self.thread.join()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            for file in self.files[:1] if self.starts_early else self.files:
                self._wait_for(file)
            self.write(self._files_in_order(), self._load)
        except _Abandoned:
            pass
        except Exception as error:  # whatever it is, finish raises it
            self.error = error

    def _files_in_order(self) -> Iterator[Path]:
        for file in self.files:
            self._wait_for(file)
            yield file

    def _load(self, file: Path) -> Bytes:
        with self.changed:
            pixels = self.pixels.pop(file, None)
        return load_pixels(file) if pixels is None else pixels

    def _wait_for(self, file: Path) -> None:
        """Wait until a file is available. Raises _Abandoned."""
        with self.changed:
            while file not in self.available:
                if self.is_abandoned:
                    raise _Abandoned
                self.changed.wait()
