# SPDX-License-Identifier: GPL-3.0-or-later
"""From a spec to films, frames, stills and a .blend, with Blender's Python package in its own processes.

Tests marked `once` only process rendered frames, so they do not depend on Blender's version.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from kernelwalk.core.spec.templates import DEFAULT_TEMPLATE, find_blend_file
from kernelwalk_pipeline.frames.manifest import Manifest
from PIL import Image

pytestmark = pytest.mark.usefixtures("shared_blender")

SUFFIXES = [
    ".mp4",
    ".gif",
    *(pytest.param(suffix, marks=pytest.mark.thorough) for suffix in (".webm", ".webp", ".png")),
]
"""A video and an animation; tests/pipeline/films looks at films of every format."""

MEAN_OFF = {".mp4": 3.0, ".webm": 3.0, ".gif": 2.0, ".webp": 3.0, ".png": 0.0}
"""Largest mean difference, of 255, between a film and its frames: halved chroma, 256 colors, rounding."""


@pytest.fixture(scope="module", params=SUFFIXES)
def film(request, render_tiny, tmp_path_factory):
    """Return the tiny spec's film in each format, written over an earlier file, and the command's output."""
    path = tmp_path_factory.mktemp("film") / f"film{request.param}"
    path.write_text("earlier")
    return path, render_tiny(path)


@pytest.mark.once
def test_a_film_shows_every_frame_at_its_time(film, rendered, frames_in, watch):
    path, ran = film
    assert ran.code == 0, ran.err
    shown, frames, plan = watch(path), frames_in(rendered.folder), rendered.plan
    fps = plan.spec.walk.fps
    assert shown.seconds == pytest.approx(len(plan.frames) / fps, abs=0.002)
    if path.suffix != ".webp":  # WebP joins equal frames
        assert len(shown.pictures) == len(plan.frames)
    for number, frame in enumerate(frames):
        picture = shown.at((number + 0.5) / fps)
        off = [np.abs(picture - other).mean() for other in frames]
        assert off[number] <= MEAN_OFF[path.suffix]
        # and this frame matches best, not the one before or after
        assert plan.unique_frames[int(np.argmin(off))] == plan.unique_frames[number], f"frame {number}"
        assert picture.shape == frame.shape == (54, 96, 3)


@pytest.mark.once
def test_a_film_leaves_no_files_beside_it_and_prints_its_name(film):
    path, ran = film
    assert sorted(item.name for item in path.parent.iterdir()) == sorted([path.name, "tiny.toml"])
    assert ran.out == f"{path.name}\n"
    assert re.fullmatch(r"(tiny: \d+ of 12 pictures, [\d.]+ per second(, \d+ s left)?\n)+", ran.err)
    assert "tiny: 12 of 12 pictures" in ran.err


@pytest.mark.once
@pytest.mark.parametrize("suffix", [pytest.param(".png", marks=pytest.mark.thorough), ".webp"])
def test_a_film_without_a_background_is_transparent(render_tiny, tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    ran = render_tiny(path, render={"transparent": True})
    assert ran.code == 0, ran.err
    assert "in whole" not in ran.err
    with Image.open(path) as film:
        for number in range(film.n_frames):
            film.seek(number)
            alpha = np.asarray(film.convert("RGBA"))[..., 3]
            assert alpha[0, 0] == 0
            assert (alpha == 255).mean() > 0.05


@pytest.mark.once
def test_animations_loop_forever(film, watch):
    path, _ = film
    assert watch(path).loops == (None if path.suffix in (".mp4", ".webm") else 0)


def test_a_folder_holds_every_frame_and_the_manifest(rendered, frames_in):
    names = [f"frame_{frame:05d}.png" for frame in rendered.plan.frames]
    assert sorted(path.name for path in rendered.folder.iterdir()) == [*names, "frames.jsonl"]
    assert all(picture.shape == (54, 96, 3) for picture in frames_in(rendered.folder))
    for name in names:
        with Image.open(rendered.folder / name) as picture:
            assert (picture.format, picture.mode) == ("PNG", "RGB")
    assert rendered.ran.out == "frames\n"
    recorded = [json.loads(line[9:]) for line in (rendered.folder / "frames.jsonl").read_text().splitlines()]
    assert set(recorded[0]) == {"job"}
    assert sorted(line["frame"] for line in recorded[1:]) == list(rendered.plan.frames)


def test_frames_are_equal_exactly_where_the_plan_says_so(rendered, frames_in):
    data = [picture.tobytes() for picture in frames_in(rendered.folder)]
    groups = dict(zip(rendered.plan.unique_frames.tolist(), data, strict=True))
    assert [groups[picture] for picture in rendered.plan.unique_frames] == data
    assert len(set(data)) == len(groups) == 12


@pytest.mark.once
def test_equal_frames_are_rendered_once(call, spec, blender_frames, planned):
    walk = {"easing": "step", "frames_per_step": 3}
    assert call("render", spec(walk=walk), "-o", "out").code == 0
    plan = planned(walk=walk)
    assert len(plan.frames) == 23
    assert blender_frames == sorted(set(plan.unique_frames.tolist())) == [1, 3, 6, 9, 12, 15, 18]


@pytest.mark.parametrize("step", [3, -1])
def test_a_still_is_the_frame_of_its_step_pixel_for_pixel(call, spec, rendered, pixels, step):
    ran = call("still", spec(), "--step", step, "-o", "still.png")
    assert (ran.code, ran.out) == (0, "still.png\n")
    folder = spec().parent
    frame = 1 + 2 + step % 6 * 2
    assert np.array_equal(pixels(folder / "still.png"), pixels(rendered.folder / f"frame_{frame:05d}.png"))
    assert sorted(path.name for path in folder.iterdir()) == ["still.png", "tiny.toml"]


def test_a_still_of_a_walk_with_more_frames_than_blender_has_is_the_same(call, spec, pixels):
    path = spec(layer={"input": [2, 8]}, walk={"frames_per_step": 100_000, "lead_in": 100_000, "intro": 100_000})
    settings = ["--set", "walk.lead_out=100000", "--set", "walk.outro=100000", "--set", "walk.trail=true"]
    assert "allows only" in call("render", path, *settings, "-o", "out").err
    assert call("still", path, *settings, "--step", 3, "-o", "long.png").code == 0
    usual = spec(layer={"input": [2, 8]}, walk={"trail": True})
    assert call("still", usual, "--step", 3, "-o", "usual.png").code == 0
    assert np.array_equal(pixels(path.parent / "long.png"), pixels(path.parent / "usual.png"))


OPEN = """
import json, os, sys
sys.modules["kernelwalk"] = None
import bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1], load_ui=False)
scene = bpy.context.scene
scene.frame_set(int(sys.argv[2]))
scene.render.filepath = sys.argv[3]
settings = scene.render.image_settings
if hasattr(settings, "media_type"):
    settings.media_type = "IMAGE"
