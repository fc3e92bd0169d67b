# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's values: a spec's section [values] as settings, pictures as inputs, and the grids of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core import Spec, SpecError, load_preset, spec_from_table  # noqa: E402  # only where there is a Blender
from kernelwalk.core.spec.values_section import Norm  # noqa: E402
from kernelwalk.core.values.compute import compute_values  # noqa: E402
from PIL import Image  # noqa: E402  # a dependency of the pipeline, as bpy is

CONV = {"op": "conv", "input": [2, 3], "kernel": [1, 2]}

SPECS: list[dict[str, Any]] = [
    {"layer": {"op": "conv", "input": 5, "kernel": 3}, "values": {"input": "edge", "kernel": "sobel_x"}},
    {
        "layer": {**CONV, "in_channels": 2, "out_channels": 2},
        "values": {
            "input": [[[1, 2, 3], [4, 5, 6]], [[0.1, 0, 0], [1 / 3, 0, 1e30]]],
            "kernel": [[[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, -8.25]]]],
            "bias": [0.5, -1],
            "activation": "gelu",
            "norm": {"mean": [1, 2], "variance": 4},
            "flip_kernel": True,
            "channel": 1,
            "digits": False,
            "decimals": 3,
            "colors": "diverging",
            "range": [-2, 4.5],
        },
    },
    {
        "layers": [{"op": "conv", "input": 6, "kernel": 3}, {"op": "max_pool", "kernel": 2}],
        "values": {
            "input": "random",
            "seed": 7,
            "fit": "scale",
            "white": 255,
            "layers": [{"kernel": "random", "activation": "relu"}, {"activation": "tanh"}],
        },
    },
    {"layer": {"op": "avg_pool", "input": [2, 2, 4], "kernel": 2}, "values": {"input": "ramp"}},
    {"layer": {"op": "conv", "input": [9], "kernel": 3}, "values": {"input": "impulse", "kernel": [0.25, 0.5, 0.25]}},
]


def read(scene: Any) -> Spec:
    from kernelwalk.ui.settings import spec_properties

    spec: Spec = spec_properties.read_spec(scene.kernelwalk)
    return spec


def load(scene: Any, table: dict[str, Any]) -> Any:
    """Set the settings of a scene to a spec, and return its values' properties."""
    from kernelwalk.ui.settings import spec_properties

    spec_properties.write_spec(spec_from_table(table), scene.kernelwalk)
    return scene.kernelwalk.values


def problem_at(scene: Any, where: str) -> str:
    """Return the only problem of the settings, which stands at a key."""
    with pytest.raises(SpecError) as caught:
        read(scene)
    (problem,) = caught.value.problems
    assert problem.where == where
    return f"{problem.what}. {problem.remedy}"


@pytest.mark.parametrize("number", range(len(SPECS)))
def test_the_settings_keep_values_unchanged(scene: Any, number: int) -> None:
    load(scene, SPECS[(number + 1) % len(SPECS)])  # earlier values must not matter
    load(scene, SPECS[number])
    assert read(scene) == spec_from_table(SPECS[number])
    load(scene, {"layer": CONV})
    assert read(scene).values is None


def test_a_saved_file_keeps_values(scene: Any, tmp_path: Path) -> None:
    load(scene, SPECS[1])
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert read(bpy.data.scenes[0]) == spec_from_table(SPECS[1])


def test_values_are_valid_as_soon_as_they_are_switched_on(scene: Any) -> None:
    for op in ("conv", "conv_transpose", "max_pool", "pixel_unshuffle"):
        scene.kernelwalk.layer.op = op
        scene.kernelwalk.layer.input = (6, 6, 6)
        scene.kernelwalk.values.on = True
        assert read(scene).values is not None, op


