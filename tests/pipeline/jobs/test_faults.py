# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults: after each, the same command gives the result of an undisturbed run and leaves no other files."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from kernelwalk_pipeline.blenders import blender_process
from kernelwalk_pipeline.blenders import launcher as blenders
from kernelwalk_pipeline.blenders.blender_process import BlenderProcess
from kernelwalk_pipeline.frames.manifest import MANIFEST_NAME, Manifest

from ..conftest import COMMAND, LONG, environment
from ..patience import PATIENCE, wait_for
from ..processes import has_ended, have_ended, list_descendants

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux tells of them"),
    pytest.mark.usefixtures("bpy_is_there"),
]

KILLS = round(3 * float(os.environ.get("KERNELWALK_EXAMPLES", "1")))


def has_worker_or_ended(process):
    return list_descendants(process.pid) or process.poll() is not None


def has_recorded_or_ended(process, folder, count):
    return recorded(folder) >= count or process.poll() is not None


def recorded(folder):
    path = folder / MANIFEST_NAME
    return len(path.read_bytes().splitlines()) - 1 if path.exists() else 0


def assert_undisturbed(folder, undisturbed, frames_in):
    """Assert that a folder holds the frames, the manifest and nothing else."""
    assert np.array_equal(frames_in(folder), frames_in(undisturbed))
    assert sorted({path.suffix for path in folder.iterdir()}) == [".jsonl", ".png"]


@pytest.mark.parametrize("seed", [int(os.environ.get("KERNELWALK_SEED", "1"))])
def test_the_film_is_the_same_whichever_process_is_killed_at_any_time(
    run, spec, tmp_path, undisturbed, frames_in, seed
):
    moments = random.Random(seed)
    path, out = spec(**LONG), tmp_path / "out"
    for number in range(KILLS):
        victim = ("worker", "parent", "both")[number % 3]
        process = subprocess.Popen(
            [*COMMAND, "render", str(path), "-o", "out"], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
        )
        wait_for(partial(has_worker_or_ended, process))  # a run that finds all frames done starts no worker
        # from before Blender has started to after the last picture, between two pictures or within one
        wait_for(partial(has_recorded_or_ended, process, out, recorded(out) + moments.randrange(12)))
        time.sleep(moments.uniform(0, 0.05))
        workers = list_descendants(process.pid)
        for pid in [*(workers if victim != "parent" else ()), *([process.pid] if victim != "worker" else ())]:
            with suppress(ProcessLookupError):  # it has ended
                os.kill(pid, signal.SIGKILL)
        if victim == "worker":  # another worker takes over
            assert process.wait(PATIENCE) == 0
        process.wait(PATIENCE)
        wait_for(partial(have_ended, workers))
        if process.returncode == 0:
            assert_undisturbed(out, undisturbed, frames_in)
            shutil.rmtree(out)
    ran = run("render", path, "-o", "out")
    assert ran.code == 0, ran.err
    assert_undisturbed(out, undisturbed, frames_in)


LOGGED = """"{python}" "{worker}" | tee log"""


def test_a_blender_does_not_outlive_its_command_not_even_for_a_frame(spec, program, tmp_path):
    path = spec(render={"resolution": [640, 360], "samples": 65536, "noise": 0})  # minutes for each frame
    logged = LOGGED.format(python=sys.executable, worker=blenders.WORKER_SCRIPT)
    process = started(tmp_path, path, "--blender", program("logged", f'cd "{tmp_path}"\n{logged}'))
    wait_for(lambda: (tmp_path / "log").exists() and "frame_started" in (tmp_path / "log").read_text())
    workers = list_descendants(process.pid)
    process.kill()
    process.communicate()
    wait_for(lambda: have_ended(workers))
    assert "frame_rendered" not in (tmp_path / "log").read_text()


