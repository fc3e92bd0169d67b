# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs for render farms: bundles are run by the real openjd-cli, Flamenco's job type with a stub of its API."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kernelwalk_pipeline.source import read_spec

from ..conftest import LONG, environment
from ..farm import recorded_frames
from ..patience import PATIENCE, wait_for

needs_bpy = pytest.mark.usefixtures("shared_blender")
needs_openjd = pytest.mark.skipif(importlib.util.find_spec("openjd") is None, reason="needs kernelwalk[farms]")

OPENJD = "import sys; from openjd.cli import main; sys.exit(main())"


def openjd(*argv, **options):
    options = {"capture_output": True, "text": True, "timeout": PATIENCE, "env": environment(), **options}
    return subprocess.run([sys.executable, "-c", OPENJD, *map(str, argv)], **options)


@pytest.fixture
def kernelwalk(program):
    """The command as a program, as on a farm's machines."""
    return program("kernelwalk", f'exec "{sys.executable}" -m kernelwalk_pipeline "$@"')


@pytest.fixture
def bundle(call, tmp_path):
    """Exports specs and moves the bundle to another folder."""

    def export(*argv):
        ran = call("export", "openjd", *argv, "-o", "made")
        assert (ran.code, ran.out, ran.err) == (0, "made\n", "")
        shutil.move("made", tmp_path / "fresh folder" / "bundle")
        return tmp_path / "fresh folder" / "bundle"

    (tmp_path / "fresh folder").mkdir()
    return export


def test_a_bundle_of_layers_as_code_has_the_options_of_specs(bundle):
    options = ["--input", "6x5", "--size", "64x36", "--transparent", "--set", "walk.fps=30", "--format", "webm"]
    options += ["--device", "cuda"]
    path = bundle("nn.Conv2d(1, 1, 3)", "nn.Conv2d(1, 1, 2)", *options)
    specs = [read_spec(str(path / "specs" / f"Conv2d_{number}.toml")).spec for number in (1, 2)]
    assert [spec.layer.output for spec in specs] == [(4, 3), (5, 4)]
    settings = {(spec.render.resolution, spec.render.transparent, spec.render.device, spec.walk.fps) for spec in specs}
    assert settings == {((64, 36), True, "cuda", 30)}
    steps = [step["name"] for step in json.loads((path / "template.json").read_text())["steps"]]
    assert steps[::3] == ["Base Conv2d_1", "Base Conv2d_2"]


@needs_openjd
def test_openjd_accepts_the_bundle(bundle, spec):
    path = bundle(spec("one"), "mathematica", "--format", "webm", "--chunk", 7, "--target", 60, "--timeout", 100)
    checked = openjd("check", path / "template.json")
    assert checked.returncode == 0, checked.stdout
    template = json.loads((path / "template.json").read_text())
    assert [step["name"] for step in template["steps"]] == [
        f"{step} {name}" for name in ("one", "mathematica") for step in ("Base", "Render", "Encode")
    ]
    for step in template["steps"]:
        action = step["script"]["actions"]["onRun"]
        assert action["timeout"] == 100
        assert action["cancelation"]["mode"] == "NOTIFY_THEN_TERMINATE"
        assert action["command"] == "{{Param.Kernelwalk}}"
        assert isinstance(action["args"], list)
    (frames,) = template["steps"][1]["parameterSpace"]["taskParameterDefinitions"]
    assert frames["range"] == "1-17"
    assert frames["chunks"] == {"defaultTaskCount": 7, "rangeConstraint": "CONTIGUOUS", "targetRuntimeSeconds": 60}
    assert template["steps"][2]["dependencies"] == [{"dependsOn": "Base one"}, {"dependsOn": "Render one"}]


@needs_openjd
@needs_bpy
def test_openjd_makes_the_film_from_a_moved_bundle(bundle, spec, kernelwalk, rendered, frames_in, watch):
    path = bundle(spec(), "--format", "png", "--chunk", 5)
    spec().unlink()
    ran = openjd("run", path / "template.json", "-p", f"Kernelwalk={kernelwalk}")
    assert ran.returncode == 0, ran.stdout
    assert np.array_equal(watch(path / "output" / "tiny.png").pictures, frames_in(rendered.folder))


