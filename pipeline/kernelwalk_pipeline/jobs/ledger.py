# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger of a batch: which of its films are done, so that the same command need not render them again."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from ..failures import OutputError
from ..frames.manifest import describe_job
from ..outputs import Output
from ..source import Source

LEDGER_NAME = ".kernelwalk_films.jsonl"
"""The ledger's file, in the folder of the films."""


class FilmLedger:
    """The finished films of a folder."""

    def __init__(self, folder: Path):
        self.path = folder / LEDGER_NAME
        self.entries: dict[str, tuple[str, str]] = {}
        with suppress(OSError):
            for line in self.path.read_bytes().splitlines():
                with suppress(ValueError, TypeError):  # truncated, or not ours
                    name, job, data = json.loads(line)
                    self.entries[str(name)] = str(job), str(data)

    def is_done(self, source: Source, output: Output) -> bool:
        """Return True if an output is a spec's film, unchanged since it was recorded."""
        job, data = self.entries.get(output.path.name, ("", ""))
        return job == _hash_job(source, output) and data == _hash_files(output)

    def record(self, source: Source, output: Output) -> None:
        """Record a finished film. Raises OutputError."""
        line = json.dumps([output.path.name, _hash_job(source, output), _hash_files(output)])
        try:
            with self.path.open("a") as file:
                file.write(f"\n{line}\n")  # a new line first: the last one may be truncated
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written: {error.strerror}. Free the disk and run again"
            ) from None

    def clear(self) -> None:
        """Delete the ledger: the whole batch is done, or starts again."""
        self.path.unlink(missing_ok=True)
        self.entries.clear()


def _hash_job(source: Source, output: Output) -> str:
    """Hash everything that a film's pixels and its poster depend on."""
    job = describe_job(source.spec, "", device=source.spec.render.device)
    step = {} if output.poster is None else {"poster": output.poster.step}
    return hashlib.sha256(json.dumps({**job, **step}, sort_keys=True).encode()).hexdigest()


def _hash_files(output: Output) -> str:
    """Hash a film's file and its poster's, if it has one; return "" if a file is missing."""
    paths = [output.path] if output.poster is None else [output.path, output.poster.path]
    try:
        return "+".join(map(_hash_file, paths))
    except OSError:
        return ""


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
