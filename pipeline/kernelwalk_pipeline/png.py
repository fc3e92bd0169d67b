# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a PNG is whole, by the standard library alone: decoders read over damage that they can do without."""

from __future__ import annotations

import zlib
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def is_whole(path: Path) -> bool:
    """Whether a file is a PNG to its last byte, each of whose chunks has its checksum (ISO/IEC 15948, 5.3)."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    at, kind = len(SIGNATURE), b""
    while data.startswith(SIGNATURE) and kind != b"IEND" and at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return False
        at = end + 4
    return kind == b"IEND" and at == len(data)
