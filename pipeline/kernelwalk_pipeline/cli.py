# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line. A command imports what it needs when it runs, so that help and inspect start at once."""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import signal
import sys
import threading
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import kernelwalk
import typer

from .commands.help_panels import PanelCommand, PanelGroup
from .commands.option_groups import expand_groups
from .failures import INTERRUPT_SIGNALS, Failure, Interrupted, UsageError

PROGRAM_NAME = "kernelwalk"

PANELS = {
    "Start": ("new", "preview"),
    "Make": ("render", "still", "figure", "page", "sheet", "gallery", "blend"),
    "Look up": ("inspect", "compare", "layers", "presets"),
    "Operate": ("verify", "encode", "warm-up", "package", "completion"),
}
"""The commands under the headings of the help, in the order in which one needs them. Each is a function of a module in
commands/ that has the same name, with _ for -."""

EXPORTS = ("glb", "usd", "values", "openjd", "flamenco")
"""The commands of kernelwalk export, functions of commands/export.py."""

RENAMED_OPTIONS = {("gallery", "--stills"): "--posters-only", ("sheet", "--words"): "--labels"}
"""Options of earlier versions, and their new names."""

CLICK_INTERRUPT_CODE = 130

AFTER_DESTRUCTOR = 0.01
"""Seconds after which a dropped interrupt is raised again."""


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(PROGRAM_NAME, kernelwalk.__version__)
        raise typer.Exit


def _take_general_options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def build_app(only: str | None = None) -> typer.Typer:
    """Return the application with all commands, or the one named `only`: to load all takes longer than some run.

    only: a name of PANELS, or one of EXPORTS after "export "
    """
    app = _make_app("Watch a kernel walk: animations of convolution layers, from a spec to a film.")
    for panel, names in PANELS.items():
        for name in names:
            if only in (None, name):
                app.command(rich_help_panel=panel, cls=PanelCommand)(_load_command(name, name))
    export = _make_app("Write walks for other programs, specs with all their numbers, and jobs for render farms.")
    for name in EXPORTS:
        if only in (None, f"export {name}"):
            (export if only is None else app).command(cls=PanelCommand)(_load_command("export", name))
    if only is None:
        app.callback()(_take_general_options)
        app.add_typer(export, name="export", rich_help_panel="Operate")
    return app


def _load_command(module: str, name: str) -> Callable[..., Any]:
    """Return the function of a command, with its groups of options expanded."""
    module, name = module.replace("-", "_"), name.replace("-", "_")
    return expand_groups(getattr(importlib.import_module(f".commands.{module}", __package__), name))


def _make_app(help: str) -> typer.Typer:
    return typer.Typer(
        name=PROGRAM_NAME,
        help=help,
        cls=PanelGroup,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # rich takes longer to load than the help may take
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def main() -> NoReturn:
    """Run the command `kernelwalk`; a failure prints its message and exits with its code."""
    # when Python ends, it would look for garbage among all that was loaded, for a tenth of a second
    atexit.register(gc.freeze)
    for name in INTERRUPT_SIGNALS:
        signal.signal(name, _interrupt)
    sys.unraisablehook = _interrupt_again
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no × shows ? instead
    try:
        # standalone mode is off: it turns an interrupt into exit code 1
        code = _run(sys.argv[1:])
        if code == CLICK_INTERRUPT_CODE:
            raise KeyboardInterrupt
        sys.exit(code or 0)
    except Failure as failure:
        _exit_with(str(failure), failure.exit_code)
    except KeyboardInterrupt:
        _exit_with("interrupted", Interrupted.exit_code)
    except Exception as error:
        # click's own errors, about arguments and options, print themselves
        if not hasattr(error, "exit_code") or not hasattr(error, "show"):
            raise
        if renamed := _renamed_option(error):
            _exit_with(renamed, UsageError.exit_code)
        error.show()
        sys.exit(error.exit_code)


def _run(arguments: list[str]) -> Any:
    """Run the command that the arguments begin with."""
    for name in (*(name for names in PANELS.values() for name in names), *(f"export {name}" for name in EXPORTS)):
        words = name.split()
        if arguments[: len(words)] == words:
            program = f"{PROGRAM_NAME} {name}"
            return build_app(only=name)(arguments[len(words) :], prog_name=program, standalone_mode=False)
    return build_app()(arguments, prog_name=PROGRAM_NAME, standalone_mode=False)


def _renamed_option(error: Any) -> str | None:
    """Return a message that names the new option if click does not know one of RENAMED_OPTIONS."""
    command: Any = getattr(getattr(error, "ctx", None), "command", None)
    option: Any = getattr(error, "option_name", None)
    name: Any = getattr(command, "name", None)
    new = RENAMED_OPTIONS.get((name, option))
    return new and f"{option}: this option was renamed. Use {new}"


def _interrupt(*_: Any) -> NoReturn:
    for name in INTERRUPT_SIGNALS:
        signal.signal(name, signal.SIG_IGN)  # further interrupts must not disturb the ending
    raise KeyboardInterrupt


def _interrupt_again(dropped: sys.UnraisableHookArgs) -> None:
    """Interrupt again when Python has dropped the interrupt because it came within a destructor."""
    if dropped.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(dropped)
        return
    signal.signal(signal.SIGINT, _interrupt)
    main_thread = threading.get_ident()

    def interrupt() -> None:
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGINT)
        else:
            signal.pthread_kill(main_thread, signal.SIGINT)  # which also ends its waiting

    # by a thread, since an interrupt that comes before this function ends would be dropped as well
    threading.Timer(AFTER_DESTRUCTOR, interrupt).start()


def _exit_with(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        print(f"kernelwalk: {line}", file=sys.stderr)
    sys.exit(code)
