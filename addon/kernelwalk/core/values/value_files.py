# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a spec's values name, read: each name in the table of a spec is replaced by the numbers in its file.

This happens before the spec is checked, so that a spec needs no files, wherever it goes.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import Floats
from ..errors import Problem, SpecError, format_value
from ..layers.formatting import format_size
from ..layers.registry import Layer
from ..spec.limits import MAX_NUMBERS
from ..spec.parse import spec_from_table
from ..spec.parse_layers import read_layers
from ..spec.table_reader import TableReader
from ..spec.value_names import MEMBER_SIGN, list_file_names
from ..spec.values_section import FIELDS, LARGEST_NUMBER
from ..validation import InvalidValue
from .fitting import crop, scale
from .signal_files import read_csv_column, read_wav
from .tensor_files import read_tensor

MAX_PIXELS = 25_000_000
"""Pixels of a picture, and numbers of another file that is cropped or scaled."""

MAX_NAME = 300
"""Characters of a file's name that a message shows."""

TENSOR_SUFFIXES, SIGNAL_SUFFIXES = (".npy", ".npz", ".safetensors"), (".csv", ".wav")
MEMBER_SUFFIXES = (".npz", ".safetensors", ".csv")
"""Files in which a # and a name choose an array or a column."""

CODE_SUFFIXES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
"""Files whose reading may run any code."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey (ITU-R BT.601)."""

PictureReader = Callable[[Path, int], Any]
"""Returns the pixels of a picture, shape (1 or 3, height, width), from 0 to 1; the top row first.

Called with the path and the most pixels that are read. Raises InvalidValue, and OSError.
"""


