# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk completion: scripts for shells."""

from __future__ import annotations

from typing import Annotated

import typer

from ..completion.scripts import SHELLS


def parse_shell(text: str) -> str:
    """Return the name of one of SHELLS. Raises typer.BadParameter."""
    if text not in SHELLS:
        raise typer.BadParameter(f"{text[:40]!r} is not one of {', '.join(SHELLS)}.")
    return text


def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", parser=parse_shell)],
    line: Annotated[str | None, typer.Option("--line", metavar="TEXT", hidden=True)] = None,
) -> None:
    """Print a script with which a shell completes kernelwalk at the Tab key.

    bash: add eval "$(kernelwalk completion bash)" to ~/.bashrc. zsh: add eval "$(kernelwalk completion zsh)" to
    ~/.zshrc, after compinit. fish: add kernelwalk completion fish | source to ~/.config/fish/config.fish.
    """
    if line is None:
        from ..completion.scripts import read_script

        print(read_script(shell), end="")
        return
    from ..completion.candidates import complete_line

    for candidate in complete_line(line):
        print(candidate)
