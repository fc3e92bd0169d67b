# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: a frame is recorded when it is on disk and decodes, and counts while its pixels are unchanged."""

from __future__ import annotations

import os
import shutil

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.font_metrics import FONTS
from kernelwalk.core.spec import presets
from kernelwalk_pipeline.failures import OutputError
from kernelwalk_pipeline.frames import manifest as module
from kernelwalk_pipeline.frames.decoding import decode_frame, hash_pixels
from kernelwalk_pipeline.frames.manifest import MANIFEST_NAME, Manifest, describe_job, frame_path
from PIL import Image

SIZE = (8, 6)
JOB = {"spec": "a", "template": "b", "blender": "4.5.15"}


@pytest.fixture
def picture(tmp_path):
    """Return a function that writes a picture as the worker does."""

    def write(number, color=(10, 20, 30), size=SIZE):
        path = tmp_path / f"part_{number:05d}.png"
        Image.new("RGB", size, color).save(path)
        return path

    return write


@pytest.fixture
def manifest(tmp_path, picture):
    """Return a manifest with the frames 1, 2 and 3."""
    created = Manifest(tmp_path, SIZE)
    created.start(JOB)
    for frame in (1, 2, 3):
        created.add_frame(picture(frame, (frame, 0, 0)), frame)
    return created


def reread(manifest):
    return Manifest(manifest.folder, SIZE)


def test_a_new_folder_has_no_job_and_no_frames(tmp_path):
    created = Manifest(tmp_path, SIZE)
    assert created.job is None
    assert not created.is_done(1)
    assert not list(tmp_path.iterdir())


def test_added_frames_have_their_files_and_are_recorded(manifest):
    result = reread(manifest)
    assert result.job == JOB
    assert (result.pixel_hashes, result.checksums) == (manifest.pixel_hashes, manifest.checksums)
    assert [result.is_done(frame) for frame in (0, 1, 2, 3, 4)] == [False, True, True, True, False]
    assert sorted(path.name for path in manifest.folder.iterdir()) == [
        "frame_00001.png", "frame_00002.png", "frame_00003.png", MANIFEST_NAME,
    ]  # fmt: skip


def test_copies_are_recorded_undecoded_unless_their_frame_was_written_anew(manifest, picture, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        module, "decode_frame", lambda part, size: decoded.append(part.name) or decode_frame(part, size)
    )
    with Image.open(frame_path(manifest.folder, 2)) as same:
        same.save(frame_path(manifest.folder, 2), compress_level=0)
    copies = [(manifest.folder / f"copy_{frame}.png", frame, frame - 10) for frame in (11, 12, 13)]
    for part, _, original in copies:
        shutil.copyfile(frame_path(manifest.folder, original), part)
    manifest.add_copies(copies)
    assert decoded == ["copy_12.png"]
    result = reread(manifest)
    for _, frame, original in copies:
        assert result.is_done(frame) and result.pixel_hashes[frame] == result.pixel_hashes[original]
        with Image.open(frame_path(manifest.folder, frame)) as file:
            assert file.getpixel((0, 0)) == (original, 0, 0)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:50] + b"?" + data[51:]])
def test_a_damaged_copy_is_not_recorded(manifest, damage):
    part = manifest.folder / "copy.png"
    part.write_bytes(damage(frame_path(manifest.folder, 1).read_bytes()))
    with pytest.raises(OutputError, match=r"copy\.png: is not a whole picture"):
        manifest.add_copies([(part, 11, 1)])
    assert not reread(manifest).is_done(11) and not frame_path(manifest.folder, 11).exists()


def test_a_frame_is_on_disk_before_it_is_recorded(manifest, picture, monkeypatch):
    reported = []
    fsync = os.fsync

    def noted(handle):
        reported.append(
            (os.fstat(handle).st_ino, frame_path(manifest.folder, 4).exists(), 4 in reread(manifest).pixel_hashes)
        )
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    manifest.add_frame(picture(4), 4)
    frame, folder, record = frame_path(manifest.folder, 4), manifest.folder, manifest.path
    assert reported == [
        (frame.stat().st_ino, False, False),
        (folder.stat().st_ino, True, False),
        (record.stat().st_ino, True, True),
    ]


