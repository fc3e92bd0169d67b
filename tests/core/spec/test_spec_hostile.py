# SPDX-License-Identifier: GPL-3.0-or-later
"""Large, deeply nested, wrong and malicious files raise SpecError soon; a spec can be written and read again."""

from __future__ import annotations

import itertools
import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import SpecError, parse_spec, spec_from_table
from kernelwalk.core.font_metrics import REGULAR, Font, load_font, load_other_fonts
from kernelwalk.core.spec.colors_section import Colors
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.spec.table_reader import MAX_UNKNOWN_KEYS
from kernelwalk.core.spec.toml import MAX_DOTS_PER_LINE, dump_toml
from kernelwalk.core.walk.easing import EASINGS

from ..helpers import CONVOLUTIONS, Setting

LAYER: dict[str, Any] = {"op": "conv", "input": 5, "kernel": 3}
HEAD = '[layer]\nop = "conv"\ninput = 5\nkernel = 3\n'

KEYS = {
    "title": "title = {}\n" + HEAD,
    "layer.input": '[layer]\nop = "conv"\nkernel = 3\ninput = {}\n',
    "layer.padding": HEAD + "padding = {}\n",
    "walk.order": HEAD + "[walk]\norder = {}\n",
    "look.tile_size": HEAD + "[look]\ntile_size = {}\n",
    "look.gap": HEAD + "[look]\ngap = {}\n",
    "look.colors.connector": HEAD + "[look.colors]\nconnector = {}\n",
    "camera.margin": HEAD + "[camera]\nmargin = {}\n",
    "render.resolution": HEAD + "[render]\nresolution = {}\n",
    "render.samples": HEAD + "[render]\nsamples = {}\n",
}
"""A key of every kind, and a file with a placeholder for its value."""


def problem_keys(text: str) -> list[str]:
    """Return the keys of a file's problems."""
    with pytest.raises(SpecError) as caught:
        parse_spec(text)
    for problem in caught.value.problems:
        assert problem.what and problem.remedy
        assert len(str(problem)) < 600, "a message is for reading"
    return [problem.where for problem in caught.value.problems]


def fractions(minimum: float, maximum: float) -> st.SearchStrategy[float]:
    return st.floats(minimum, maximum)


def titles(font: Font) -> st.SearchStrategy[str]:
    """Return a strategy for composed titles that a font draws."""
    characters = sorted(character for character in font.widths if character.isprintable())
    composed = st.text(st.sampled_from(characters), max_size=60).map(lambda text: unicodedata.normalize("NFC", text))
    return composed.filter(font.covers)


COLORS = st.text("0123456789abcdefABCDEF", min_size=6, max_size=6).map("#{}".format)
WALKS = st.integers(1, 60).flatmap(
    lambda frames: st.fixed_dictionaries(
        {"frames_per_step": st.just(frames)},
        optional={
            "order": st.sampled_from(["rows", "columns", "serpentine"]),
            "hold": st.one_of(st.just("auto"), st.integers(1, frames)),
            "easing": st.sampled_from(sorted(EASINGS)),
            "fps": st.integers(1, 240),
            "lead_in": st.integers(0, 50),
            "lead_out": st.integers(0, 50),
        },
    )
)
SECTIONS = {
    "title": st.one_of([titles(font) for font in (load_font(REGULAR), *load_other_fonts())]),
    "walk": WALKS,
    "look": st.fixed_dictionaries(
        {},
        optional={
            "template": st.just("paper"),
            "tiles": st.sampled_from(["layer", "objects"]),
            "tile_size": fractions(0.1, 1),
            "thickness": fractions(0, 1),
            "rounding": fractions(0, 0.5),
            "gap": st.one_of(st.just("auto"), fractions(0, 10_000), st.integers(0, 10_000)),
            "opacity": fractions(0, 1),
            "outline": fractions(0, 0.4),
            "connector_width": fractions(0.001, 1),
            "shadows": st.booleans(),
            "first_row": st.sampled_from(["far", "near"]),
            "colors": st.fixed_dictionaries({}, optional=dict.fromkeys(Colors._fields, COLORS)),
        },
    ),
    "camera": st.fixed_dictionaries(
        {}, optional={"azimuth": fractions(-180, 180), "elevation": fractions(5, 90), "margin": fractions(0, 0.4)}
    ),
    "render": st.fixed_dictionaries(
        {},
        optional={
            "resolution": st.lists(st.integers(16, 16_384), min_size=2, max_size=2),
            "samples": st.integers(1, 65_536),
            "engine": st.sampled_from(["cycles", "eevee"]),
        },
    ),
}
TABLES = st.builds(
    lambda layer, rest: {"layer": {"op": layer[0], **layer[1]}, **rest},
    st.tuples(CONVOLUTIONS).map(lambda drawn: drawn[0]),
    st.fixed_dictionaries({}, optional=SECTIONS),
)