def test_a_name_fills_the_grid_and_a_typed_number_makes_it_numbers(scene: Any) -> None:
    values = load(scene, SPECS[0])
    weights, grid = scene.kernelwalk.layer.weights, values.kernel_grid
    weights.kernel = "sobel_y"
    assert [list(grid.row_0[:4]), list(grid.row_2[:3])] == [[-1, -2, -1, 0], [1, 2, 1]]
    grid.row_1[2] = 0.1
    assert weights.kernel == "numbers"
    assert read(scene).values.kernel == ((((-1, -2, -1), (0, 0, 0.1), (1, 2, 1)),),)
    weights.kernel = "box"
    weights.kernel = "numbers"
    assert list(grid.row_0[:3]) == pytest.approx([1 / 9] * 3)
    values.input = "numbers"
    values.input_grid.row_0[1] = 8
    assert read(scene).values.input[0][0] == (0, 8, 1, 1, 1)


def test_numbers_fit_a_layer_of_another_size_and_come_back(scene: Any) -> None:
    table = {"layer": CONV, "values": {"input": [[1, 2, 3], [4, 5, 6]], "kernel": [[1, 2]], "bias": 3}}
    values, layer = load(scene, table), scene.kernelwalk.layer
    layer.kernel, layer.input, layer.out_channels = (1, 2, 1), (2, 3, 3), 2
    layer.linked = [False] * len(layer.linked)
    spec = read(scene)
    assert spec.values.kernel == ((((1,), (0,)),), (((0,), (0,)),))
    assert spec.values.input == (((1, 2, 3), (4, 5, 6), (0, 0, 0)),)
    values.kernel_grid.output_channel = 1
    values.bias = 7
    assert read(scene).values.bias == (3, 7)
    layer.kernel, layer.input, layer.out_channels = (1, 1, 2), (2, 2, 3), 1
    assert read(scene).values.kernel == ((((1, 2),),),)
    assert read(scene).values.input == (((1, 2, 3), (4, 5, 6)),)
    layer.dims = "1"
    assert read(scene).values.kernel == (((1, 2),),)


PIXELS = np.array([[[0, 51, 102], [10, 20, 30]], [[255, 0, 0], [1, 2, 3]]], np.uint8)
"""Rows of RGB, the top row first."""


@pytest.mark.parametrize("depth", [8, 16])
def test_a_picture_gives_its_stored_values_the_top_row_first(scene: Any, tmp_path: Path, depth: int) -> None:
    grey = PIXELS[..., 0]
    stored = grey if depth == 8 else grey.astype(np.uint16) * 257
    Image.fromarray(stored).save(tmp_path / "grey.png")
    values = load(scene, {"layer": {"op": "max_pool", "input": 2, "kernel": 1}, "values": {"input": "ramp"}})
    values.input = "picture"
    assert "no picture is chosen" in problem_at(scene, "values.input")
    values.image = bpy.data.images.load(str(tmp_path / "grey.png"))
    values.white = 255
    # a picture of 16 bits is linear in Blender, by curves with such an error
    assert compute_values(read(scene)).grids[0][0] == pytest.approx(grey, abs=0.001 if depth == 8 else 0.005)


def test_a_picture_is_grey_or_rgb_as_the_layer_has_channels_and_fitted_where_asked(scene: Any, tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "colors.png")
    values = load(scene, {"layer": {"op": "max_pool", "input": 2, "kernel": 1}, "values": {"input": "ramp"}})
    values.input, values.white = "picture", 255
    values.image = bpy.data.images.load(str(tmp_path / "colors.png"))
    weighted = PIXELS @ np.array([0.299, 0.587, 0.114])
    assert compute_values(read(scene)).grids[0][0] == pytest.approx(weighted, abs=1e-3)
    scene.kernelwalk.layer.channels = 3
    assert compute_values(read(scene)).grids[0].tolist() == np.moveaxis(PIXELS, -1, 0).tolist()
    scene.kernelwalk.layer.channels = 2
    assert '"colors.png": a picture has two axes and 1 or 3 channels' in problem_at(scene, "values.input")
    scene.kernelwalk.layer.channels, scene.kernelwalk.layer.input = 1, (1, 1, 1)
    assert '"colors.png": it is 2 × 2, and the input is 1 × 1. Set values.fit' in problem_at(scene, "values.input")
    values.fit = "scale"
    assert compute_values(read(scene)).grids[0].item() == pytest.approx(weighted.mean(), abs=1e-3)
    from kernelwalk.ui.settings import spec_properties

    assert spec_properties.find_notes(scene.kernelwalk) == ("colors.png: scaled from 2 × 2 to 1 × 1",)
    values.image.source = "FILE"
    values.image.filepath = str(tmp_path / "gone.png")
    assert "it has no pixels" in problem_at(scene, "values.input")


