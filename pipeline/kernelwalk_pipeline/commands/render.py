# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk render: films or frames of specs."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..blenders.timeouts import Timeouts
from ..failures import UsageError
from ..paths import open_folder
from . import options
from .model_options import FeedOptions, LayerOptions
from .option_groups import OptionGroup
from .options import BLENDER_PANEL, CLUSTER_PANEL, RenderSpecOptions

if TYPE_CHECKING:
    from ..blenders.blender_pool import Executor
    from ..cluster.connection import Connection
    from ..jobs.batch import JobReport
    from ..jobs.job import JobResult
    from ..outputs import Output
    from ..source import Source


MAX_WORKERS = 256


class PosterOptions(OptionGroup):
    """The pictures beside films."""

    poster: Annotated[
        bool, typer.Option("--poster", help="Also write each film's representative step as FILM.poster.png.")
    ] = False
    poster_step: Annotated[
        int | None, typer.Option("--poster-step", metavar="N", help="Step of the poster, from 0; -1 is the last.")
    ] = None

    @property
    def is_wanted(self) -> bool:
        """True if an option asks for posters."""
        return self.poster or self.poster_step is not None


class BatchOptions(OptionGroup):
    """The handling of several specs, and the printed report."""

    restart: options.Restart = False
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Continue with the next spec when one fails.")] = (
        False
    )
    as_json: Annotated[bool, typer.Option("--json", help="Print a report as JSON instead of the outputs' names.")] = (
        False
    )
    profile: Annotated[bool, typer.Option("--profile", help="Print the time spent in each phase.")] = False


class FrameOptions(OptionGroup):
    """The choice of frames, and full or partial rendering."""

    frames: Annotated[
        str | None,
        typer.Option(
            "--frames",
            metavar="A-B",
            help="Render only these frames, e.g. 1-12,15; 1-20x2, every second one; or base: the base frame. Several "
            "processes may share OUT.",
        ),
    ] = None
    full_frames: Annotated[
        bool, typer.Option("--full-frames", help="Render every frame in full, not only the regions that change.")
    ] = False


def parse_workers(text: str) -> int:
    """Return the number of Blender processes that an option names; 0 for as many as pay. Raises typer.BadParameter.

    >>> parse_workers("auto"), parse_workers("4")
    (0, 4)
    """
    if text == "auto":
        return 0
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_WORKERS:
        raise typer.BadParameter(f"{text[:40]!r} is not a number from 1 to {MAX_WORKERS}. Write for example 2, or auto")
    return int(text)


class BlenderOptions(OptionGroup):
    """The Blender processes."""

    blender: options.Blender = None
    workers: Annotated[
        int | None,
        typer.Option(
            parser=parse_workers,
            metavar="N",
            help="Number of Blender processes, or auto: as many as pay on this machine's cores, by the first frames. "
            "Default: auto.",
            rich_help_panel=BLENDER_PANEL,
        ),
    ] = None
    stall_timeout: Annotated[
        float,
        typer.Option(
            min=1.0,
            metavar="SECONDS",
            help="Stop a Blender process that shows no activity for this long.",
            rich_help_panel=BLENDER_PANEL,
        ),
    ] = Timeouts.stall
    frame_timeout: Annotated[
        float,
        typer.Option(
            min=1.0,
            metavar="SECONDS",
            help="Stop a Blender process that takes longer for one frame.",
            rich_help_panel=BLENDER_PANEL,
        ),
    ] = Timeouts.frame

    @property
    def timeouts(self) -> Timeouts:
        """The time limits of a process."""
        return Timeouts(self.stall_timeout, self.frame_timeout)


class ClusterOptions(OptionGroup):
    """The Dask cluster, if the frames are rendered on one."""

    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="Render on the workers of this Dask scheduler; local starts one on this machine.",
            rich_help_panel=CLUSTER_PANEL,
        ),
    ] = None
    chunk: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Frames a worker gets at a time. Default: adapted to the time per frame.",
            rich_help_panel=CLUSTER_PANEL,
        ),
    ] = None
    no_shared_folder: Annotated[
        bool,
        typer.Option(
            "--no-shared-folder",
            help="Workers cannot write to OUT: frames are sent back through Dask.",
            rich_help_panel=CLUSTER_PANEL,
        ),
    ] = False
    tls_ca: Annotated[
        Path | None,
        typer.Option(
            "--tls-ca", metavar="FILE", help="Certificate authority of the cluster.", rich_help_panel=CLUSTER_PANEL
        ),
    ] = None
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", metavar="FILE", help="Certificate of this client.", rich_help_panel=CLUSTER_PANEL),
    ] = None
    tls_key: Annotated[
        Path | None,
        typer.Option("--tls-key", metavar="FILE", help="Key of this client.", rich_help_panel=CLUSTER_PANEL),
    ] = None
    insecure: Annotated[
        bool,
        typer.Option(
            "--insecure",
            help="Connect to a remote scheduler without TLS. Anyone who can reach it can run code on it.",
            rich_help_panel=CLUSTER_PANEL,
        ),
    ] = False

    def parse_connection(self) -> Connection | None:
        """Return the connection to the scheduler that the options name, None if they name none. Raises UsageError."""
        from ..cluster import connection

        tls = connection.TlsFiles(self.tls_ca, self.tls_cert, self.tls_key)
        more = self.chunk is not None or self.no_shared_folder
        return connection.parse_connection(self.dask, tls, self.insecure, more)