@given(TABLES)
def test_any_spec_written_out_is_the_spec_again(table: dict[str, Any]) -> None:
    spec = spec_from_table(table)
    written = spec.to_table()
    assert spec_from_table(written) == spec
    assert spec_from_table(json.loads(json.dumps(written))) == spec
    assert parse_spec(dump_toml(written)) == spec


@given(TABLES)
def test_a_spec_holds_what_the_user_wrote(table: dict[str, Any]) -> None:
    written = spec_from_table(table).to_table()
    for name, section in table.items():
        values = section if isinstance(section, dict) else {name: section}
        kept = written[name] if isinstance(section, dict) else written
        for key, value in values.items():
            if name == "layer" and key != "op":
                assert kept[key] == json.loads(json.dumps(value))
            elif key == "colors":
                assert {color: kept[key][color] for color in value} == {k: v.upper() for k, v in value.items()}
            else:
                assert kept[key] == value


@given(CONVOLUTIONS)
def test_missing_sections_do_not_change_the_layer(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    assert spec_from_table({"layer": {"op": op, **setting}}).layer.op == op


def test_the_problems_of_all_sections_are_reported_together() -> None:
    where = problem_keys("""
title = 5
subtitle = "x"
[layer]
op = "conv"
input = [0, 5]
kernel = 2.5
strides = 2
padding = [[1, 2], [3]]
[walk]
order = "spiral"
hold = 20
frames_per_step = 3
[look]
tiles = "cubes"
rounding = 0.6
shadows = "yes"
[look.colors]
connector = "black"
connectors = "#000000"
[camera]
elevation = 95
roll = 3
[render]
resolution = [1280]
samples = 0
""")
    assert sorted(where) == [
        "camera.elevation",
        "camera.roll",
        "layer.input[0]",
        "layer.kernel",
        "layer.padding[1]",
        "layer.strides",
        "look.colors.connector",
        "look.colors.connectors",
        "look.rounding",
        "look.shadows",
        "look.tiles",
        "render.resolution",
        "render.samples",
        "subtitle",
        "title",
        "walk.hold",
        "walk.order",
    ]


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("[layr]\n", "layer"),
        (HEAD + "strides = 2\n", "stride"),
        (HEAD + "[walk]\nframes_per_steps = 2\n", "frames_per_step"),
        (HEAD + "[look.colors]\ninput_activ = 2\n", "input_active"),
        (HEAD + "[render]\nresolutions = 2\n", "resolution"),
        (HEAD + "[camera]\nazimut = 2\n", "azimuth"),
    ],
)
def test_a_similar_key_is_suggested(text: str, suggested: str) -> None:
    with pytest.raises(SpecError, match=f"Did you mean {suggested}"):
        parse_spec(text)


def test_an_output_padding_is_unknown_to_a_convolution() -> None:
    assert problem_keys(HEAD + "output_padding = 1\n") == ["layer.output_padding"]


@pytest.mark.parametrize(
    "text", ["", " \n", "[layer", "layer = 3", "[layer]\nop = 3", "a = 1\na = 2", "[layer]\n[layer]"]
)
def test_text_that_is_no_spec_is_a_spec_error(text: str) -> None:
    assert problem_keys(text)


@pytest.mark.parametrize("key", KEYS)
def test_a_deeply_nested_value_is_reported_and_is_no_recursion_error(key: str) -> None:
    for depth in (2, 4, 50, *range(200, 520, 31), 2000):
        problem_keys(KEYS[key].format("[" * depth + "1" + "]" * depth))
        problem_keys(KEYS[key].format("{a=" * depth + "1" + "}" * depth))


VALUES = [
    "1" + "0" * 400,
    "-1" + "0" * 400,
    "1" + "0" * 4400,
    "0x" + "f" * 5000,
    "1e999",
    "-1e999",
    "nan",
    "inf",
    "1979-05-27T07:32:00Z",
    "07:32:00",
    "[" + "1," * 2000 + "]",
    "[" + "[1,1]," * 1000 + "]",
    '"' + "x" * 10_000 + '"',
    '"a\\u0000b"',
    '"a\\nb"',
    "{}",
    "[[], []]",
    "[{}, {}]",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:12])