@needs_openjd
@needs_bpy
def test_a_chunk_that_was_killed_is_completed_by_the_next_run(
    bundle, spec, kernelwalk, held, undisturbed, frames_in, watch, tmp_path
):
    path = bundle(spec(**LONG), "--format", "png", "--chunk", 12, "--target", 0)
    argv = ["run", str(path / "template.json"), "-p", f"Kernelwalk={kernelwalk}"]
    command = [sys.executable, "-c", OPENJD, *argv]
    env = {**environment(), "BLENDER": str(held(4))}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    output = path / "output"
    wait_for(lambda: (output / "tiny" / "frames_1-12.jsonl").exists() and len(recorded_frames(output)["tiny"]) >= 3)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"kernelwalk_pipeline" in command and str(path).encode() in b" ".join(command):
            with contextlib.suppress(ProcessLookupError):  # it has ended
                os.kill(int(process.name), signal.SIGKILL)
    stdout, _ = first.communicate(timeout=PATIENCE)
    assert first.returncode != 0, stdout
    files = {frame: output / "tiny" / f"frame_{frame:05d}.png" for frame in recorded_frames(output)["tiny"]}
    kept = {frame: path.stat().st_mtime_ns for frame, path in files.items()}
    assert not (output / "tiny.png").exists()

    again = openjd(*argv)
    assert again.returncode == 0, again.stdout
    assert np.array_equal(watch(output / "tiny.png").pictures, frames_in(undisturbed))
    assert {frame: path.stat().st_mtime_ns for frame, path in files.items()} == kept


@needs_openjd
@needs_bpy
def test_a_users_own_template_and_font_are_part_of_the_bundle(
    bundle, spec, call, kernelwalk, tmp_path, frames_in, watch
):
    from kernelwalk.core.font_metrics import FONTS
    from kernelwalk.core.spec.templates import find_blend_file

    shutil.copy(find_blend_file("paper"), tmp_path / "mine.blend")
    shutil.copy(FONTS / "regular.ttf", tmp_path / "mine.ttf")
    (tmp_path / "mine.toml").write_text('[look.colors]\noutput_active = "#00FF00"\n')
    own = spec(title="A title", look={"template": "mine.blend"}, labels={"font": "mine.ttf"})
    assert call("render", own, "-o", "here").code == 0
    path = bundle(own, "--format", "png")
    for name in ("mine.blend", "mine.toml", "mine.ttf"):
        (tmp_path / name).unlink()
    ran = openjd("run", path / "template.json", "-p", f"Kernelwalk={kernelwalk}")
    assert ran.returncode == 0, ran.stdout
    assert np.array_equal(watch(path / "output" / "tiny.png").pictures, frames_in(tmp_path / "here"))


