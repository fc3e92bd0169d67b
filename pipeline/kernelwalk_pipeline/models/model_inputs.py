# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs that a model is run on: a picture, and arrays, numbers or zeros for the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from kernelwalk.core.errors import format_value
from kernelwalk.core.layers.formatting import format_size
from kernelwalk.core.validation import InvalidValue
from kernelwalk.core.values.fitting import scale
from kernelwalk.core.values.tensor_files import read_tensor
from kernelwalk.core.values.value_files import LUMA, MAX_PIXELS

from ..failures import UsageError
from ..picture_reader import read_picture
from .model_choice import Feed
from .model_graph import Shape

PICTURE_TYPES = ("float32", "float16", "float64", "uint8")
"""Types of numbers of an input of pictures."""


@dataclass(frozen=True)
class ModelInput:
    """An input of a model; sizes that the model leaves open are None."""

    name: str
    type: Any
    shape: Shape

    @property
    def has_pictures(self) -> bool:
        """True if it has a batch, channels and two axes, and a type of pictures."""
        is_flat = len(self.shape) == 4 and {self.shape[1], self.shape[3]} & {1, 3, None}
        return bool(is_flat) and self.type.name in PICTURE_TYPES


def list_inputs(path: Path, model: Any) -> list[ModelInput]:
    """Return the inputs of a model that have no numbers of their own. Raises UsageError for one that is no tensor."""
    given = {tensor.name for tensor in model.graph.initializer}
    inputs = []
    for value in model.graph.input:
        if value.name in given:
            continue
        kind = value.type.tensor_type
        try:
            numbers = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type))
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{path}: its input {format_value(value.name, 60)} holds no numbers") from None
        sizes = tuple(each.dim_value if each.dim_value > 0 else None for each in kind.shape.dim)
        inputs.append(ModelInput(value.name, numbers, sizes))
    return inputs


def make_inputs(path: Path, model: Any, feed: Feed, for_sizes: bool = False) -> tuple[dict[str, Any], list[str]]:
    """Return the array of each input of a model, and sentences on what was chosen. Raises UsageError.

    for_sizes: True if no numbers count, so that no picture is needed
    """
    inputs, notes = list_inputs(path, model), []
    named = dict(feed.arrays)
    for name in named:
        if name not in [each.name for each in inputs]:
            known = ", ".join(each.name for each in inputs)
            raise UsageError(f"{path}: --feed {format_value(name, 60)}: there is no such input. It has {known}")
    pictured = next((each for each in inputs if each.has_pictures and each.name not in named), None)
    if pictured is not None and feed.image is None and not for_sizes:
        raise UsageError(f"{path}: its input {pictured.name} is a picture. Give one with --image A.png")
    arrays: dict[str, Any] = {}
    for each in inputs:
        if each.name in named:
            arrays[each.name] = _read_array(path, each, named[each.name])
        elif each is pictured and feed.image is not None:
            arrays[each.name], note = _make_picture(path, each, feed)
            notes.append(note)
        else:
            sizes = feed.size if each is pictured and feed.size else ()
            arrays[each.name] = _make_zeros(path, each, sizes, feed.image is None and each is pictured)
            if each is not pictured:
                notes.append(f"input {each.name} is 0: --feed {each.name}=NUMBER or FILE.npy gives another one")
    if feed.image is not None and pictured is None:
        shapes = "; ".join(f"{each.name}: {_format_shape(each.shape)}" for each in inputs)
        raise UsageError(f"{path}: --image: none of its inputs is a picture ({shapes}). Use --feed NAME=FILE.npy")
    return arrays, notes


def _make_zeros(path: Path, given: ModelInput, sizes: Sequence[int], needs_size: bool) -> Any:
    shape = [size or 1 for size in given.shape]
    if sizes:
        first, _ = _find_axes(given)
        for at, size in zip((first, first + 1), sizes[-2:], strict=True):
            shape[at] = size if given.shape[at] is None else shape[at]
    elif needs_size and None in given.shape[2:]:
        raise UsageError(f"{path}: input {given.name} has no size of its own. Give --image A.png, or --input 64x64")
    _check_size(path, given.name, shape)
    return np.zeros(shape, given.type)