settings.file_format = "PNG"
settings.color_mode = "RGB"
bpy.ops.render.render(write_still=True)
told = {
    "frames": [scene.frame_start, scene.frame_end],
    "fps": scene.render.fps / scene.render.fps_base,
    "size": [scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage],
    "engine": scene.render.engine,
    "camera": scene.camera is not None,
    "foreign": [each.name for each in [*bpy.data.libraries, *bpy.data.texts]],
    "scenes": len(bpy.data.scenes),
}
print("TOLD " + json.dumps(told), flush=True)
os._exit(0)
"""


def test_a_blend_plays_and_renders_in_blender_alone(call, spec, rendered, pixels):
    folder = spec().parent
    ran = call("blend", spec(), "-o", "scene.blend")
    assert (ran.code, ran.out, ran.err) == (0, "scene.blend\n", "")
    assert sorted(path.name for path in folder.iterdir()) == ["scene.blend", "tiny.toml"]
    arguments = [sys.executable, "-c", OPEN, str(folder / "scene.blend"), "6", str(folder / "six.png")]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    assert json.loads(line[5:]) == {
        "frames": [1, 17],
        "fps": 10,
        "size": [96, 54, 100],
        "engine": "CYCLES",
        "camera": True,
        "foreign": [],
        "scenes": 1,
    }
    assert np.array_equal(pixels(folder / "six.png"), pixels(rendered.folder / "frame_00006.png"))


SMALL = {"input": 2, "kernel": 2}


@pytest.mark.skipif(os.name != "posix", reason="// begins a share's name elsewhere")
def test_two_slashes_begin_a_path_as_the_system_reads_it(call, spec, tmp_path, frames_in):
    shutil.copyfile(find_blend_file(DEFAULT_TEMPLATE), tmp_path / "own.blend")
    path = spec(layer=SMALL, look={"template": f"/{tmp_path}/own.blend"})
    ran = call("render", path, "-o", f"/{tmp_path}/out")
    assert (ran.code, ran.out) == (0, f"{tmp_path}/out\n"), ran.err
    assert len(frames_in(tmp_path / "out")) == len(Manifest(tmp_path / "out", (96, 54)).pixel_hashes) == 7


def test_braces_in_a_path_are_kept(call, spec, tmp_path):
    ran = call("still", spec(), "-o", "a{b}/{c}.png")
    assert ran.code == 0, ran.err
    assert [path.name for path in (tmp_path / "a{b}").iterdir()] == ["{c}.png"]


@pytest.mark.once
def test_two_specs_get_a_folder_each(call, spec, frames_in):
    one, two = spec("one", layer=SMALL), spec("two", layer={**SMALL, "padding": [[0, 1], [0, 0]]})
    ran = call("render", one, two, "-o", "out")
    assert (ran.code, ran.out) == (0, "out/one\nout/two\n")
    out = one.parent / "out"
    assert sorted(path.name for path in out.iterdir()) == ["one", "two"]
    assert [len(frames_in(out / name)) for name in ("one", "two")] == [7, 9]


@pytest.mark.once
def test_two_specs_get_a_film_each_with_a_format(call, spec, watch):
    one, two = spec("one", layer=SMALL), spec("two", layer={**SMALL, "padding": [[0, 1], [0, 0]]})
    ran = call("render", one, two, "-o", "out", "--format", "mp4")
    assert (ran.code, ran.out) == (0, "out/one.mp4\nout/two.mp4\n")
    out = one.parent / "out"
    assert sorted(path.name for path in out.iterdir()) == ["one.mp4", "two.mp4"]
    assert [len(watch(out / f"{name}.mp4").pictures) for name in ("one", "two")] == [7, 9]


def test_a_preset_is_rendered_with_settings(run, tmp_path, frames_in):
    sets = "layer.input=3 layer.kernel=2 walk.frames_per_step=1 render.resolution=[64,36] render.samples=1"
    ran = run("render", "mathematica", "-o", "frames", *(f"--set={item}" for item in sets.split()))
    assert ran.code == 0, ran.err
    pictures = frames_in(tmp_path / "frames")
    assert [picture.shape for picture in pictures] == [(36, 64, 3)] * 4
    assert len({picture.tobytes() for picture in pictures}) == 4


def test_frames_have_the_colors_of_the_template(rendered, frames_in):
    """The corners are white, and the active output's orange is somewhere while a step is shown."""
    first, lit = frames_in(rendered.folder)[0], frames_in(rendered.folder)[2]
    for picture in (first, lit):
        assert picture[0, 0].min() > 235

    def oranges(picture):
        return int(((picture[..., 0] > 180) & (picture[..., 1] < 150) & (picture[..., 2] < 90)).sum())

    assert oranges(first) == 0 < oranges(lit)