def read_value_files(
    table: Mapping[str, Any], read_picture: PictureReader | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return the table of a spec with numbers in place of files' names, and a sentence for each file that was fitted.

    Relative names start at the current folder. Raises SpecError with all problems, those of the rest of the table too.
    """
    table = dict(table)
    names = list(list_file_names(table.get("values")))
    if not names:
        return table, []
    table["values"] = copy.deepcopy(table["values"])
    layers = read_layers(TableReader("", table, []))
    if not layers:
        del table["values"]
        spec_from_table(table)  # raises SpecError
    reader = _Reader(table["values"], layers, read_picture)
    problems: list[Problem] = []
    for where, entry, key in list_file_names(table["values"]):
        try:
            entry[key] = reader.read(where, key, entry[key])
        except (InvalidValue, OSError, ValueError) as error:
            problems.append(_describe(where, entry[key], error))
            entry[key] = {"input": "ramp", "kernel": "random"}.get(key, 1.0)  # not a second problem
    if problems:
        try:
            spec_from_table(table)
        except SpecError as error:
            problems.extend(error.problems)
        raise SpecError(problems)
    return table, reader.notes


def fit_picture(name: str, pixels: Any, layer: Layer, fit: str, white: float) -> tuple[Floats, list[str]]:
    """Return pixels as the values of a layer's input, shape (channels, height, width), and a sentence if it was fitted.

    name:       what messages call the picture
    pixels:     shape (1 or 3, any height, any width), from 0 to 1
    fit, white: as in the section [values]
    Raises InvalidValue.
    """
    reader = _Reader({"fit": fit, "white": white}, [layer], None)
    reader.check_picture_layer()
    return reader.convert_picture(name, pixels), reader.notes


def _describe(where: str, name: str, error: InvalidValue | OSError | ValueError) -> Problem:
    """Return the problem of a file."""
    file = format_value(name, MAX_NAME)
    if isinstance(error, InvalidValue):
        return Problem(where, f"{file}: {error.problem}", error.remedy)
    reason = getattr(error, "strerror", None) or "its name is not possible"
    return Problem(where, f"{file} cannot be read: {reason}", "Check its name and permissions")


class _Reader:
    """A reader of the files of one spec.

    notes: what was cropped or scaled
    """

    def __init__(self, values: Mapping[str, Any], layers: Sequence[Layer], read_picture: PictureReader | None):
        self.layers, self.read_picture = layers, read_picture
        self.fit = values.get("fit", "error")
        self.white = values.get("white", 1.0)
        self.notes: list[str] = []

    def read(self, where: str, key: str, name: str) -> Any:
        """Return the numbers of a file as nested lists. Raises InvalidValue, OSError and ValueError."""
        path, member = _find_file(name, key)
        number = int(where.partition("[")[2].partition("]")[0] or 0)
        if key == "input":
            values = self._read_input(path, member)
        elif path.suffix.lower() not in TENSOR_SUFFIXES:
            raise InvalidValue("weights are not read from such a file", f"Use {' or '.join(TENSOR_SUFFIXES)}")
        elif key == "kernel":
            values = _read_kernel(path, member, self.layers[min(number, len(self.layers) - 1)])
        else:
            values = _check_numbers(read_tensor(path, member, MAX_NUMBERS))
            values = values.reshape(-1) if values.size == max(values.shape, default=1) else values
        return values.tolist()

    def _read_input(self, path: Path, member: str) -> Floats:
        """Return the input's values, shape (channels, *sizes)."""
        layer, suffix = self.layers[0], path.suffix.lower()
        if suffix in TENSOR_SUFFIXES:
            limit = MAX_NUMBERS if self.fit == "error" else MAX_PIXELS
            values = _check_numbers(read_tensor(path, member, limit))
            values = values[None] if layer.channels.inputs == 1 and values.ndim == layer.dims else values
            while values.ndim > layer.dims + 1 and len(values) == 1:
                values = values[0]  # a batch of one
            if values.ndim != layer.dims + 1 or len(values) != layer.channels.inputs:
                raise self._shape_error(values.shape)
            return self._fit(path.name, values)
        if suffix in SIGNAL_SUFFIXES:
            return self._fit(path.name, self._read_signal(path, member)[None])
        if self.read_picture is None:
            raise InvalidValue("pictures are not read here", "Use .npy, or Kernelwalk's commands")
        self.check_picture_layer()
        return self.convert_picture(path.name, self.read_picture(path, MAX_PIXELS))

    def check_picture_layer(self) -> None:
        """Raise InvalidValue if the input cannot be a picture."""
        layer = self.layers[0]
        if layer.dims != 2 or layer.channels.inputs not in (1, 3):
            what = f"a picture has two axes and 1 or 3 channels, and the input is {self._wanted()}"
            raise InvalidValue(what, "Use another layer, or an array of numpy")

    def convert_picture(self, name: str, pixels: Any) -> Floats:
        """Return the input's values, shape (channels, height, width), of pixels from 0 to 1. Raises InvalidValue."""
        pixels = self._fit(name, _convert_channels(pixels, self.layers[0].channels.inputs))
        white = self.white if isinstance(self.white, (int, float)) and 0 < self.white <= LARGEST_NUMBER else 1.0
        # a millionth of white is finer than pixels of 16 bits, and readable
        return np.round(pixels.astype(np.float64) * white, 6 - math.ceil(math.log10(white)))

    def _read_signal(self, path: Path, member: str) -> Floats:
        layer = self.layers[0]
        if layer.dims != 1 or layer.channels.inputs != 1:
            what = f"a signal has one axis and one channel, and the input is {self._wanted()}"
            raise InvalidValue(what, "Use a layer of one axis, such as nn.Conv1d(1, 1, 3)")
        wanted = layer.input[0]
        first = wanted + 1 if self.fit == "crop" else None
        limit = MAX_NUMBERS if self.fit == "error" else MAX_PIXELS
        if path.suffix.lower() == ".wav":
            signal = _check_numbers(read_wav(path, limit, first))
        else:
            signal = read_csv_column(path, member, limit, first)
        if first is None or len(signal) < first:
            return signal
        self.notes.append(f"{path.name}: cropped to the first {wanted:,} numbers")
        return signal[:wanted]

    def _fit(self, name: str, values: Any) -> Any:
        """Return values (channels, *any sizes) in the input's size."""
        have, want = values.shape[1:], self.layers[0].input
        if tuple(have) == tuple(want):
            return values
        if self.fit not in ("crop", "scale"):
            raise self._shape_error(have)
        if self.fit == "crop":
            if any(size < wanted for size, wanted in zip(have, want, strict=True)):
                what = f"it is {format_size(have)}, too small to be cropped to {format_size(want)}"
                raise InvalidValue(what, 'Use a larger one, or set values.fit to "scale"')
            self.notes.append(f"{name}: cropped from {format_size(have)} to {format_size(want)}")
            return crop(values, want)
        self.notes.append(f"{name}: scaled from {format_size(have)} to {format_size(want)}")
        return scale(values, want)

    def _wanted(self) -> str:
        layer = self.layers[0]
        channels = layer.channels.inputs
        return format_size((channels, *layer.input) if channels > 1 else layer.input)

    def _shape_error(self, have: Sequence[int]) -> InvalidValue:
        layer, wanted = self.layers[0], self._wanted()
        remedy = 'Set values.fit to "crop" or "scale", or change the layer\'s input'
        if len(have) not in (layer.dims, layer.dims + 1):
            remedy = "Use an array with the layer's axes, channels first"
        return InvalidValue(f"it is {format_size(have) or 'one number'}, and the input is {wanted}", remedy)


def _find_file(name: str, key: str) -> tuple[Path, str]:
    """Return the path of a key's file, and the name of the array in it. Raises InvalidValue."""
    if "://" in name:
        raise InvalidValue("it is a web address", "Download the file first, and name it")
    file, sign, member = name.rpartition(MEMBER_SIGN)
    if not sign or not file.lower().endswith(MEMBER_SUFFIXES):
        file, member = name, ""
    path = Path(file)
    suffix = path.suffix.lower()
    if suffix in CODE_SUFFIXES:
        remedy = (
            "Load it where you trust it, and save the tensors: "
            "safetensors.torch.save_file(model.state_dict(), 'weights.safetensors'), "
            "or numpy.savez('weights.npz', kernel=tensor.numpy())"
        )
        raise InvalidValue(f"reading a {suffix} file may run code that it holds", remedy)
    if not path.is_file():
        if _is_number(name):
            raise InvalidValue("it is a text", f"Write the number without quotes: {name}")
        what = "it is not a file" if path.exists() else "there is no such file"
        names = ", ".join(FIELDS[key].options) if key in FIELDS else ""
        raise InvalidValue(what, f"Name one that is there, or one of {names}" if names else "Name one that is there")
    return path, member


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _read_kernel(path: Path, member: str, layer: Layer) -> Floats:
    """Return the kernel in a file, shape (outputs, inputs per group, *kernel)."""
    channels = layer.channels
    values = _check_numbers(read_tensor(path, member, MAX_NUMBERS))
    # PyTorch's transposed convolutions have their inputs first, and safetensors are PyTorch's
    is_turned = layer.op == "conv_transpose" and path.suffix.lower() == ".safetensors"
    turned = (channels.inputs, channels.outputs // channels.groups, *layer.kernel)
    wanted = turned if is_turned else layer.kernel_shape
    if wanted[:2] == (1, 1) and values.shape == layer.kernel:
        return values[None, None]
    if values.shape != wanted:
        what = f"it is {format_size(values.shape) or 'one number'}, and the layer's kernel is {format_size(wanted)}"
        raise InvalidValue(what, "Use an array of that shape, or change the layer")
    return turn_kernel(layer, values) if is_turned else values


def turn_kernel(layer: Layer, weights: Floats) -> Floats:
    """Return weights of a transposed convolution with the outputs first, shape `layer.kernel_shape`.

    weights: in the order of PyTorch and ONNX, shape (inputs, outputs per group, *kernel)
    """
    channels = layer.channels
    parts = weights.reshape(channels.groups, channels.inputs // channels.groups, -1, *layer.kernel)
    return parts.swapaxes(1, 2).reshape(layer.kernel_shape)


def check_picture_size(width: int, height: int, max_pixels: int) -> None:
    """Raise InvalidValue for a picture of more than `max_pixels`."""
    if width * height > max_pixels:
        what = f"a picture of {width:,} × {height:,} pixels is too large"
        raise InvalidValue(what, f"Make it smaller: at most {max_pixels:,} pixels")


def _convert_channels(pixels: Any, count: int) -> Any:
    """Return pixels (1 or 3, height, width) with `count` channels: in grey, or grey in each color."""
    if len(pixels) == count:
        return pixels
    if count == 1:
        return np.tensordot(np.array(LUMA, pixels.dtype), pixels, axes=1)[None]
    return np.repeat(pixels, count, axis=0)


def _check_numbers(values: Floats) -> Floats:
    """Return the values. Raises InvalidValue if one is not finite, or too large."""
    is_wrong = ~(np.abs(values) <= LARGEST_NUMBER)  # true for NaN, too
    if is_wrong.any():
        place = np.argwhere(is_wrong)[0].tolist()
        what = f"it holds {values[tuple(place)]:g} at {format_value(place)}"
        raise InvalidValue(what, f"Use finite numbers of at most {LARGEST_NUMBER:g}")
    return values
