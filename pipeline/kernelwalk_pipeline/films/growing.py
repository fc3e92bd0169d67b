# SPDX-License-Identifier: GPL-3.0-or-later
"""A film that is written while its pictures come: when the last of them is there, so is nearly all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..frames.picture import pixels_in
from ..frames.png import Bytes

HELD = 40_000_000
"""Bytes of pixels that are held for the film; what comes when there are more is read from its file again."""

Load = Callable[[Path], Bytes]
"""Gives the pixels of a picture (see `Picture`)."""


class _GivenUp(Exception):
    """Not all pictures will come."""


class Growing:
    """Writes a film in a thread, which has ended when the context is left.

    pictures: the file of each frame's picture
    write:    writes the film of the files that it is given, one after the other, of which it is given the pixels too
    at_once:  whether it begins with the first picture that comes, or when all of them are there
    """

    def __init__(self, pictures: Sequence[Path], write: Callable[[Iterator[Path], Load], None], at_once: bool = True):
        self.pictures, self.write, self.at_once = pictures, write, at_once
        self.there: set[Path] = set()
        self.pixels: dict[Path, Bytes] = {}  # of pictures that have just come
        self.given_up = False
        self.error: Exception | None = None
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Growing:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.given_up = True
            self.changed.notify()
        self.thread.join()

    def came(self, file: Path, pixels: Bytes | None = None) -> None:
        """Note that a picture is there, whole and for good, with its pixels where they are known."""
        with self.changed:
            self.there.add(file)
            if pixels is not None and sum(each.nbytes for each in self.pixels.values()) + pixels.nbytes <= HELD:
                self.pixels[file] = pixels
            self.changed.notify()

    def finish(self) -> None:
        """Wait until the film is written. Raises what writing it has raised."""
        self.thread.join()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            for file in self.pictures[:1] if self.at_once else self.pictures:
                self._wait_for(file)
            self.write(self._in_turn(), self._load)
        except _GivenUp:
            pass
        except Exception as error:  # whatever it is, it is for whoever waits
            self.error = error

    def _in_turn(self) -> Iterator[Path]:
        for file in self.pictures:
            self._wait_for(file)
            yield file

    def _load(self, file: Path) -> Bytes:
        with self.changed:
            pixels = self.pixels.pop(file, None)
        return pixels_in(file) if pixels is None else pixels

    def _wait_for(self, file: Path) -> None:
        with self.changed:
            while file not in self.there:
                if self.given_up:
                    raise _GivenUp
                self.changed.wait()
