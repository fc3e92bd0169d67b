# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the requests of a preview in a Blender that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..blenders.blender_pool import BlenderPool, scratch_dir
from ..failures import BlenderError, FatalBlenderError, OutputError
from ..frames.png import is_whole_data
from ..progress import log
from ..worker.protocol import ASSIGNED, FAILED, FRAME_RENDERED, NOTE, Task
from .preview import Preview, Request


@contextmanager
def temporary_scratch() -> Iterator[Path]:
    """Create a folder for unfinished pictures and Blender's log, and delete it afterwards. Raises OutputError."""
    try:
        folder = TemporaryDirectory(prefix="kernelwalk_", ignore_cleanup_errors=True)
    except OSError as error:
        raise OutputError(f"no temporary folder: {error.strerror}. Free the disk, or set TMPDIR") from None
    with folder as name, scratch_dir(Path(name) / "preview") as scratch:
        yield scratch


class PreviewRendering:
    """Renders requests, one after another, for as long as the command runs.

    on_picture: called with each picture, a PNG
    """

    def __init__(
        self, preview: Preview, pool: BlenderPool, scratch: Path, on_picture: Callable[[bytes], object] = lambda _: None
    ):
        self.preview, self.pool, self.scratch, self.on_picture = preview, pool, scratch, on_picture
        self.logged: set[str] = set()

    def run(self) -> None:
        """Render every request until an interrupt. Raises OutputError if the disk fails."""
        while True:
            self.render(self.preview.take_request())

    def render(self, request: Request) -> None:
        """Render a request with more and more samples, until it is done or something newer is wanted.

        A Blender that fails is started again once. Its message stays in view.
        """
        for path in self.scratch.iterdir():  # of the request before
            path.unlink()
        error = self._run_task(request)
        if error is not None:
            self.preview.report_failure(request, str(error))
            is_hopeless = isinstance(error, FatalBlenderError)
            if not is_hopeless and self.preview.is_current(request):
                error = self._run_task(request)
                if error is not None:
                    self.preview.report_failure(request, str(error))
            if error is not None:
                self.pool.prestart()  # for the next request

    def _run_task(self, request: Request) -> BlenderError | None:
        """Give a request to Blender, and return the error with which Blender fails, if it does."""
        spec = request.source.spec
        tasks: list[Task] = [
            {
                "spec": spec.to_table(),
                "folder": str(self.scratch),
                "base_frame": "",
                "full_frames": True,
                "threads": 0,
                "frames": [spec.start_frame(request.step)],
                "samples": request.passes,
            }
        ]
        error: BlenderError | None = None
        for process, event in self.pool.run_tasks(lambda: tasks.pop() if tasks else None, self.scratch):
            if event["event"] == ASSIGNED:
                self.preview.begin_rendering(request, process.end_preview)
            elif event["event"] == NOTE and event["text"] not in self.logged:
                self.logged.add(event["text"])
                log(request.source.name, event["text"])
            elif event["event"] == FRAME_RENDERED:
                self._add_picture(request, event["samples"], Path(event["part"]))
            elif event["event"] == FAILED:
                error = event["error"]
        return error

    def _add_picture(self, request: Request, samples: int, path: Path) -> None:
        png = path.read_bytes()
        if not is_whole_data(png):
            raise OutputError(f"{path}: Blender wrote an incomplete picture. Is the disk full?")
        if self.preview.is_current(request):
            self.on_picture(png)
        self.preview.add_picture(request, samples, png)
