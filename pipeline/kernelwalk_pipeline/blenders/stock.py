# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that are to be rendered: who has which, what has failed how often, and what is given up."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Hashable

from ..failure import BlenderError, Failure, Hopeless, OutputError
from ..frames.manifest import ranges
from ..progress import tell

TRIES = 3
"""How often a frame, or Blender's start, may fail."""

LONGEST = 32
"""Frames that one of several Blenders gets at a time."""

WORTH = 12
"""Frames for which another Blender is worth its start."""


class Stock:
    """Frames to be rendered by Blenders, each told by anything hashable.

    name:    of the spec, for what is told meanwhile
    most:    Blenders at work at a time
    still:   the frame that the others are held against: it comes first, and while it is on its way, alone
    """

    def __init__(self, name: str, missing: list[int], still: int, most: int):
        self.name, self.still = name, still
        self.left = deque(sorted(missing, key=lambda frame: (frame != still, frame)))
        self.count = max(1, min(most, len(missing) // WORTH))
        self.held: dict[Hashable, list[int]] = {}
        self.at: dict[Hashable, int] = {}
        self.tries: Counter[int | None] = Counter()
        self.given_up: dict[int, str] = {}

    def take(self) -> list[int]:
        """The next frames for one Blender; none where there are none, or the others wait for the still one."""
        if not self.left or len(self.held) >= self.count or self.still in self._out():
            return []
        if self.count == 1:
            number = len(self.left)
        elif self.left[0] == self.still:
            number = 1
        else:
            number = max(1, min(LONGEST, len(self.left) // (2 * self.count)))
        return [self.left.popleft() for _ in range(number)]

    def threads(self, frames: list[int]) -> int:
        """How many threads Cycles is to use for frames that were taken, 0 for all there are."""
        alone = self.count == 1 or frames == [self.still]
        return 0 if alone else max(1, (os.cpu_count() or 1) // self.count)

    def _out(self) -> set[int]:
        return {frame for frames in self.held.values() for frame in frames} if self.count > 1 else set()

    def given(self, who: Hashable, frames: list[int]) -> None:
        """Note who has got which frames."""
        self.held[who] = list(frames)

    def begun(self, who: Hashable, frame: int) -> None:
        """Note which frame somebody is at: one that nobody asked for blames none."""
        if frame in self.held.get(who, ()):
            self.at[who] = frame

    def came(self, who: Hashable, frame: int, error: OutputError | None) -> None:
        """Note that a frame has come, well or with an error. Raises it where going on is of no use."""
        if self.at.get(who) == frame:  # or it has begun the next one already
            del self.at[who]
        if frame in self.held.get(who, ()):
            self.held[who].remove(frame)
            if error is not None:
                self._failed(frame, error)
                self._back([frame])
        elif error is not None:
            raise error
        if error is None:
            self.tries[None] = 0

    def ended(self, who: Hashable, error: BlenderError | None) -> bool:
        """Note that somebody is done, or has failed, and return whether it did all it was to do: what is left of its
        frames goes to others. Raises the error where going on is of no use."""
        left, at = self.held.pop(who, []), self.at.pop(who, None)
        if error is None and left:
            at, error = left[0], BlenderError(f"Blender says that it is done, but {len(left)} pictures are missing")
        if error is not None:
            if isinstance(error, Hopeless):
                raise error
            self._failed(at, error)
        self._back(left)
        return error is None

    def _back(self, frames: list[int]) -> None:
        self.left.extendleft(frame for frame in reversed(frames) if frame not in self.given_up)

    def _failed(self, frame: int | None, error: Failure) -> None:
        """Note a failure on a frame, or on Blender's start."""
        self.tries[frame] += 1
        what = "Blender's start" if frame is None else f"frame {frame}"
        if self.tries[frame] < TRIES:
            tell(self.name, f"{what} failed, try {self.tries[frame]} of {TRIES}: {error}")
        elif frame is None or isinstance(error, OutputError):
            raise error
        else:
            self.given_up[frame] = str(error)
            tell(self.name, f"{what} failed {TRIES} times and is left out: {error}")

    def returned(self, who: Hashable, alone: bool) -> None:
        """Note that somebody has given back what is left of its frames, through no fault of theirs that is known."""
        self.at.pop(who, None)
        self._back(self.held.pop(who, []))

    def raise_if_any(self) -> None:
        """Raise BlenderError that names the frames that were given up."""
        if self.given_up:
            which = ranges(sorted(self.given_up))
            first = next(iter(self.given_up.values()))
            raise BlenderError(
                f"{self.name}: frames {which} failed {TRIES} times each, the others are done. The first said: "
                f"{first}. Run again to try these alone"
            )
