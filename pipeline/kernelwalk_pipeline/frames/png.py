# SPDX-License-Identifier: GPL-3.0-or-later
"""PNG with the standard library and numpy: a check that a file is whole, and a writer of similar frames.

Decoders skip some kinds of damage, so the check is needed; encoders compress every frame in full, so the writer is
faster.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from kernelwalk.core.arrays import Bytes

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COLOR_TYPES = {3: 2, 4: 6}
"""Color types of the header (ISO/IEC 15948, 11.2.2) by bytes per pixel: RGB, and RGB with alpha."""

ROWS_PER_BAND = 16
"""Rows that are compressed together."""

COMPRESSION_LEVEL = 2
"""zlib's level. Level 3 takes half as much time again for files a fifteenth smaller (a twentieth with noise). With
filtered rows, no level is faster, and files are larger."""

STREAM_HEAD, STREAM_END = b"\x78\x01", b"\x03\x00"
"""The header of a zlib stream (RFC 1950), and an empty last block (RFC 1951)."""

ADLER_MODULUS = 65521


def is_whole(path: Path) -> bool:
    """Return True if a file is a complete PNG whose chunks all match their checksums (ISO/IEC 15948, 5.3)."""
    try:
        return is_whole_data(path.read_bytes())
    except OSError:
        return False


def is_whole_data(data: bytes) -> bool:
    """Return True if `data` is a complete PNG whose chunks all match their checksums."""
    at, kind = len(SIGNATURE), b""
    while data.startswith(SIGNATURE) and kind != b"IEND" and at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return False
        at = end + 4
    return kind == b"IEND" and at == len(data)


class IncrementalPngWriter:
    """Writes frames of one size that differ little from the first one and from each other.

    Rows are compressed in independent bands. A band that equals that of the first or of the last frame is written as
    it was compressed then.

    first: pixels, shape (height, width, 3 or 4)
    """

    def __init__(self, first: Bytes):
        self.shape = first.shape
        self.first = self.last = [_compress_band(rows) for rows in _split_bands(first)]

    def write_frame(self, path: Path, picture: Bytes) -> None:
        """Write a frame, shape as that of the first one."""
        # copy new bands: a view would keep the whole frame in memory
        self.last = [
            next((band for band in known if np.array_equal(band.rows, rows)), None) or _compress_band(rows.copy())
            for rows, *known in zip(_split_bands(picture), self.first, self.last, strict=True)
        ]
        height, width, channels = self.shape
        check = 1
        for band in self.last:
            check = _combine_adler32(check, band.check, band.length)
        data = b"".join([STREAM_HEAD, *(band.data for band in self.last), STREAM_END, struct.pack(">I", check)])
        # eight bits; deflate, filters by row, not interlaced
        head = struct.pack(">2I5B", width, height, 8, COLOR_TYPES[channels], 0, 0, 0)
        path.write_bytes(SIGNATURE + _png_chunk(b"IHDR", head) + _png_chunk(b"IDAT", data) + _png_chunk(b"IEND", b""))


class _Band(NamedTuple):
    """Rows of a frame, compressed to blocks that end on a byte; Adler-32 and length of the uncompressed data."""

    rows: Bytes
    data: bytes
    check: int
    length: int


def _split_bands(picture: Bytes) -> list[Bytes]:
    return [picture[top : top + ROWS_PER_BAND] for top in range(0, len(picture), ROWS_PER_BAND)]


def _compress_band(rows: Bytes) -> _Band:
    filtered = np.zeros((len(rows), 1 + rows[0].size), np.uint8)  # a row starts with its filter: 0, none
    filtered[:, 1:] = rows.reshape(len(rows), -1)
    raw = filtered.tobytes()
    stream = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = stream.compress(raw) + stream.flush(zlib.Z_FULL_FLUSH)
    return _Band(rows, data, zlib.adler32(raw), len(raw))


def _combine_adler32(first: int, second: int, length: int) -> int:
    """Return the Adler-32 checksum of joined data from those of its parts and the second's `length` (RFC 1950, 8.2)."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % ADLER_MODULUS
    high = ((first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)) % ADLER_MODULUS
    return high << 16 | low


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
