# SPDX-License-Identifier: GPL-3.0-or-later
"""Outputs that lead elsewhere, and templates that contain programs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest


@pytest.mark.parametrize("out", ["link", "film.mp4"])
def test_a_symbolic_link_is_refused_as_output(call, spec, tmp_path, blender_started, out):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "frame_00001.png").write_text("mine")
    (tmp_path / ("link" if out == "link" else "film.mp4.frames")).symlink_to(tmp_path / "elsewhere")
    ran = call("render", spec(), "-o", out, "--restart")
    assert ran.code == 4
    assert "symbolic link" in ran.complaints[-1]
    assert (tmp_path / "elsewhere" / "frame_00001.png").read_text() == "mine"
    assert not blender_started()


def test_a_symbolic_link_is_refused_as_scratch_folder(call, spec, tmp_path, bpy_is_there):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".kernelwalk").symlink_to(tmp_path / "elsewhere")
    ran = call("render", spec(), "-o", "out")
    assert ran.code == 4
    assert (tmp_path / "elsewhere" / "mine").read_text() == "mine"


@pytest.mark.parametrize("name", ["..", "NUL", "con"])
def test_a_specs_name_does_not_lead_out_of_the_folder(call, spec, tmp_path, blender_started, name):
    ran = call("render", spec(name), spec("other"), "-o", "out")
    assert ran.code == 2
    assert "cannot be an output's name" in ran.complaints[-1]
    assert not blender_started()


MALICIOUS = """
import bpy, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
program = f"open({sys.argv[3]!r}, 'w').write('ran')"
text = bpy.data.texts.new("run.py")
text.write(program)
text.use_module = True
bpy.app.driver_namespace["harm"] = lambda: 0.0
for owner, path in ((bpy.data.objects[0], "location"), (bpy.data.node_groups[0].nodes[0], "location")):
    driver = owner.driver_add(path, 0).driver
    driver.expression = f"[{program}, 0.0][1]"
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[2])
import os
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture(scope="module")
def evil(tmp_path_factory, bpy_is_there):
    """Return a template whose programs would write a file "ran" beside it."""
    from kernelwalk.core.spec.templates import find_blend_file

    path = tmp_path_factory.mktemp("evil") / "evil.blend"
    arguments = [find_blend_file("paper"), path, path.with_name("ran")]
    subprocess.run([sys.executable, "-c", MALICIOUS, *map(str, arguments)], check=True, capture_output=True)
    return path


@pytest.mark.parametrize(
    "command", [["render", "-o", "a.png"], ["blend", "-o", "a.blend"]], ids=lambda arguments: arguments[0]
)
def test_programs_in_a_template_are_removed_and_reported(call, spec, tmp_path, evil, command):
    mark = evil.with_name("ran")
    mark.unlink(missing_ok=True)
    ran = call(command[0], spec(look={"template": str(evil)}), *command[1:])
    assert ran.code == 0, ran.err
    assert "evil.blend: 2 drivers left out" in ran.err
    assert not mark.exists()
    if command[0] == "blend":
        look = "import bpy, sys, os; bpy.ops.wm.open_mainfile(filepath=sys.argv[1]); print(len(bpy.data.texts)); "
        look += "sys.stdout.flush(); os._exit(0)"
        reported = subprocess.run(
            [sys.executable, "-c", look, str(tmp_path / "a.blend")], capture_output=True, text=True
        )
        assert reported.stdout.split()[-1] == "0"
        assert not mark.exists()


def test_blender_starts_with_scripts_off_and_offline():
    from kernelwalk_pipeline.blenders import launcher

    assert {"--factory-startup", "--disable-autoexec", "--offline-mode"} <= set(launcher.worker_command(sys.executable))
    assert importlib.util.find_spec("kernelwalk_pipeline")
