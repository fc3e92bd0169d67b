# SPDX-License-Identifier: GPL-3.0-or-later
"""Blenders that stay for what comes after, several at a time, and where the time goes."""

from __future__ import annotations

import json
import subprocess
import tomllib
from contextlib import suppress

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.blenders import blender_process, launcher
from kernelwalk_pipeline.blenders.blender_pool import LOG_NAME, BlenderPool
from kernelwalk_pipeline.blenders.timeouts import Timeouts
from kernelwalk_pipeline.jobs.timings import PHASES
from kernelwalk_pipeline.worker.stdio import MARKER

pytestmark = pytest.mark.usefixtures("bpy_is_there")


@pytest.fixture
def starts(monkeypatch):
    """The Blenders that commands in this process start."""
    found = []
    start = launcher.launch

    def noted(words):
        found.append(words)
        return start(words)

    monkeypatch.setattr(launcher, "start", noted)
    return found


def test_one_blender_does_all_specs_of_a_batch(call, spec, starts, frames_in, tmp_path, rendered):
    paths = [spec("a"), spec("b", walk={"order": "columns"}), spec("c")]
    ran = call("render", *paths, "-o", "out", "--workers", 1)
    assert ran.code == 0, ran.err
    assert len(starts) == 1
    assert np.array_equal(frames_in(tmp_path / "out" / "a"), frames_in(rendered.folder))
    assert np.array_equal(frames_in(tmp_path / "out" / "c"), frames_in(rendered.folder))
    assert not np.array_equal(frames_in(tmp_path / "out" / "b"), frames_in(rendered.folder))


@pytest.mark.parametrize("words", [["--workers", 1], ["--workers", 3], ["--full-frames"]], ids=str)
def test_pixels_do_not_depend_on_who_renders_them_and_how(call, spec, starts, undisturbed, frames_in, tmp_path, words):
    long = {"walk": {"frames_per_step": 9, "hold": 1}}
    assert call("render", spec(**long), "-o", "usual").code == 0
    starts.clear()
    ran = call("render", spec(**long), "-o", "out", *words)
    assert ran.code == 0, ran.err
    assert np.array_equal(frames_in(tmp_path / "out"), frames_in(tmp_path / "usual"))
    if words[0] == "--workers":
        assert len(starts) == words[1]


@pytest.fixture
def task(spec, tmp_path):
    """To render two frames into the test's folder."""
    table = spec_from_table(tomllib.loads(spec().read_text())).to_table()
    return {"spec": table, "folder": str(tmp_path), "frames": [1, 2], "still": "", "whole": True, "threads": 0}


def test_what_blender_says_of_each_picture_wakes_nobody_and_is_in_the_log(task, tmp_path, monkeypatch):
    heard, note = [], blender_process.BlenderProcess.record_line

    def noted(self, line):
        heard.append(line)
        note(self, line)

    monkeypatch.setattr(blender_process.BlenderProcess, "note", noted)
    tasks = [task]
    with BlenderPool(None) as crew:
        kinds = [event["event"] for _, event in crew.run_tasks(lambda: tasks.pop() if tasks else None, tmp_path)]
        (each,) = crew.processes
        each.terminate()
        log = (tmp_path / LOG_NAME).read_text() + each.take_log()
    assert kinds[-3:] == ["begin", "frame", "finished"]
    first = next(number for number, line in enumerate(heard) if '"ready"' in line)
    assert all(line.startswith(MARKER) for line in heard[first:])
    assert log.count("Saved: ") == 2


def test_a_mistake_that_nobody_thought_of_ends_the_worker_and_is_in_the_log(task, tmp_path):
    tasks = [{**task, "threads": "none"}, task]
    with BlenderPool(None, Timeouts(stall=10)) as crew:
        *_, (_, last) = crew.run_tasks(lambda: tasks.pop() if tasks else None, tmp_path)
    assert last["event"] == "failed"
    assert "exit code 1" in str(last["error"])
    assert "TypeError" in (tmp_path / LOG_NAME).read_text()


