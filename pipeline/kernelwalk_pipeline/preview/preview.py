# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a preview: the spec and step to show, the last picture, and the problems since.

Three parties share it, each in threads of its own: the file's watcher reloads the spec, pages choose the step and wait
for changes, and the renderer takes requests and adds pictures.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from kernelwalk.core.describe.representative_step import choose_representative_step
from kernelwalk.core.describe.tile_query import describe_walk_step

from ..failures import UsageError
from ..progress import log, log_lines
from ..source import Source

BOX = (640, 360)
"""Width and height in pixels that a picture fits into, if no size is given."""

PASS_FACTOR = 4
"""Ratio of the samples of a picture and the one before it."""

MIN_SIDE = 16
"""The smallest side of a picture, in pixels, that a spec may ask for."""


def fit_to_box(source: Source) -> Source:
    """Return a source whose pictures fit into BOX, with the aspect of its resolution."""
    width, height = source.spec.render.resolution
    scale = min(BOX[0] / width, BOX[1] / height)
    size = max(MIN_SIDE, round(width * scale)), max(MIN_SIDE, round(height * scale))
    return source._replace(spec=replace(source.spec, render=source.spec.render._replace(resolution=size)))


def list_passes(samples: int) -> list[int]:
    """Return the numbers of samples of the pictures, from one to those of the spec.

    >>> list_passes(32)
    [1, 4, 16, 32]
    """
    passes = []
    number = 1
    while number < samples:
        passes.append(number)
        number *= PASS_FACTOR
    return [*passes, samples]


def choose_step(source: Source, wanted: int | None) -> int:
    """Return the step to show: the representative one, or the one nearest to `wanted`, which counts from the end if it
    is negative."""
    count = source.spec.step_count
    if wanted is None:
        return choose_representative_step(source.spec)
    return max(0, min(wanted + count if wanted < 0 else wanted, count - 1))


@dataclass(frozen=True)
class Request:
    """A step of a spec that is to be rendered."""

    source: Source
    step: int

    @property
    def passes(self) -> list[int]:
        """The numbers of samples to render it with, one after another."""
        return list_passes(self.source.spec.render.samples)


@dataclass(frozen=True)
class View:
    """Everything that a page shows besides the picture itself.

    title:    of the spec, or its name
    size:     width and height of the pictures in pixels
    steps:    number of steps of the walk
    sentence: on the step
    problems: lines on the errors of the spec as it is saved; the rest of the view is about the last one without
    failure:  a message on Blender; "" if it works
    picture:  number of the last picture, counted from 1; 0 before the first
    samples:  of that picture, `all_samples` of the last one of the request
    """

    title: str = ""
    size: tuple[int, int] = BOX
    step: int = 0
    steps: int = 0
    sentence: str = ""
    problems: tuple[str, ...] = ()
    failure: str = ""
    picture: int = 0
    samples: int = 0
    all_samples: int = 0


class Preview:
    """A spec that is read again and again, and the last picture of one of its steps.

    read: returns the spec as it is now; raises UsageError
    step: the step to show at first; None for the representative one
    """

    def __init__(self, read: Callable[[], Source], step: int | None = None):
        self._read, self._step = read, step
        self._changed = threading.Condition()
        self._view, self._picture = View(), b""
        self._request: Request | None = None
        self._taken: Request | None = None
        self._end_rendering: Callable[[], object] = lambda: None

    def reload(self) -> None:
        """Read the spec again, and request a picture if it differs. If it has errors, show them instead."""
        try:
            source = self._read()
        except UsageError as error:
            log_lines(str(error))
            with self._changed:
                self._update(problems=tuple(str(error).splitlines()))
            return
        with self._changed:
            self._update(problems=())
            self._show(Request(source, choose_step(source, self._step)))

    def go_to_step(self, step: int) -> None:
        """Request a picture of another step; the nearest one, if there is no such step."""
        with self._changed:
            self._step = max(0, step)
            if self._request is not None:
                source = self._request.source
                self._show(Request(source, choose_step(source, self._step)))

    def _show(self, request: Request) -> None:
        if request == self._request and not self._view.failure:
            return
        spec = request.source.spec
        self._request = request
        self._update(
            title=spec.title or request.source.name,
            size=spec.render.resolution,
            step=request.step,
            steps=spec.step_count,
            sentence=describe_walk_step(spec, request.step),
            failure="",
            samples=0,
            all_samples=spec.render.samples,
        )
        self._end_rendering()

    def _update(self, **values: object) -> None:
        self._view = replace(self._view, **values)  # type: ignore[arg-type]
        self._changed.notify_all()

    def take_request(self) -> Request:
        """Wait for a request that has not been taken yet, and return it."""
        with self._changed:
            self._changed.wait_for(lambda: self._request is not self._taken)
            assert self._request is not None
            self._taken = self._request
            return self._request

    def is_current(self, request: Request) -> bool:
        """Return True unless something newer is wanted."""
        return request is self._request

    def begin_rendering(self, request: Request, end: Callable[[], object]) -> None:
        """Note that a request is being rendered. `end` is called as soon as something newer is wanted."""
        with self._changed:
            self._end_rendering = end
            if not self.is_current(request):
                end()

    def add_picture(self, request: Request, samples: int, png: bytes) -> None:
        """Show a picture, unless something newer is wanted."""
        with self._changed:
            if self.is_current(request):
                self._picture = png
                self._update(picture=self._view.picture + 1, samples=samples)

    def report_failure(self, request: Request, message: str) -> None:
        """Show a message on Blender, unless something newer is wanted."""
        log(request.source.name, message)
        with self._changed:
            if self.is_current(request):
                self._update(failure=message)

    def get_view(self) -> View:
        """Return what a page shows now."""
        return self._view

    def get_picture(self) -> bytes:
        """Return the last picture as a PNG; empty before the first."""
        return self._picture

    def wait_for_change(self, known: View, seconds: float) -> View:
        """Wait until the view is another one than `known`, or some seconds have passed, and return it."""
        with self._changed:
            self._changed.wait_for(lambda: self._view is not known, seconds)
            return self._view
