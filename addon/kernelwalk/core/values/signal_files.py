# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals along one axis from files: a column of a .csv, or the sound of a .wav."""

from __future__ import annotations

import csv
import math
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..arrays import Floats
from ..errors import format_value
from ..validation import InvalidValue
from .tensor_files import DAMAGED, choose_member

MAX_CSV_SIZE = 64 << 20
"""Bytes of a .csv file."""

DELIMITERS = ",;\t"

MAX_WAV_CHUNKS, MAX_WAV_CHANNELS = 1000, 64

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
"""Formats of a .wav file: whole numbers, floats, and one whose real format stands further back."""


def read_csv_column(path: Path, column: str, limit: int, first: int | None = None) -> Floats:
    """Return the numbers of a column, shape (n,). Raises InvalidValue, and OSError.

    column: its name in the first row, or its number from 1; may be empty where there is one column
    limit:  most numbers that are read
    first:  numbers to read from the beginning; None reads all
    """
    if path.stat().st_size > MAX_CSV_SIZE:
        raise InvalidValue(f"it has more than {MAX_CSV_SIZE >> 20} MB", "Use a shorter one")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _find_delimiter(file)
            rows = csv.reader(file, delimiter=delimiter)
            numbers = _take(_read_column(rows, column), limit, first)
    except UnicodeDecodeError:
        raise InvalidValue("it is not text in UTF-8", "Save it as UTF-8") from None
    except csv.Error as error:
        raise InvalidValue(f"it is no .csv: {error}", DAMAGED) from None
    if not numbers:
        raise InvalidValue("there are no numbers in it", "Write one a row")
    return np.array(numbers, np.float64)


def _find_delimiter(file: IO[str]) -> str:
    """Return the delimiter that the first line has most of."""
    line = file.readline(1 << 16)
    file.seek(0)
    return max(DELIMITERS, key=line.count)


def _read_column(rows: Any, column: str) -> Iterator[float]:
    """Iterate over the numbers of a column."""
    at = None
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if at is None:
            has_names = not all(_is_number(cell) for cell in row if cell.strip())
            at = _find_column(column, row if has_names else [], len(row))
            if has_names:
                continue
        cell = row[at].strip() if at < len(row) else ""
        number = float(cell) if _is_number(cell) else math.nan
        if not math.isfinite(number):
            raise InvalidValue(f"line {rows.line_num}: {format_value(cell)} is not a number", "Write a number, as 1.5")
        yield number


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _find_column(column: str, names: Sequence[str], count: int) -> int:
    """Return the index of a column."""
    names = [name.strip() for name in names]
    if column in names:
        return names.index(column)
    if column.isascii() and column.isdigit() and 1 <= int(column[:9]) <= count:
        return int(column[:9]) - 1
    numbers = [str(number + 1) for number in range(count)]
    return choose_column(column, names or numbers)


def choose_column(column: str, names: Sequence[str]) -> int:
    """Return the index of the only column. Raises InvalidValue with the names of all, where there are several."""
    try:
        return list(names).index(choose_member(column, names))
    except InvalidValue as error:
        raise InvalidValue(error.problem.replace("array", "column"), error.remedy) from None


def _take(numbers: Iterator[float], limit: int, first: int | None) -> list[float]:
    taken: list[float] = []
    for number in numbers:
        if len(taken) == first:
            break
        if len(taken) == limit:
            raise InvalidValue(f"it has more than {limit:,} numbers", "Use a shorter one")
        taken.append(number)
    return taken


def read_wav(path: Path, limit: int, first: int | None = None) -> Floats:
    """Return a sound, from -1 to 1, shape (n,): the mean of its channels. Raises InvalidValue, and OSError.

    limit: most samples that are read
    first: samples to read from the beginning; None reads all
    Format: RIFF, with PCM of 8, 16, 24 or 32 bits, or floats.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            raise InvalidValue("it is no .wav file", "Save it as WAV")
        layout: tuple[int, int, int] | None = None
        for _ in range(MAX_WAV_CHUNKS):
            chunk = file.read(8)
            if len(chunk) < 8:
                break
            name, length = struct.unpack("<4sI", chunk)
            if length > size - file.tell():
                what = f"a part of it should have {length:,} bytes, and {size - file.tell():,} are there"
                raise InvalidValue(what, DAMAGED)
            if name == b"fmt ":
                layout = _parse_wav_format(file.read(min(length, 64)))
                file.seek(max(length - 64, 0), 1)
            elif name == b"data" and layout:
                return _read_samples(file, length, *layout, limit, first)
            else:
                file.seek(length, 1)
            file.seek(length % 2, 1)  # chunks begin at even bytes
    raise InvalidValue("there is no sound in it", DAMAGED)


def _parse_wav_format(data: bytes) -> tuple[int, int, int]:
    """Return format, channels and bytes per sample."""
    if len(data) < 16:
        raise InvalidValue("its format is cut off", DAMAGED)
    kind, channels, _, _, block, bits = struct.unpack_from("<HHIIHH", data)
    if kind == EXTENSIBLE and len(data) >= 26:
        kind = struct.unpack_from("<H", data, 24)[0]
    if (kind, bits) not in [(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)]:
        raise InvalidValue(f"samples of {bits} bits in the format {kind} are not read", "Save it as PCM of 16 bits")
    if not 1 <= channels <= MAX_WAV_CHANNELS or block != channels * bits // 8:
        raise InvalidValue(f"{channels} channels in blocks of {block} bytes are wrong", DAMAGED)
    return kind, channels, bits // 8


def _read_samples(
    file: IO[bytes], length: int, kind: int, channels: int, width: int, limit: int, first: int | None
) -> Floats:
    count = length // (channels * width)
    count = count if first is None else min(first, count)
    if count > limit:
        raise InvalidValue(f"it has {count:,} samples, more than {limit:,}", "Use a shorter one")
    if count == 0:
        raise InvalidValue("there is no sound in it", DAMAGED)
    data = file.read(count * channels * width)
    if len(data) != count * channels * width:
        raise InvalidValue("the file is cut off", DAMAGED)
    if kind == FLOAT:
        samples = np.frombuffer(data, f"<f{width}").astype(np.float64)
    elif width == 1:
        samples = np.frombuffer(data, np.uint8) / 128.0 - 1.0  # without a sign, as the format has it
    else:
        whole = np.zeros((count * channels, 4), np.uint8)
        whole[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(-1, width)  # the upper bytes
        samples = whole.view("<i4")[:, 0] / 2.0**31
    return samples.reshape(count, channels).mean(axis=1)
