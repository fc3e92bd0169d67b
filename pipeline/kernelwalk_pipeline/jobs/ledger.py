# SPDX-License-Identifier: GPL-3.0-or-later
"""Which films of a batch are done, for as long as not all of them are: the same command need not render them again."""

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
"""In the folder of the films."""


class FilmLedger:
    """The films of a folder that are done."""

    def __init__(self, folder: Path):
        self.path = folder / LEDGER_NAME
        self.entries: dict[str, tuple[str, str]] = {}
        with suppress(OSError):
            for line in self.path.read_bytes().splitlines():
                with suppress(ValueError, TypeError):  # broken off, or not ours
                    name, job, data = json.loads(line)
                    self.entries[str(name)] = str(job), str(data)

    def is_done(self, source: Source, output: Output) -> bool:
        """Whether an output is the film of a spec, as it was written."""
        job, data = self.entries.get(output.path.name, ("", ""))
        return job == _hash_job(source, output) and data == _hash_files(output)

    def record(self, source: Source, output: Output) -> None:
        """Note that a film is done. Raises OutputError."""
        line = json.dumps([output.path.name, _hash_job(source, output), _hash_files(output)])
        try:
            with self.path.open("a") as file:
                file.write(f"\n{line}\n")  # apart from one that broke off
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written: {error.strerror}. Free the disk and run again"
            ) from None

    def clear(self) -> None:
        """All are done, or all are to be made anew."""
        self.path.unlink(missing_ok=True)
        self.entries.clear()


def _hash_job(source: Source, output: Output) -> str:
    step = {} if output.poster is None else {"poster": output.poster.step}
    return hashlib.sha256(json.dumps({**describe_job(source.spec, ""), **step}, sort_keys=True).encode()).hexdigest()


def _hash_files(output: Output) -> str:
    """Of a film, and of its poster if it is to have one; empty where one of them is missing."""
    paths = [output.path] if output.poster is None else [output.path, output.poster.path]
    try:
        return "+".join(map(_hash_file, paths))
    except OSError:
        return ""


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
