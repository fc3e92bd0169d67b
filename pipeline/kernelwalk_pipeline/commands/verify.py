# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk verify: a check of rendered frames and films."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..failures import OutputError


def verify(
    outputs: Annotated[
        list[Path], typer.Argument(metavar="OUT", help="Films, folders of frames, or a batch's folder.")
    ],
) -> None:
    """Check frames and films.

    Decodes every frame and compares it with the manifest; decodes every film.
    """
    from ..jobs.verification import find_outputs, verify_output

    problems: list[str] = []
    for path in (output for folder in outputs for output in find_outputs(folder)):
        contents, new = verify_output(path)
        print(f"{path}: {contents}" + ("" if new else ", all right"))
        problems += new
    if problems:
        raise OutputError("\n".join(problems))
