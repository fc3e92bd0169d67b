# SPDX-License-Identifier: GPL-3.0-or-later
"""The spec of settings with values. It is parsed once for the same settings: panels ask for it at each redraw."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.errors import Problem, SpecError, format_value
from ...core.layers.registry import Layer
from ...core.spec.limits import MAX_NUMBERS
from ...core.spec.parse import spec_from_table
from ...core.spec.parse_layers import read_layers
from ...core.spec.spec import Spec
from ...core.spec.table_reader import TableReader
from ...core.spec.value_names import MEMBER_SIGN
from ...core.validation import InvalidValue
from ...core.values.value_files import MAX_NAME, MAX_PIXELS, fit_picture, read_value_files
from ...scene.image_pixels import read_image
from ..fields.packed_numbers import fit_numbers, unpack_numbers
from .layer_list import list_layers
from .value_properties import FILE, PICTURE, input_shape
from .weights_properties import NUMBERS, fit_channels, read_norm, save_weights


@dataclass(frozen=True)
class Parsed:
    """The outcome of settings.

    spec:  None if there are problems
    notes: a sentence for each file or picture that was cropped or scaled
    """

    spec: Spec | None
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def parse_settings(props: Any, table: Mapping[str, Any], shared: Mapping[str, Any]) -> Parsed:
    """Return the outcome of settings with values.

    table:  the spec without its values
    shared: the keys of the section [values] that a spec has once, but for the input
    """
    values = props.values
    weights = [save_weights(layer_props.weights) for layer_props in list_layers(props)]
    settings: dict[str, Any] = {"shared": shared, "input": values.input, "weights": weights}
    numbers = [values.numbers if values.input == NUMBERS else ""]
    for saved in weights:  # long texts stay apart: they are not escaped
        del saved["last_kernel"]
        numbers.append(saved.pop("numbers") if saved["kernel"] == NUMBERS else "")
    if values.input == PICTURE:
        settings["picture"] = _identify_image(values.image)
    elif values.input == FILE:
        path = str(Path(bpy.path.abspath(values.file)).absolute()) if values.file else ""
        settings["file"] = [path, _stamp_file(path), values.file]
    template = str(table["look"]["template"])
    stamp = _stamp_file(template) if template.endswith(".blend") else None
    return _parse(json.dumps({**table, "values": settings, "stamp": stamp}), tuple(numbers))


def forget_parsed() -> None:
    """Read pictures and files again at the next use."""
    _parse.cache_clear()


def _identify_image(image: bpy.types.Image | None) -> Any:
    """Return what tells the pixels of an image from those of another, short of a look at all of them."""
    if image is None:
        return None
    space = image.colorspace_settings.name
    return [image.session_uid, image.name, *image.size, image.is_float, image.alpha_mode, space]


def _stamp_file(path: str) -> Any:
    """Return what tells the content of a file from that of another, short of reading it."""
    for name in (path, path.rpartition(MEMBER_SIGN)[0]):
        try:
            status = Path(name).stat()
        except (OSError, ValueError):
            continue
        return [status.st_mtime_ns, status.st_size]
    return None


@lru_cache(maxsize=4)
def _parse(text: str, numbers: tuple[str, ...]) -> Parsed:
    """Return the outcome of settings.

    numbers: of the input and of each layer, packed; empty where there is a name
    """
    table = json.loads(text)
    settings = table.pop("values")
    settings["numbers"] = numbers[0]
    for saved, packed in zip(settings["weights"], numbers[1:], strict=True):
        saved["numbers"] = packed
    del table["stamp"]
    layers = read_layers(TableReader("", table, []))
    problems: list[Problem] = []
    notes: list[str] = []
    if layers:
        table["values"] = _make_values_table(settings, tuple(layers), problems, notes)
    try:
        table, read = read_value_files(table, _refuse_picture)
        spec = spec_from_table(table)
    except SpecError as error:
        path, _, given = settings.get("file", ("", None, ""))
        named = (_name_file(problem, path, given) if path else problem for problem in error.problems)
        return Parsed(None, (*problems, *named), ())
    return Parsed(None if problems else spec, tuple(problems), (*notes, *read))


def _name_file(problem: Problem, path: str, given: str) -> Problem:
    """Return a problem with the name of a file as it stands in the field."""
    return problem._replace(what=problem.what.replace(format_value(path, MAX_NAME), format_value(given, MAX_NAME)))


def _refuse_picture(path: Path, _max_pixels: int) -> Any:
    raise InvalidValue("it is none of these files", "Use .npy, .npz, .safetensors, .csv or .wav, or choose Picture")


def _make_values_table(
    settings: Mapping[str, Any], layers: Sequence[Layer], problems: list[Problem], notes: list[str]
) -> dict[str, Any]:
    """Return the section [values] as a spec has it. What cannot be read is a problem, and has a name in its place."""
    table: dict[str, Any] = dict(settings["shared"])
    try:
        table["input"] = _make_input(settings, layers[0], notes)
    except InvalidValue as error:
        problems.append(Problem("values.input", error.problem, error.remedy))
        table["input"] = "ramp"
    entries = []
    for number, (weights, layer) in enumerate(zip(settings["weights"], layers, strict=True)):
        where = "values" if len(layers) == 1 else f"values.layers[{number}]"
        try:
            entries.append(_make_layer_table(weights, layer))
        except InvalidValue as error:
            problems.append(Problem(f"{where}.kernel", error.problem, error.remedy))
            entries.append({"kernel": "random"})
    return {**table, **entries[0]} if len(layers) == 1 else {**table, "layers": entries}


def _make_input(settings: Mapping[str, Any], layer: Layer, notes: list[str]) -> Any:
    name, shared = settings["input"], settings["shared"]
    if name == NUMBERS:
        return _fit(settings["numbers"], input_shape(layer), 1)
    if name == FILE:
        if not settings["file"][0]:
            raise InvalidValue("no file is chosen", "Choose one, or another input")
        return settings["file"][0]
    if name != PICTURE:
        return name
    if settings["picture"] is None:
        raise InvalidValue("no picture is chosen", "Open one, or choose another input")
    uid, title = settings["picture"][:2]
    image = next(image for image in bpy.data.images if image.session_uid == uid)
    try:
        pixels = read_image(image, MAX_PIXELS)
        values, sentences = fit_picture(title, pixels, layer, shared["fit"], shared["white"])
    except InvalidValue as error:
        raise InvalidValue(f"{format_value(title, MAX_NAME)}: {error.problem}", error.remedy) from None
    notes += sentences
    return values.tolist()


def _make_layer_table(weights: Mapping[str, Any], layer: Layer) -> dict[str, Any]:
    table: dict[str, Any] = {"activation": weights["activation"]}
    if layer.has_weights:
        is_grid = weights["kernel"] == NUMBERS
        table["kernel"] = _fit(weights["numbers"], layer.kernel_shape, 2) if is_grid else weights["kernel"]
        table["bias"] = fit_channels(json.loads(weights["biases"]), layer.channels.outputs, 0.0)
    if weights["has_norm"]:
        table["norm"] = read_norm(weights["norm"], layer.channels.outputs)
    return table


def _fit(numbers: str, shape: tuple[int, ...], channel_axes: int) -> Any:
    if math.prod(shape) > MAX_NUMBERS:
        raise InvalidValue(f"{math.prod(shape):,} numbers are too many", f"Use at most {MAX_NUMBERS:,}, or a name")
    fitted = fit_numbers(unpack_numbers(numbers), shape, channel_axes)
    return np.asarray(fitted).tolist()
