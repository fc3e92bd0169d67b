# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on registered in a running Blender: settings, operators, labels."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

import kernelwalk  # noqa: E402  # only where there is a Blender
from kernelwalk.core import SpecError, load_preset, spec_from_table  # noqa: E402
from kernelwalk.core.spec import presets  # noqa: E402
from kernelwalk.scene.builds import ownership  # noqa: E402
from kernelwalk.ui.toolkit.operator_utils import REPORT_WIDTH  # noqa: E402

from .text_layout import draw, draw_layout  # noqa: E402


def data_names() -> dict[str, list[str]]:
    return {
        kind: sorted(data.name for data in getattr(bpy.data, kind)) for kind in ownership.list_datablock_collections()
    }


@pytest.mark.parametrize("name", presets.list_presets())
def test_the_settings_keep_every_preset_unchanged(scene: Any, name: str) -> None:
    from kernelwalk.ui.settings import spec_properties

    spec_properties.write_spec(load_preset(name), scene.kernelwalk)
    assert spec_properties.read_spec(scene.kernelwalk) == load_preset(name)


LAYER_TABLES: list[dict[str, Any]] = [
    {"op": "conv", "input": [6, 5], "kernel": 3, "padding": [[1, 2], [0, 1]], "padding_mode": "circular"},
    {"op": "conv", "input": 7, "kernel": 3, "stride": 2, "padding": "same", "convention": "keras"},
    {"op": "conv", "input": 7, "kernel": [2, 3], "stride": 2, "padding": "same_lower"},
    {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": "same", "convention": "keras"},
    {"op": "conv_transpose", "input": 3, "kernel": 2, "stride": 3, "padding": "valid", "convention": "keras",
     "output_padding": [1, 0]},
    {"op": "conv_transpose", "input": 3, "kernel": 1, "stride": 3, "padding": "same_upper"},
    {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "output_shape": [6, 5]},
    {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "output_shape": 6, "padding": "same_upper"},
    {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": [[1, 2], [0, 3]], "convention": "jax",
     "flip_kernel": True},
    {"op": "max_pool", "input": 7, "kernel": [2, 3], "padding": 1, "dilation": 2, "ceil_mode": True},
    {"op": "avg_pool", "input": 7, "kernel": 3, "stride": [1, 2], "padding": 1, "count_include_pad": False},
    {"op": "avg_pool", "input": 7, "kernel": 3, "padding": "same", "convention": "keras"},
    {"op": "adaptive_avg_pool", "input": [5, 10], "output_shape": [1, 7], "channels": 3},
    {"op": "adaptive_max_pool", "input": [10], "output_shape": 7},
    {"op": "upsample", "input": [2, 3], "scale": [2, 4]},
    {"op": "conv", "input": [9], "kernel": 3, "padding": "causal", "dilation": 2, "in_channels": 4, "out_channels": 2},
    {"op": "conv", "input": [5, 4, 6], "kernel": [3, 2, 1], "padding": [[1, 0], [0, 0], [0, 2]],
     "in_channels": 4, "out_channels": 8, "groups": 4},
    {"op": "conv_transpose", "input": [3], "kernel": 3, "stride": 2, "padding": 1, "output_padding": [1],
     "in_channels": 2, "groups": 2},
    {"op": "max_pool", "input": [4, 4, 4], "kernel": 2, "channels": 3},
    {"op": "upsample", "input": [2, 3, 4], "scale": 2, "channels": 5},
    {"op": "upsample", "input": 3, "output_shape": [4, 7], "interpolation": "cubic", "convention": "keras",
     "align_corners": True},
    {"op": "upsample", "input": [5, 6], "scale": [1.3, 0.5], "interpolation": "nearest_exact"},
    {"op": "pixel_shuffle", "input": [2, 3], "factor": 2},
    {"op": "pixel_shuffle", "input": [3], "factor": 2, "channel_order": "DCR", "channels": 6},
    {"op": "pixel_unshuffle", "input": [4, 6], "factor": [2, 3], "channels": 2},
    {"op": "channel_shuffle", "input": [3, 4], "groups": 2, "channels": 6},
    {"op": "channel_shuffle", "input": [3], "groups": 3},
    {"op": "unfold", "input": 5, "kernel": 3, "padding": 1, "channels": 2},
    {"op": "fold", "input": [2, 3], "kernel": [2, 1], "stride": [1, 2], "padding": [[1, 0], [0, 0]]},
    {"op": "fold", "output_shape": [7, 6], "kernel": 2, "stride": 4, "padding": 1, "channels": 8},
]  # fmt: skip


@pytest.mark.parametrize(("width", "is_written"), [(142, True), (163, False), (300, False)])
def test_an_option_that_a_menu_would_cut_is_written_above_it(scene: Any, width: int, is_written: bool) -> None:
    from kernelwalk.ui.toolkit import widgets

    text, _ = draw(
        lambda layout, context: widgets.draw_property(layout, context, scene.kernelwalk.camera, "view"), width
    )
    assert ("Three-quarter" in text) == is_written


def test_the_equations_of_a_channel_shuffle_are_its_groups_and_the_rule_of_its_channels(scene: Any) -> None:
    from kernelwalk.ui.layers import layer_equations
    from kernelwalk.ui.settings import spec_properties

    table = {"layer": {"op": "channel_shuffle", "input": [3, 4], "groups": 2, "channels": 6}}
    spec_properties.write_spec(spec_from_table(table), scene.kernelwalk)
    text = draw(layer_equations.draw_equations)[0].replace(layer_equations.NO_BREAK_SPACE, " ")
    assert text == "Groups: 2 Order: output channel c holds input channel (c mod 2)·3 + ⌊c / 2⌋"


@pytest.mark.parametrize("width", [163, 200, 252, 300])
def test_no_line_of_an_equation_ends_with_a_sign(scene: Any, width: int) -> None:
    from kernelwalk.ui.layers import layer_equations

    for size in (5, 12, 128):
        scene.kernelwalk.layer.input = (size,) * 3
        lines = draw_layout(layer_equations.draw_equations, width).text
        assert len(lines) > 1 and not [line for line in lines if line[-1] in "+-/=·"], lines
        assert any("(3\u00a0-\u00a01)" in line for line in lines), lines


@pytest.mark.parametrize("number", range(len(LAYER_TABLES)))
def test_the_settings_keep_a_layer_of_any_kind_unchanged(scene: Any, number: int) -> None:
    from kernelwalk.ui.settings import spec_properties

    layer = scene.kernelwalk.layer
    # earlier settings must not matter
    layer.padding_mode, layer.convention, layer.ceil_mode, layer.padding = "reflect", "onnx", True, "same_lower"
    layer.dims, layer.groups, layer.channels, layer.channel_order, layer.channels_auto = "1", 7, 9, "DCR", False
    layer.output_shape_auto, layer.output_padding = False, (1, 1, 1)
    spec = spec_from_table({"layer": LAYER_TABLES[number]})
    spec_properties.write_spec(spec, scene.kernelwalk)
    assert spec_properties.read_spec(scene.kernelwalk) == spec
    assert spec_properties.read_spec(scene.kernelwalk).to_table()["layer"] == spec.to_table()["layer"]


def test_a_line_of_code_is_pasted_and_copied(scene: Any) -> None:
    from kernelwalk.ui.layers import layer_code
    from kernelwalk.ui.settings import spec_properties

    spec_properties.write_spec(load_preset("padding_strides"), scene.kernelwalk)
    layer_code.paste_code(scene.kernelwalk, "layers.Conv2DTranspose(8, 3, strides=2, padding='same')(x)")
    layer = spec_properties.read_spec(scene.kernelwalk).layer
    assert (layer.op, layer.input, layer.output) == ("conv_transpose", (5, 5), (10, 10))
    assert scene.kernelwalk.title == load_preset("padding_strides").title, "all other settings stay"
    with pytest.raises(SpecError, match=r"layer\.code: column 17: Conv2d has no argument"):
        layer_code.paste_code(scene.kernelwalk, "nn.Conv2d(1, 1, size=3)")
    assert spec_properties.read_spec(scene.kernelwalk).layer == layer, "a syntax error changes nothing"
    assert layer_code.emit_code(layer)[1].text == 'layers.Conv2DTranspose(8, 3, strides=2, padding="same")'
    layer_code.paste_code(scene.kernelwalk, "nn.Conv1d(8, 4, 3, groups=2)")
    line = spec_properties.read_spec(scene.kernelwalk).layer
    assert (line.input, line.channels.inputs, line.channels.groups) == ((5,), 8, 2), (
        "the code decides the number of axes"
    )
    layer_code.paste_code(scene.kernelwalk, "Deconvolution d 1 1 x y 0=1 1=3 3=2 4=-233 20=10 6=9")
    up = spec_properties.read_spec(scene.kernelwalk).layer
    assert (up.convention, up.output, up.padding) == ("ncnn", (10, 10), ((0, 1), (0, 1)))
    layer_code.paste_code(scene.kernelwalk, "layers.MaxPooling3D(2)")
    assert spec_properties.read_spec(scene.kernelwalk).layer.input == (5, 5, 5)
    layer_code.paste_code(scene.kernelwalk, "layers.Conv2DTranspose(8, 3, strides=2, padding='same')(x)")
    assert spec_properties.read_spec(scene.kernelwalk).layer == layer
    with pytest.raises(RuntimeError, match="PyTorch has no such layer: crops"):
        bpy.ops.kernelwalk.copy_code(framework="pytorch")
    if bpy.context.window_manager.clipboard or not bpy.app.background:
        assert bpy.ops.kernelwalk.copy_code(framework="keras") == {"FINISHED"}
    with pytest.raises(RuntimeError, match=r"clipboard is empty|layer\.code"):
        bpy.ops.kernelwalk.paste_layer()


def test_an_error_is_reported_in_lines_that_fit_the_window(scene: Any) -> None:
    from kernelwalk.ui.layers import layer_code
    from kernelwalk.ui.toolkit.operator_utils import report_error

    with pytest.raises(SpecError) as raised:
        layer_code.paste_code(scene.kernelwalk, "print(hello)")
    reported: list[str] = []
    operator: Any = SimpleNamespace(report=lambda _, text: reported.append(text))
    assert report_error(operator, raised.value) == {"CANCELLED"}
    (text,) = reported
    assert text.split() == str(raised.value).split() and len(text) > REPORT_WIDTH
    assert max(map(len, text.splitlines())) <= REPORT_WIDTH


def test_the_layer_is_shown_in_a_chosen_framework_with_what_a_program_does_otherwise(scene: Any) -> None:
    from kernelwalk.ui.layers import layer_code

    layer_code.paste_code(scene.kernelwalk, "layers.Conv2DTranspose(1, 2, strides=3, padding='same')(x)")
    text, buttons = draw(layer_code.draw_code)
    assert "onnxruntime" in text and "features=1" not in text
    bpy.context.window_manager.kernelwalk_other_framework = "flax"
    text, more = draw(layer_code.draw_code)
    assert "nn.ConvTranspose(features=1" in text and len(more) == len(buttons) + 1


def test_every_property_has_a_label_and_a_tooltip(scene: Any) -> None:
    def check(group: Any) -> None:
        for prop in group.bl_rna.properties:
            if prop.identifier in ("rna_type", "name"):
                continue
            assert prop.name
            if prop.type == "POINTER" and isinstance(prop.fixed_type, bpy.types.ID):
                assert prop.description
            elif prop.type == "POINTER":
                check(getattr(group, prop.identifier))
            else:
                assert prop.description, prop.identifier

    check(scene.kernelwalk)


def test_clear_removes_all_of_a_generated_preset(scene: Any) -> None:
    before, camera, world = data_names(), scene.camera, scene.world
    assert bpy.ops.kernelwalk.import_spec(filepath=str(presets.PRESETS_FOLDER / "padding_strides.toml")) == {"FINISHED"}
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert "Padding, strides" in scene.collection.children
    assert scene.camera is not camera
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert bpy.ops.kernelwalk.clear() == {"FINISHED"}
    assert data_names() == before
    assert (scene.camera, scene.world) == (camera, world)


def test_without_set_up_scene_the_scenes_settings_stay(scene: Any) -> None:
    camera, world, end = scene.camera, scene.world, scene.frame_end
    scene.kernelwalk.setup = False
    bpy.ops.kernelwalk.generate()
    assert (scene.camera, scene.world, scene.frame_end) == (camera, world, end)


def test_invalid_settings_are_not_generated(scene: Any) -> None:
    scene.kernelwalk.layer.kernel = (9, 9, 9)
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.kernelwalk.generate()
    assert not ownership.find_root_collections(scene)
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.kernelwalk.clear()


def test_a_lock_gives_all_axes_one_number_and_the_last_entries_belong_to_the_axes(scene: Any) -> None:
    from kernelwalk.ui.settings import spec_properties

    layer = scene.kernelwalk.layer
    layer.input = (9, 4, 7)
    assert spec_properties.read_spec(scene.kernelwalk).layer.input == (7, 7)
    layer.linked[0] = False
    assert spec_properties.read_spec(scene.kernelwalk).layer.input == (4, 7)
    layer.dims = "3"
    assert spec_properties.read_spec(scene.kernelwalk).layer.input == (9, 4, 7)
    layer.dims = "1"
    assert spec_properties.read_spec(scene.kernelwalk).layer.input == (7,)


def test_a_spec_is_exported_and_imported(scene: Any, tmp_path: Path) -> None:
    from kernelwalk.ui.settings import spec_properties

    spec_properties.write_spec(load_preset("padding_strides_odd_transposed"), scene.kernelwalk)
    path = tmp_path / "spec.toml"
    assert bpy.ops.kernelwalk.export_spec(filepath=str(path)) == {"FINISHED"}
    spec_properties.write_spec(load_preset("mathematica"), scene.kernelwalk)
    assert bpy.ops.kernelwalk.import_spec(filepath=str(path)) == {"FINISHED"}
    assert spec_properties.read_spec(scene.kernelwalk) == load_preset("padding_strides_odd_transposed")


def test_an_invalid_file_is_rejected_with_its_problem(scene: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('[layer]\nop = "conv"\ninput = 5\nkernel = 9\n')
    with pytest.raises(RuntimeError, match=r"(?s)layer\.kernel.*smaller\skernel"):
        bpy.ops.kernelwalk.import_spec(filepath=str(tmp_path / "bad.toml"))
    with pytest.raises(RuntimeError, match=r"not\sthere"):
        bpy.ops.kernelwalk.import_spec(filepath=str(tmp_path / "none.toml"))
    with pytest.raises(RuntimeError, match=r"cannot\sbe\swritten") as raised:
        bpy.ops.kernelwalk.export_spec(filepath=str(tmp_path / "no" / f"{'a long name ' * 12}.toml"))
    assert max(map(len, str(raised.value).removeprefix("Error: ").splitlines())) <= REPORT_WIDTH


def test_settings_are_saved_with_the_file(scene: Any, tmp_path: Path) -> None:
    scene.kernelwalk.layer.stride = (3, 3, 3)
    scene.kernelwalk.title = "Saved"
    path = str(tmp_path / "a.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_factory_settings()
    kernelwalk.unregister()  # reading the factory settings has disabled nothing that was registered by hand
    kernelwalk.register()
    bpy.ops.wm.open_mainfile(filepath=path)
    saved = bpy.data.scenes[0].kernelwalk
    assert (tuple(saved.layer.stride), saved.title) == ((3, 3, 3), "Saved")


def test_unregistering_leaves_nothing_behind(scene: Any) -> None:
    for _ in range(2):
        kernelwalk.unregister()
        assert not hasattr(bpy.types.Scene, "kernelwalk")
        assert not hasattr(bpy.types, "KERNELWALK_PT_main")
        kernelwalk.register()


def test_every_operator_and_each_of_its_options_has_a_tooltip(scene: Any) -> None:
    for name in dir(bpy.ops.kernelwalk):
        kind = getattr(bpy.ops.kernelwalk, name).get_rna_type()
        assert kind.description and kind.description == " ".join(kind.description.split()), name
        for prop in kind.properties:
            if prop.identifier == "rna_type" or prop.is_hidden:
                continue
            assert prop.description, (name, prop.identifier)
            if prop.type == "ENUM":
                assert all(item.description for item in prop.enum_items), (name, prop.identifier)


PANEL_OPERATORS = ("preset_add", "choose_layer", "choose_template", "choose_walk", "read_again")


def test_every_operator_is_found_by_blenders_search(scene: Any) -> None:
    """Blender's search looks through menus. Some operators make sense in the panel alone."""
    import inspect

    from kernelwalk.ui import menus

    source = inspect.getsource(menus)
    for name in dir(bpy.ops.kernelwalk):
        assert f"KERNELWALK_OT_{name}." in source or name in PANEL_OPERATORS, name


def test_a_view_sets_its_angles_and_a_spec_overrides_them(
    scene: Any,
) -> None:
    from kernelwalk.ui.settings import spec_properties

    camera = scene.kernelwalk.camera
    camera.view = "top"
    assert (camera.azimuth, camera.elevation) == (0, 90)
    camera.view = "three-quarter"
    assert (camera.azimuth, camera.elevation) == (30, 38)
    table = {"layer": {"op": "conv", "input": 5, "kernel": 3}, "camera": {"view": "side", "azimuth": -45.0}}
    spec_properties.write_spec(spec_from_table(table), scene.kernelwalk)
    assert (camera.view, camera.azimuth, camera.elevation) == ("side", -45, 22)
    assert spec_properties.read_spec(scene.kernelwalk).camera == spec_from_table(table).camera


WALK = {
    "order": "serpentine", "every": 7, "first": 3, "easing": "ease_out", "frames_per_step": 9, "fast_frames": 2,
    "slow_steps": 1, "ramp_steps": 5, "intro": 10, "outro": 6, "loop": True, "lead_out": 4, "appear": True,
    "trail": True, "lift": 0.25, "fps": "30000/1001",
}  # fmt: skip


def test_the_settings_keep_a_walk_unchanged(scene: Any) -> None:
    from kernelwalk.ui.settings import spec_properties

    spec = spec_from_table({"layer": LAYER_TABLES[0], "walk": WALK})
    spec_properties.write_spec(spec, scene.kernelwalk)
    assert spec_properties.read_spec(scene.kernelwalk) == spec
    scene.kernelwalk.walk.first_auto = scene.kernelwalk.walk.fast_frames_auto = True
    walk = spec_properties.read_spec(scene.kernelwalk).walk
    assert (walk.first, walk.fast_frames) == (None, None)
    scene.kernelwalk.walk.outro = 0
    assert [problem.where for problem in spec_properties.find_problems(scene.kernelwalk)] == ["walk.outro"]


def test_every_key_of_the_walk_is_in_exactly_one_panel() -> None:
    from kernelwalk.core.spec.sections import SECTIONS
    from kernelwalk.ui import panels

    classes = (panels.KERNELWALK_PT_walk, panels.KERNELWALK_PT_pace, panels.KERNELWALK_PT_effects)
    keys = [key for panel in classes for key in panel.spec_keys]
    assert sorted(keys) == sorted(SECTIONS["walk"])


def test_a_title_that_no_font_draws_is_told_below_its_field(scene: Any) -> None:
    from kernelwalk.ui import panels

    scene.kernelwalk.title = "संवलन"
    text, _ = draw(lambda layout, context: panels.KERNELWALK_PT_main.draw(SimpleNamespace(layout=layout), context))
    assert "U+0928" in text
    assert "Chinese" in text


def test_a_long_label_takes_two_lines_in_a_sidebar_of_half_width(scene: Any) -> None:
    from kernelwalk.ui.toolkit import widgets

    lines = draw_layout(lambda layout, context: widgets.add_labeled_row(layout, context, "Connector Width"), 147).text
    assert lines == ["Connector", "Width"]
