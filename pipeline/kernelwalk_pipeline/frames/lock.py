# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time in an output: a lock that the system takes back however its holder ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from ..failures import OutputError


@contextmanager
def hold_lock(path: Path, is_shared: bool = False) -> Iterator[None]:
    """Hold a folder, or a file, for this run alone, or for those that share it. Raises OutputError where another run
    holds it otherwise.

    The lock is on the folder itself, so nothing is left behind. Windows has none of this kind, and so no lock.
    """
    if fcntl is None:
        yield
        return
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}. Choose another output") from None
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"{path}: another run of kernelwalk is at work in it. Wait for it, or choose another output"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)