@pytest.fixture
def leaps(monkeypatch):
    """The seconds by which time leaps at lines of Blender's output, by a part of the line; otherwise it stands still.

    It is the time by which a Blender that hangs is noticed.
    """
    now, leaps, record_line = [0.0], {}, BlenderProcess.record_line

    def record_and_leap(self, line):
        record_line(self, line)
        now[0] += sum(seconds for part, seconds in leaps.items() if part in line)

    monkeypatch.setattr(blender_process, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(BlenderProcess, "record_line", record_and_leap)
    return leaps


LIMITS = ["--stall-timeout", "1000", "--frame-timeout", "4000"]

BREATHING = """
echo 'KERNELWALK {"event": "ready", "blender": "?", "device": "CPU"}'
echo 'KERNELWALK {"event": "frame_started", "frame": 3}'
while true; do echo 'KERNELWALK {"event": "heartbeat"}'; sleep 0.05; done
"""


def test_a_frame_with_heartbeats_is_ended_by_the_frame_timeout_alone(call, spec, program, leaps):
    leaps["heartbeat"] = 600
    path = spec(layer={"input": 2}, walk={"lead_in": 0, "lead_out": 0})
    ran = call("render", path, "-o", "out", "--blender", program("breathing", BREATHING), *LIMITS)
    assert ran.code == 3
    assert "try 1 of 3: Blender took longer than 4000 s for a frame" in ran.err


def started(tmp_path, path, *arguments):
    return subprocess.Popen(
        [*COMMAND, "render", str(path), "-o", "out/frames", *map(str, arguments)],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )


HANGING = """
cd "{folder}"
if [ ! -e group ]; then
  echo $$ >group
  "{python}" "{worker}" 2>/dev/null | {{
    while read -r line; do
      echo "$line"
      case $line in *frame_rendered*) echo hanging; kill -STOP 0;; esac
    done
  }}
fi
exec "{python}" "{worker}"
"""
"""A Blender that stops with all its processes after its first picture, the first time that it is started.

It has no log, which would arrive at any time: read after the leap, it would count as a sign of life.
"""


def test_a_blender_that_hangs_is_replaced(call, spec, program, leaps, tmp_path, undisturbed, frames_in):
    leaps["hanging"] = 1001
    body = HANGING.format(folder=tmp_path, python=sys.executable, worker=blenders.WORKER_SCRIPT)
    ran = call("render", spec(**LONG), "-o", "out", "--blender", program("hanging", body), *LIMITS)
    assert ran.code == 0, ran.err
    assert "printed nothing for 1000 s" in ran.err
    wait_for(lambda: has_ended(int((tmp_path / "group").read_text())))
    assert_undisturbed(tmp_path / "out", undisturbed, frames_in)


ONCE = """
cd "{folder}" || exit 1
if [ ! -e did ]; then : >did; {fault}; fi
exec "{python}" "{worker}"
"""

FAULTS = {
    "ends without a word": "exit 0",
    "is out of memory": "kill -KILL $$",
    "breaks off in a picture": """echo 'KERNELWALK {"event": "frame_started", "frame": 3}'; exit 1""",
}


@pytest.mark.parametrize("how", [*list(FAULTS)[1:], pytest.param(next(iter(FAULTS)), marks=pytest.mark.thorough)])
def test_a_blender_that_fails_once_is_replaced(run, program, spec, tmp_path, undisturbed, frames_in, how):
    body = ONCE.replace("{fault}", FAULTS[how]).replace("{python}", sys.executable)
    body = body.replace("{worker}", str(blenders.WORKER_SCRIPT)).replace("{folder}", str(tmp_path))
    ran = run("render", spec(**LONG), "-o", "out", "--blender", program("flaky", body))
    assert ran.code == 0, ran.err
    assert "try 1 of 3" in ran.err
    assert_undisturbed(tmp_path / "out", undisturbed, frames_in)


@pytest.mark.usefixtures("shared_blender")
def test_a_frame_that_keeps_failing_is_named_and_the_others_are_done(call, program, spec, tmp_path, rendered):
    body = (
        """
read -r task
if grep -q '"frames": \\[7' "$task" 2>/dev/null; then
  echo 'KERNELWALK {"event": "ready", "blender": "VERSION", "device": "CPU"}'
  echo 'KERNELWALK {"event": "frame_started", "frame": 7}'
  exit 1
fi
"""
        + f'{{ echo "$task"; exec cat; }} | "{sys.executable}" "{blenders.WORKER_SCRIPT}"\n'
    )
    import importlib.metadata

    version = importlib.metadata.version("bpy")
    shutil.copytree(rendered.folder, tmp_path / "whole")
    (line,) = [line for line in (tmp_path / "whole" / MANIFEST_NAME).read_text().splitlines() if '"job"' in line]
    real = line.partition('"blender": "')[2].partition('"')[0]
    assert real.startswith(version.rpartition(".")[0])
    (tmp_path / "whole" / "frame_00007.png").unlink()
    ran = call("render", spec(), "-o", "whole", "--blender", program("stubborn", body.replace("VERSION", real)))
    assert ran.code == 3
    assert "frames 7 failed 3 times" in ran.complaints[-1]
    ran = call("render", spec(), "-o", "whole")
    assert ran.code == 0


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 24 MB at "out"; yield a function that remounts it."""
    folder = tmp_path / "out"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", folder], check=False).returncode
    ):
        pytest.skip("needs the right to mount a disk: root")
    yield lambda how: subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_without_room_is_noticed_before_blender_starts(call, spec, tmp_path, small_disk, blender_started):
    (tmp_path / "out" / "full").write_bytes(bytes(20_000_000))
    ran = call("render", spec(), "-o", "out/frames")
    assert ran.code == 4
    assert "MB are free" in ran.complaints[-1]
    assert not blender_started()


def fill(folder):
    """Fill a disk to its last byte."""
    with (folder / "full").open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            with pytest.raises(OSError, match="No space left on device"):
                while True:
                    file.write(bytes(size))


@pytest.mark.usefixtures("shared_blender")
def test_a_disk_that_fills_up_stops_the_run_which_continues_later(
    call, spec, held, tmp_path, small_disk, undisturbed, frames_in
):
    path = spec(**LONG)
    process = started(tmp_path, path, "--blender", held(3))
    wait_for(lambda: recorded(tmp_path / "out" / "frames") >= 3)
    fill(tmp_path / "out")
    (tmp_path / "go").touch()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4, err
    (tmp_path / "out" / "full").unlink()
    ran = call("render", path, "-o", "out/frames")
    assert ran.code == 0, ran.err
    assert_undisturbed(tmp_path / "out" / "frames", undisturbed, frames_in)


def is_remounted(small_disk, how):
    """Remount a disk and return True, or False while it is busy since a file is written."""
    try:
        small_disk(how)
    except subprocess.CalledProcessError:
        return False
    return True


@pytest.mark.usefixtures("shared_blender")
def test_a_folder_that_becomes_unwritable_stops_the_run_which_continues_later(
    call, spec, held, tmp_path, small_disk, undisturbed, frames_in
):
    path = spec(**LONG)
    process = started(tmp_path, path, "--blender", held(3))
    wait_for(lambda: recorded(tmp_path / "out" / "frames") >= 3)
    wait_for(partial(is_remounted, small_disk, "ro"))
    (tmp_path / "go").touch()
    _, err = process.communicate(timeout=PATIENCE)
    small_disk("rw")
    assert process.returncode == 4, err
    ran = call("render", path, "-o", "out/frames")
    assert ran.code == 0, ran.err
    assert_undisturbed(tmp_path / "out" / "frames", undisturbed, frames_in)


@pytest.mark.usefixtures("shared_blender")
def test_a_disk_that_fills_up_while_the_film_is_written_leaves_no_half_film(
    call, spec, tmp_path, small_disk, undisturbed, frames_in, watch, monkeypatch
):
    from kernelwalk_pipeline.films import encoder

    encode = encoder.encode_film

    def filled(*arguments):
        fill(tmp_path / "out")
        encode(*arguments)

    path = spec(**LONG)
    monkeypatch.setattr(encoder, "encode_film", filled)
    ran = call("render", path, "-o", "out/film.png")
    assert ran.code == 4, ran.err
    assert not (tmp_path / "out" / "film.png").exists()
    (tmp_path / "out" / "full").unlink()
    monkeypatch.setattr(encoder, "encode_film", encode)
    ran = call("render", path, "-o", "out/film.png")
    assert ran.code == 0, ran.err
    assert np.array_equal(watch(tmp_path / "out" / "film.png").pictures, frames_in(undisturbed))
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["film.png"]


def test_two_runs_into_one_output_notice_each_other(call, spec, held, tmp_path, undisturbed, frames_in):
    path = spec(**LONG)
    process = started(tmp_path, path, "--blender", held(1))
    wait_for(lambda: recorded(tmp_path / "out" / "frames") >= 1)
    ran = call("render", path, "-o", "out/frames")
    assert ran.code == 4
    assert "another run" in ran.complaints[-1]
    (tmp_path / "go").touch()
    assert process.wait(PATIENCE) == 0
    assert_undisturbed(tmp_path / "out" / "frames", undisturbed, frames_in)


@pytest.mark.usefixtures("shared_blender")
def test_a_clock_that_was_set_back_does_not_matter(call, spec, held, tmp_path, undisturbed, frames_in, blender_frames):
    path = spec(**LONG)
    process = started(tmp_path, path, "--blender", held(5))
    wait_for(lambda: recorded(tmp_path / "out" / "frames") >= 5)
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE)
    there = set(Manifest(tmp_path / "out" / "frames", (96, 54)).pixel_hashes)
    for item in (tmp_path / "out" / "frames").iterdir():
        os.utime(item, (4e9, 4e9))
    ran = call("render", path, "-o", "out/frames")
    assert ran.code == 0, ran.err
    assert len(there) >= 5 and not there & set(blender_frames)
    assert_undisturbed(tmp_path / "out" / "frames", undisturbed, frames_in)
