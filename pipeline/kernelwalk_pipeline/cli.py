# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line. Each command imports what it needs when it runs, so that help and inspect come at once."""

from __future__ import annotations

import io
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from .failure import INTERRUPTS, Failure, Interrupted, OutputError, UsageError, interruptible
from .limits import Limits
from .quality import QUALITIES

CLICK_INTERRUPTED = 130

app = typer.Typer(
    name="kernelwalk",
    help="Watch a kernel walk: animations of convolution layers, from a spec to a film.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to load than help is to take
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Kind(StrEnum):
    """What goes into a folder."""

    frames = "frames"
    mp4 = "mp4"
    webm = "webm"
    gif = "gif"
    webp = "webp"
    png = "png"


class Intent(StrEnum):
    """What the pictures are for."""

    draft = "draft"
    standard = "standard"
    final = "final"


def _path(text: str) -> Path:
    if not text:
        raise typer.BadParameter("the name is empty")
    return Path(text)


SPEC = "A TOML file, or a preset's name (see kernelwalk presets)."
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SPEC)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the spec: --set render.samples=4. May be repeated."),
]
Blender = Annotated[
    str | None,
    typer.Option("--blender", metavar="PATH", help="Blender's executable. Else BLENDER, else the Python package bpy."),
]


Quality = Annotated[
    Intent | None,
    typer.Option("--quality", help="; ".join(f"{name}: {each.told}" for name, each in QUALITIES.items()) + "."),
]

StallTimeout = Annotated[
    float,
    typer.Option(min=1.0, metavar="SECONDS", help="End a Blender that gives no sign of life for so long."),
]
FrameTimeout = Annotated[
    float, typer.Option(min=1.0, metavar="SECONDS", help="End a Blender that takes longer for a frame.")
]


@app.command()
def render(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC", help=SPEC)],
    out: Annotated[
        Path,
        typer.Option(
            "--output", "-o", parser=_path, metavar="OUT", help="A film (.mp4 .webm .gif .webp .png), or a folder."
        ),
    ],
    settings: Settings = None,
    kind: Annotated[
        Kind | None, typer.Option("--format", help="What goes into a folder: frames, or films named after the specs.")
    ] = None,
    blender: Blender = None,
    restart: Annotated[bool, typer.Option("--restart", help="Render all anew, and write over earlier frames.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Go on with the next spec when one fails.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a report for programs, not the names.")] = False,
    quality: Quality = None,
    workers: Annotated[
        int, typer.Option(min=1, max=256, metavar="N", help="Blenders at work side by side. On few cores, one is best.")
    ] = 1,
    full_frames: Annotated[
        bool, typer.Option("--full-frames", help="Render every picture in whole, not only what changes in it.")
    ] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Tell where the time went.")] = False,
    stall_timeout: StallTimeout = Limits.silence,
    frame_timeout: FrameTimeout = Limits.frame,
) -> None:
    """Render specs to films or frames. What was interrupted goes on with the same command."""
    from . import batch, job, source
    from . import output as destination
    from .crew import Crew

    sources = source.read_all(specs, settings or (), quality)
    outputs = destination.outputs(out, sources, kind.value if kind else None)

    def done(path: Path, came: job.Done) -> None:
        for line in came.spent.lines(came.rendered) if profile else ():
            print(line, file=sys.stderr)
        if not as_json:
            print(path)

    with Crew(blender, Limits(stall_timeout, frame_timeout), workers) as crew:
        results = batch.run(sources, outputs, job.Way(restart, full_frames), crew, keep_going, done)
    if as_json:
        print(batch.as_json(results))
    batch.show(results)
    batch.raise_first(results)


