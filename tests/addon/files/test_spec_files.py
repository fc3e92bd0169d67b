# SPDX-License-Identifier: GPL-3.0-or-later
"""Spec files, dropped files, presets of the user, and templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core import load_preset  # noqa: E402  # only where there is a Blender


@pytest.fixture
def presets_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from kernelwalk.ui.files import spec_files

    folder = tmp_path / "presets"
    folder.mkdir()
    monkeypatch.setattr(spec_files, "user_presets_folder", lambda: folder)
    return folder


def test_every_template_that_ships_is_suggested_and_sets_its_colors(scene: Any) -> None:
    from kernelwalk.core import spec_from_table
    from kernelwalk.core.spec import templates
    from kernelwalk.ui.fields.preferences import search_templates
    from kernelwalk.ui.settings import spec_properties

    suggestions = search_templates(None, None, "")
    assert suggestions == ["blueprint", "dark", "paper", "studio"] == templates.list_templates()
    for name in [*suggestions, suggestions[0]]:
        scene.kernelwalk.look.template = name
        expected = spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3}, "look": {"template": name}})
        assert spec_properties.read_spec(scene.kernelwalk).look == expected.look


def test_a_user_preset_is_saved_loaded_and_removed(scene: Any, presets_folder: Path) -> None:
    from kernelwalk.ui.settings import spec_properties

    spec_properties.write_spec(load_preset("padding_strides_odd_transposed"), scene.kernelwalk)
    assert bpy.ops.kernelwalk.preset_add(name="Mine: half & ½") == {"FINISHED"}
    (path,) = presets_folder.iterdir()
    spec_properties.write_spec(load_preset("mathematica"), scene.kernelwalk)
    assert bpy.ops.kernelwalk.import_spec(filepath=str(path)) == {"FINISHED"}
    assert spec_properties.read_spec(scene.kernelwalk) == load_preset("padding_strides_odd_transposed")
    assert bpy.ops.kernelwalk.preset_add(name=bpy.path.display_name(path.name, title_case=False), remove_name=True) == {
        "FINISHED"
    }
    assert not list(presets_folder.iterdir())


@pytest.mark.parametrize("name", ["", "   ", ".."])
def test_a_preset_without_a_name_is_rejected(scene: Any, presets_folder: Path, name: str) -> None:
    with pytest.raises(RuntimeError, match=r"no\sname"):
        bpy.ops.kernelwalk.preset_add(name=name)


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/b"])
def test_no_preset_name_leads_out_of_the_folder(scene: Any, presets_folder: Path, name: str) -> None:
    bpy.ops.kernelwalk.preset_add(name=name)
    assert [path.parent for path in presets_folder.parent.rglob("*.toml")] == [presets_folder]


def test_invalid_settings_are_not_saved(scene: Any, presets_folder: Path) -> None:
    scene.kernelwalk.layer.kernel = (9, 9, 9)
    with pytest.raises(RuntimeError, match=r"smaller\skernel"):
        bpy.ops.kernelwalk.preset_add(name="bad")
    assert not list(presets_folder.iterdir())
    assert not bpy.ops.kernelwalk.export_spec.poll()


def test_spec_files_can_be_dropped(scene: Any) -> None:
    handler = bpy.types.KERNELWALK_FH_spec
    assert (handler.bl_import_operator, handler.bl_file_extensions) == ("kernelwalk.import_spec", ".toml")


def test_a_template_sets_its_colors_and_its_view(scene: Any, tmp_path: Path) -> None:
    from kernelwalk.core.spec import templates
    from kernelwalk.ui.settings import spec_properties

    (tmp_path / "own.blend").write_bytes(templates.find_blend_file("paper").read_bytes())
    before = spec_properties.read_spec(scene.kernelwalk)
    (tmp_path / "own.toml").write_text('[look]\ngap = 3.5\n[look.colors]\ninput = "#010203"\n[camera]\nazimuth = 7\n')
    scene.kernelwalk.look.template = str(tmp_path / "own.blend")
    spec = spec_properties.read_spec(scene.kernelwalk)
    assert (spec.look.colors.input, spec.look.gap, spec.camera.azimuth) == ("#010203", 3.5, 7)
    scene.kernelwalk.look.template = "paper"
    assert spec_properties.read_spec(scene.kernelwalk) == before


def test_a_font_is_named_beside_the_file_and_its_problem_is_shown(scene: Any, tmp_path: Path) -> None:
    from kernelwalk.core.font_metrics import FONTS
    from kernelwalk.ui.settings import spec_properties

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    scene = bpy.context.scene
    scene.kernelwalk.labels.font = "//own.ttf"
    (problem,) = spec_properties.find_problems(scene.kernelwalk)
    assert problem.where == "labels.font"
    (tmp_path / "own.ttf").write_bytes((FONTS / "strong.ttf").read_bytes())
    assert spec_properties.read_spec(scene.kernelwalk).labels.font == str(tmp_path / "own.ttf")
    bpy.ops.kernelwalk.export_spec(filepath=str(tmp_path / "a.toml"))
    scene.kernelwalk.labels.font = ""
    bpy.ops.kernelwalk.import_spec(filepath=str(tmp_path / "a.toml"))
    assert scene.kernelwalk.labels.font == str(tmp_path / "own.ttf")


def test_the_default_template_is_applied_to_unchanged_scenes_alone(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kernelwalk.core.spec import templates
    from kernelwalk.ui.fields import preferences
    from kernelwalk.ui.files import default_template

    (tmp_path / "own.blend").write_bytes(templates.find_blend_file("paper").read_bytes())
    (tmp_path / "own.toml").write_text("[camera]\nazimuth = 7\n")
    monkeypatch.setattr(preferences.DEFAULTS, "template", str(tmp_path / "own.blend"))
    other = bpy.data.scenes.new("Edited")
    other.kernelwalk.layer.kernel = (2, 2, 2)
    default_template.apply_default_template()
    assert (scene.kernelwalk.camera.azimuth, other.kernelwalk.camera.azimuth) == (7, 30)
    assert other.kernelwalk.look.template == "paper"


def test_a_tooltip_tells_the_layers_of_a_preset_and_its_comment_or_its_problem(tmp_path: Path, scene: Any) -> None:
    from types import SimpleNamespace

    from kernelwalk.core.spec import presets

    def describe(path: str) -> str:
        return str(bpy.types.KERNELWALK_OT_import_spec.description(None, SimpleNamespace(filepath=path)))

    assert describe(str(presets.preset_path("conv1d"))) == (
        "12 → 12, kernel 3, padding 1.\nA convolution along one axis, such as time: each channel is a row of tiles"
    )
    assert "is not there" in describe(str(tmp_path / "gone.toml"))
    assert describe("") == ""


def test_a_loaded_preset_starts_at_its_representative_step(scene: Any) -> None:
    from kernelwalk.core.describe.representative_step import choose_representative_step
    from kernelwalk.core.spec import presets

    for name in ("padding_strides", "dilation"):  # before Generate, and after it, where the scene is updated
        bpy.ops.kernelwalk.import_spec(filepath=str(presets.preset_path(name)))
        if name == "padding_strides":
            assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
        assert scene.kernelwalk.steps.step == choose_representative_step(load_preset(name)) > 0
        bpy.ops.kernelwalk.step(to="FIRST")
    bpy.ops.kernelwalk.generate()
    assert scene.kernelwalk.steps.step == 0, "Generate keeps the step of what it replaces"
