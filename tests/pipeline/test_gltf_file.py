# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk export glb: its file, its exit codes and its messages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kernelwalk.core.gltf import walk_document
from kernelwalk.core.plan.file_sizes import FileForm

PRESET = "no_padding_no_strides"


def test_a_glb_is_written_without_blender_and_again_with_the_same_bytes(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "bpy", None)
    for name in ("a.glb", "b.glb"):
        ran = call("export", "glb", PRESET, "-o", name)
        assert (ran.code, ran.err, ran.out.strip()) == (0, "", name)
    data = Path("a.glb").read_bytes()
    assert data.startswith(b"glTF")
    assert data == Path("b.glb").read_bytes()
    assert b"KHR_animation_pointer" not in data
    assert call("export", "glb", PRESET, "-o", "c.glb", "--pointer").code == 0
    assert b"KHR_animation_pointer" in Path("c.glb").read_bytes()


LOADED = """
import sys
from kernelwalk_pipeline.cli import main
sys.argv = ["kernelwalk", "export", "glb", "no_padding_no_strides", "-o", "a.glb"]
try:
    main()
except SystemExit:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
    print(*(name for name in sys.modules if name.startswith("kernelwalk_pipeline.commands.")), file=sys.stderr)
"""


def test_no_package_and_no_other_command_is_loaded_that_takes_time(tmp_path):
    ran = subprocess.run([sys.executable, "-c", LOADED], cwd=tmp_path, capture_output=True, text=True, check=True)
    packages, commands = (set(line.split()) for line in ran.stderr.splitlines())
    heavy = {"av", "bpy", "multiprocessing", "onnx", "PIL", "pxr", "reportlab", "rich", "scipy"}
    assert packages.isdisjoint(heavy)
    assert {name.rpartition(".")[2] for name in commands} == {
        "export", "help_panels", "model_options", "option_groups", "options"
    }  # fmt: skip
    assert (tmp_path / "a.glb").exists()


def test_what_cannot_be_written_is_an_error_that_says_why(call):
    for arguments, code, message in (
        (["-o", "a.gltf"], 2, ".glb"),
        (["-o", "a.glb", "--set", "layer.input=210"], 2, "would have about 21 MB, and at most 20 MB are written"),
        (["-o", "/dev/null/a.glb"], 4, "/dev/null"),
        (["-o", "a.glb", "--meshopt", "--pointer"], 2, "Give one of the two"),
    ):
        ran = call("export", "glb", PRESET, *arguments)
        assert (ran.code, len(ran.complaints)) == (code, 1), ran
        assert message in ran.err
    assert not list(Path().iterdir())


def test_several_specs_become_files_of_a_folder_that_are_those_of_each_alone(call):
    ran = call("export", "glb", PRESET, "max_pool", "-o", "walks")
    assert (ran.code, ran.out.split()) == (0, [f"walks/{name}.glb" for name in (PRESET, "max_pool")])
    assert call("export", "glb", "max_pool", "-o", "alone.glb").code == 0
    assert Path("walks/max_pool.glb").read_bytes() == Path("alone.glb").read_bytes()
    assert call("export", "glb", "dilation", "-o", "walks").out.strip() == "walks/dilation.glb"


def test_of_several_specs_none_is_written_if_one_cannot_be(call):
    for arguments, message in (
        (["max_pool", "-o", "a.glb"], "2 specs cannot share one file. Give a folder"),
        (["nonesuch", "-o", "walks"], "nonesuch: the file is not there"),
        (["max_pool", "-o", "walks", "--set", "input=[210, 210]"], "at most 20 MB are written"),
        ([PRESET, "-o", "walks"], "two specs with this name"),
    ):
        ran = call("export", "glb", PRESET, *arguments)
        assert (ran.code, len(ran.complaints)) == (2, 1), ran
        assert message in ran.err
    assert not list(Path().iterdir())


def test_a_file_that_is_larger_than_its_estimate_is_not_written(call, monkeypatch):
    monkeypatch.setattr(walk_document, "FORM", FileForm("a glTF file", 1_000, 0, 0, 0, 0, 0))
    ran = call("export", "glb", PRESET, "-o", "a.glb")
    assert (ran.code, len(ran.complaints)) == (2, 1)
    assert "would have 0.1 MB, and at most 0.0 MB are written" in ran.err
    assert not list(Path().iterdir())


def test_meshopt_needs_a_program_that_works(call, monkeypatch, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    ran = call("export", "glb", PRESET, "-o", "a.glb", "--meshopt")
    assert (ran.code, len(ran.complaints)) == (2, 1)
    assert "npm install --global gltfpack" in ran.err
    program = programs / "gltfpack"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('out of order')\n")
    program.chmod(0o755)
    ran = call("export", "glb", PRESET, "-o", "a.glb", "--meshopt")
    assert (ran.code, len(ran.complaints)) == (2, 1)
    assert "gltfpack ended with 1: out of order" in ran.err
    assert not Path("a.glb").exists()
