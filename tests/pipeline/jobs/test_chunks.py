# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunks of frames that several runs render into one folder, and the film encoded from it."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.frames.frame_selection import parse_frames
from kernelwalk_pipeline.frames.manifest import Manifest, parse_ranges, part_name

from ..patience import PATIENCE, wait_for

needs_bpy = pytest.mark.usefixtures("shared_blender")


@needs_bpy
def test_chunks_make_up_the_folder_and_the_film_of_one_run(call, spec, rendered, frames_in, watch, tmp_path):
    for frames in ("base", "1,3-5 13-17", "2 6-12"):
        ran = call("render", spec(), "-o", "out", "--frames", frames)
        assert (ran.code, ran.out) == (0, "out\n"), ran.err
    assert np.array_equal(frames_in(tmp_path / "out"), frames_in(rendered.folder))
    assert call("verify", "out").out == "out: 17 of 17 frames, all right\n"
    assert call("encode", spec(), "out", "-o", "film.png").code == 0
    assert np.array_equal(watch(tmp_path / "film.png").pictures, frames_in(rendered.folder))
    assert call("render", spec(), "-o", "out").out == "out\n"


@needs_bpy
def test_existing_frames_are_not_rendered_again_whichever_chunk_has_them(call, spec, blender_frames, tmp_path):
    assert call("render", spec(), "-o", "out", "--frames", "3-8").code == 0
    first = set(blender_frames)
    assert first >= {3, 4, 5, 6, 7, 8}
    blender_frames.clear()
    assert call("render", spec(), "-o", "out", "--frames", "5-10").code == 0
    assert set(blender_frames) == {9, 10}
    blender_frames.clear()
    assert call("render", spec(), "-o", "out").code == 0
    assert not set(blender_frames) & (first | {9, 10})


@needs_bpy
def test_different_chunks_may_run_at_the_same_time_and_equal_ones_not(start, call, spec, program, rendered, tmp_path):
    path = spec()
    lasting = program("lasting", ": >begun; sleep 1000000")
    first = start("render", path, "-o", "out", "--frames", "1-8", "--blender", lasting)
    wait_for((tmp_path / "begun").exists)
    assert call("render", path, "-o", "out", "--frames", "9-17").code == 0
    again = call("render", path, "-o", "out", "--frames", "1-8")
    assert again.code == 4
    assert "another run of kernelwalk is using it" in again.complaints[-1]
    whole = call("render", path, "-o", "out")
    assert whole.code == 4
    assert "another run of kernelwalk is using it" in whole.complaints[-1]
    first.terminate()


@needs_bpy
def test_frames_of_another_spec_or_blender_are_not_mixed_in(call, spec, tmp_path):
    assert call("render", spec(), "-o", "out", "--frames", "1-4").code == 0
    ran = call("render", spec(look={"first_row": "near"}), "-o", "out", "--frames", "5-8")
    assert ran.code == 2
    assert "was begun with another spec" in ran.complaints[-1]
    ran = call("encode", spec(), "out", "-o", "a.mp4")
    assert ran.code == 4
    assert "frames 5-14 are not rendered" in ran.complaints[-1]  # the last three look like the first
    assert not (tmp_path / "a.mp4").exists()
    path = tmp_path / "out" / "frames_1-4.jsonl"
    other = Manifest(tmp_path / "out", (96, 54), part="9-9")
    other._append([{"job": {**other.job, "blender": "4.4.0"}}])
    assert path.exists()
    ran = call("render", spec(), "-o", "out", "--frames", "5-8")
    assert ran.code == 2
    assert "was begun with another blender" in ran.complaints[-1]


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        ("", "no frame is named"),
        ("a-b", "no frame is named"),
        ("5-3", "no frame is named"),
        ("-3", "no frame is named"),
        ("1-2-3", "no frame is named"),
        ("1:9", "no frame is named"),
        ("0-4", "0 is not one of this walk's frames, 1 to 17"),
        ("15-18", "18 is not one of this walk's frames, 1 to 17"),
        ("1-99999999999", "no frame is named"),
    ],
)
def test_a_text_that_names_no_frames_is_reported(call, spec, tmp_path, blender_started, frames, why):
    ran = call("render", spec(), "-o", "out", f"--frames={frames}")
    assert ran.code == 2
    assert why in ran.complaints[-1]
    assert "Write for example 1-17" in ran.complaints[-1]
    assert not (tmp_path / "out").exists()


