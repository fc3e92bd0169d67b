# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of Keras 3 (.keras): a zip with the layers as JSON and the weights as HDF5. No framework is needed, and no code
of the file runs. The model becomes one of ONNX."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kernelwalk.core.errors import format_value

from ..failures import UsageError
from .converted_graph import Graph
from .keras_layers import add_layer
from .keras_weights import KerasWeights, read_weights
from .layer_parameters import NotDrawn
from .onnx_file import MAX_BYTES

CONFIG, WEIGHTS = "config.json", "model.weights.h5"

MAX_CONFIG = 50_000_000
"""Bytes of the layers as JSON."""

MODELS = ("Functional", "Sequential")
"""Classes of models that have all their layers in the file; of others, the layers are code."""

DAMAGED = (
    *(AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError, OSError),
    *(RuntimeError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, subprocess.TimeoutExpired),
)
"""Exceptions of the readers of zip, JSON and HDF5 on a damaged file."""


def load_keras(path: Path) -> Any:
    """Return the model in a file as a model of ONNX. Raises UsageError."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(_read_member(path, archive, CONFIG, MAX_CONFIG))
            data = _read_member(path, archive, WEIGHTS, MAX_BYTES)
        graph = Graph()
        _Reader(path, graph, read_weights(data)).add_model(config, "", "", None)
        return graph.make_model()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: it cannot be read: {error.strerror}. Check its name") from None
    except DAMAGED:
        raise UsageError(f"{path}: it is no .keras file, or it is damaged. Save the model again") from None


def _read_member(path: Path, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if name not in archive.namelist():
        raise UsageError(f"{path}: it holds no {name}, so it is no file of Keras 3. Save the model with it")
    with archive.open(name) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise UsageError(f"{path}: {name} in it has more than the {most:,} bytes that are read. Use a smaller model")
    return data


class _Reader:
    """The reading of a file: its layers, one after the other, and the models inside it."""

    def __init__(self, path: Path, graph: Graph, weights: KerasWeights) -> None:
        self.path, self.graph, self.weights = path, graph, weights

    def add_model(self, config: Mapping[str, Any], group: str, prefix: str, given: Sequence[str] | None) -> list[str]:
        """Add the layers of a model, and return the keys of its outputs.

        group:  path of the model in the file of weights
        prefix: of its layers' names
        given:  keys of its inputs, None for the model's own
        """
        if config["class_name"] not in MODELS:
            what = f"its class {format_value(config['class_name'], 60)} is code, and no code of a file is run"
            raise UsageError(f"{self.path}: {what}. Save a Functional or a Sequential model")
        layers = config["config"]["layers"]
        groups = _find_groups(layers, group, self.weights)
        if config["class_name"] == "Sequential":
            last = list(given) if given is not None else []
            for layer in layers:
                if layer["class_name"] != "InputLayer":
                    last = self._add(layer, groups, prefix, last, len(last) and self.graph.axes[last[0]])
                elif given is None:
                    last = [self._add_input(layer)]
            return last
        return self._add_functional(config["config"], groups, prefix, given)

    def _add_functional(
        self, config: Mapping[str, Any], groups: Mapping[str, str], prefix: str, given: Sequence[str] | None
    ) -> list[str]:
        found: dict[tuple[Any, ...], str] = {}
        starts = [tuple(each[:3]) for each in _list_histories(config["input_layers"])]
        axes: dict[tuple[Any, ...], int] = {}
        for layer in config["layers"]:
            for node in layer["inbound_nodes"]:
                axes |= {tuple(each[:3]): each[3] for each in _list_tensors(node)}
        waiting = [
            (layer, number, node) for layer in config["layers"] for number, node in enumerate(layer["inbound_nodes"])
        ]
        for layer in config["layers"]:
            place = (layer["name"], 0, 0)
            if layer["class_name"] == "InputLayer":
                found[place] = self._add_input(layer) if given is None else given[starts.index(place)]
        while waiting:
            later = []
            for layer, number, node in waiting:
                reads = [tuple(each[:3]) for each in _list_tensors(node)]
                if layer["class_name"] == "InputLayer":
                    continue
                if not all(each in found for each in reads):
                    later.append((layer, number, node))
                    continue
                suffix = f"_{number}" if number else ""
                count = axes.get((layer["name"], number, 0), 0)
                keys = [found[each] for each in reads]
                made = self._add(layer, groups, prefix, keys, count or self.graph.axes[keys[0]], suffix)
                found |= {(layer["name"], number, at): key for at, key in enumerate(made)}
            if len(later) == len(waiting):
                raise ValueError("layers that wait for each other")
            waiting = later
        return [found[tuple(each[:3])] for each in _list_histories(config["output_layers"])]

    def _add_input(self, layer: Mapping[str, Any]) -> str:
        config = layer["config"]
        shape = config.get("batch_shape") or config["batch_input_shape"]
        name = str(config["name"])
        self.graph.add_input(name, shape)
        return name

    def _add(
        self,
        layer: Mapping[str, Any],
        groups: Mapping[str, str],
        prefix: str,
        reads: Sequence[str],
        axes: int,
        suffix: str = "",
    ) -> list[str]:
        """Add a layer, and return the keys of its outputs."""
        name = str(layer["config"]["name"])
        group = groups[name]
        if layer["class_name"] in MODELS:
            return self.add_model(layer, group, f"{prefix}{name}/", reads)
        key = f"{prefix}{name}{suffix}"
        if key in self.graph.axes:
            raise ValueError("two layers of one name")
        weights = _LayerWeights(self.path, name, group, self.weights)
        try:
            add_layer(self.graph, layer["class_name"], layer["config"], weights, list(reads), key)
        except NotDrawn as error:
            self.graph.add_unread(str(layer["class_name"]), reads, [(key, axes)], str(error))
        return [key]


class _LayerWeights:
    """The weights of a layer, in the order in which Keras numbers them."""

    def __init__(self, path: Path, name: str, group: str, weights: KerasWeights) -> None:
        self.path, self.name, self.group, self.weights = path, name, group, weights

    def __getitem__(self, number: int) -> Any:
        place = f"{self.group}/vars/{number}"
        if place in self.weights.arrays:
            return self.weights.arrays[place]
        where = f"{self.path}: the weights of {format_value(self.name, 60)}"
        problem = self.weights.problems.get(place, "they are not where Keras 3 puts them")
        raise UsageError(f"{where} are not read: {problem}. Save the model again with Keras 3")


def _find_groups(layers: Sequence[Mapping[str, Any]], group: str, weights: KerasWeights) -> dict[str, str]:
    """Return the path of each layer's weights by the layer's name.

    Groups are named by class and numbered in order. Newer files have each layer's own name beside.
    """
    holder = f"{group}/layers".lstrip("/")
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for layer in layers:
        kind = _to_snake_case(str(layer["class_name"]))
        number = counts[kind] = counts.get(kind, -1) + 1
        found[str(layer["config"]["name"])] = f"{holder}/{kind}_{number}" if number else f"{holder}/{kind}"
    named = {name: path for path, name in weights.names.items() if path.rpartition("/")[0] == holder}
    return found | named


def _to_snake_case(name: str) -> str:
    """Return the name of a class as Keras writes it in files.

    >>> _to_snake_case("Conv2DTranspose"), _to_snake_case("ReLU")
    ('conv2d_transpose', 're_lu')
    """
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _list_tensors(node: Any) -> list[tuple[Any, ...]]:
    """Return layer, node, place and number of axes of each tensor that a layer is called with."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            config = node["config"]
            return [(*config["keras_history"], len(config["shape"]))]
        return [each for part in node.values() for each in _list_tensors(part)]
    if isinstance(node, list):
        return [each for part in node for each in _list_tensors(part)]
    return []


def _list_histories(given: Any) -> list[list[Any]]:
    """Return the [layer, node, place] in a model's inputs or outputs, which may be nested."""
    if isinstance(given, list) and given and isinstance(given[0], str):
        return [given]
    parts = given.values() if isinstance(given, Mapping) else given
    return [each for part in parts for each in _list_histories(part)]
