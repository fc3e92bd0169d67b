# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs are read, and any invalid input raises SpecError and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import SpecError, parse_spec, spec_from_table
from kernelwalk.core.geometry.grids import make_grids
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.spec.toml import dump_toml, parse_toml

SMALL = '[layer]\nop = "conv"\ninput = 5\nkernel = 3\n'

# name, op, input, kernel, stride, padding, dilation, output_padding, output, steps
FACTS = [
    "mathematica                             conv           9 5 1 0 1 0 5 25",
    "no_padding_no_strides                   conv           4 3 1 0 1 0 2 4",
    "arbitrary_padding_no_strides            conv           5 4 1 2 1 0 6 36",
    "same_padding_no_strides                 conv           5 3 1 1 1 0 5 25",
    "full_padding_no_strides                 conv           5 3 1 2 1 0 7 49",
    "no_padding_strides                      conv           5 3 2 0 1 0 2 4",
    "padding_strides                         conv           5 3 2 1 1 0 3 9",
    "padding_strides_odd                     conv           6 3 2 1 1 0 3 9",
    "dilation                                conv           7 3 1 0 2 0 3 9",
    "no_padding_no_strides_transposed        conv_transpose 2 3 1 0 1 0 4 16",
    "arbitrary_padding_no_strides_transposed conv_transpose 6 4 1 2 1 0 5 25",
    "same_padding_no_strides_transposed      conv_transpose 5 3 1 1 1 0 5 25",
    "full_padding_no_strides_transposed      conv_transpose 7 3 1 2 1 0 5 25",
    "no_padding_strides_transposed           conv_transpose 2 3 2 0 1 0 5 25",
    "padding_strides_transposed              conv_transpose 3 3 2 1 1 0 5 25",
    "padding_strides_odd_transposed          conv_transpose 3 3 2 1 1 1 6 36",
]

FAMILY: dict[str, tuple[tuple[int, ...], int, int]] = {
    "avg_pool_ceil": ((4, 4), 16, 81 + 16),
    "causal_dilated": ((16,), 16, 17 + 18 + 20 + 16),
    "channel_shuffle": ((3, 3), 9, 4 * 9 + 4 * 9),
    "channels": ((6, 6), 2 * 36, 3 * 64 + 2 * 36),
    "checkerboard": ((11, 11), 25, 25 + 121),
    "circular": ((5, 5), 25, 49 + 25),
    "conv1d": ((12,), 12, 14 + 12),
    "conv1d_channels": ((12,), 3 * 12, 4 * 14 + 3 * 12),
    "conv3d": ((3, 3, 3), 27, 100 + 27),
    "conv_pool_conv": ((4, 4), 16, 196 + 144 + 36 + 16),
    "depthwise": ((6, 6), 36, 3 * 64 + 3 * 36),
    "depthwise_separable": ((5, 5), 25, 3 * 49 + 3 * 25 + 2 * 25),
    "grouped": ((5, 5), 4 * 25, 4 * 49 + 4 * 25),
    "keras_transposed_same": ((6, 6), 36, 64 + 49),
    "max_pool": ((3, 3), 9, 36 + 9),
    "no_checkerboard": ((12, 12), 25, 25 + 144),
    "output_padding": ((8, 8), 64, 100 + 64),
    "pixel_shuffle": ((6, 6), 36, 4 * 9 + 36),
    "pixel_unshuffle": ((3, 3), 4 * 9, 36 + 4 * 9),
    "pointwise": ((5, 5), 2 * 25, 4 * 25 + 2 * 25),
    "receptive_field": ((5, 5), 25, 121 + 81 + 49 + 25),
    "reflect": ((7, 7), 49, 81 + 49),
    "replicate": ((7, 7), 49, 81 + 49),
    "same_upper_stride_2": ((3, 3), 9, 49 + 9),
    "scatter": ((8, 8), 16, 16 + 100),
    "unfold": ((2, 2), 4, 16 + 36),
    "fold": ((4, 4), 9, 4 * 9 + 16),
    "upsample": ((6, 6), 36, 9 + 36),
    "bilinear": ((6, 6), 36, 9 + 36),
    "bilinear_align_corners": ((5, 5), 25, 9 + 25),
    "avg_pool_values": ((3, 3), 9, 49 + 9),
    "blur": ((7, 7), 49, 81 + 49),
    "digit": ((3, 3), 3 * 9, 64 + 3 * 36 + 3 * 9),
    "dilation_values": ((3, 3), 9, 49 + 9),
    "max_pool_values": ((3, 3), 9, 36 + 9),
    "numerical": ((3, 3), 9, 25 + 9),
    "relu_pool_values": ((3, 3), 9, 64 + 36 + 9),
    "sharpen": ((7, 7), 49, 81 + 49),
    "signal": ((12,), 12, 14 + 12),
    "sobel": ((7, 7), 49, 81 + 49),
    "stamps": ((5, 7), 6, 6 + 35),
}
"""Presets of other operations and paddings: output, steps, and number of tiles."""


@pytest.mark.parametrize("name", FAMILY)
def test_a_preset_of_another_operation_has_the_expected_sizes(name: str) -> None:
    spec = presets.load_preset(name)
    assert (spec.layer.output, spec.step_count, spec.tile_count) == FAMILY[name]


