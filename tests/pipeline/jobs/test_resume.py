# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders that were stopped, damaged or started for another job; Blenders that die or hang; and full disks."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from kernelwalk_pipeline.blenders import blender_process
from kernelwalk_pipeline.blenders.frame_queue import MAX_TRIES
from kernelwalk_pipeline.frames.manifest import MANIFEST_NAME, Manifest

from ..conftest import LONG
from ..patience import PATIENCE, wait_for
from ..processes import has_ended

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
needs_bpy = pytest.mark.usefixtures("shared_blender")


def files(folder):
    """Return the frames' files with their modification time and inode, which a new file would change."""
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.glob("frame_*.png")}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def begun(rendered, tmp_path):
    """Return the folder "out" with the tiny spec's frames."""
    return Path(shutil.copytree(rendered.folder, tmp_path / "out"))


def assert_same(folder, rendered, frames_in):
    """Assert that a folder holds the frames of an uninterrupted run, pixel for pixel, and no scratch files."""
    assert names_in(folder) == names_in(rendered.folder)
    assert np.array_equal(frames_in(folder), frames_in(rendered.folder))
    manifest = Manifest(folder, rendered.plan.spec.render.resolution)
    assert all(manifest.is_done(frame) for frame in rendered.plan.frames)


@posix
@pytest.mark.parametrize(("name", "out"), [("SIGINT", "out"), ("SIGTERM", "film.png")])
def test_an_interrupted_render_continues_where_it_stopped(
    start, call, spec, held, undisturbed, frames_in, watch, blender_frames, tmp_path, name, out
):
    """Nothing waits for Blender: it says nothing more once some pictures are there."""
    folder = tmp_path / (out if out == "out" else f"{out}.frames")
    process = start("render", spec(**LONG), "-o", out, "--blender", held(4))
    wait_for(lambda: (folder / MANIFEST_NAME).exists() and len((folder / MANIFEST_NAME).read_bytes().splitlines()) >= 4)
    process.send_signal(getattr(signal, name))
    reported, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert err.splitlines()[-1] == "kernelwalk: tiny: interrupted. The same command continues from here"
    assert not reported

    recorded = Manifest(folder, (96, 54)).pixel_hashes
    before = {file: stamp for file, stamp in files(folder).items() if int(file[6:11]) in recorded}
    assert 3 <= len(recorded) < 25
    ran = call("render", spec(**LONG), "-o", out)
    assert ran.code == 0, ran.err
    assert not set(blender_frames) & set(recorded)
    if out == "out":
        assert {file: stamp for file, stamp in files(folder).items() if file in before} == before
        assert np.array_equal(frames_in(folder), frames_in(undisturbed))
        assert names_in(folder) == names_in(undisturbed)
    else:
        assert np.array_equal(watch(tmp_path / out).pictures, frames_in(undisturbed))
        assert names_in(tmp_path) == [out, "tiny.toml"]


LASTING = "echo $$ >pid; trap '' INT TERM; sleep 1000000 & wait; wait"
"""A script in place of Blender that ignores interrupts, has a child, and never ends."""


@posix
@pytest.mark.parametrize(
    "arguments",
    [["render", "-o", "out"], ["still", "-o", "a.png"], ["blend", "-o", "a.blend"]],
    ids=lambda arguments: arguments[0],
)
def test_an_interrupt_ends_blender_and_what_it_started(start, spec, program, tmp_path, arguments):
    pid = tmp_path / "pid"
    process = start(arguments[0], spec(), *arguments[1:], "--blender", program("lasting", LASTING))
    wait_for(lambda: pid.exists() and pid.read_text().strip())
    process.send_signal(signal.SIGINT)
    reported, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    (line,) = err.splitlines()
    assert line.startswith("kernelwalk: ")
    assert "interrupted" in line
    assert not reported
    assert not (tmp_path / arguments[-1]).is_file()
    wait_for(lambda: has_ended(int(pid.read_text())))