@app.command()
def verify(
    outputs: Annotated[list[Path], typer.Argument(metavar="OUT", help="Films, folders of frames, or of a batch.")],
) -> None:
    """Check frames and films.

    Every frame is decoded and held against the manifest, every film is decoded.
    """
    from .verify import verify as check
    from .verify import verify_all

    problems: list[str] = []
    for each in (one for out in outputs for one in verify_all(out)):
        told, found = check(each)
        print(f"{each}: {told}" + ("" if found else ", all right"))
        problems += found
    if problems:
        raise OutputError("\n".join(problems))


@app.command()
def still(
    spec: Spec,
    out: Annotated[Path, typer.Option("--output", "-o", parser=_path, metavar="A.png", help="The picture.")],
    step: Annotated[int, typer.Option("--step", help="Which step, from 0; -1 is the last.")] = 0,
    settings: Settings = None,
    quality: Quality = None,
    blender: Blender = None,
) -> None:
    """Render one step as a picture."""
    from . import job, source
    from . import output as destination
    from .crew import Crew

    each = source.read(spec, settings or (), quality)
    _needs_suffix(out, ".png")
    destination.prepare(out.parent)
    with interruptible(each.name), Crew(blender) as crew:
        job.still(each, step, out, crew)
    print(out)


@app.command()
def blend(
    spec: Spec,
    out: Annotated[Path, typer.Option("--output", "-o", parser=_path, metavar="A.blend", help="The file.")],
    settings: Settings = None,
    blender: Blender = None,
) -> None:
    """Save the scene as a .blend.

    It plays and renders in any Blender, with no add-on.
    """
    from . import job, source
    from . import output as destination
    from .crew import Crew

    each = source.read(spec, settings or ())
    _needs_suffix(out, ".blend")
    destination.prepare(out.parent)
    with interruptible(each.name), Crew(blender) as crew:
        job.blend(each, out.absolute(), crew)
    print(out)


@app.command()
def inspect(
    spec: Spec,
    settings: Settings = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every output position and its taps, for programs.")] = False,
) -> None:
    """Show sizes, counts and the mapping.

    Needs no Blender.
    """
    from . import report, source

    each = source.read(spec, settings or ())
    if as_json:
        for piece in report.as_json(each.spec):
            sys.stdout.write(piece)
        print()
        return
    if each.spec.title:
        print(each.spec.title)
    for name, value in report.as_text(each.spec):
        print(f"{name:<15} {value}")


@app.command("presets")
def list_presets() -> None:
    """List the presets."""
    from kernelwalk.core import presets

    from . import report

    names = presets.names()
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {report.summary(presets.preset(name))}")


@app.command()
def package(
    out: Annotated[Path, typer.Option("--output", "-o", parser=_path, metavar="DIR", help="The folder for the zip.")],
) -> None:
    """Build and validate the add-on's zip."""
    from . import output as destination
    from .package import package as build

    destination.prepare(out)
    print(build(out))


def _needs_suffix(out: Path, suffix: str) -> None:
    if out.suffix.lower() != suffix:
        raise UsageError(f"{out}: the name must end in {suffix}. Use {out.with_suffix(suffix) if out.name else suffix}")


def main() -> NoReturn:
    """The command `kernelwalk`: every failure becomes its message and its exit code."""
    for name in INTERRUPTS:
        signal.signal(name, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no × gets a ? for it
    try:
        # not click's own handling: it makes an interrupt exit code 1
        code = app(standalone_mode=False)
        if code == CLICK_INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(code or 0)
    except Failure as failure:
        _fail(str(failure), failure.code)
    except KeyboardInterrupt:
        _fail("interrupted", Interrupted.code)
    except Exception as error:
        # click's own errors, of words that do not fit, know how to show themselves
        if not hasattr(error, "exit_code") or not hasattr(error, "show"):
            raise
        error.show()
        sys.exit(error.exit_code)


def _interrupt(*_: Any) -> NoReturn:
    for name in INTERRUPTS:
        signal.signal(name, signal.SIG_IGN)  # it ends already, however often it is told to
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        print(f"kernelwalk: {line}", file=sys.stderr)
    sys.exit(code)
