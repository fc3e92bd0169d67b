# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames that Blender itself rendered, from a saved .blend: numbered PNGs without a manifest. Their numbers and sizes
are compared with a spec; nothing says what else they were made from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from kernelwalk.core import Spec
from kernelwalk.core.arrays import Bytes
from PIL import Image

from ..failures import OutputError
from ..paths import exists
from .decoding import decode_frame
from .manifest import format_ranges


def find_blender_frames(folder: Path, frames: Sequence[int]) -> list[Path]:
    """Return the file of each of `frames`: the folder's PNGs whose names end in their numbers. Raises OutputError."""
    series: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.iterdir()) if exists(folder) and folder.is_dir() else []:
        name = re.fullmatch(r"(.*?)([0-9]{1,9})\.png", path.name, re.IGNORECASE)
        if name and path.is_file():
            numbered = series.setdefault(name[1], {})
            if int(name[2]) in numbered:
                raise OutputError(f"{path}: {numbered[int(name[2])].name} has the same number. Delete one of them")
            numbered[int(name[2])] = path
    if not series:
        raise OutputError(
            f"{folder}: holds no frames: neither those of kernelwalk render, nor PNGs of Blender whose names end in "
            "their numbers. Name their folder"
        )
    if len(series) > 1:
        names = ", ".join(f"{name}*.png" for name in series)
        raise OutputError(f"{folder}: holds frames of several names: {names}. Leave those of one film in it")
    (found,) = series.values()
    if missing := [frame for frame in frames if frame not in found]:
        raise OutputError(
            f"{folder}: frames {format_ranges(missing)} are missing: the walk has {frames[0]} to {frames[-1]}. Render "
            "them in Blender, or name the spec that the .blend was made from"
        )
    if others := sorted(found.keys() - set(frames)):
        raise OutputError(
            f"{folder}: frames {format_ranges(others)} are not of this walk, which has {frames[0]} to {frames[-1]}. "
            "Delete them, or name the spec that the .blend was made from"
        )
    return [found[frame] for frame in frames]


def load_blender_frame(path: Path, spec: Spec) -> Bytes:
    """Return the pixels of a frame (see DecodedFrame). Raises OutputError unless it is a whole picture of the spec's
    size, with transparency only if the spec has it."""
    pixels = decode_frame(path, spec.render.resolution).pixels
    with Image.open(path) as picture:
        if picture.mode.startswith("I"):
            raise OutputError(f"{path}: is grey in 16 bits. Choose the color RGB in Blender's output settings")
        has_alpha = picture.mode.endswith("A") or picture.has_transparency_data
    if spec.render.transparent and not has_alpha:
        raise OutputError(f"{path}: has no transparency. Choose RGBA in Blender's output settings")
    if not spec.render.transparent and np.any(pixels[..., 3] < 255):
        raise OutputError(f"{path}: is transparent, and the spec is not. Add --transparent")
    return pixels