def test_a_painted_picture_is_read_again(scene: Any) -> None:
    values = load(scene, {"layer": {"op": "max_pool", "input": 2, "kernel": 1}, "values": {"input": "ramp"}})
    values.input, values.image = "picture", bpy.data.images.new("Painted", 2, 2)
    assert compute_values(read(scene)).grids[0].tolist() == [[[0, 0], [0, 0]]]
    values.image.pixels[:4] = (1.0, 1.0, 1.0, 1.0)  # the lower left pixel
    bpy.ops.kernelwalk.read_again()
    assert compute_values(read(scene)).grids[0].tolist() == [[[0, 0], [1, 0]]]


def test_a_file_is_read_and_followed(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "input.npy"
    values = load(scene, {"layer": {"op": "max_pool", "input": [2], "kernel": 1}, "values": {"input": "ramp"}})
    values.input = "file"
    assert "no file is chosen" in problem_at(scene, "values.input")
    values.file = str(path)
    assert "there is no such file" in problem_at(scene, "values.input")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    scene, values.file = bpy.data.scenes[0], "//none.npy"
    assert problem_at(scene, "values.input").startswith('"//none.npy": there is no such file')
    values.file = str(path)
    for array in ([1.5, -2.0], [3.0, 4.0, 5.0]):
        np.save(path, np.array(array))
        if len(array) == 2:
            assert read(scene).values.input == ((1.5, -2),)
    assert "it is 3, and the input is 2" in problem_at(scene, "values.input")
    Image.fromarray(PIXELS).save(tmp_path / "colors.png")
    scene.kernelwalk.layer.dims, values.file = "2", str(tmp_path / "colors.png")
    assert "choose Picture" in problem_at(scene, "values.input")


def test_an_imported_spec_brings_the_numbers_of_its_files_and_exports_them(scene: Any, tmp_path: Path) -> None:
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / "grey.png")
    np.save(tmp_path / "kernel.npy", np.array([[0.5], [2.0]]))
    text = 'layer = {op = "conv", input = 2, kernel = [2, 1]}\n'
    (tmp_path / "a.toml").write_text(
        text + 'values = {input = "grey.png", kernel = "kernel.npy", white = 255, activation = "relu"}\n'
    )
    images = len(bpy.data.images)
    assert bpy.ops.kernelwalk.import_spec(filepath=str(tmp_path / "a.toml")) == {"FINISHED"}
    assert len(bpy.data.images) == images
    values = read(scene).values
    assert (values.input, values.kernel) == ((((0, 10), (255, 1)),), ((((0.5,), (2,)),),))
    assert bpy.ops.kernelwalk.export_spec(filepath=str(tmp_path / "b.toml")) == {"FINISHED"}
    from kernelwalk.core.spec.parse import load_spec_table

    assert spec_from_table(load_spec_table(tmp_path / "b.toml")) == read(scene)
    from kernelwalk.core.spec.commented_toml import dump_commented
    from kernelwalk.core.values.written_numbers import write_out_numbers

    written = write_out_numbers(load_preset("sharpen"))  # as `kernelwalk export values` writes it
    (tmp_path / "c.toml").write_text(dump_commented(written))
    assert bpy.ops.kernelwalk.import_spec(filepath=str(tmp_path / "c.toml")) == {"FINISHED"}
    assert read(scene) == written
    (tmp_path / "grey.png").write_text("no picture")
    unreadable = r"(?s)values\.input:\s.*it\s+is\s+no\s+picture\s+that\s+Blender\s+can\s+read"
    with pytest.raises(RuntimeError, match=unreadable):
        bpy.ops.kernelwalk.import_spec(filepath=str(tmp_path / "a.toml"))


