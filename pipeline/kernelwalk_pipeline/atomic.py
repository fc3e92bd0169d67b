# SPDX-License-Identifier: GPL-3.0-or-later
"""Atomic writes: a finished file is synced to disk, then renamed, so that a name never stands for half a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .failures import OutputError
from .paths import describe_os_error


def write_file(data: bytes, path: Path) -> None:
    """Write a file under another name, and rename it to `path`. Raises OutputError."""
    try:
        with tempfile.TemporaryDirectory(prefix=".kernelwalk_", dir=path.parent) as folder:
            part = Path(folder) / path.name
            part.write_bytes(data)
            publish_file(part, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {describe_os_error(error)}. Choose another output") from None


def publish_file(part: Path, path: Path) -> None:
    """Sync the finished file `part` to disk and rename it to `path`. Raises OutputError."""
    publish_files([(part, path)])


def publish_files(files: Sequence[tuple[Path, Path]], synced: bool = False) -> None:
    """Rename finished files, given as (part, path), and sync each folder once. `synced` files are on disk already.
    Raises OutputError."""
    path = Path()
    try:
        for part, path in files:
            if not synced:
                sync_to_disk(part)
            part.replace(path)
        for path in {path.parent: path for _, path in files}.values():
            sync_to_disk(path.parent)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written: {describe_os_error(error)}. Free the disk and run again"
        ) from None


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or a folder's entries, are on disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle for folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