def test_every_nth_frame_of_a_range_may_be_named(planned):
    assert parse_frames("1-17x8, 3-8x2 17", planned()) == [1, 3, 5, 7, 9, 17]
    for text in ("1-17x0", "4x2", "1-17x", "1-19x2"):
        with pytest.raises(UsageError, match="Write for example 1-17"):
            parse_frames(text, planned())


def test_frames_cannot_be_combined_with_a_film_or_restart(call, spec, blender_started):
    assert "kernelwalk encode" in call("render", spec(), "-o", "a.mp4", "--frames", "1-3").complaints[-1]
    assert "cannot be combined with --restart" in call("render", spec(), "-o", "a", "--frames", "1", "--restart").err
    assert not blender_started()


def test_a_folder_without_frames_makes_no_film(call, spec, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nowhere"):
        ran = call("encode", spec(), folder, "-o", "a.mp4")
        assert ran.code == 4
        assert "holds no frames: neither those of kernelwalk render" in ran.complaints[-1]
    assert call("encode", spec(), "empty", "-o", "a").code == 2


def test_the_name_of_a_chunk_is_short_and_unique():
    assert part_name([4, 5, 6]) == "4-6"
    assert part_name([1, 3, 4]) == "1_3-4"
    odd, other = list(range(1, 999, 2)), [*range(1, 997, 2), 998, 999]
    assert len(part_name(odd)) < 40
    assert part_name(odd) != part_name(other)
    assert parse_ranges("4-6") == [4, 5, 6]


@needs_bpy
def test_a_stopped_batch_continues_with_the_missing_films(start, spec, call, held, blender_frames, tmp_path):
    """The second film cannot be done meanwhile, however late this process goes on: Blender waits in it."""
    paths = [spec(name) for name in ("a", "b", "c")]
    arguments = ["render", *paths, "-o", "out", "--format", "gif"]
    process = start(*arguments, "--workers", 1, "--blender", held(15))
    assert process.stdout.readline() == "out/a.gif\n"
    process.kill()
    process.communicate(timeout=PATIENCE)
    before = (tmp_path / "out" / "a.gif").stat().st_mtime_ns
    ran = call(*arguments)
    assert ran.code == 0, ran.err
    assert ran.out == "out/a.gif\nout/b.gif\nout/c.gif\n"
    assert (tmp_path / "out" / "a.gif").stat().st_mtime_ns == before
    assert len(blender_frames) <= 24
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.gif", "b.gif", "c.gif"]
    blender_frames.clear()
    assert call(*arguments).code == 0
    assert len(blender_frames) == 36, "that batch is over: this is another"


@needs_bpy
def test_a_film_that_was_changed_meanwhile_is_made_again(spec, call, tmp_path, monkeypatch):
    from kernelwalk_pipeline.jobs import job

    render = job.render_output

    def failing(source, *of):
        if source.name == "b":
            raise KeyboardInterrupt
        return render(source, *of)

    monkeypatch.setattr(job, "render_output", failing)
    paths = [spec("a"), spec("b")]
    arguments = ["render", *paths, "-o", "out", "--format", "gif"]
    assert call(*arguments).code == 5
    good = (tmp_path / "out" / "a.gif").read_bytes()
    (tmp_path / "out" / "a.gif").write_bytes(b"other")
    monkeypatch.setattr(job, "render_output", render)
    assert call(*arguments).code == 0
    assert (tmp_path / "out" / "a.gif").read_bytes() == good
