# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender processes are reused for later tasks, run side by side, and report where the time goes."""

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
from kernelwalk_pipeline.jobs.timings import PHASES
from kernelwalk_pipeline.worker.protocol import MARKER

from ..conftest import LONG
from ..patience import PATIENCE

pytestmark = pytest.mark.usefixtures("bpy_is_there")


@pytest.fixture
def starts(monkeypatch):
    """The command lines of the Blender processes that commands in this process start."""
    commands = []
    launch = launcher.launch

    def record_launch(command):
        commands.append(command)
        return launch(command)

    monkeypatch.setattr(launcher, "launch", record_launch)
    return commands


def test_one_process_renders_all_specs_of_a_batch(call, spec, starts, frames_in, tmp_path, rendered):
    paths = [spec("a"), spec("b", walk={"order": "columns"}), spec("c")]
    ran = call("render", *paths, "-o", "out", "--workers", 1)
    assert ran.code == 0, ran.err
    assert len(starts) == 1
    assert np.array_equal(frames_in(tmp_path / "out" / "a"), frames_in(rendered.folder))
    assert np.array_equal(frames_in(tmp_path / "out" / "c"), frames_in(rendered.folder))
    assert not np.array_equal(frames_in(tmp_path / "out" / "b"), frames_in(rendered.folder))


@pytest.mark.parametrize("options", [["--workers", 2], ["--workers", 1, "--full-frames"]], ids=str)
def test_pixels_do_not_depend_on_the_process_or_its_options(
    call, spec, starts, undisturbed, frames_in, tmp_path, options
):
    ran = call("render", spec(**LONG), "-o", "out", *options)
    assert ran.code == 0, ran.err
    assert np.array_equal(frames_in(tmp_path / "out"), frames_in(undisturbed))
    assert len(starts) == options[1]


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder in which Blender makes one for its temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def task(spec, tmp_path):
    """A task that renders two frames into the test's folder."""
    table = spec_from_table(tomllib.loads(spec().read_text())).to_table()
    options = {"base_frame": "", "full_frames": True, "threads": 0}
    return {"spec": table, "folder": str(tmp_path), "frames": [1, 2], **options}


def test_blenders_output_for_each_picture_wakes_nobody_and_is_in_the_log(task, tmp_path, temporary, monkeypatch):
    lines, record_line = [], blender_process.BlenderProcess.record_line

    def collect_line(self, line):
        lines.append(line)
        record_line(self, line)

    monkeypatch.setattr(blender_process.BlenderProcess, "record_line", collect_line)
    tasks = [task]
    (tmp_path / LOG_NAME).touch()  # all of the log may come after the last event
    with BlenderPool(None) as pool:
        kinds = [event["event"] for _, event in pool.run_tasks(lambda: tasks.pop() if tasks else None, tmp_path)]
        (process,) = pool.processes
        process.close_input()
        process.process.wait(PATIENCE)
        log = (tmp_path / LOG_NAME).read_text() + process.take_log()
    # the first frame is written while the second is rendered
    assert kinds[-2:] == ["frame_rendered", "finished"]
    assert kinds.count("frame_started") == kinds.count("frame_rendered") == 2
    first = next(number for number, line in enumerate(lines) if '"ready"' in line)
    assert all(line.startswith(MARKER) for line in lines[first:])
    assert log.count("Saved: ") == 2
    assert not list(temporary.iterdir())


def test_an_unexpected_error_ends_the_worker_and_is_in_the_log(task, tmp_path, temporary):
    tasks = [{**task, "threads": "none"}, task]
    with BlenderPool(None) as pool:
        *_, (_, last) = pool.run_tasks(lambda: tasks.pop() if tasks else None, tmp_path)
    assert last["event"] == "failed"
    assert "exit code 1" in str(last["error"])
    assert "TypeError" in (tmp_path / LOG_NAME).read_text()
    assert not list(temporary.iterdir())


def test_a_process_without_further_jobs_exits_before_its_film_is_finished(call, spec, monkeypatch):
    """Encoding may take minutes, and Blender hundreds of megabytes."""
    from kernelwalk_pipeline.films.streaming import StreamingEncoder

    started, alive = [], []
    launch, finish = launcher.launch, StreamingEncoder.finish

    def record_process(command):
        started.append(launch(command))
        return started[-1]

    def wait_and_finish(self):
        with suppress(subprocess.TimeoutExpired):
            started[-1].wait(PATIENCE / 2)
        alive.append(started[-1].poll() is None)
        finish(self)

    monkeypatch.setattr(launcher, "launch", record_process)
    monkeypatch.setattr(StreamingEncoder, "finish", wait_and_finish)
    assert call("render", spec(), "-o", "a.mp4").code == 0
    assert alive == [False]
    assert started[0].returncode == 1, "it exited by itself"


@pytest.mark.usefixtures("shared_blender")
def test_the_time_of_each_phase_is_reported_to_people_and_to_programs(call, spec):
    ran = call("render", spec(), "-o", "a.mp4", "--profile", "--json")
    assert ran.code == 0
    (output,) = json.loads(ran.out)["outputs"]
    assert set(output["spent"]) == set(PHASES)
    for phase in ("build", "sync", "sampling", "saving", "checking", "encoding"):
        (line,) = [line for line in ran.err.splitlines() if line.startswith(phase)]  # none, of a phase without time
        assert float(line.split()[1]) == pytest.approx(output["spent"][phase], abs=0.006)  # each is rounded
        assert (" ms a picture" in line) == (phase != "build")


@pytest.mark.usefixtures("shared_blender")
def test_the_reason_for_full_frames_is_reported_once(call, spec, tmp_path):
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
    assert ran.err.count("every frame is rendered in full: the template lets light bounce") == 1


@pytest.mark.usefixtures("shared_blender")
def test_a_draft_is_small_unless_the_size_is_set(call, spec, planned):
    path = spec(render={"resolution": [96, 54]})
    assert call("still", path, "-o", "draft.png", "--quality", "draft").code == 0
    assert call("still", path, "-o", "own.png", "--quality", "draft", "--set", "render.resolution=[64, 36]").code == 0
    from PIL import Image

    sizes = {}
    for name in ("draft", "own"):
        with Image.open(f"{name}.png") as file:
            sizes[name] = file.size
    assert sizes == {"draft": (48, 28), "own": (64, 36)}


def test_blender_starts_before_planning_and_only_if_it_is_needed(call, spec, starts, monkeypatch, tmp_path):
    from kernelwalk_pipeline.jobs import job

    counts = []
    render_output = job.render_output

    def count_starts(*arguments):
        counts.append(len(starts))
        return render_output(*arguments)

    monkeypatch.setattr(job, "render_output", count_starts)
    for _ in range(2):
        assert call("render", spec(), "-o", "out").code == 0
    assert (counts, len(starts)) == ([1, 1], 1), "the second time nothing is missing"
    (tmp_path / "out" / "frame_00005.png").unlink()
    assert call("render", spec(), "-o", "out").code == 0
    assert (counts[2], len(starts)) == (1, 2), "missing frames are found first"
    assert call("render", spec("wrong", walk={"fps": 0}), "-o", "other").code == 2
    assert call("render", spec(), "-o", "other", "--frames", "90").code == 2
    assert len(starts) == 2
