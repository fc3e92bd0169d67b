# SPDX-License-Identifier: GPL-3.0-or-later
"""Any bytes of a spec file give a Spec that can be written and read again, or a SpecError, soon and in little memory.

KERNELWALK_FUZZ_EXAMPLES sets the number of files that each test tries.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core import Spec, SpecError, make_plan, parse_spec, spec_from_table
from kernelwalk.core.layers.parameters import MAX_SIZE
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec import presets, templates
from kernelwalk.core.spec.fields import collect_checks
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.spec.sections import SECTIONS
from kernelwalk.core.spec.toml import dump_toml
from kernelwalk.core.spec.values_section import FIELDS as VALUE_FIELDS
from kernelwalk.core.validation import (
    AutoOr,
    Boolean,
    Check,
    Choice,
    Color,
    FrameRate,
    Integer,
    Number,
    PixelSize,
    Text,
)

from ..brute_force import layers
from ..helpers import CONVOLUTIONS, Setting, calls_below, example_count

EXAMPLES = int(os.environ.get("KERNELWALK_FUZZ_EXAMPLES", example_count(100)))

FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MAX_CALLS = 5_000_000
"""Calls of functions that a file may take. The slowest take a tenth of it."""

Strategy = st.SearchStrategy[str]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "spec.toml"


def read(path: Path, data: bytes) -> Spec | None:
    """Return the spec of a file of these bytes, or None if it is rejected. A spec must survive being written out."""
    path.write_bytes(data)
    try:
        with calls_below(MAX_CALLS):
            spec = spec_from_table(load_spec_table(path))
    except SpecError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.what and problem.remedy
            assert str(problem).isprintable() and len(str(problem)) < 600, "a message is a line for reading"
        return None
    written = spec.to_table()
    assert spec_from_table(written) == spec
    assert parse_spec(dump_toml(written)) == spec
    return spec


# Bytes

PRESETS = [
    data
    for name in presets.list_presets()
    for data in (
        (presets.PRESETS_FOLDER / f"{name}.toml").read_bytes(),
        dump_toml(presets.load_preset(name).to_table()).encode(),
    )
]
"""Every preset as it ships, and with all defaults written out."""

TOKENS = b'= [ ] [[ ]] { } " \' """ \\ . , # - + _ 0 1 9 e9 0x nan inf true auto 1979-05-27 07:32:00Z \\u0000'.split()
PIECES = st.one_of(st.just(b""), st.sampled_from([*TOKENS, b"\n", b"\r", b" ", b"\0"]), st.binary(max_size=3))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a preset in which some bytes are changed, removed or inserted, and some lines are swapped or repeated."""
    lines = draw(st.sampled_from(PRESETS)).splitlines(keepends=True)
    places = st.integers(0, len(lines) - 1)
    for one, other, twice in draw(st.lists(st.tuples(places, places, st.booleans()), max_size=2)):
        if twice:
            lines.insert(other, lines[one])
        else:
            lines[one], lines[other] = lines[other], lines[one]
    data = b"".join(lines)
    for at, gone, new in draw(st.lists(st.tuples(st.integers(0, len(data)), st.integers(0, 3), PIECES), max_size=4)):
        data = data[:at] + new + data[at + gone :]
    return data


@FUZZ
@given(data=st.one_of(st.binary(max_size=200), st.lists(PIECES).map(b"".join)))
def test_random_bytes_are_rejected(path: Path, data: bytes) -> None:
    assert read(path, data) is None


@FUZZ
@given(data=mutated())
def test_a_preset_with_some_bytes_and_lines_changed_is_a_spec_or_a_spec_error(path: Path, data: bytes) -> None:
    read(path, data)


# Tables: a value is TOML as it would stand in a file


def quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


ENDS = [f"{start}{end}" for start in ("~", "~nobody", "/", "..", "") for end in (".blend", "/x.blend", "\0.blend")]
TEMPLATES: Strategy = st.one_of(
    st.sampled_from([templates.DEFAULT_TEMPLATE, str(templates.find_blend_file(templates.DEFAULT_TEMPLATE)), *ENDS]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map("{}.blend".format),
).map(quote)


def valid_values(check: Check) -> Strategy:
    """Return a strategy for the valid values of a check, up to its bounds."""
    match check:
        case Choice(words):
            return st.sampled_from(words).map(quote)
        case Integer(least, most):
            return st.integers(least, min(most, least + 50)).map(str) | st.sampled_from([str(least), str(most)])
        case Number(least, most):
            whole = st.integers(math.ceil(least), math.floor(most)).map(str)
            return st.floats(least, most).map(repr) | whole
        case FrameRate(least, most):
            return valid_values(Integer(least, most)) | st.sampled_from(["23.976", "59.94", "12.5", '"30000/1001"'])
        case AutoOr(otherwise):
            return st.just('"auto"') | valid_values(otherwise)
        case Boolean():
            return st.sampled_from(["true", "false"])
        case Text(longest):
            return st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=longest).map(quote)
        case Color():
            return st.text("0123456789abcdefABCDEF", min_size=6, max_size=6).map('"#{}"'.format)
        case PixelSize(least, most):
            return st.lists(st.integers(least, most), min_size=2, max_size=2).map(str)
    raise AssertionError(f"no values are known for {check}")


NUMBERS = st.one_of(
    st.integers(-3, 3).map(str),
    st.integers().map(str),
    st.integers(0, MAX_SIZE + 1).map(str),
    st.tuples(st.sampled_from(["1", "-1", "0x", "0b", "0o"]), st.integers(1, 5000)).map(lambda n: n[0] + "1" * n[1]),
    st.floats().map(repr),
    st.sampled_from(
        ["nan", "-nan", "inf", "-inf", "1e999", "-0.0", "5e-324", "1_000", "0xffff_ffff", "0x" + "f" * 4000]
    ),
)
TIMES = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.tuples(st.datetimes(), st.sampled_from(["Z", "+23:59", "-23:59"])).map(lambda t: t[0].isoformat() + t[1]),
    st.dates().map(str),
    st.times().map(str),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(quote)
WORDS: Strategy = st.sampled_from(
    ['"auto"', '"paper"', '"same"', '"full"', '"conv"', '"#00000g"', "'''\n'''", '"""\\\n"""']
)
DEEP = st.tuples(st.sampled_from(["[]", "{}"]), st.integers(1, 2000)).map(
    lambda drawn: "[" * drawn[1] + "1" + "]" * drawn[1] if drawn[0] == "[]" else "{a=" * drawn[1] + "1" + "}" * drawn[1]
)
LONG = st.tuples(st.one_of(NUMBERS, st.sampled_from(["[1, 1]", "{}", "[]"])), st.integers(2, 500)).map(
    lambda drawn: "[" + ", ".join([drawn[0]] * min(drawn[1], 1 + 20_000 // len(drawn[0]))) + "]"
)
ANYTHING: Strategy = st.one_of(
    st.recursive(
        st.one_of(NUMBERS, TIMES, TEXTS, WORDS, st.sampled_from(["true", "false"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda values: "[" + ", ".join(values) + "]"),
            st.dictionaries(TEXTS, inner, max_size=2).map(
                lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
            ),
        ),
        max_leaves=4,
    ),
    DEEP,
    LONG,
)

LAYER_KEYS = tuple(dict.fromkeys(key for layer in LAYERS.values() for key in ("op", "code", *layer.PARAMETERS)))
CHECKS = {
    f"{section}.{key}": check
    for section, fields in SECTIONS.items()
    if section != "labels"
    for key, check in collect_checks(fields).items()
} | {"title": Text(max_length=120)}
VALID = {key: valid_values(check) for key, check in CHECKS.items()} | {"look.template": TEMPLATES}
DEPENDENT = {"title", "walk.hold", "walk.fast_frames", "walk.frames_per_step", "look.template"}
"""Keys whose valid values depend on other keys, on files or on fonts."""
VALUE_KEYS = tuple(f"values.{key}" for key in (*VALUE_FIELDS, "norm", "layers"))
KEYS = [*(f"layer.{key}" for key in LAYER_KEYS), *CHECKS, *VALUE_KEYS]
TABLES = ["layer", "layers", "input", "walk", "show", "look", "look.colors", "camera", "render", "values"]


def layer_keys(op: str, setting: dict[str, object]) -> dict[str, str]:
    """Return a layer's keys, with tuples as lists."""
    return {f"layer.{key}": json.dumps(value) for key, value in {"op": op, **setting}.items()}


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Draw a file in which some known keys have valid values, and up to three keys or tables have any value."""
    values = layer_keys(*draw(CONVOLUTIONS))
    for key in draw(st.lists(st.sampled_from(list(VALID)), unique=True, max_size=6)):
        values[key] = draw(VALID[key])
    if draw(st.booleans()):
        values |= {"values.input": '"ramp"', "values.kernel": '"box"'}
    for key in draw(st.lists(st.sampled_from([*KEYS * 2, *TABLES]), max_size=3)):
        values = {other: value for other, value in values.items() if not other.startswith(f"{key}.")}
        values[key] = draw(ANYTHING)
    return write_file(values)


def write_file(values: dict[str, str]) -> str:
    """Return a file with these dotted keys, grouped in sections."""
    lines = []
    for section in sorted({key.rpartition(".")[0] for key in values}):  # the file's own keys first
        lines += [f"[{section}]"] if section else []
        lines += [
            f"{key.rpartition('.')[2]} = {value}" for key, value in values.items() if key.rpartition(".")[0] == section
        ]
    return "\n".join(lines) + "\n"


@FUZZ
@given(text=tables())
def test_known_keys_of_any_values_are_a_spec_or_a_spec_error(path: Path, text: str) -> None:
    read(path, text.encode())


CODE = st.sampled_from(
    [
        "nn.Conv2d(1, 2, 3, padding=1)",
        "nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2))",
        "layers.Conv2D(4, 3)",
        "nn.Conv2d(1, 2,",
        "",
    ]
).map(quote)


@st.composite
def chains(draw: st.DrawFn) -> str:
    """Draw a file of a chain in which some keys of layers, [show] and [walk] may have any value."""
    dims, lines = draw(st.integers(1, 3)), []
    if draw(st.booleans()):
        lines.append(f"input = {draw(st.one_of(NUMBERS, st.just('[7, 6]'), ANYTHING))}")
    if draw(st.integers(0, 4)) == 0:
        entries = st.one_of(CODE, CODE, ANYTHING)
        lines.append(f"layers = [{', '.join(draw(st.lists(entries, max_size=25)))}]")
    else:
        for number in range(draw(st.integers(1, 4))):
            table = {key: json.dumps(value) for key, value in draw(layers(dims, input=number == 0)).items()}
            for key in draw(st.lists(st.sampled_from(LAYER_KEYS), max_size=1)):
                table[key] = draw(st.one_of(CODE, NUMBERS, ANYTHING))
            lines += ["[[layers]]", *(f"{key} = {value}" for key, value in table.items())]
    for section in ("show", "walk"):
        checks = collect_checks(SECTIONS[section])
        lines.append(f"[{section}]")
        for key in draw(st.lists(st.sampled_from(list(checks)), unique=True, max_size=3)):
            lines.append(f"{key} = {draw(st.one_of(valid_values(checks[key]), valid_values(checks[key]), ANYTHING))}")
    return "\n".join(lines) + "\n"


@FUZZ
@given(text=chains())
def test_a_chain_of_any_values_is_a_spec_that_can_be_drawn_or_a_spec_error(path: Path, text: str) -> None:
    spec = read(path, text.encode())
    if spec is not None and spec.tile_count < 2000 and spec.step_count < 500:
        made = make_plan(spec)
        assert sum(len(grid.cells) for grid in made.grids) == spec.tile_count
        assert all(np.isfinite(grid.base_centers).all() for grid in made.grids)
        assert all(np.isfinite(channel.values).all() for channel in made.curves.values())


@FUZZ
@given(layer=CONVOLUTIONS, key=st.sampled_from(sorted(VALID.keys() - DEPENDENT)), data=st.data())
def test_a_valid_value_alone_is_never_rejected(
    path: Path, layer: tuple[str, Setting], key: str, data: st.DataObject
) -> None:
    text = write_file({**layer_keys(*layer), key: data.draw(VALID[key])})
    assert read(path, text.encode()) is not None, text
