# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the paths that a command reads and writes, made before any Blender starts."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .failures import OutputError, UsageError


def parse_system_path(text: str) -> Path:
    """Return a path as the system reads it: // at its beginning is /, which Blender would take for a .blend's folder.

    >>> str(parse_system_path("//films/a.mp4"))
    '/films/a.mp4'
    """
    return Path("/" + text.lstrip("/") if os.name == "posix" and text.startswith("//") else text)


def exists(path: Path) -> bool:
    """Return True if there is a file or folder at a path, False also for a path that there cannot be."""
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than a name may be, or with a NUL
        return False


def check_suffix(path: Path, suffix: str) -> None:
    """Raise UsageError if a file's name does not end in `suffix`."""
    if path.suffix.lower() != suffix:
        use = path.with_suffix(suffix) if path.name else suffix
        raise UsageError(f"{path}: the name must end in {suffix}. Use {use}")


def prepare_folder(folder: Path) -> None:
    """Create a folder and check that files can be written to it. Raises OutputError."""
    import tempfile  # only now: it takes a while to load

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise OutputError(f"{folder}: cannot be written: {describe_os_error(error)}. Choose another output") from None


@contextmanager
def open_folder(folder: Path) -> Iterator[None]:
    """Prepare a folder, as prepare_folder does; after an error, remove it and its parents again where new and empty."""
    new = list(itertools.takewhile(lambda each: not exists(each), (folder, *folder.parents)))
    try:
        prepare_folder(folder)
        yield
    except BaseException:
        for each in new:
            with suppress(OSError, ValueError):  # it holds frames, with which the next run goes on
                each.rmdir()
        raise


def refuse_symlink(folder: Path) -> None:
    """Raise OutputError if a folder is a symbolic link: files in the linked folder would be overwritten."""
    mode = _file_mode(folder)
    if mode is not None and stat.S_ISLNK(mode):
        raise OutputError(f"{folder}: is a symbolic link. Name the folder that it leads to, or choose another output")


def refuse_special_file(path: Path) -> None:
    """Raise OutputError if a path exists and is not a plain file: only plain files are replaced."""
    mode = _file_mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        raise OutputError(f"{path}: exists and is not a plain file. Choose another output")


def prepare_file(path: Path) -> None:
    """Check that a file can be written, or replaced, and create its folder. Raises OutputError."""
    refuse_special_file(path)
    prepare_folder(path.parent)


def is_folder(path: Path) -> bool:
    """Return True for a folder, False for a link to one. Raises OutputError for impossible names."""
    mode = _file_mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _file_mode(path: Path) -> int | None:
    """Return the mode of a path without following links, None if it does not exist. Raises OutputError for impossible
    names."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be written: {describe_os_error(error)}. Choose another output") from None


def describe_os_error(error: OSError | ValueError) -> str:
    """Return the system's text for an error, without its number and path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
