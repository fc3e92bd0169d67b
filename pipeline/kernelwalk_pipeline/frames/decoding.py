# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture's file, read and decoded once for all that is to be known of it."""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..failures import OutputError
from .png import Bytes, is_whole_data

# glibc gives what is freed back to the system, and to fetch it anew for the next picture, page by page, takes longer
# than decoding; but from then on it keeps what is smaller than the largest that it has given back
bytearray(30 << 20)


@dataclass(frozen=True)
class DecodedFrame:
    """pixels: with opacity, shape (height, width, 4), top row first; hash: of these; file: its file's checksum."""

    pixels: Bytes
    pixel_hash: str
    checksum: str


def decode_frame(path: Path, resolution: tuple[int, int]) -> DecodedFrame:
    """A picture as it lies on the disk. Raises OutputError where the file does not hold one of that size."""
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
    """The hash of a picture's pixels. Raises OutputError as `read` does."""
    return decode_frame(path, resolution).pixel_hash


def load_pixels(path: Path) -> Bytes:
    """The pixels of a picture that is known to be whole, of any size. Raises OSError."""
    with Image.open(path) as picture:
        return _pixels(picture)


def checksum(data: bytes) -> str:
    """Far quicker than decoding."""
    return f"{zlib.crc32(data):08x}"


def _pixels(picture: Image.Image) -> Bytes:
    if picture.mode == "RGB" and not picture.has_transparency_data:
        data = picture.tobytes("raw", "RGBX")  # as Pillow has them already, the last of the four being 255
    else:
        data = picture.convert("RGBA").tobytes()
    return np.frombuffer(data, np.uint8).reshape(picture.height, picture.width, 4)