MINE = "mine, and nobody else's"


def test_a_blend_leaves_the_files_beside_it_alone(call, spec):
    folder = spec().parent
    names = ["task.json", "blender.log", "part_other.blend", "scene.blend1"]
    for name in names:
        (folder / name).write_text(MINE)
    assert call("blend", spec(), "-o", "scene.blend").code == 0
    kept = [name for name in names if (folder / name).is_file() and (folder / name).read_text() == MINE]
    assert kept == names


@pytest.mark.once
def test_a_folder_of_frames_leaves_the_files_in_it_alone(call, spec):
    folder = spec().parent / "out"
    names = ["task.json", "blender.log", "notes.txt", "cover.png"]
    folder.mkdir()
    for name in names:
        (folder / name).write_text(MINE)
    assert call("render", spec(layer=SMALL), "-o", "out").code == 0
    kept = [name for name in names if (folder / name).is_file() and (folder / name).read_text() == MINE]
    assert kept == names


@pytest.mark.once
def test_only_a_films_own_frames_are_deleted(call, spec):
    folder = spec().parent / "film.gif.frames"
    folder.mkdir()
    (folder / "notes.txt").write_text(MINE)
    assert call("render", spec(layer=SMALL), "-o", "film.gif").code in (0, 4)
    assert (folder / "notes.txt").read_text() == MINE


@pytest.mark.once
def test_a_still_keeps_foreign_frames(call, spec):
    folder = spec().parent / "still.png.frames"
    folder.mkdir()
    (folder / "frame_00003.png").write_text(MINE)
    assert call("still", spec(), "-o", "still.png").code in (0, 4)
    assert (folder / "frame_00003.png").read_text() == MINE


@pytest.mark.once
def test_every_picture_is_one_of_the_walk(rendered):
    """The counts above assume two base frames before, three after, and two for each of six steps."""
    counts = Counter(rendered.plan.unique_frames.tolist())
    assert counts[1] == 5
    assert sum(counts.values()) == 17