@posix
def test_repeated_interrupts_end_blender_too(start, spec, program, tmp_path):
    pid = tmp_path / "pid"
    process = start("render", spec(), "-o", "out", "--blender", program("lasting", LASTING))
    wait_for(lambda: pid.exists() and pid.read_text().strip())
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    _, err = process.communicate(timeout=PATIENCE)
    group = int(pid.read_text())
    try:
        assert process.returncode == 5
        assert "Traceback" not in err
        wait_for(lambda: has_ended(group))
    finally:
        if not has_ended(group):
            os.killpg(group, signal.SIGKILL)


@posix
@needs_bpy
def test_a_killed_command_continues_too(start, call, spec, held, rendered, frames_in, tmp_path):
    folder = tmp_path / "out"
    process = start("render", spec(), "-o", "out", "--blender", held(3))
    wait_for(lambda: (folder / MANIFEST_NAME).exists() and len((folder / MANIFEST_NAME).read_bytes().splitlines()) >= 3)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert call("render", spec(), "-o", "out").code == 0
    assert np.array_equal(frames_in(folder), frames_in(rendered.folder))


def test_a_folder_that_is_done_needs_no_blender(begun, call, spec, rendered, frames_in, blender_started):
    before = files(begun)
    ran = call("render", spec(), "-o", "out")
    assert (ran.code, ran.out, ran.err) == (0, "out\n", "")
    assert files(begun) == before
    assert not blender_started()


def flipped(data):
    return data[:-300] + bytes([data[-300] ^ 0x20]) + data[-299:]


SPOILT = {4: lambda data: data[:-700], 5: flipped, 6: lambda data: b"", 7: lambda data: data[:-1]}
"""Frames and the damage to their files: truncated, a byte flipped, empty, a byte short."""


@needs_bpy
def test_only_damaged_frames_are_rendered_again(begun, call, spec, rendered, frames_in, blender_frames):
    for frame, spoilt in SPOILT.items():
        path = begun / f"frame_{frame:05d}.png"
        path.write_bytes(spoilt(path.read_bytes()))
    (begun / "frame_00008.png").unlink()
    shutil.copy(begun / "frame_00011.png", begun / "frame_00010.png")
    before = files(begun)
    ran = call("render", spec(), "-o", "out")
    assert ran.code == 0, ran.err
    assert blender_frames == [4, 5, 6, 7, 8, 10]
    again = {f"frame_{frame:05d}.png" for frame in blender_frames}
    assert {name for name, stamp in files(begun).items() if before.get(name) != stamp} == again
    assert_same(begun, rendered, frames_in)
    assert "tiny: 12 of 12 pictures" in ran.err


@needs_bpy
def test_frames_missing_from_a_truncated_manifest_are_rendered_again(
    begun, call, spec, rendered, frames_in, blender_frames
):
    path = begun / MANIFEST_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    assert b'"frame": 13' in lines[12]  # the last unique frame; copies of the first follow
    path.write_bytes(b"".join(lines[:11]) + lines[11][:-20])
    assert call("render", spec(), "-o", "out").code == 0
    assert blender_frames == [12, 13]
    assert_same(begun, rendered, frames_in)


@needs_bpy
def test_a_damaged_copy_of_an_equal_frame_is_made_again(begun, call, spec, rendered, frames_in, blender_started):
    (begun / "frame_00017.png").write_bytes(b"")
    (begun / "frame_00002.png").unlink()
    assert call("render", spec(), "-o", "out").code == 0
    assert_same(begun, rendered, frames_in)
    assert not blender_started()


