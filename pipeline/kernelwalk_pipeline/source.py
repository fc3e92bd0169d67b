# SPDX-License-Identifier: GPL-3.0-or-later
"""The SPEC arguments of the command line: a TOML file, a preset, a layer as code or of a model, with the settings
applied."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from kernelwalk.core import Problem, Spec, SpecError, spec_from_table
from kernelwalk.core.errors import format_value
from kernelwalk.core.frameworks.known_frameworks import find_layer
from kernelwalk.core.frameworks.parsing.code_text import is_param_text
from kernelwalk.core.frameworks.parsing.sequential import prefer_framework, read_chain
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.fields import collect_checks
from kernelwalk.core.spec.limits import Purpose
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.spec.render_section import Render
from kernelwalk.core.spec.sections import SECTIONS
from kernelwalk.core.spec.toml import parse_toml_value
from kernelwalk.core.validation import InvalidValue

from .failures import UsageError
from .models.code_source import (
    STANDARD_INPUT,
    find_code_framework,
    fit_input,
    is_code_file,
    is_code_text,
    list_notes,
    read_code_file,
)
from .models.model_choice import ModelChoice, is_model_file
from .models.printed_model import is_printed, take_stretch
from .paths import exists
from .quality import QUALITIES, Quality

RENDER = collect_checks(SECTIONS["render"])


class Source(NamedTuple):
    """A spec with the name of its output, which counts where several specs are rendered.

    has_given_name: the name is that of a file or a preset, which the user can choose
    framework: the key of the framework in whose code the first layer is written; None if it is not code
    """

    name: str
    spec: Spec
    has_given_name: bool = True
    framework: str | None = None


def read_spec(
    argument: str,
    settings: Sequence[str] = (),
    quality: str | None = None,
    choice: ModelChoice | None = None,
    purpose: Purpose = Purpose.FILM,
    frameworks: Sequence[str] = (),
    channels: int | None = None,
) -> Source:
    """Return the spec of an argument, with a quality of QUALITIES and then the settings ("KEY=VALUE") applied.

    choice:  the part of a model that is drawn
    purpose: which limits of size hold
    frameworks: keys of frameworks, of which the first one is meant where code imports no names
    channels: those of the input of a layer whose code does not tell them
    Raises UsageError with all problems.

    >>> read_spec("nn.Conv2d(1, 1, 3)", ["input=5"]).spec.layer.output
    (3, 3)
    """
    path, model = Path(argument), None
    try:
        if is_model_file(argument):
            from .models.model_file import check_packages

            check_packages(path)
            from .models.model_source import read_model  # only now: it loads ONNX Runtime

            model = read_model(path, choice or ModelChoice())
            table, name = model.table, path.stem
        elif _is_code(argument) or is_code_file(argument):
            table, name = _read_code(argument, choice, frameworks)
        elif argument in presets.list_presets():
            table, name = presets.load_preset_table(argument), argument
        else:
            table, name = load_spec_table(path), path.stem
        if quality is not None:
            _apply_quality(table, QUALITIES[quality])
        for setting in [*settings, *_list_channel_settings(table, channels)]:
            _apply_setting(table, setting)
        spec = spec_from_table(_read_values(argument, table), purpose)
    except SpecError as error:
        problems = [_suit_problem(argument, problem) for problem in error.problems]
        raise UsageError("\n".join(f"{argument}: {problem}" for problem in problems)) from None
    if model is not None:
        for note in (*model.notes, *model.compare(spec)):
            print(f"{argument}: {note}", file=sys.stderr)
    has_given_name = not (_is_code(argument) or argument == STANDARD_INPUT)
    return Source(name, spec, has_given_name, find_code_framework(table.get("layer")))


def refuse_pair(name: str, spec: Spec, product: str) -> None:
    """Raise UsageError for a spec with a layer beside its own. product: what shows one layer, such as "a USD file"."""
    if spec.beside:
        raise UsageError(f"{name}: beside: {product} shows one layer. Leave the key out, or use kernelwalk render")


def refuse_obstacle(name: str, obstacle: str | None) -> None:
    """Raise UsageError with why a spec does not fit a product; None if it does."""
    if obstacle is not None:
        raise UsageError(f"{name}: {obstacle}")


def _suit_problem(argument: str, problem: Problem) -> Problem:
    """Return the problem as the command line tells it: with its option for an input and the preset of a similar name,
    and with a path as it is written in the file."""
    file = find_spec_file(argument)
    if file is not None and problem.where in ("look.template", "labels.font"):
        return problem._replace(what=problem.what.replace(f'"{file.parent.absolute()}{os.sep}', '"', 1))
    if problem.where == "layer.input" and problem.what == "it is missing" and _is_code(argument):
        return problem._replace(remedy="Add --input with a size per axis, such as --input 28x28")
    if not problem.where and problem.what == "the file is not there":
        layer = find_layer(argument)
        if layer is not None and layer.name[0].isupper():
            remedy = f"Write a layer's arguments after its name: {layer.known.modules[0]}.{layer.name}(...)"
            return problem._replace(remedy=remedy)
        similar = difflib.get_close_matches(argument[:40], presets.list_presets(), 1)
        if similar:
            return problem._replace(remedy=f"Did you mean {similar[0]}? {problem.remedy}")
    return problem


def find_spec_file(argument: str) -> Path | None:
    """Return the file that an argument names; None for a preset, code or a model."""
    is_file = not (argument in presets.list_presets() or _is_code(argument) or is_model_file(argument))
    return Path(argument) if is_file and argument != STANDARD_INPUT else None


def _read_code(argument: str, choice: ModelChoice | None, frameworks: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Return the table and the name of a spec that is given as code, also in a file or on standard input.

    choice: the stretch of a printed model, and its input
    frameworks: keys of frameworks, of which the first one is meant where it imports no names
    Says what is left out. Raises UsageError.
    """
    text = read_code_file(argument) if is_code_file(argument) else argument
    name = Path(argument).stem if is_code_file(argument) and argument != STANDARD_INPUT else _name_from_code(text)
    notes: list[str] = []
    if choice is not None:
        text, notes = take_stretch(argument, text, choice)
    if frameworks and not is_printed(text):
        text = prefer_framework(text, frameworks[0])
    table: dict[str, Any] = {"layer": text}
    if choice is not None and choice.feed.size is not None:
        table["input"] = fit_input(text, choice.feed.size)
    where = argument if is_code_file(argument) else name
    for note in (*notes, *list_notes(text)):
        print(f"{where}: {note}", file=sys.stderr)
    return table, name


