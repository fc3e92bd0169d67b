# SPDX-License-Identifier: GPL-3.0-or-later
"""PNG by the standard library and numpy: whether a file is whole, and pictures that differ little from another one.

Decoders read over damage that they can do without, hence the first; encoders compress every picture from its first row
to its last, hence the second.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COLOR_TYPES = {3: 2, 4: 6}
"""Of a header (ISO/IEC 15948, 11.2.2), by channels: RGB, and RGB with alpha."""

ROWS_PER_BAND = 16
"""Rows that are compressed by themselves."""

COMPRESSION_LEVEL = 2
"""Of zlib: the next takes half again the time for a fifteenth less (a twentieth where there is noise). With rows
filtered, none is quicker than this, and pictures are larger."""

STREAM_HEAD, STREAM_END = b"\x78\x01", b"\x03\x00"
"""Of a zlib stream (RFC 1950), and the empty last block of one (RFC 1951)."""

ADLER_MODULUS = 65521


def is_whole(path: Path) -> bool:
    """Whether a file is a PNG to its last byte, each of whose chunks has its checksum (ISO/IEC 15948, 5.3)."""
    try:
        return is_whole_data(path.read_bytes())
    except OSError:
        return False


def is_whole_data(data: bytes) -> bool:
    """Whether this is what a whole file holds."""
    at, kind = len(SIGNATURE), b""
    while data.startswith(SIGNATURE) and kind != b"IEND" and at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return False
        at = end + 4
    return kind == b"IEND" and at == len(data)


class IncrementalPngWriter:
    """Writes pictures of one size that differ little from the first, and from one to the next.

    A picture's rows are compressed in bands that know nothing of each other, so a band that is as in the `first`
    picture, or as in the last one, is written as it was compressed for that.
    """

    def __init__(self, first: Bytes):
        self.shape = first.shape
        self.first = self.last = [_compress_band(rows) for rows in _split_bands(first)]

    def write_frame(self, path: Path, picture: Bytes) -> None:
        """Write another picture."""
        # of bands that are new a copy: for one of them, the whole picture would stay
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
    """Rows of a picture as blocks of a zlib stream that end on a byte; the checksum and length of what these hold."""

    rows: Bytes
    data: bytes
    check: int
    length: int


def _split_bands(picture: Bytes) -> list[Bytes]:
    return [picture[top : top + ROWS_PER_BAND] for top in range(0, len(picture), ROWS_PER_BAND)]


def _compress_band(rows: Bytes) -> _Band:
    filtered = np.zeros((len(rows), 1 + rows[0].size), np.uint8)  # a row begins with its filter: none
    filtered[:, 1:] = rows.reshape(len(rows), -1)
    raw = filtered.tobytes()
    stream = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = stream.compress(raw) + stream.flush(zlib.Z_FULL_FLUSH)
    return _Band(rows, data, zlib.adler32(raw), len(raw))


def _combine_adler32(first: int, second: int, length: int) -> int:
    """The Adler-32 checksum of two pieces of data, of which the second has a `length` (RFC 1950, 8.2)."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % ADLER_MODULUS
    high = ((first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)) % ADLER_MODULUS
    return high << 16 | low


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