def test_weights_follow_their_layer_when_the_list_changes(scene: Any) -> None:
    values, props = load(scene, SPECS[0]), scene.kernelwalk
    values.bias = 5
    assert bpy.ops.kernelwalk.add_layer() == {"FINISHED"}
    props.more_layers[0].weights.kernel = "laplacian"
    assert bpy.ops.kernelwalk.move_layer(direction="UP") == {"FINISHED"}
    first, second = read(scene).values.layers
    assert (first.kernel, first.bias, second.kernel, second.bias) == ("laplacian", 0, "sobel_x", 5)
    assert bpy.ops.kernelwalk.remove_layer() == {"FINISHED"}
    assert (read(scene).values.kernel, read(scene).values.bias) == ("sobel_x", 5)


def test_activations_and_normalizations_come_with_pasted_code(scene: Any) -> None:
    from kernelwalk.ui.layers import layer_code

    load(scene, SPECS[0])
    layer_code.paste_code(scene.kernelwalk, "nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1), nn.ReLU())")
    values = read(scene).values
    assert (values.activation, values.norm, values.kernel) == ("relu", Norm(), "sobel_x")
    scene.kernelwalk.layer.weights.has_norm = False
    assert read(scene).values.norm is None
    for code in ("nn.Conv2d(1, 1, 3), nn.Hardtanh()", "nn.ReLU(), nn.Conv2d(1, 1, 3)"):
        with pytest.raises(SpecError, match="switch Values off"):
            layer_code.paste_code(scene.kernelwalk, f"nn.Sequential({code})")
        assert read(scene).values.activation == "relu", "an error changes nothing"
    scene.kernelwalk.values.on = False
    layer_code.paste_code(scene.kernelwalk, "nn.Sequential(nn.ReLU(), nn.Conv2d(1, 1, 2), nn.Hardtanh())")
    assert read(scene).layer.kernel == (2, 2)


def test_problems_stand_at_their_keys(scene: Any) -> None:
    values, layer = load(scene, SPECS[0]), scene.kernelwalk.layer
    layer.kernel = (5, 5, 5)
    assert '"sobel_x" is 3 × 3' in problem_at(scene, "values.kernel")
    layer.kernel = (3, 3, 3)
    values.colors = "rgb"
    assert "needs an input of 3 channels" in problem_at(scene, "values.colors")
    values.colors, layer.weights.kernel = "auto", "numbers"
    layer.in_channels = layer.out_channels = 2048
    with pytest.raises(SpecError, match=r"values\.kernel: 37,748,736 numbers are too many"):
        read(scene)


def test_problems_without_a_field_are_listed(scene: Any) -> None:
    from kernelwalk.ui.layers import values_panel
    from kernelwalk.ui.settings import spec_properties

    load(scene, SPECS[2])
    scene.kernelwalk.layer.weights.kernel = "sobel_x"
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    problems = spec_properties.find_problems(scene.kernelwalk)
    assert [problem.where for problem in problems] == ["values.layers[0].kernel"]
    assert values_panel._list_other_errors(problems, 0) == []
    assert values_panel._list_other_errors(problems, 1)[0].startswith('Layer 1: "sobel_x" is 3 × 3')
    load(scene, {"layer": CONV, "values": {"input": "ramp", "kernel": "box"}})
    scene.kernelwalk.layer.input = (2, 2000, 2000)
    problems = spec_properties.find_problems(scene.kernelwalk)
    assert "layer" in [problem.where for problem in problems]
    assert any("values, more than" in text for text in values_panel._list_other_errors(problems, 0))


def test_a_changed_number_changes_the_scene_and_the_panels_sum(scene: Any) -> None:
    from kernelwalk.scene.builds import built_spec
    from kernelwalk.ui.builds import live_update

    values = load(scene, {"layer": CONV, "values": {"input": [[1, 2, 3], [4, 5, 6]], "kernel": [[1, 2]]}})
    bpy.ops.kernelwalk.generate()
    built = built_spec.get_built_walk(scene)
    assert built is not None and built.write_sum(1) == "2·1 + 3·2 = 8"
    values.kernel_grid.row_0[1] = -2
    live_update.update_pending_scenes()
    built = built_spec.get_built_walk(scene)
    assert built is not None and built.write_sum(1) == "2·1 + 3·(−2) = −4"
    assert built_spec.is_built_from(scene, read(scene))