def _read_values(argument: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return a spec's table with the files that its values name read; say which of them were cropped or scaled."""
    if "values" not in table:
        return table
    from kernelwalk.core.values.value_files import read_value_files  # only now: it loads numpy

    from .picture_reader import read_picture

    table, notes = read_value_files(table, read_picture)
    for note in notes:
        print(f"{argument}: {note}", file=sys.stderr)
    return table


def _is_code(argument: str) -> bool:
    """Return True for a layer in a framework's code, such as "nn.Conv2d(1, 1, 3)", False for a file."""
    return is_code_text(argument) and not exists(Path(argument))


def _name_from_code(code: str) -> str:
    """Return the name of the output of a layer as code: the class's name.

    >>> _name_from_code("layer = nn.Conv2d(1, 1, 3)"), _name_from_code("Pooling pool1 1 1 x y 0=1 1=2")
    ('Conv2d', 'Pooling')
    """
    if is_param_text(code):
        kinds = (line.split()[0] for line in code.splitlines() if line.strip()[:1].isalpha())
        return next(kinds, "layer")
    callee = re.match(r"[\w.\s=]*", code)
    return (callee[0] if callee else "").rpartition("=")[2].rpartition(".")[2].strip() or "layer"


def read_specs(
    arguments: Sequence[str],
    settings: Sequence[str] = (),
    quality: str | None = None,
    choice: ModelChoice | None = None,
    purpose: Purpose = Purpose.FILM,
    frameworks: Sequence[str] = (),
) -> list[Source]:
    """Return the specs of all arguments, as of read_spec; layers as code of one name are numbered.

    Raises UsageError with the problems of all of them, or for files and presets of one name.
    """
    sources: list[Source] = []
    problems: list[str] = []
    for argument in arguments:
        try:
            sources.append(read_spec(argument, settings, quality, choice, purpose, frameworks))
        except UsageError as error:
            problems.append(str(error))
    sources = _number_equal_names(sources)
    names = [source.name for source in sources]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"{name}: two specs with this name would have the same output. Rename one, or render it alone")
    if problems:
        raise UsageError("\n".join(problems))
    return sources


