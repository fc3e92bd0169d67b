# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays from .npy, .npz and .safetensors files, by numpy alone and without running anything that a file holds.

A file's header is checked before any number is read: headers lie, and files are cut off.
Formats: numpy.lib.format; https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..arrays import Floats
from ..errors import format_value
from ..layers.formatting import format_size
from ..validation import InvalidValue

MAX_NPY_HEADER = 10_000
"""Bytes of the header of an array, as numpy allows them."""

MAX_SAFETENSORS_HEADER = 4 << 20
"""Bytes of the header of a safetensors file: some 30,000 tensors."""

MAX_ZIP_DIRECTORY = 8 << 20
"""Bytes of the directory of an .npz file."""

MAX_ARRAY_AXES = 8

NPY_HEADER = re.compile(
    r"\{'descr': *'([^']{1,8})', *'fortran_order': *(True|False), *"
    r"'shape': *\(((?:\d{1,18}L?, ?)*(?:\d{1,18}L?)?)\) *,? *\} *\n?"
)
NUMBER_TYPES = re.compile(r"[<>|=]?(f[248]|[iu][1248]|b1)")

SAFETENSORS_TYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "BOOL": "|b1"},
    **{f"{sign.upper()}{8 * size}": f"<{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8)},
}
"""numpy's type of each type of safetensors. A bfloat16 is the upper half of a float32."""

MAX_LISTED = 8
"""Arrays of a file that a message names."""

DAMAGED = "Save the file again"


def read_tensor(path: Path, member: str, limit: int) -> Floats:
    """Return an array of numbers from a file. Raises InvalidValue, and OSError.

    member: its name in a file of several arrays; may be empty in a file of one
    limit:  most numbers that are read
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return _read_npz(path, member, limit)
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        return (
            _read_safetensors(file, size, member, limit) if suffix == ".safetensors" else _read_npy(file, size, limit)
        )


def _read_npy(file: IO[bytes], size: int, limit: int) -> Floats:
    """Return the array of a file of `size` bytes."""
    start = file.read(8)
    if start[:6] != b"\x93NUMPY":
        raise InvalidValue("it is no array of numpy", "Save it by numpy.save or numpy.savez")
    width, form = (2, "<H") if start[6:7] == b"\x01" else (4, "<I")
    length = struct.unpack(form, _read_exactly(file, width))[0]
    if length > MAX_NPY_HEADER:
        raise InvalidValue(f"its header of {length:,} bytes is too long", DAMAGED)
    header = _read_exactly(file, length).decode("latin-1")
    match = NPY_HEADER.fullmatch(header)
    if match is None or not NUMBER_TYPES.fullmatch(match[1]):
        if "O" in (match[1] if match else "") or re.search(r"'[|]O\d?'", header):
            raise InvalidValue("it holds Python objects, which only running code can read", _HOW_TO_CONVERT)
        raise InvalidValue("it does not hold plain numbers", _HOW_TO_CONVERT)
    shape = [int(part) for part in re.findall(r"\d+", match[3])]
    kind = np.dtype(match[1])
    data = _read_numbers(file, shape, kind, size - len(start) - width - length, limit)
    return data.reshape(shape, order="F" if match[2] == "True" else "C").astype(np.float64)


_HOW_TO_CONVERT = "Convert it first: numpy.save(path, array.astype(float))"


def _read_numbers(file: IO[bytes], shape: Sequence[int], kind: np.dtype[Any], size: int, limit: int) -> Any:
    """Return the numbers of an array, flat, from the next `size` bytes of a file."""
    _check_shape(shape, limit)
    needed = math.prod(shape) * kind.itemsize
    if needed > size:
        raise InvalidValue(f"its header promises {needed:,} bytes of numbers, and {max(size, 0):,} are there", DAMAGED)
    return np.frombuffer(_read_exactly(file, needed), kind)


def _check_shape(shape: Sequence[int], limit: int) -> None:
    if len(shape) > MAX_ARRAY_AXES:
        raise InvalidValue(f"an array of {len(shape)} axes is no layer's", f"Use at most {MAX_ARRAY_AXES}")
    count = math.prod(shape)
    if count == 0:
        raise InvalidValue(f"an array of shape {format_value(list(shape))} is empty", "Use one with numbers in it")
    if count > limit:
        raise InvalidValue(
            f"an array of {format_value(list(shape))} is {format_value(count)} numbers",
            f"Use one of at most {limit:,}",
        )


def _read_exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise InvalidValue("the file is cut off", DAMAGED)
    return data


def _read_npz(path: Path, member: str, limit: int) -> Floats:
    try:
        _check_zip_directory(path)
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
            info = archive.getinfo(choose_member(member, names) + ".npy")
            if info.flag_bits & 1:
                raise InvalidValue("it is encrypted", "Save it without a password")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InvalidValue("it is packed in another way than numpy's", "Save it by numpy.savez")
            with archive.open(info) as file:
                return _read_npy(file, info.file_size, limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, ValueError) as error:
        raise InvalidValue(f"it is no sound .npz: {format_value(str(error))[1:-1]}", DAMAGED) from None


def _check_zip_directory(path: Path) -> None:
    """Raise InvalidValue for an archive whose directory would take much memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 66_000, 0))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise InvalidValue("it is no .npz file, or it is cut off", DAMAGED)
    if struct.unpack_from("<I", tail, at + 12)[0] > MAX_ZIP_DIRECTORY or b"PK\x06\x07" in tail[max(at - 20, 0) : at]:
        raise InvalidValue("it holds too many arrays", "Save the one that is needed alone")


