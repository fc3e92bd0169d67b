# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk preview: a picture that follows a spec while it is edited."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..failures import UsageError
from . import options
from .model_options import FeedOptions, LayerOptions
from .options import RenderSpecOptions

if TYPE_CHECKING:
    from ..blenders.blender_pool import BlenderPool
    from ..preview.preview import Preview
    from ..source import Source

POLL_INTERVAL = 0.05
"""Seconds between two looks at the spec's file."""


def preview(
    spec: options.Spec,
    spec_options: RenderSpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    step: Annotated[
        int | None,
        typer.Option(
            "--step", metavar="N", help="The step at first, from 0; -1 is the last. Default: that of a poster."
        ),
    ] = None,
    out: Annotated[
        Path | None, options.output("A.png", "Write a picture at each save, instead of showing a page.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, metavar="N", help="Port of the page. Default: a free one."),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser; only print the page's address.")] = False,
    blender: options.Blender = None,
) -> None:
    """Show a step, and again at each save.

    Pictures fit into 640x360 unless --size is given. The first has one sample, the last as many as the spec says.
    Errors in the spec are shown beside the last picture. Ctrl+C ends the command.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..paths import check_suffix, exists, prepare_file
    from ..preview import preview as previews
    from ..source import find_spec_file
    from ..step_selection import resolve_step

    choice = model.make_choice([spec], feed, spec_options.input)

    def read() -> Source:
        source = spec_options.read_for_pictures(spec, choice)
        return source if spec_options.size else previews.fit_to_box(source)

    file = find_spec_file(spec)
    try:
        source = read()
    except UsageError:
        if file is None or not exists(file):
            raise  # nothing that could be edited
    else:
        if step is not None:
            resolve_step(step, source.spec.step_count)
    if out is not None:
        if port is not None or no_open:
            raise UsageError("-o: cannot be combined with --port and --no-open, which are for the page. Leave them out")
        check_suffix(out, ".png")
        prepare_file(out)
    shown = previews.Preview(read, step)
    with suppress(KeyboardInterrupt), BlenderPool(blender) as pool:
        pool.check_available()
        pool.prestart()
        with _watch(file, shown.reload):
            if out is None:
                _run_page(shown, pool, port or 0, not no_open)
            else:
                _run_file(shown, pool, out)


@contextmanager
def _watch(file: Path | None, on_change: Callable[[], object]) -> Iterator[None]:
    """Call a function at once, and at each change of a file while the context lasts."""
    from ..preview.file_watcher import FileWatcher

    ended = threading.Event()
    watcher = None if file is None else FileWatcher(file)
    on_change()

    def watch() -> None:
        while watcher is not None and not ended.wait(POLL_INTERVAL):
            if watcher.poll():
                on_change()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(1.0)


def _run_page(preview: Preview, pool: BlenderPool, port: int, opens_browser: bool) -> None:
    from ..preview.rendering import PreviewRendering, temporary_scratch
    from ..preview.server import serve

    with serve(preview, port) as server, temporary_scratch() as scratch:
        print(server.url, flush=True)
        if opens_browser and _has_screen():
            import webbrowser

            webbrowser.open(server.url)
        PreviewRendering(preview, pool, scratch).run()


def _run_file(preview: Preview, pool: BlenderPool, path: Path) -> None:
    from ..preview.picture_file import write_picture
    from ..preview.rendering import PreviewRendering, temporary_scratch

    count = itertools.count()

    def on_picture(png: bytes) -> None:
        write_picture(path, png)
        if next(count) == 0:
            print(path, flush=True)

    with temporary_scratch() as scratch:
        PreviewRendering(preview, pool, scratch, on_picture).run()


def _has_screen() -> bool:
    """Return False where a browser would open within this terminal, in the command's way."""
    is_graphical = not sys.platform.startswith("linux") or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    return bool(is_graphical or "BROWSER" in os.environ)
