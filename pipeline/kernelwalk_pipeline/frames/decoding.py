# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding of frames: one read of a file gives its pixels, their hash, and the file's checksum."""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kernelwalk.core.arrays import Bytes
from PIL import Image

from ..failures import OutputError
from .png import is_whole_data

# glibc returns large freed blocks to the system, and fetching them again page by page takes longer than decoding; after
# it has returned one block, it keeps all smaller ones
bytearray(30 << 20)


@dataclass(frozen=True)
class DecodedFrame:
    """pixels: RGBA, shape (height, width, 4), top row first; pixel_hash: SHA-256; checksum: CRC-32 of the file."""

    pixels: Bytes
    pixel_hash: str
    checksum: str


def decode_frame(path: Path, resolution: tuple[int, int]) -> DecodedFrame:
    """Read and decode a frame. Raises OutputError if the file is not a whole picture of that (width, height)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}. Is the disk full?") from None
    if not is_whole_data(data):
        raise OutputError(f"{path}: is not a whole picture. Is the disk full?")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.size != resolution:
                width, height = picture.size
                raise OutputError(f"{path}: has {width}x{height} pixels, not {resolution[0]}x{resolution[1]}")
            pixels = _pixels(picture)
    except (OSError, SyntaxError, ValueError) as error:  # Pillow raises all three for files it cannot decode
        raise OutputError(f"{path}: is not a whole picture: {error}. Is the disk full?") from None
    return DecodedFrame(pixels, hashlib.sha256(pixels.data).hexdigest(), checksum(data))


def hash_pixels(path: Path, resolution: tuple[int, int]) -> str:
    """Return the hash of a frame's pixels. Raises OutputError as decode_frame does."""
    return decode_frame(path, resolution).pixel_hash


def load_pixels(path: Path) -> Bytes:
    """Return the pixels of a file that is known to be whole, of any size. Raises OSError."""
    with Image.open(path) as picture:
        return _pixels(picture)


def checksum(data: bytes) -> str:
    """Return the CRC-32 of a file's data as text. This is far faster than decoding."""
    return f"{zlib.crc32(data):08x}"


def _pixels(picture: Image.Image) -> Bytes:
    if picture.mode == "RGB" and not picture.has_transparency_data:
        data = picture.tobytes("raw", "RGBX")  # Pillow's own layout, in which the fourth byte is 255
    else:
        data = picture.convert("RGBA").tobytes()
    return np.frombuffer(data, np.uint8).reshape(picture.height, picture.width, 4)
