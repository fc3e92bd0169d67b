# SPDX-License-Identifier: GPL-3.0-or-later
"""The job type for Flamenco, Blender's farm manager: a script that the manager runs for each job."""

from __future__ import annotations

from pathlib import Path

from kernelwalk.core.spec.render_section import FIELDS

from ..failures import OutputError
from ..films.formats import FILM_FORMATS
from ..paths import prepare_folder, refuse_special_file

JOB_TYPE_SCRIPT = Path(__file__).with_name("flamenco.js")


def write_job_type(path: Path) -> None:
    """Write the script to a file. Raises OutputError."""
    refuse_special_file(path)
    prepare_folder(path.parent)
    try:
        script = JOB_TYPE_SCRIPT.read_text(encoding="utf-8")
        for placeholder, values in (("FILM_SUFFIXES", FILM_FORMATS), ("DEVICES", FIELDS["device"].options)):
            script = script.replace(placeholder, ", ".join(values))
        path.write_text(script, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}. Choose another output") from None