def render(
    specs: options.Specs,
    out: options.Output,
    spec: RenderSpecOptions,
    poster: PosterOptions,
    batch: BatchOptions,
    frames: FrameOptions,
    blender: BlenderOptions,
    cluster: ClusterOptions,
    model: LayerOptions,
    feed: FeedOptions,
    format_name: options.FolderFormat = None,
) -> None:
    """Render specs to films or frames.

    After an interruption, the same command continues where it stopped.
    """
    from .. import outputs as destinations

    sources = spec.read_all(specs, model.make_choice(specs, feed, spec.input))
    scheduler = cluster.parse_connection()
    outputs = destinations.resolve_outputs(out, sources, format_name)
    if poster.is_wanted:
        outputs = destinations.add_posters(outputs, sources, poster.poster_step)
    if frames.frames is not None:
        _check_frames_option(outputs, batch.restart)
    with ExitStack() as opened:
        for folder in dict.fromkeys(output.folder for output in outputs):
            opened.enter_context(open_folder(folder))
        with _open_executor(scheduler, blender, cluster) as executor:
            if frames.frames is None and len(outputs) == 1 and destinations.needs_full_render(outputs[0], sources[0]):
                executor.prestart()  # Blender loads while the modules of the next line do
            reports = _run_jobs(sources, outputs, batch, frames, executor)

        from ..jobs.batch import format_reports, print_summary, raise_failures

        if batch.as_json:
            print(format_reports(reports))
        print_summary(reports)
        raise_failures(reports)


def _check_frames_option(outputs: Sequence[Output], restart: bool) -> None:
    """Raise UsageError for what cannot be combined with --frames."""
    if any(output.is_film for output in outputs):
        raise UsageError(
            "--frames: some frames do not make a film. Give a folder, and run kernelwalk encode when all are rendered"
        )
    if restart:
        raise UsageError(
            "--frames: cannot be combined with --restart: others may be rendering into the folder. Delete it first"
        )


def _open_executor(
    scheduler: Connection | None, blender: BlenderOptions, cluster: ClusterOptions
) -> AbstractContextManager[Executor]:
    """Return the Blender processes of this machine, or those of the cluster if there is a scheduler."""
    if scheduler is None:
        from ..blenders.blender_pool import BlenderPool

        return BlenderPool(blender.blender, blender.timeouts, blender.workers or None)
    from ..blenders.worker_count import count_local_workers
    from ..cluster.cluster_executor import ClusterExecutor
    from ..machine import count_cores

    workers = blender.workers or count_local_workers(count_cores())
    shares_folder = not cluster.no_shared_folder
    return ClusterExecutor(scheduler, blender.blender, blender.timeouts, workers, cluster.chunk, shares_folder)


def _run_jobs(
    sources: Sequence[Source],
    outputs: Sequence[Output],
    batch: BatchOptions,
    frames: FrameOptions,
    executor: Executor,
) -> list[JobReport]:
    """Render each spec to its output, and print each output when it is done."""
    from ..jobs.batch import ParallelExecutor, run_jobs
    from ..jobs.job import render_output, render_selection
    from ..jobs.rendering import RenderOptions

    render_options = RenderOptions(batch.restart, frames.full_frames, is_last=len(sources) == 1)

    def run_job(source: Source, output: Output) -> JobResult:
        if frames.frames is not None:
            return render_selection(source, frames.frames, output.path, render_options, executor)
        return render_output(source, output, render_options, executor)

    def on_done(path: Path, result: JobResult) -> None:
        if batch.profile:
            for line in result.timer.format_lines(result.rendered):
                print(line, file=sys.stderr)
        if not batch.as_json:
            print(path)

    parallel = executor if isinstance(executor, ParallelExecutor) else None
    return run_jobs(sources, outputs, run_job, batch.restart, batch.keep_going, on_done, executor=parallel)