BROKEN = {
    "empty": lambda data: b"",
    "cut in the middle": lambda data: data[: len(data) // 2],
    "a third shorter": lambda data: data[: len(data) * 2 // 3],
    "a byte shorter": lambda data: data[:-1],
    "without its end": lambda data: data[:-12],
    "of another checksum": lambda data: data[:-16] + bytes(4) + data[-12:],
    "without its pixels": lambda data: data[:33],
    "another thing": lambda data: b"no picture at all",
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_picture_is_not_added(manifest, picture, how):
    part = picture(4)
    part.write_bytes(BROKEN[how](part.read_bytes()))
    with pytest.raises(OutputError, match=r"part_00004\.png: is not a whole picture.*disk full"):
        manifest.add_frame(part, 4)
    assert not frame_path(manifest.folder, 4).exists()
    assert not reread(manifest).is_done(4)


def test_a_missing_picture_is_not_added(manifest, tmp_path):
    with pytest.raises(OutputError):
        manifest.add_frame(tmp_path / "part_00004.png", 4)
    assert 4 not in reread(manifest).pixel_hashes


def test_a_picture_of_another_size_is_not_added(manifest, picture):
    with pytest.raises(OutputError, match="9x6 pixels, not 8x6"):
        manifest.add_frame(picture(4, size=(9, 6)), 4)


@pytest.mark.parametrize("how", BROKEN)
def test_a_frame_that_broke_later_is_not_done(manifest, how):
    path = frame_path(manifest.folder, 2)
    path.write_bytes(BROKEN[how](path.read_bytes()))
    assert [reread(manifest).is_done(frame) for frame in (1, 2, 3)] == [True, False, True]


def test_every_flipped_byte_of_the_pixels_is_noticed(manifest):
    path = frame_path(manifest.folder, 2)
    data = path.read_bytes()
    start, end = data.index(b"IDAT"), data.index(b"IEND")
    for at in range(start, end - 4):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        assert not manifest.is_done(2), f"byte {at}"
    path.write_bytes(data)
    assert manifest.is_done(2)


def test_a_frame_with_other_pixels_is_not_done(manifest):
    Image.new("RGB", SIZE, (99, 0, 0)).save(frame_path(manifest.folder, 2))
    assert not manifest.is_done(2)


def test_a_missing_frame_is_not_done(manifest):
    frame_path(manifest.folder, 2).unlink()
    assert not manifest.is_done(2)


def test_an_unchanged_file_is_not_decoded_again(manifest, monkeypatch):
    """Decoding a million frames would take most of a day."""
    result, decoded = reread(manifest), []
    monkeypatch.setattr(module, "hash_pixels", lambda path, _: decoded.append(path.name))
    assert all(result.is_done(frame) for frame in (1, 2, 3))
    assert not decoded
    path = frame_path(manifest.folder, 2)
    path.write_bytes(path.read_bytes()[:-1])
    assert not result.is_done(2)
    assert decoded == ["frame_00002.png"]


def test_a_file_that_changes_while_it_is_added_is_not_done(manifest, picture, monkeypatch):
    """The decoded pixels count, not those in the file by the time it is renamed."""
    part, changed = picture(4), picture(5, (1, 1, 1)).read_bytes()
    read = module.decode_frame

    def read_before(path, resolution):
        result = read(path, resolution)
        path.write_bytes(changed)
        return result

    monkeypatch.setattr(module, "decode_frame", read_before)
    manifest.add_frame(part, 4)
    monkeypatch.undo()
    assert not reread(manifest).is_done(4)


def test_the_same_pixels_packed_in_another_way_are_the_same_frame(manifest):
    path = frame_path(manifest.folder, 2)
    with Image.open(path) as picture:
        picture.load()
    picture.convert("RGBA").save(path, compress_level=0)
    assert manifest.is_done(2)


def test_a_manifest_cut_anywhere_keeps_every_complete_line(manifest):
    data = manifest.path.read_bytes()
    lines = data.splitlines(keepends=True)
    for cut in range(len(data)):
        manifest.path.write_bytes(data[:cut])
        complete = sum(len(b"".join(lines[: number + 1]).rstrip()) <= cut for number in range(len(lines)))
        result = reread(manifest)
        assert (result.job is not None) + len(result.pixel_hashes) == complete


def test_a_line_cut_off_does_not_swallow_the_next(manifest, picture):
    manifest.path.write_bytes(manifest.path.read_bytes()[:-30])
    result = reread(manifest)
    assert not result.is_done(3)
    result.add_frame(picture(4), 4)
    assert [reread(manifest).is_done(frame) for frame in (1, 2, 3, 4)] == [True, True, False, True]


def test_a_changed_line_is_ignored(manifest):
    data = manifest.path.read_bytes()
    manifest.path.write_bytes(data.replace(b'"frame": 2', b'"frame": 9'))
    result = reread(manifest)
    assert sorted(result.pixel_hashes) == [1, 3]


def test_frames_without_a_job_are_not_done(manifest):
    """Without the job's line it is unknown whether these pixels are the spec's."""
    lines = manifest.path.read_bytes().splitlines(keepends=True)
    manifest.path.write_bytes(b"".join([lines[0].replace(b"4.5.15", b"4.5.16"), *lines[1:]]))
    assert not any(reread(manifest).is_done(frame) for frame in (1, 2, 3))


def test_a_frame_recorded_twice_is_what_was_recorded_last(manifest, picture):
    manifest.add_frame(picture(2, (77, 0, 0)), 2)
    assert reread(manifest).is_done(2)
    assert reread(manifest).pixel_hashes[2] == hash_pixels(frame_path(manifest.folder, 2), SIZE)


def test_starting_again_deletes_every_frame(manifest):
    manifest.start({**JOB, "spec": "other"})
    result = reread(manifest)
    assert result.job == {**JOB, "spec": "other"}
    assert not result.pixel_hashes


def test_a_manifest_that_cannot_be_written_is_an_output_error(tmp_path, picture):
    (tmp_path / MANIFEST_NAME).mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        Manifest(tmp_path, SIZE).add_frame(picture(1), 1)


def test_the_job_is_what_the_pixels_depend_on(tmp_path):
    spec = presets.load_preset("mathematica")
    job = describe_job(spec, "4.5.15")
    assert job == describe_job(spec_from_table(spec.to_table()), "4.5.15")
    assert job != describe_job(spec, "5.2.3")
    table = spec.to_table()
    table["look"]["colors"]["input"] = "#010203"
    assert job["spec"] != describe_job(spec_from_table(table), "4.5.15")["spec"]


def test_a_font_that_changed_is_another_job_but_not_one_that_moved(tmp_path):
    names = {"a.ttf": "regular", "b.ttf": "regular", "c.ttf": "strong"}
    jobs = []
    for name, original in names.items():
        shutil.copy(FONTS / f"{original}.ttf", tmp_path / name)
        table = {"layer": {"op": "conv", "input": 3, "kernel": 1}, "labels": {"font": str(tmp_path / name)}}
        jobs.append(describe_job(spec_from_table(table), ""))
    assert jobs[0] == jobs[1]
    assert [key for key in jobs[0] if jobs[0][key] != jobs[2][key]] == ["spec"]


def test_a_template_that_changed_is_another_job(tmp_path):
    template = tmp_path / "mine.blend"
    template.write_bytes(b"BLENDER one")
    spec = spec_from_table({"layer": {"op": "conv", "input": 3, "kernel": 1}, "look": {"template": str(template)}})
    job = describe_job(spec, "")
    template.write_bytes(b"BLENDER two")
    changed = describe_job(spec, "")
    assert [key for key in job if job[key] != changed[key]] == ["template"]
