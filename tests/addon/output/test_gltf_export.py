# SPDX-License-Identifier: GPL-3.0-or-later
"""The button that writes glTF, and Blender's import of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core import load_preset, make_plan  # noqa: E402  # only where there is a Blender
from kernelwalk.core.gltf.walk_document import FORM  # noqa: E402  # as above
from kernelwalk.ui.files.spec_files import suggest_path  # noqa: E402  # as above
from kernelwalk.ui.settings import spec_properties  # noqa: E402  # as above
from kernelwalk.ui.toolkit.operator_utils import REPORT_WIDTH  # noqa: E402  # as above


def test_the_button_writes_a_walk_that_blender_plays_and_leaves_nothing_behind(scene: Any, tmp_path: Path) -> None:
    spec = load_preset("max_pool_values")
    spec_properties.write_spec(spec, scene.kernelwalk)
    kinds = ("objects", "curves", "fonts", "meshes")
    before = [len(getattr(bpy.data, kind)) for kind in kinds]
    path = tmp_path / "walk.glb"
    assert bpy.ops.kernelwalk.export_glb(filepath=str(path)) == {"FINISHED"}
    assert [len(getattr(bpy.data, kind)) for kind in kinds] == before
    bpy.ops.import_scene.gltf(filepath=str(path))
    plan = make_plan(spec)
    grid = plan.grids[-1]
    group = next(each for each in bpy.data.objects if each.name.startswith(grid.name) and each.type == "EMPTY")
    rate = bpy.context.scene.render.fps / float(spec.walk.fps)
    for step in range(spec.step_count):
        frame = (float(spec.walk.start_frame(step)) - plan.frames.start) * rate + 2
        bpy.context.scene.frame_set(int(frame))
        tiles, glows = (
            [each for each in group.children if each.name.startswith(name) and each.scale.x > 0.5]
            for name in ("Tile", "Glow")
        )
        assert len(tiles) == len(grid.cells)
        (glow,) = glows
        nearest = min(tiles, key=lambda each, glow=glow: (each.location - glow.location).length)
        column, row = grid.cells[step, :2].astype(int)
        assert nearest.name.partition(".")[0] == f"Tile_{row}_{column}"
        assert nearest.active_material != glow.active_material
        digits = [each for each in group.children if each.name.startswith("Digits") and each.scale.x > 0.5]
        assert len(digits) == step + 1


def test_an_exported_file_is_named_after_the_walk_and_stands_beside_the_blend_file(scene: Any, tmp_path: Path) -> None:
    assert suggest_path(scene, ".glb") == "Convolution.glb"
    scene.kernelwalk.title = "A/B: 3×3"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    assert suggest_path(bpy.context.scene, ".toml") == str(tmp_path / "A_B_ 3×3.toml")


def test_a_walk_that_is_too_large_or_has_no_place_is_an_error(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match=r"cannot\sbe\swritten") as raised:
        bpy.ops.kernelwalk.export_glb(filepath=str(tmp_path / "no" / f"{'a long name ' * 12}.glb"))
    assert max(map(len, str(raised.value).removeprefix("Error: ").splitlines())) <= REPORT_WIDTH
    monkeypatch.setattr("kernelwalk.core.gltf.walk_document.FORM", FORM._replace(largest=1000))
    with pytest.raises(RuntimeError, match=r"MB\sare\swritten"):
        bpy.ops.kernelwalk.export_glb(filepath=str(tmp_path / "a.glb"))


def test_blender_s_own_exporter_leaves_hidden_copies_of_tiles_out_with_its_option(scene: Any, tmp_path: Path) -> None:
    bpy.ops.kernelwalk.generate()
    for option, count in ((False, 4), (True, 2)):
        path = tmp_path / f"{option}.glb"
        bpy.ops.export_scene.gltf(filepath=str(path), use_visible=option, export_animations=False)
        nodes = json.loads(path.read_bytes()[20:].split(b"BIN\0")[0][:-4])["nodes"]
        assert len([node for node in nodes if node["name"].endswith(("Input", "Output"))]) == count