def _number_equal_names(sources: Sequence[Source]) -> list[Source]:
    """Return the sources with a number added to each layer as code whose name another source has: "Conv2d_2"."""
    taken = {source.name for source in sources}
    counts = Counter(source.name for source in sources)
    numbers: Counter[str] = Counter()
    named = []
    for source in sources:
        name = source.name
        if counts[name] > 1 and not source.has_given_name:
            while name in taken:
                numbers[source.name] += 1
                name = f"{source.name}_{numbers[source.name]}"
            taken.add(name)
        named.append(source._replace(name=name))
    return named


def _list_channel_settings(table: dict[str, Any], channels: int | None) -> list[str]:
    """Return the setting of the input's channels, if they are given and a spec's code of one layer does not tell them,
    as that of Keras."""
    layer = table.get("layer")
    code = layer.get("code") if isinstance(layer, dict) else layer
    if channels is None or not isinstance(code, str):
        return []
    parts = read_chain(code).parts
    keys = {*parts[0].keys, *(layer if isinstance(layer, dict) else ())}
    if len(parts) > 1 or keys & {"in_channels", "channels"}:
        return []
    key = "in_channels" if LAYERS[parts[0].keys["op"]].has_parameter("in_channels") else "channels"
    return [f"layer.{key}={channels}"]


def _apply_quality(table: dict[str, Any], quality: Quality) -> None:
    """Set samples and resolution of a quality in a spec's table, without a noise. Sizes stay even, as films need."""
    render = table.get("render", {})
    if not isinstance(render, dict):
        return  # the check of the table reports it
    table["render"] = render = {**render, "samples": quality.samples, "noise": 0.0}
    if quality.scale != 1:
        with suppress(InvalidValue):
            sides = RENDER["resolution"].parse(render.get("resolution", Render().resolution))
            render["resolution"] = [max(16, 2 * round(side * quality.scale / 2)) for side in sides]


def _apply_setting(table: dict[str, Any], setting: str) -> None:
    """Set a value in a spec's table, e.g. "walk.order=columns"; a value that is neither TOML nor Python's True or False
    is text."""
    key, equals, text = setting.partition("=")
    where = f"--set {format_value(setting)}"
    if not equals or not all(part.strip() for part in key.split(".")):
        raise SpecError([Problem(where, "this is not KEY=VALUE", "Write for example --set render.samples=4")])
    *sections, last = (part.strip() for part in key.split("."))
    if (sections, last) == (["layer"], "code") and isinstance(table.get("layer"), dict):
        # code replaces the whole layer, except its input
        table["layer"] = {key: value for key, value in table["layer"].items() if key == "input"}
    if (sections, last) == ([], "input"):
        _apply_input(table, parse_toml_value(text))
        return
    if sections == ["layer"] and isinstance(table.get("layer"), str):  # a key beside the code
        own_input = {"input": table.pop("input")} if "input" in table else {}
        table["layer"] = {"code": table["layer"], **own_input}
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):
            raise SpecError([Problem(where, f"{section} is not a section", "Name a key of the spec")])
        table = inner
    table[last] = parse_toml_value(text.lower() if text in ("True", "False") else text)


def _apply_input(table: dict[str, Any], value: Any) -> None:
    """Set the input of the layer, or of a chain's first layer, in a spec's table. One number sets every axis of the
    input that is replaced."""
    layer, layers = table.get("layer"), table.get("layers")
    first = layers[0] if isinstance(layers, list) and layers else layer
    # a layer as code keeps its input at the top of the spec, and a chain may
    has_own_input = isinstance(first, dict) and (first is layer or "input" in first)
    holder = first if isinstance(first, dict) and has_own_input else table
    earlier = holder.get("input")
    holder["input"] = [value] * len(earlier) if isinstance(earlier, list) and isinstance(value, int) else value