CHANGES = {
    "a color": {"look": {"first_row": "near"}},
    "the rate": {"walk": {"fps": 12}},
    "the size": {"render": {"resolution": [98, 54]}},
    "the samples": {"render": {"samples": 2}},
    "the noise": {"render": {"noise": 0.1}},
    "the layer": {"layer": {"stride": 2}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_spec_is_refused_and_the_frames_are_kept(begun, call, spec, blender_started, change):
    before = files(begun)
    ran = call("render", spec(**CHANGES[change]), "-o", "out")
    assert ran.code == 2
    (complaint,) = ran.complaints
    for arguments in ("out", "another spec", "--restart", "another output"):
        assert arguments in complaint
    assert files(begun) == before
    assert not blender_started()


@needs_bpy
def test_restart_renders_a_changed_spec_again(begun, call, spec, frames_in, planned):
    """No frame of the longer film before it remains."""
    change = {"look": {"first_row": "near"}, "walk": {"lead_out": 0}}
    before = frames_in(begun)
    ran = call("render", spec(**change), "-o", "out", "--restart")
    assert ran.code == 0, ran.err
    names = [f"frame_{frame:05d}.png" for frame in planned(**change).frames]
    assert sorted(path.name for path in begun.iterdir()) == [*names, MANIFEST_NAME]
    assert not np.array_equal(frames_in(begun)[4], before[4])
    assert call("render", spec(**change), "-o", "out").code == 0
    assert call("render", spec(), "-o", "out").code == 2


@needs_bpy
def test_another_blender_does_not_continue_the_frames_of_the_first(begun, call, spec):
    lines = (begun / MANIFEST_NAME).read_bytes().splitlines(keepends=True)
    manifest = Manifest(begun, (96, 54))
    manifest.path.unlink()
    manifest._append([{"job": {**manifest.job, "blender": "4.4.0"}}])
    with manifest.path.open("ab") as file:
        file.writelines(lines[1:])
    (begun / "frame_00006.png").unlink()
    before = files(begun)
    ran = call("render", spec(), "-o", "out")
    assert ran.code == 2
    assert "another blender" in ran.complaints[-1]
    assert files(begun) == before


def spoil_job(folder):
    """Return the first line, which holds the job."""
    path = folder / MANIFEST_NAME
    path.write_bytes(path.read_bytes().replace(b'"spec": "', b'"spec": "0', 1))


@needs_bpy
def test_frames_without_a_job_do_not_count_as_the_specs(begun, call, spec, frames_in, rendered):
    spoil_job(begun)
    ran = call("render", spec(look={"first_row": "near"}), "-o", "out")
    assert ran.code in (2, 4) or not np.array_equal(frames_in(begun)[4], frames_in(rendered.folder)[4])


@needs_bpy
def test_a_manifest_without_its_job_is_repaired_by_the_next_run(begun, call, spec, frames_in, rendered):
    spoil_job(begun)
    (begun / "frame_00006.png").unlink()
    ran = call("render", spec(), "-o", "out", "--restart")
    assert ran.code == 0
    assert_same(begun, rendered, frames_in)
    spoil_job(begun)
    (begun / "frame_00006.png").unlink()
    ran = call("render", spec(), "-o", "out")
    if ran.code == 0:
        assert_same(begun, rendered, frames_in)
    else:
        assert "--restart" in ran.complaints[-1]


def test_foreign_frames_are_not_overwritten(call, spec, tmp_path, blender_started):
    for folder in ("out", "film.mp4.frames"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "frame_00003.png").write_text("mine")
    for out in ("out", "film.mp4"):
        ran = call("render", spec(), "-o", out)
        assert ran.code == 4
        (complaint,) = ran.complaints
        assert "did not make" in complaint
        assert "--restart" in complaint
    for folder in ("out", "film.mp4.frames"):
        assert [path.read_text() for path in (tmp_path / folder).iterdir()] == ["mine"]
    assert not blender_started()


DYING = {
    "says nothing": ("exit 0", "ended before it was done"),
    "fails": ("echo a last word; exit 1", "exit code 1"),
    "complains": ("printf 'a last ' >&2; sleep 0.1; echo word >&2; exit 1", "exit code 1"),
    "raises": ("exit 113", "exit code 113"),
    "is killed": ("kill -KILL $$", "SIGKILL"),
    "crashes": ("kill -SEGV $$", "SIGSEGV"),
    "breaks off": (
        """echo 'KERNELWALK {"event": "ready", "blender": "9", "device": "CPU"}'; exit 0""",
        "ended before it was done",
    ),
    "tells why": (
        """echo a last word >&2; echo 'KERNELWALK {"event": "failed", "reason": "No light"}'; exit 0""",
        "No light",
    ),
    "breaks off in a word": ("""printf 'KERNELWALK {"event": "fra'; exit 1""", "exit code 1"),
}


@posix
@pytest.mark.parametrize("command", ["render", pytest.param("still", marks=pytest.mark.thorough), "blend"])
@pytest.mark.parametrize("how", DYING)
def test_a_blender_that_dies_is_reported_with_its_log(call, spec, program, tmp_path, monkeypatch, how, command):
    monkeypatch.setattr(blender_process, "LOG_READ_INTERVAL", PATIENCE)  # most of its last output is still unread
    body, expected_texts = DYING[how]
    out = {"render": "a.mp4", "still": "a.png", "blend": "a.blend"}[command]
    ran = call(command, spec(), "-o", out, "--blender", program("dying", body))
    assert ran.code == 3, ran.err
    complaint = ran.complaints[-1]
    assert len(ran.complaints) == (1 if command == "blend" else MAX_TRIES)
    assert expected_texts in complaint
    log = tmp_path / complaint.rpartition("log: ")[2]
    assert log.is_file()
    if "a last" in body:
        assert set(log.read_text().splitlines()) == {"a last word"}  # of every try
    assert not ran.out
    assert not (tmp_path / out).exists()
    assert not list(tmp_path.rglob("task*.json"))


@posix
def test_a_blender_that_claims_to_have_finished_without_pictures_is_reported(call, spec, program):
    lie = """
echo 'KERNELWALK {"event": "ready", "blender": "9", "device": "CPU"}'
echo 'KERNELWALK {"event": "finished"}'
"""
    ran = call("render", spec(), "-o", "out", "--blender", program("liar", lie))
    assert ran.code == 3
    assert re.search(r"reported success, but \d+ pictures are missing", ran.complaints[-1])


@posix
def test_a_blender_that_writes_an_empty_picture_is_reported(call, spec, program, tmp_path):
    """Blender does so on a full disk, without an error."""
    body = """while [ -z "$task" ]; do read -r task || exit 1; done
folder=$(sed 's/.*"folder": "\\([^"]*\\)".*/\\1/' "$task")
: >"$folder/part_00001.png"
echo 'KERNELWALK {"event": "ready", "blender": "9", "device": "CPU"}'
echo "KERNELWALK {\\"event\\": \\"frame_rendered\\", \\"frame\\": 1, \\"part\\": \\"$folder/part_00001.png\\"}"
echo 'KERNELWALK {"event": "finished"}'"""
    ran = call("render", spec(), "-o", "out", "--blender", program("full", body))
    assert ran.code == 4, ran.err
    assert "part_00001.png" in ran.complaints[-1]
    assert "disk full" in ran.complaints[-1]
    assert not list((tmp_path / "out").glob("frame_*.png"))


LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[:2] = ["kernelwalk"]
runpy.run_module("kernelwalk_pipeline", run_name="__main__")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs limits of a file's size as Linux has them")
@needs_bpy
@pytest.mark.parametrize(("maximum", "out"), [(64, "out"), (2500, "out"), (64, "a.png"), (64, "a.blend")])
def test_a_full_disk_is_reported_and_finished_frames_are_kept(spec, call, rendered, frames_in, tmp_path, maximum, out):
    """No file may exceed `maximum` bytes: neither the task, the log nor a picture."""
    command = "blend" if out.endswith(".blend") else "render"
    arguments = [sys.executable, "-c", LIMITED, str(maximum), command, str(spec()), "-o", out]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("kernelwalk: ")
    assert not done.stdout
    assert not (tmp_path / out).is_file()
    if maximum == 2500:  # some pictures were finished
        assert call("render", spec(), "-o", "out").code == 0
        assert_same(tmp_path / "out", rendered, frames_in)