def choose_member(member: str, names: Sequence[str]) -> str:
    """Return the name of an array in a file, which may be left out where there is one. Raises InvalidValue."""
    if member in names:
        return member
    if not member and len(names) == 1:
        return names[0]
    what = f"it has no array {format_value(member)}" if member else f"it holds {len(names):,} arrays"
    raise InvalidValue(what, f"Write one after a #: {_list_some(names)}" if names else DAMAGED)


def _list_some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else ""
    return ", ".join(format_value(name)[1:-1] for name in names[:MAX_LISTED]) + more


def _read_safetensors(file: IO[bytes], size: int, member: str, limit: int) -> Floats:
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= size - 8:
        raise InvalidValue("it is no safetensors file, or it is cut off", DAMAGED)
    if length > MAX_SAFETENSORS_HEADER:
        raise InvalidValue(f"its header of {length:,} bytes is too long", DAMAGED)
    try:
        header = json.loads(_read_exactly(file, length))
    except (ValueError, RecursionError):  # not JSON, not UTF-8, or nested too deep
        raise InvalidValue("its header is no JSON", DAMAGED) from None
    if not isinstance(header, dict):
        raise InvalidValue("its header is no table of tensors", DAMAGED)
    names = [name for name in header if name != "__metadata__"]
    entry = header[choose_member(member, names)]
    kind, shape, first, last = _check_entry(entry)
    if last > size - 8 - length:
        raise InvalidValue(f"its header promises {last:,} bytes, and {size - 8 - length:,} are there", DAMAGED)
    _check_shape(shape, limit)
    if math.prod(shape) * kind.itemsize != last - first:
        what = f"{format_size(shape)} numbers of {kind.itemsize} bytes are not the {last - first:,} bytes that it has"
        raise InvalidValue(what, DAMAGED)
    file.seek(8 + length + first)
    data = _read_numbers(file, shape, kind, last - first, limit)
    if entry["dtype"] == "BF16":
        data = (data.astype(np.uint32) << 16).view(np.float32)
    return data.reshape(shape).astype(np.float64)


def _check_entry(entry: Any) -> tuple[np.dtype[Any], list[int], int, int]:
    """Return type, shape and offsets of a tensor. Raises InvalidValue."""
    entry = entry if isinstance(entry, dict) else {}
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    whole = [
        isinstance(part, list) and all(type(number) is int and 0 <= number < 1 << 60 for number in part)
        for part in (shape, offsets)
    ]
    if not all(whole) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise InvalidValue("the tensor's shape or place in the header is wrong", DAMAGED)
    name = entry.get("dtype")
    if not isinstance(name, str) or name not in SAFETENSORS_TYPES:
        remedy = "Convert it first, to F32: tensor.float()"
        raise InvalidValue(f"numbers of the type {format_value(name, 20)} are not read", remedy)
    return np.dtype(SAFETENSORS_TYPES[name]), shape, *offsets