def test_a_value_that_no_key_takes_is_reported(value: str) -> None:
    for key, text in KEYS.items():
        # if the TOML cannot be read, the problem is that of the whole file
        assert {where.partition("[")[0] for where in problem_keys(text.format(value))} in ({key}, {""})


@pytest.mark.parametrize(
    ("layer", "where"),
    [
        ({"input": 1_000_000}, {"layer.input", "walk.frames_per_step"}),
        ({"input": [30_000, 33_000]}, {"layer.input", "walk.frames_per_step"}),
        ({"input": 1, "padding": 20_000}, {"layer.input", "walk.frames_per_step"}),
        ({"input": 5, "padding": 20_000, "stride": 20_000}, {"layer.input"}),
        ({"input": 10**9}, {"layer.input"}),
        ({"input": 400}, {"walk.frames_per_step"}),
        ({"input": [1, 1_000_000], "kernel": [1, 500_000]}, {"layer.kernel[1]", "walk.frames_per_step"}),
        ({"op": "conv_transpose", "input": 2, "stride": 1_000_000}, {"layer.input", "walk.frames_per_step"}),
        ({"op": "conv_transpose", "input": 1_000_000, "stride": 1_000_000}, {"layer.input", "walk.frames_per_step"}),
    ],
)
def test_a_layer_beyond_memory_is_rejected_before_memory_is_allocated(layer: dict[str, Any], where: set[str]) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": {**LAYER, "kernel": 1, **layer}})
    assert {problem.where for problem in caught.value.problems} == where


def test_a_file_of_unknown_keys_is_reported_in_a_few_lines_and_soon() -> None:
    text = "".join(f"k{number} = 1\n" for number in range(5000))
    assert len(problem_keys(text + HEAD)) == MAX_UNKNOWN_KEYS + 1


def test_a_key_of_too_many_parts_is_reported_and_one_of_many_is_read_soon() -> None:
    assert problem_keys(HEAD + "[walk]\n" + "a." * (MAX_DOTS_PER_LINE + 1) + "a = 1\n") == [""]
    lines = [f"b{number}" + ".a" * 1000 + " = 1\n" for number in range(30)]
    times = [time.process_time()]
    for text in (lines[0], "".join(lines)):
        problem_keys(text)
        times.append(time.process_time())
    one, thirty = (after - before for before, after in itertools.pairwise(times))
    assert thirty < 200 * one, "thirty times the square of 1000, not the square of 30,000"


def test_a_template_whose_path_is_all_dots_can_be_written_out_and_read_again(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(3):
        folder = folder / ("." * 200 + "a")
    folder.mkdir(parents=True)
    blend = folder / "x.blend"
    blend.write_bytes(b"")
    spec = spec_from_table({"layer": LAYER, "look": {"template": str(blend)}})
    assert parse_spec(dump_toml(spec.to_table())) == spec


def test_few_tiles_may_be_objects_but_many_may_not() -> None:
    layer = {**LAYER, "input": 120}
    objects = {"look": {"tiles": "objects"}, "walk": {"frames_per_step": 1}}
    assert spec_from_table({"layer": LAYER, **objects}).look.tiles == "objects"
    with pytest.raises(SpecError, match=r'look\.tiles = "layer"'):
        spec_from_table({"layer": layer, **objects})
    assert spec_from_table({"layer": layer, "walk": {"frames_per_step": 1}}).layer.position_count == 118 * 118


@pytest.mark.parametrize(
    "template",
    ["nowhere", "nowhere.blend", "", ".blend", "x" * 300 + ".blend", "~nobody_of_that_name/x.blend", "paper.toml", "/"],
    ids=lambda template: template[:20],
)
def test_a_missing_template_is_reported_at_its_key(template: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": LAYER, "look": {"template": template}})
    assert [problem.where for problem in caught.value.problems] == ["look.template"]


def test_a_template_that_is_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.blend").mkdir()
    with pytest.raises(SpecError, match="template"):
        spec_from_table({"layer": LAYER, "look": {"template": str(tmp_path / "x.blend")}})


def test_a_file_that_is_missing_a_folder_or_too_large_is_reported(tmp_path: Path) -> None:
    large = tmp_path / "large.toml"
    large.write_text("#" * (1 << 20) + "\n" + HEAD)
    for path in (tmp_path / "none.toml", tmp_path, large, Path("a\0b")):
        with pytest.raises(SpecError):
            load_spec_table(path)


@pytest.mark.parametrize("table", [[], None, 3, "layer", {"layer": None}, {"layer": []}, {"layer": LAYER, "walk": 3}])
def test_a_value_that_is_no_table_is_reported(table: Any) -> None:
    with pytest.raises(SpecError):
        spec_from_table(table)