def test_a_blender_that_gets_no_other_job_is_gone_while_its_film_is_finished(call, spec, monkeypatch):
    """Encoding may take minutes, and Blender hundreds of megabytes."""
    from kernelwalk_pipeline.films.streaming import StreamingEncoder

    started, alive = [], []
    start, finish = launcher.launch, StreamingEncoder.finish

    def noted(words):
        started.append(start(words))
        return started[-1]

    def last(self):
        with suppress(subprocess.TimeoutExpired):
            started[-1].wait(10)
        alive.append(started[-1].poll() is None)
        finish(self)

    monkeypatch.setattr(launcher, "start", noted)
    monkeypatch.setattr(StreamingEncoder, "finish", last)
    assert call("render", spec(), "-o", "a.mp4").code == 0
    assert alive == [False]
    assert started[0].returncode == 1, "it ended by itself"


def test_where_the_time_went_is_told_for_people_and_for_programs(call, spec):
    ran = call("render", spec(), "-o", "a.mp4", "--profile", "--json")
    assert ran.code == 0
    (output,) = json.loads(ran.out)["outputs"]
    assert set(output["spent"]) == set(PHASES)
    for phase in ("build", "sync", "sampling", "saving", "checking", "encoding"):
        assert output["spent"][phase] > 0
        (line,) = [line for line in ran.err.splitlines() if line.startswith(phase)]
        assert (" ms a picture" in line) == (phase != "build")
    assert "sampling" not in call("render", spec(), "-o", "b.mp4").err


def test_why_pictures_are_rendered_in_whole_is_said_once(call, spec, tmp_path):
    script = f"""
import bpy, sys, os
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
bpy.context.scene.cycles.max_bounces = bpy.context.scene.cycles.diffuse_bounces = 3
bpy.ops.wm.save_as_mainfile(filepath={str(tmp_path / "bounce.blend")!r})
sys.stdout.flush(); os._exit(0)
"""
    import sys

    from kernelwalk.core.spec.templates import find_blend_file

    subprocess.run([sys.executable, "-c", script, str(find_blend_file("paper"))], check=True, capture_output=True)
    ran = call("render", spec(look={"template": str(tmp_path / "bounce.blend")}), "-o", "out")
    assert ran.code == 0, ran.err
    assert ran.err.count("every picture is rendered in whole: the template lets light bounce") == 1


def test_a_draft_is_small_and_what_is_set_stands(call, spec, planned):
    path = spec(render={"resolution": [96, 54]})
    assert call("still", path, "-o", "draft.png", "--quality", "draft").code == 0
    assert call("still", path, "-o", "own.png", "--quality", "draft", "--set", "render.resolution=[64, 36]").code == 0
    from PIL import Image

    sizes = {}
    for name in ("draft", "own"):
        with Image.open(f"{name}.png") as file:
            sizes[name] = file.size
    assert sizes == {"draft": (48, 28), "own": (64, 36)}


def test_blender_starts_before_anything_is_planned_and_only_where_it_will_be_needed(
    call, spec, starts, monkeypatch, tmp_path
):
    from kernelwalk_pipeline.jobs import job

    there = []
    render = job.render_output

    def noted(*words):
        there.append(len(starts))
        return render(*words)

    monkeypatch.setattr(job, "render", noted)
    for _ in range(2):
        assert call("render", spec(), "-o", "out").code == 0
    assert (there, len(starts)) == ([1, 1], 1), "the second time all is there"
    (tmp_path / "out" / "frame_00005.png").unlink()
    assert call("render", spec(), "-o", "out").code == 0
    assert (there[2], len(starts)) == (1, 2), "what is missing is found out first"
    assert call("render", spec("wrong", walk={"fps": 0}), "-o", "other").code == 2
    assert call("render", spec(), "-o", "other", "--frames", "90").code == 2
    assert len(starts) == 2
