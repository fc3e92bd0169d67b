# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line. Each command imports what it needs when it runs, so that help and inspect come at once."""

from __future__ import annotations

import atexit
import gc
import io
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.models import CommandInfo

from .blenders.timeouts import Timeouts
from .commands import export, figures, options
from .commands.options import Blender, FolderFormat, FrameTimeout, Quality, Settings, Spec, StallTimeout
from .failures import INTERRUPT_SIGNALS, Failure, Interrupted, OutputError, UsageError, interruptible

CLICK_INTERRUPT_CODE = 130

PROGRAM_NAME = "kernelwalk"


def _make_app() -> typer.Typer:
    return typer.Typer(
        name=PROGRAM_NAME,
        help="Watch a kernel walk: animations of convolution layers, from a spec to a film.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # rich takes longer to load than help is to take
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = _make_app()
app.add_typer(export.app, name="export")
figures.add_to(app)


@app.command()
def render(
    specs: options.Specs,
    out: options.Output,
    settings: Settings = None,
    input: options.Input = None,
    size: options.Size = None,
    transparent: options.Transparent = False,
    poster: Annotated[
        bool, typer.Option("--poster", help="Beside each film, write its most telling step as FILM.poster.png.")
    ] = False,
    poster_step: Annotated[
        int | None, typer.Option("--poster-step", metavar="N", help="Or this step, from 0; -1 is the last.")
    ] = None,
    kind: Annotated[
        FolderFormat | None,
        typer.Option("--format", help="What goes into a folder: frames, or films named after the specs."),
    ] = None,
    blender: Blender = None,
    restart: Annotated[bool, typer.Option("--restart", help="Render all anew, and write over earlier frames.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Go on with the next spec when one fails.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a report for programs, not the names.")] = False,
    quality: Quality = None,
    frames: options.Frames = None,
    workers: Annotated[
        int, typer.Option(min=1, max=256, metavar="N", help="Blenders at work side by side. On few cores, one is best.")
    ] = 1,
    full_frames: Annotated[
        bool, typer.Option("--full-frames", help="Render every picture in whole, not only what changes in it.")
    ] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Tell where the time went.")] = False,
    stall_timeout: StallTimeout = Timeouts.stall,
    frame_timeout: FrameTimeout = Timeouts.frame,
    dask: options.Dask = None,
    chunk: options.Chunk = None,
    no_shared_folder: options.Unshared = False,
    tls_ca: options.TlsCa = None,
    tls_cert: options.TlsCert = None,
    tls_key: options.TlsKey = None,
    insecure: options.Insecure = False,
) -> None:
    """Render specs to films or frames. What was interrupted goes on with the same command."""
    from . import outputs as destination
    from . import source
    from .blenders.blender_pool import BlenderPool, Executor
    from .cluster import connection

    sources = source.read_specs(specs, options.collect_settings(settings, input, size, transparent), quality)
    found = connection.parse_connection(
        dask, connection.TlsFiles(tls_ca, tls_cert, tls_key), insecure, chunk is not None or no_shared_folder
    )
    outputs = destination.resolve_outputs(out, sources, kind.value if kind else None)
    if poster or poster_step is not None:
        outputs = destination.add_posters(outputs, sources, poster_step)
    if frames is not None:
        _refuse_whole(outputs, restart)
    limits = Timeouts(stall_timeout, frame_timeout)

    def workforce() -> AbstractContextManager[Executor]:
        if found is None:
            return BlenderPool(blender, limits, workers)
        from .cluster.cluster_executor import ClusterExecutor

        return ClusterExecutor(found, blender, limits, workers, chunk, not no_shared_folder)

    with workforce() as crew:
        if frames is None and len(outputs) == 1 and destination.needs_full_render(outputs[0], sources[0]):
            crew.prestart()  # while all else is loaded, Blender is too
        from .jobs import batch, job
        from .jobs.rendering import RenderOptions

        way = RenderOptions(restart, full_frames, is_last=len(sources) == 1)

        def done(path: Path, came: job.JobResult) -> None:
            for line in came.timer.format_lines(came.rendered) if profile else ():
                print(line, file=sys.stderr)
            if not as_json:
                print(path)

        def do(crew: Executor, each: source.Source, output: destination.Output) -> job.JobResult:
            if frames is not None:
                return job.render_selection(each, frames, output.path, way, crew)
            return job.render_output(each, output, way, crew)

        together = crew if isinstance(crew, batch.ParallelExecutor) else None
        results = batch.run_jobs(sources, outputs, partial(do, crew), restart, keep_going, done, executor=together)
    if as_json:
        print(batch.format_reports(results))
    batch.print_summary(results)
    batch.raise_failures(results)


@app.command()
def encode(
    spec: Spec,
    frames: Annotated[Path, typer.Argument(metavar="FRAMES", help="The folder with all its frames.")],
    out: options.Output,
    settings: Settings = None,
    input: options.Input = None,
    size: options.Size = None,
    transparent: options.Transparent = False,
    quality: Quality = None,
) -> None:
    """Make a film of rendered frames.

    Needs no Blender.
    """
    from . import outputs as destination
    from . import source
    from .jobs import job

    each = source.read_spec(spec, options.collect_settings(settings, input, size, transparent), quality)
    (output,) = destination.resolve_outputs(out, [each], None)
    if not output.is_film:
        raise UsageError(f"{out}: is no film. Use {', '.join(destination.FILMS)}")
    with interruptible(each.name):
        job.encode_output(each, frames, output.path)
    print(out)


@app.command()
def verify(
    outputs: Annotated[list[Path], typer.Argument(metavar="OUT", help="Films, folders of frames, or of a batch.")],
) -> None:
    """Check frames and films.

    Every frame is decoded and held against the manifest, every film is decoded.
    """
    from .jobs.verification import find_outputs
    from .jobs.verification import verify_output as check

    problems: list[str] = []
    for each in (one for out in outputs for one in find_outputs(out)):
        told, found = check(each)
        print(f"{each}: {told}" + ("" if found else ", all right"))
        problems += found
    if problems:
        raise OutputError("\n".join(problems))


@app.command()
def blend(
    spec: Spec,
    out: Annotated[
        Path, typer.Option("--output", "-o", parser=options.parse_path, metavar="A.blend", help="The file.")
    ],
    settings: Settings = None,
    input: options.Input = None,
    blender: Blender = None,
) -> None:
    """Save the scene as a .blend.

    It plays and renders in any Blender, with no add-on.
    """
    from . import outputs as destination
    from . import source
    from .blenders.blender_pool import BlenderPool
    from .jobs import job

    each = source.read_spec(spec, options.collect_settings(settings, input))
    destination.check_suffix(out, ".blend")
    destination.prepare_folder(out.parent)
    with interruptible(each.name), BlenderPool(blender) as crew:
        job.save_blend(each, out.absolute(), crew)
    print(out)


@app.command()
def inspect(
    spec: Spec,
    settings: Settings = None,
    input: options.Input = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every output position and its taps, for programs.")] = False,
) -> None:
    """Show sizes, counts and the mapping.

    Needs no Blender.
    """
    from . import report, source

    each = source.read_spec(spec, options.collect_settings(settings, input))
    if as_json:
        for piece in report.format_json(each.spec):
            sys.stdout.write(piece)
        print()
        return
    if each.spec.title:
        print(each.spec.title)
    for name, value in report.list_rows(each.spec):
        print(f"{name:<15} {value}")


@app.command("presets")
def list_presets() -> None:
    """List the presets."""
    from kernelwalk.core.spec import presets

    from . import report

    names = presets.preset_names()
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {report.summarize_spec(presets.load_preset(name))}")


@app.command()
def package(
    out: Annotated[
        Path, typer.Option("--output", "-o", parser=options.parse_path, metavar="DIR", help="The folder for the zip.")
    ],
) -> None:
    """Build and validate the add-on's zip."""
    from . import outputs as destination
    from .addon_zip import build_addon_zip as build

    destination.prepare_folder(out)
    print(build(out))


def _refuse_whole(outputs: Sequence[Any], restart: bool) -> None:
    """Refuse what does not go with --frames."""
    if any(output.film for output in outputs):
        raise UsageError(
            "--frames: some frames make no film. Give a folder, and use kernelwalk encode when all are there"
        )
    if restart:
        raise UsageError(
            "--frames: others may be at work in the folder, so --restart does not go with it. Delete it first"
        )


def main() -> NoReturn:
    """The command `kernelwalk`: every failure becomes its message and its exit code."""
    # Python would look for garbage among all that was loaded before it ends, for a tenth of a second
    atexit.register(gc.freeze)
    for name in INTERRUPT_SIGNALS:
        signal.signal(name, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no × gets a ? for it
    try:
        # not click's own handling: it makes an interrupt exit code 1
        code = _run(sys.argv[1:])
        if code == CLICK_INTERRUPT_CODE:
            raise KeyboardInterrupt
        sys.exit(code or 0)
    except Failure as failure:
        _exit_with(str(failure), failure.exit_code)
    except KeyboardInterrupt:
        _exit_with("interrupted", Interrupted.exit_code)
    except Exception as error:
        # click's own errors, of words that do not fit, know how to show themselves
        if not hasattr(error, "exit_code") or not hasattr(error, "show"):
            raise
        error.show()
        sys.exit(error.exit_code)


def _run(words: list[str]) -> Any:
    """Run the command that `words` begin with. It is made ready alone: all of them take longer than it may run."""
    named = [each for each in app.registered_commands if words and _name(each) == words[0]]
    if not named:
        return app(words, prog_name=PROGRAM_NAME, standalone_mode=False)
    alone = _make_app()
    alone.registered_commands = named
    return alone(words[1:], prog_name=f"{PROGRAM_NAME} {words[0]}", standalone_mode=False)


def _name(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__


def _interrupt(*_: Any) -> NoReturn:
    for name in INTERRUPT_SIGNALS:
        signal.signal(name, signal.SIG_IGN)  # it ends already, however often it is told to
    raise KeyboardInterrupt


def _exit_with(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        print(f"kernelwalk: {line}", file=sys.stderr)
    sys.exit(code)
