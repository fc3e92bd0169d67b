# SPDX-License-Identifier: GPL-3.0-or-later
"""pipeline/render.py, which needs only Blender, and the command with Blender's executable instead of bpy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .patience import PATIENCE

SCRIPT = Path(__file__).resolve().parents[2] / "pipeline" / "render.py"


@pytest.fixture(scope="module")
def executable() -> str:
    """Blender's own executable, if there is one."""
    name = os.environ.get("BLENDER")
    if not name or not shutil.which(name):
        pytest.skip("needs Blender's executable: name it in the environment variable BLENDER")
    return name


Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def alone(executable: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Done]:
    """Runs the script in Blender, as in its docstring."""
    folder = tmp_path_factory.mktemp("elsewhere")

    def run(*argv: object) -> Done:
        command = [executable, "--background", "--python", str(SCRIPT), "--", *map(str, argv)]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)

    return run


@pytest.fixture(scope="module")
def frames(alone, tiny_toml, tmp_path_factory) -> Path:
    """The tiny spec's frames, rendered by Blender alone; tiny.toml is beside them."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "tiny.toml").write_text(tiny_toml)
    done = alone(folder / "tiny.toml", "-o", folder / "frames")
    assert done.returncode == 0, done.stderr
    assert f"kernelwalk: {folder / 'frames'}" in done.stdout
    return folder / "frames"


def only_error(done: Done) -> str:
    """Return the only line that the script printed to stderr."""
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert line.startswith("kernelwalk: ")
    return line


def test_blender_alone_writes_every_frame(frames, planned, frames_in):
    names = [path.name for path in sorted(frames.glob("*.png"))]
    assert names == [f"frame_{frame:05d}.png" for frame in planned().frames]
    pictures = frames_in(frames)
    assert all(picture.shape == (54, 96, 3) for picture in pictures)
    groups = dict(zip(planned().unique_frames.tolist(), pictures, strict=True))
    assert all(np.array_equal(groups[group], own) for group, own in zip(planned().unique_frames, pictures, strict=True))
    assert len({picture.tobytes() for picture in pictures}) == len(groups)
    assert not list(frames.glob("part_*"))


def test_the_command_renders_the_same_pixels_with_that_blender(executable, frames, run, spec, frames_in, tmp_path):
    ran = run("render", spec(), "-o", "frames", "--blender", executable)
    assert (ran.code, ran.out) == (0, "frames\n"), ran.err
    assert np.array_equal(frames_in(tmp_path / "frames"), frames_in(frames))


def test_blender_alone_samples_edges_with_the_pixels_of_full_frames(executable, alone, run, spec, frames_in, tmp_path):
    """As with the command, a look without light gets few samples where no edge is."""
    flat = spec(look={"thickness": 0.0, "shadows": False, "rounding": 0.0}, render={"samples": 16})
    assert alone(flat, "-o", tmp_path / "alone").returncode == 0
    ran = run("render", flat, "-o", "full", "--full-frames", "--blender", executable)
    assert ran.code == 0, ran.err
    assert np.array_equal(frames_in(tmp_path / "alone"), frames_in(tmp_path / "full"))


def test_the_command_finds_that_blender_in_the_environment(executable, run, spec, tmp_path, pixels, frames):
    ran = run("still", spec(), "--step", 1, "-o", "still.png", env={**os.environ, "BLENDER": executable})
    assert ran.code == 0, ran.err
    assert np.array_equal(pixels(tmp_path / "still.png"), pixels(frames / "frame_00005.png"))


def test_the_command_saves_a_blend_with_that_blender(executable, run, spec, tmp_path):
    assert run("blend", spec(), "-o", "scene.blend", "--blender", executable).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scene.blend", "tiny.toml"]


def test_a_saved_blend_renders_the_same_frames(executable, frames, run, spec, frames_in, tmp_path):
    """As on farms that accept only a file."""
    assert run("blend", spec(), "-o", "x.blend", "--blender", executable).code == 0
    argv = ["-b", tmp_path / "x.blend", "-o", "//all/frame_#####", "-a"]
    done = subprocess.run([executable, *map(str, argv)], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(frames_in(tmp_path / "all"), frames_in(frames))


def test_blender_alone_writes_a_film(alone, frames, spec, watch, frames_in, tmp_path):
    done = alone(spec(), "-o", tmp_path / "{films}" / "film.mp4")  # Blender expands variables in braces
    assert done.returncode == 0, done.stderr
    film = watch(tmp_path / "{films}" / "film.mp4")
    assert film.seconds == pytest.approx(1.7, abs=0.01)
    assert len(film.pictures) == 17
    for number, frame in enumerate(frames_in(frames)):
        assert film.pictures[number].shape == frame.shape
        assert np.abs(film.pictures[number] - frame).mean() < 5  # Blender does not tag the color space
    assert [path.name for path in (tmp_path / "{films}").iterdir()] == ["film.mp4"]


def test_blender_alone_resumes_an_interrupted_run(alone, frames, tmp_path, frames_in):
    folder = Path(shutil.copytree(frames, tmp_path / "frames"))
    cut, flipped = damaged = folder / "frame_00006.png", folder / "frame_00007.png"
    cut.write_bytes(cut.read_bytes()[:-100])
    data = flipped.read_bytes()
    flipped.write_bytes(data[:-300] + bytes([data[-300] ^ 0x20]) + data[-299:])
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png") if path not in damaged}
    done = alone(frames.parent / "tiny.toml", "-o", folder)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 frames" in done.stdout
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png") if path not in damaged} == before
    assert np.array_equal(frames_in(folder), frames_in(frames))


def test_blender_alone_refuses_frames_of_another_spec(alone, frames, spec, tmp_path):
    folder = Path(shutil.copytree(frames, tmp_path / "frames"))
    done = alone(spec(walk={"order": "columns"}), "-o", folder)
    assert done.returncode in (2, 4)
    assert "--restart" in only_error(done)
    assert alone(spec(walk={"order": "columns"}), "-o", folder, "--restart").returncode == 0


REFUSED = {
    "no arguments": ([], 2, "SPEC"),
    "no such file": (["no.toml", "-o", "{out}"], 2, "not there"),
    "another film": (["mathematica", "-o", "{out}.gif"], 2, ".mp4"),
    "an output in a file": (["mathematica", "-o", "{spec}/frames"], 4, "another output"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_blender_alone_exits_with_the_codes_of_the_command(alone, spec, tmp_path, wrong):
    argv, code, message = REFUSED[wrong]
    done = alone(*(argument.format(out=tmp_path / "out", spec=spec()) for argument in argv))
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    if argv:
        only_error(done)


def test_blender_alone_reports_every_problem_on_its_own_line(alone, spec, tmp_path):
    done = alone(spec(layer={"input": 0}, walk={"fps": 0}), "-o", tmp_path / "out")
    assert done.returncode == 2
    assert [line[:12] for line in done.stderr.splitlines()] == ["kernelwalk: "] * 2
    assert not (tmp_path / "out").exists()


def test_blender_alone_refuses_an_odd_film_before_it_renders(alone, spec, tmp_path):
    done = alone(spec(render={"resolution": [97, 54]}), "-o", tmp_path / "film.mp4")
    assert done.returncode == 2
    assert "even" in only_error(done)
    assert " frames" not in done.stdout


def test_an_unexpected_error_is_no_success(executable, spec, tmp_path):
    for name in ("addon", "pipeline", "blend_templates"):
        shutil.copytree(SCRIPT.parents[1] / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "pipeline" / "kernelwalk_pipeline" / "worker" / "task_runner.py").open("a") as module:
        module.write("\n\ndef prepare_scene(plan):\n    raise ReferenceError('unexpected')\n")
    argv = [
        "--background",
        "--python",
        str(tmp_path / "pipeline" / "render.py"),
        "--",
        str(spec()),
        "-o",
        str(tmp_path / "out"),
    ]
    done = subprocess.run([executable, *argv], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert "unexpected" in done.stderr
    assert done.returncode == 3


BARE = """
import runpy, sys
from pathlib import Path
checkout = Path(sys.argv[1]).resolve().parents[1]
installed = [str(checkout / "addon"), str(checkout / "pipeline")]
sys.path[:] = [path for path in sys.path if path not in installed]
sys.argv[:] = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.usefixtures("bpy_is_there")
def test_the_script_finds_the_rest_of_the_checkout(spec, tmp_path):
    """As in a Blender with nothing installed. Needs only the Python package bpy."""
    argv = [sys.executable, "-c", BARE, str(SCRIPT), "--", str(spec(layer={"input": 2})), "-o", str(tmp_path / "out")]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("frame_*.png"))) == 7
