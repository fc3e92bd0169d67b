# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a model that a command line asks for. Needs no ONNX, so that every command may load it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

MODEL_SUFFIXES = (".onnx", ".keras", ".tflite")


def is_model_file(argument: str) -> bool:
    """Return True for the name of a model's file."""
    return argument.lower().endswith(MODEL_SUFFIXES)


class Feed(NamedTuple):
    """The inputs of a model that a command line names.

    image:        a picture, or None
    arrays:       pairs of an input's name, and a file of numpy or a number, as text
    size:         sizes of the picture in the model, or None
    white:        value of white; None is 1, or 255 where a model takes bytes
    mean, spread: are subtracted from each channel, and divide it
    is_bgr:       True if the model wants blue first
    """

    image: Path | None = None
    arrays: tuple[tuple[str, str], ...] = ()
    size: tuple[int, ...] | None = None
    white: float | None = None
    mean: tuple[float, ...] = (0.0,)
    spread: tuple[float, ...] = (1.0,)
    is_bgr: bool = False


class ModelChoice(NamedTuple):
    """The part of a model that becomes a spec.

    layer:    name or number of a layer, or None
    layers:   "FROM..TO" for a chain, or None
    channels: output channels by their numbers; None takes the strongest
    region:   first cell of the output, and the one after the last, along each axis; None is the whole output
    """

    layer: str | None = None
    layers: str | None = None
    channels: tuple[int, ...] | None = None
    region: tuple[tuple[int, int], ...] | None = None
    feed: Feed = Feed()
