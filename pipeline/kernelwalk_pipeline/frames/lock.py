# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock that lets one run at a time write to an output; the system releases it however its holder ends."""

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
    """Lock a folder or file within the context, for this run alone or for all runs that share it. Raises OutputError if
    another run holds a conflicting lock.

    The lock is on the folder itself, so that no file is left behind. On Windows, which cannot lock folders, there is no
    lock.
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
                f"{path}: another run of kernelwalk is using it. Wait for it, or choose another output"
            ) from None
        except OSError:
            pass  # the file system has no locks
        yield
    finally:
        os.close(handle)
