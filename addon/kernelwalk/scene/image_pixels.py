# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of Blender's images, as they are stored in their files: the values of an input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.arrays import Float32s
from ..core.spec.colors_section import encode_srgb
from ..core.validation import InvalidValue
from ..core.values.value_files import check_picture_size

OPAQUE = 0.999999
"""Alpha from which on a pixel counts as opaque."""


def read_image(image: bpy.types.Image, max_pixels: int) -> Float32s:
    """Return the pixels of an image, shape (1 or 3, height, width), from 0 to 1, the top row first.

    Only linear images of floats have darker or brighter ones. Light is as the file stores it, in sRGB not linear.
    Transparent pixels are laid over white. Raises InvalidValue.
    """
    width, height = image.size
    if not width or not height or not image.channels:
        raise InvalidValue("it has no pixels", "Choose an image whose file is there")
    check_picture_size(width, height, max_pixels)
    flat = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(flat)  # type: ignore[attr-defined]  # the stubs give it the type of one of its floats
    rows = np.moveaxis(flat.reshape(height, width, image.channels)[::-1], -1, 0)
    pixels: Any
    pixels, alpha = (rows[:3], rows[3]) if image.channels == 4 else (rows[:1] if image.channels < 3 else rows, None)
    if image.is_float:  # its pixels are linear, and multiplied by alpha
        if alpha is not None:
            pixels = pixels / np.where(alpha > 0, alpha, 1)
        if image.colorspace_settings.name == "sRGB":
            pixels = encode_srgb(np.clip(pixels, 0, 1))
    if not np.isfinite(pixels).all():
        raise InvalidValue("it has a pixel that is no number", "Choose another image")
    if alpha is not None and image.alpha_mode != "NONE" and (alpha < OPAQUE).any():
        pixels = pixels * alpha + (1 - alpha)
    return np.ascontiguousarray(pixels)


def read_picture(path: Path, max_pixels: int) -> Float32s:
    """Return the pixels of a picture in a file, as `read_image` does. Raises InvalidValue."""
    image = None
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
        image.colorspace_settings.name = "Non-Color"
        return read_image(image, max_pixels)
    except (RuntimeError, InvalidValue) as error:
        if isinstance(error, InvalidValue) and image is not None and image.size[0]:
            raise
        raise InvalidValue("it is no picture that Blender can read", "Save it as PNG, for example") from None
    finally:
        if image is not None:
            bpy.data.images.remove(image)
