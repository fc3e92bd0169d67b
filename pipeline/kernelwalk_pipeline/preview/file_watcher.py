# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices that a file was saved, however an editor saves: in place, or by replacing the file."""

from __future__ import annotations

from pathlib import Path

POLLS_TO_MISS = 20
"""Polls in a row without the file after which it counts as gone: some editors delete it before they write it anew."""

Signature = tuple[int, int, int]
"""Time of the last change in ns, size in bytes, and inode of a file."""


class FileWatcher:
    """Watches a file by asking for its size and times, which works on every file system."""

    def __init__(self, path: Path):
        self.path = path
        self.known = self.last = self._read_signature()
        self.missed = 0

    def poll(self) -> bool:
        """Return True once for each change, as soon as two polls in a row agree: no writer is busy then."""
        seen, before = self._read_signature(), self.last
        self.last = seen
        self.missed = self.missed + 1 if seen is None else 0
        if seen == self.known or seen != before or 0 < self.missed < POLLS_TO_MISS:
            return False
        self.known = seen
        return True

    def _read_signature(self) -> Signature | None:
        """Return None for a file that cannot be found."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
