# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as arrays, read by Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from kernelwalk.core.validation import InvalidValue
from kernelwalk.core.values.value_files import check_picture_size

if TYPE_CHECKING:
    from kernelwalk.core.arrays import Float32s
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "JPEG2000")
"""Formats that are read, by Pillow's names. EPS is not one: Pillow runs Ghostscript for it."""

GREY_MODES = ("1", "L")
DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")
"""Pillow's modes of grey with 16 bits."""

WHITE = 65_535
"""White of 16 bits."""


def read_picture(path: Path, max_pixels: int) -> Float32s:
    """Return the pixels of a picture, shape (1 or 3, height, width), from 0 to 1, the top row first.

    Grey stays grey, with 8 or 16 bits; all else becomes RGB. What is transparent is laid over white, and a photo is
    turned upright. Raises InvalidValue, for a picture of more than `max_pixels` before it is decoded.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures, and of harmless faults
        try:
            with Image.open(path, formats=FORMATS) as image:
                check_picture_size(image.width, image.height, max_pixels)
                image.load()
                return _convert_pixels(ImageOps.exif_transpose(image))
        except (InvalidValue, MemoryError):
            raise
        except UnidentifiedImageError:
            known = ", ".join(FORMATS)
            raise InvalidValue("it is no picture that can be read", f"Use a picture ({known})") from None
        except Image.DecompressionBombError:
            raise InvalidValue("the picture is too large", f"Make it smaller: at most {max_pixels:,} pixels") from None
        except Exception as error:  # a decoder may raise anything for a damaged file
            reason = str(error).partition("\n")[0][:80] or type(error).__name__
            raise InvalidValue(f"the picture is damaged: {reason}", "Save it again") from None


def _convert_pixels(image: Image) -> Float32s:
    if image.mode in DEEP_MODES:
        pixels = np.asarray(image).astype(np.float32)[None]
        if pixels.min() < 0 or pixels.max() > WHITE:
            raise InvalidValue("its pixels have 32 bits", "Save it with 8 or 16 bits, or as an array of numpy")
        return pixels / np.float32(WHITE)
    if image.mode == "F":
        raise InvalidValue("its pixels are floats", "Save it with 8 or 16 bits, or as an array of numpy")
    if image.has_transparency_data:
        image = _lay_over_white(image)
    if image.mode in GREY_MODES:
        pixels = np.asarray(image.convert("L"))[None].astype(np.float32)
    else:
        pixels = np.moveaxis(np.asarray(image.convert("RGB")), -1, 0).astype(np.float32, order="C")
    pixels /= 255  # in place: a photo takes hundreds of MB
    return pixels


def _lay_over_white(image: Image) -> Image:
    from PIL import Image

    is_grey = image.mode in ("L", "LA", "La", "1")
    image = image.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return flat.convert("L" if is_grey else "RGB")
