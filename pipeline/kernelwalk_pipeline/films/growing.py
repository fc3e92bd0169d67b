# SPDX-License-Identifier: GPL-3.0-or-later
"""A film that is written while its pictures come: when the last of them is there, so is nearly all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path


class _GivenUp(Exception):
    """Not all pictures will come."""


class Growing:
    """Writes a film in a thread, which has ended when the context is left.

    pictures: the file of each frame's picture
    write:    writes the film of the files that it is given, one after the other
    at_once:  whether it begins with the first picture that comes, or when all of them are there
    """

    def __init__(self, pictures: Sequence[Path], write: Callable[[Iterator[Path]], None], at_once: bool = True):
        self.pictures, self.write, self.at_once = pictures, write, at_once
        self.there: set[Path] = set()
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

    def came(self, files: Iterable[Path]) -> None:
        """Note that pictures are there, whole and for good."""
        with self.changed:
            self.there.update(files)
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
            self.write(self._in_turn())
        except _GivenUp:
            pass
        except Exception as error:  # whatever it is, it is for whoever waits
            self.error = error

    def _in_turn(self) -> Iterator[Path]:
        for file in self.pictures:
            self._wait_for(file)
            yield file

    def _wait_for(self, file: Path) -> None:
        with self.changed:
            while file not in self.there:
                if self.given_up:
                    raise _GivenUp
                self.changed.wait()