def test_specs_that_cannot_be_bundled_are_reported(call, spec, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    for argv, code, reason in (
        ((spec("{{Param.Specs}}"), "-o", "out"), 2, "without {{"),
        ((spec("a" * 80), "-o", "out"), 2, "at most 57 characters"),
        ((spec(), "-o", "full"), 4, "not an empty folder"),
        ((spec("odd", render={"resolution": [95, 54]}), "-o", "out"), 2, "needs an even width and height"),
        ((spec("none").with_name("gone.toml"), "-o", "out"), 2, "gone.toml"),
    ):
        ran = call("export", "openjd", *argv)
        assert ran.code == code, ran.err
        assert reason in ran.complaints[-1]
        assert not (tmp_path / "out").exists()


STUB = """
var tasks = [];
var author = {
    Task: function(name, type) {
        this.name = name; this.type = type; this.commands = []; this.dependencies = [];
        this.addCommand = function(command) { this.commands.push(command); };
        this.addDependency = function(task) { this.dependencies.push(task.name); };
    },
    Command: function(name, parameters) { this.name = name; this.parameters = parameters; },
};
// as in the manager, they may be called with or without new
for (const name of Object.keys(author)) {
    const make = author[name];
    author[name] = function(...args) { return new make(...args); };
}
function frameChunker(frames, size) {
    const [first, last] = frames.split("-").map(Number), chunks = [];
    for (let at = first; at <= last; at += size) {
        const end = Math.min(last, at + size - 1);
        chunks.push(at == end ? `${at}` : `${at}-${end}`);
    }
    return chunks;
}
"""


@pytest.mark.parametrize("device", ["", "cuda"])
def test_flamencos_job_type_compiles_a_job(call, tmp_path, device):
    quickjs = pytest.importorskip("quickjs", reason="needs kernelwalk[farms]")
    ran = call("export", "flamenco", "-o", "kernelwalk.js")
    assert (ran.code, ran.out) == (0, "kernelwalk.js\n")
    context = quickjs.Context()
    context.eval(STUB + (tmp_path / "kernelwalk.js").read_text())
    job_type = json.loads(context.eval("JSON.stringify(JOB_TYPE)"))
    settings = {setting["key"]: setting.get("default") for setting in job_type["settings"]}
    assert {setting["type"] for setting in job_type["settings"]} <= {"string", "int32", "float", "bool"}
    settings |= {"spec": "/share/a b.toml", "frames": "1-17", "folder": "/share/frames", "film": "/share/a.mp4"}
    settings["chunk_size"] = 8
    assert settings["device"] == ""
    settings["device"] = device
    job = f"{{settings: {json.dumps(settings)}, addTask: function(task) {{ tasks.push(task); }}}}"
    tasks = json.loads(context.eval(f"compileJob({job}); JSON.stringify(tasks)"))
    expected = {
        "base frame": ["render", "/share/a b.toml", "--frames", "base", "-o", "/share/frames"],
        "frames 1-8": ["render", "/share/a b.toml", "--frames", "1-8", "-o", "/share/frames"],
        "frames 9-16": ["render", "/share/a b.toml", "--frames", "9-16", "-o", "/share/frames"],
        "frames 17": ["render", "/share/a b.toml", "--frames", "17", "-o", "/share/frames"],
        "film": ["encode", "/share/a b.toml", "/share/frames", "-o", "/share/a.mp4"],
    }
    for args in expected.values() if device else ():
        args += ["--device", device] if args[0] == "render" else []
    assert {task["name"]: task["commands"] for task in tasks} == {
        name: [{"name": "exec", "parameters": {"exe": "kernelwalk", "args": args}}] for name, args in expected.items()
    }
    chunks = [name for name in expected if name.startswith("frames")]
    assert {task["name"]: sorted(task["dependencies"]) for task in tasks} == {
        "base frame": [],
        **{name: ["base frame"] for name in chunks},
        "film": sorted(["base frame", *chunks]),
    }


@needs_bpy
def test_the_commands_that_farms_run_make_the_same_frames(call, spec, rendered, frames_in, tmp_path):
    """The commands of Flamenco's tasks, in their order."""
    for frames in ("base", "1-8", "9-16", "17"):
        assert call("render", spec(), "--frames", frames, "-o", "out").code == 0
    assert np.array_equal(frames_in(tmp_path / "out"), frames_in(rendered.folder))


@needs_bpy
def test_a_saved_blend_renders_the_same_frames(call, spec, rendered, frames_in, tmp_path):
    """Like `blender -b x.blend -a`, on farms that accept only a file."""
    assert call("blend", spec(), "-o", "x.blend").code == 0
    script = """
import os, sys, bpy
bpy.ops.wm.open_mainfile(filepath=os.path.join(os.getcwd(), "x.blend"))
bpy.context.scene.render.filepath = os.path.join(os.getcwd(), "all", "frame_#####")
bpy.ops.render.render(animation=True)
sys.stdout.flush(); os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert np.array_equal(frames_in(tmp_path / "all"), frames_in(rendered.folder))
