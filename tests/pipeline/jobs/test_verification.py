# SPDX-License-Identifier: GPL-3.0-or-later
"""`kernelwalk verify` reports missing, changed, damaged and foreign files, each with a remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from kernelwalk_pipeline.frames.manifest import MANIFEST_NAME, format_ranges, parse_ranges


@pytest.fixture
def out(rendered, tmp_path):
    return Path(shutil.copytree(rendered.folder, tmp_path / "out"))


def test_a_complete_output_is_all_right(call, out, rendered):
    ran = call("verify", "out")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"out: {len(rendered.plan.frames)} of {len(rendered.plan.frames)} frames, all right\n"


def spoil(path, how):
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "flipped":
        path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    elif how == "altered":
        shutil.copy(path.with_name("frame_00009.png"), path)
    elif how == "stray":
        shutil.copy(path, path.with_name("frame_00099.png"))


@pytest.mark.usefixtures("shared_blender")
@pytest.mark.parametrize(
    ("how", "expected_texts"),
    [
        ("gone", ["frame_00005.png", "is missing", "render command again"]),
        ("truncated", ["frame_00005.png", "not a whole picture", "render command again"]),
        pytest.param(
            "flipped",
            ["frame_00005.png", "not a whole picture", "render command again"],
            marks=pytest.mark.thorough,
        ),
        ("altered", ["frame_00005.png", "other pixels", "render command again"]),
        ("stray", ["frame_00099.png", "not rendered by this job", "delete it"]),
    ],
)
def test_problems_are_named_and_the_remedy_helps(call, out, spec, how, expected_texts):
    spoil(out / "frame_00005.png", how)
    ran = call("verify", "out")
    assert ran.code == 4
    (complaint,) = ran.complaints
    assert all(argument in complaint for argument in expected_texts)
    if how == "stray":
        (out / "frame_00099.png").unlink()
    else:
        assert call("render", spec(), "-o", "out").code == 0
    assert call("verify", "out").code == 0


def test_missing_frames_and_damaged_lines_are_reported(call, out):
    lines = (out / MANIFEST_NAME).read_bytes().splitlines(keepends=True)
    (out / MANIFEST_NAME).write_bytes(b"".join(lines[:-3]) + lines[-1][:20])
    for path in sorted(out.glob("frame_*.png"))[-3:]:
        path.unlink()
    ran = call("verify", "out")
    assert ran.code == 4
    assert any("are not rendered" in line for line in ran.complaints)
    assert any("1 lines are damaged" in line for line in ran.complaints)


def test_a_film_is_decoded(call, out, spec, tmp_path):
    assert call("encode", spec(), "out", "-o", "a.mp4").code == 0
    ran = call("verify", "a.mp4")
    assert (ran.code, ran.out) == (0, "a.mp4: a film of 17 frames, all right\n")
    (tmp_path / "a.mp4").write_bytes(b"no film")
    assert call("verify", "a.mp4").code == 4


def test_a_picture_is_not_reported_as_a_film(call, rendered, tmp_path):
    shutil.copy(rendered.folder / "frame_00005.png", tmp_path / "a.poster.png")
    ran = call("verify", "a.poster.png")
    assert (ran.code, ran.out) == (0, "a.poster.png: a picture, all right\n")
    spoil(tmp_path / "a.poster.png", "truncated")
    assert call("verify", "a.poster.png").code == 4


def test_files_that_are_no_outputs_are_refused(call, tmp_path):
    (tmp_path / "other").mkdir()
    for name in ("none", "other"):
        ran = call("verify", name)
        assert ran.code == 4
        assert "not an output" in ran.complaints[-1]


@pytest.mark.parametrize("frames", [[], [3], [1, 2, 3], [1, 3, 4, 9]])
def test_ranges_round_trip(frames):
    assert parse_ranges(format_ranges(frames)) == frames