def _read_array(path: Path, given: ModelInput, text: str) -> Any:
    """Return an input from the name of a file, or from a number that fills it."""
    where = f"{path}: --feed {given.name}={text[:80]}"
    try:
        number = float(text)
    except ValueError:
        try:
            values = read_tensor(Path(text), "", MAX_PIXELS)
        except InvalidValue as error:
            raise UsageError(f"{where}: {error.problem}. {error.remedy}") from None
        except OSError as error:
            raise UsageError(f"{where}: it is no number, and no file that can be read: {error.strerror}") from None
        while values.ndim < len(given.shape):
            values = values[None]
        wrong = values.ndim != len(given.shape) or any(
            want not in (None, have) for have, want in zip(values.shape, given.shape, strict=True)
        )
        if wrong:
            raise UsageError(
                f"{where}: it is {_format_shape(values.shape)}, not {_format_shape(given.shape)}"
            ) from None
        return values.astype(given.type)
    shape = [size or 1 for size in given.shape]
    _check_size(path, given.name, shape)
    return np.full(shape, number).astype(given.type)


def _find_axes(given: ModelInput) -> tuple[int, int]:
    """Return the first axis of the picture, and the axis of channels: channels stand last only if that fits alone."""
    is_last = given.shape[3] in (1, 3) and given.shape[1] not in (1, 3)
    return (1, 3) if is_last else (2, 1)


def _make_picture(path: Path, given: ModelInput, feed: Feed) -> tuple[Any, str]:
    """Return the input that a picture is, and a sentence on it."""
    assert feed.image is not None
    where = f"{path}: --image {feed.image}"
    try:
        pixels: Any = read_picture(feed.image, MAX_PIXELS)
    except InvalidValue as error:
        raise UsageError(f"{where}: {error.problem}. {error.remedy}") from None
    except OSError as error:
        raise UsageError(f"{where}: it cannot be read: {error.strerror}. Check its name and permissions") from None
    first, channel_axis = _find_axes(given)
    channels = given.shape[channel_axis] or 3
    if channels not in (1, 3):
        raise UsageError(f"{where}: input {given.name} has {channels} channels, and a picture has 1 or 3. Use --feed")
    if len(pixels) > channels:
        pixels = np.tensordot(np.array(LUMA, np.float32), pixels, axes=1)[None]
    elif len(pixels) < channels:
        pixels = np.repeat(pixels, channels, axis=0)
    have = pixels.shape[1:]
    wanted = [
        size or given_size for size, given_size in zip(given.shape[first : first + 2], feed.size or have, strict=True)
    ]
    _check_size(path, given.name, (channels, *wanted))
    note = f"{feed.image.name}: {'gray' if channels == 1 else 'BGR' if feed.is_bgr else 'RGB'}, {format_size(wanted)}"
    if tuple(wanted) != have:
        pixels, note = scale(pixels, wanted), f"{note}, scaled from {format_size(have)}"
    if feed.is_bgr:
        pixels = pixels[::-1]
    white = feed.white or (255.0 if given.type == np.uint8 else 1.0)
    mean, spread = (np.array(part).reshape(-1, 1, 1) for part in (feed.mean, feed.spread))
    if any(len(part) not in (1, channels) for part in (mean, spread)):
        raise UsageError(f"{where}: --mean and --std take one number, or one for each of {channels} channels")
    pixels = (pixels * white - mean) / spread
    if given.type == np.uint8:
        pixels = np.clip(np.round(pixels), 0, 255)
    array = np.moveaxis(pixels, 0, -1) if channel_axis == 3 else pixels
    return np.repeat(array[None], given.shape[0] or 1, axis=0).astype(given.type), f"{note}, white is {white:g}"


def _check_size(path: Path, name: str, shape: Sequence[int]) -> None:
    if math.prod(shape) > MAX_PIXELS:
        what = f"{format_size(shape)} numbers are too many"
        raise UsageError(f"{path}: input {name}: {what}. Use at most {MAX_PIXELS:,}")


def _format_shape(shape: Sequence[int | None]) -> str:
    return " × ".join("?" if size is None else str(size) for size in shape) or "one number"
