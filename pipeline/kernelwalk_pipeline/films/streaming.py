# SPDX-License-Identifier: GPL-3.0-or-later
"""A film that is written while its pictures come: when the last of them is there, so is nearly all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..frames.decoding import load_pixels
from ..frames.png import Bytes

MAX_BUFFERED_BYTES = 40_000_000
"""Bytes of pixels that are held for the film; what comes when there are more is read from its file again."""

LoadPixels = Callable[[Path], Bytes]
"""Gives the pixels of a picture (see `Picture`)."""


class _Abandoned(Exception):
    """Not all pictures will come."""


class StreamingEncoder:
    """Writes a film in a thread, which has ended when the context is left.

    pictures: the file of each frame's picture
    write:    writes the film of the files that it is given, one after the other, of which it is given the pixels too
    at_once:  whether it begins with the first picture that comes, or when all of them are there
    """

    def __init__(
        self, files: Sequence[Path], write: Callable[[Iterator[Path], LoadPixels], None], starts_early: bool = True
    ):
        self.files, self.write, self.starts_early = files, write, starts_early
        self.available: set[Path] = set()
        self.pixels: dict[Path, Bytes] = {}  # of pictures that have just come
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
        """Note that a picture is there, whole and for good, with its pixels where they are known."""
        with self.changed:
            self.available.add(file)
            if (
                pixels is not None
                and sum(each.nbytes for each in self.pixels.values()) + pixels.nbytes <= MAX_BUFFERED_BYTES
            ):
                self.pixels[file] = pixels
            self.changed.notify()

    def finish(self) -> None:
        """Wait until the film is written. Raises what writing it has raised."""
        self.thread.join()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            for file in self.files[:1] if self.starts_early else self.files:
                self._wait_for(file)
            self.write(self._in_turn(), self._load)
        except _Abandoned:
            pass
        except Exception as error:  # whatever it is, it is for whoever waits
            self.error = error

    def _in_turn(self) -> Iterator[Path]:
        for file in self.files:
            self._wait_for(file)
            yield file

    def _load(self, file: Path) -> Bytes:
        with self.changed:
            pixels = self.pixels.pop(file, None)
        return load_pixels(file) if pixels is None else pixels

    def _wait_for(self, file: Path) -> None:
        with self.changed:
            while file not in self.available:
                if self.is_abandoned:
                    raise _Abandoned
                self.changed.wait()