@pytest.mark.parametrize("row", FACTS)
def test_a_preset_has_the_sizes_of_its_original(row: str) -> None:
    name, op, *numbers = row.split()
    size, kernel, stride, padding, dilation, extra, output, steps = map(int, numbers)
    layer = presets.load_preset(name).layer
    assert layer.op == op
    assert (layer.input, layer.kernel, layer.stride) == ((size, size), (kernel, kernel), (stride, stride))
    assert (layer.padding, layer.dilation) == (((padding, padding),) * 2, (dilation, dilation))
    assert getattr(layer, "output_padding", (0, 0)) == (extra, extra)
    assert (layer.output, layer.position_count) == ((output, output), steps)


def test_there_are_no_other_presets() -> None:
    assert presets.list_presets() == sorted([*(row.split()[0] for row in FACTS), *FAMILY])


@pytest.mark.parametrize("name", presets.list_presets())
def test_a_spec_written_out_is_the_spec_again(name: str) -> None:
    spec = presets.load_preset(name)
    assert spec_from_table(spec.to_table()) == spec
    assert parse_spec(dump_toml(spec.to_table())) == spec


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.one_of(
    st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.integers(-9, 9)),
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.integers(-9, 9)),
), min_size=1))  # fmt: skip
def test_written_toml_reads_back(table: dict[str, object]) -> None:
    assert parse_toml(dump_toml(table)) == table


@given(st.text())
def test_any_text_is_a_spec_or_a_spec_error(text: str) -> None:
    with pytest.raises(SpecError):
        parse_spec(text)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
sections = {
    "layer": [
        "op",
        "code",
        "input",
        "kernel",
        "stride",
        "padding",
        "dilation",
        "output_padding",
        "output_shape",
        "padding_mode",
        "ceil_mode",
        "count_include_pad",
        "scale",
        "convention",
    ],
    "walk": ["order", "frames_per_step", "hold", "easing", "fps", "lead_in"],
    "look": ["template", "tiles", "tile_size", "gap", "opacity", "colors"],
    "camera": ["azimuth", "elevation"],
    "render": ["resolution", "samples", "engine"],
}


@given(st.fixed_dictionaries({}, optional={
    name: st.one_of(values, st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values)))
    for name, keys in sections.items()
} | {"title": values}), st.sampled_from([*LAYERS, None]))  # fmt: skip
def test_any_values_are_a_spec_or_a_spec_error(table: dict[str, object], op: str | None) -> None:
    if op and isinstance(table.get("layer"), dict):
        table["layer"]["op"] = op  # type: ignore[index]
    try:
        spec_from_table(table)
    except SpecError as error:
        assert all(problem.what and problem.remedy for problem in error.problems)


@given(st.binary(max_size=400))
def test_any_bytes_in_a_file_are_a_spec_error(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.toml"
        path.write_bytes(data)
        with pytest.raises(SpecError):
            spec_from_table(load_spec_table(path))


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(
            'titel = 1\n[layer]\nop = "conv"\ninput = -1\nkernel = "3"\n[walk]\nfps = 0\n[look]\nopacity = nan\n'
        )
    assert [problem.where for problem in caught.value.problems] == [
        "titel", "layer.input", "layer.kernel", "walk.fps", "look.opacity",
    ]  # fmt: skip


def test_a_similar_key_is_suggested() -> None:
    with pytest.raises(SpecError, match=r"layer\.strid: .* Did you mean stride\?"):
        parse_spec(SMALL + "strid = 2\n")


def test_auto_is_read_and_written() -> None:
    spec = parse_spec(SMALL + '[walk]\nhold = "auto"\n[look]\ngap = 2\n')
    assert spec.walk.hold is None
    assert spec.look.gap == 2
    assert spec.to_table()["walk"]["hold"] == "auto"


def test_a_template_beside_the_spec_is_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine.blend").write_bytes(b"")
    (tmp_path / "mine.toml").write_text("[camera]\nazimuth = 3\n")
    (tmp_path / "spec.toml").write_text(SMALL + '[look]\ntemplate = "mine.blend"\n')
    spec = spec_from_table(load_spec_table(tmp_path / "spec.toml"))
    assert spec.camera.azimuth == 3
    assert spec.camera.elevation == presets.load_preset("dilation").camera.elevation


def test_problems_of_a_template_name_the_template(tmp_path: Path) -> None:
    (tmp_path / "mine.blend").write_bytes(b"")
    (tmp_path / "mine.toml").write_text("[look]\nopacity = 7\n[walk]\nfps = 1\n")
    with pytest.raises(SpecError) as caught:
        spec_from_table(
            {"layer": {"op": "conv", "input": 5, "kernel": 3}, "look": {"template": str(tmp_path / "mine.blend")}}
        )
    assert len(caught.value.problems) == 2
    assert all("mine.blend" in problem.where for problem in caught.value.problems)


def test_the_core_and_the_command_line_need_no_blender() -> None:
    code = """
import sys
for name in ("bpy", "mathutils", "bmesh", "gpu"):
    sys.modules[name] = None
import kernelwalk, kernelwalk.core, kernelwalk_pipeline.cli
from kernelwalk.core import Conv
assert Conv(5, 3).output == (3, 3)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", presets.list_presets())
def test_a_spec_counts_its_tiles(name: str) -> None:
    spec = presets.load_preset(name)
    assert sum(len(grid.cells) for grid in make_grids(spec)) == spec.tile_count
