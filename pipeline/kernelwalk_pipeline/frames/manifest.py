# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been rendered: JSON Lines beside the frames, written only once a frame is on disk and decodes.

The first line tells the job (what the pixels depend on), each other line a frame, its pixels' hash and its file's
checksum: a file that still has it is not decoded again. Every line carries a checksum of itself, so that a line cut off
by a crash is known for what it is. A run that renders only some frames of a folder writes a manifest of its own, so
that several may be at work in it; together they tell what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kernelwalk import __version__
from kernelwalk.core import Spec
from kernelwalk.core.spec.limits import MAX_FRAME
from kernelwalk.core.spec.templates import find_blend_file

from ..failures import OutputError
from ..outputs import publish_files
from .decoding import checksum, decode_frame, hash_pixels
from .png import Bytes

MANIFEST_NAME = "frames.jsonl"

MANIFEST_PATTERN = "frames*.jsonl"
"""Every manifest of a folder."""

FRAME_PATTERN = "frame_?????*.png"

MAX_PART_NAME = 60
"""Characters of which frames a manifest is for, in its name."""


def frame_path(folder: Path, frame: int) -> Path:
    """The file of a frame."""
    return folder / f"frame_{frame:05d}.png"


def has_manifest(folder: Path) -> bool:
    """Whether a folder has a manifest."""
    return any(folder.glob(MANIFEST_PATTERN))


def part_name(frames: Sequence[int]) -> str:
    """What a run is called that renders only these frames."""
    text = format_ranges(frames).replace(" ", "_")
    if len(text) <= MAX_PART_NAME:
        return text
    return f"{frames[0]}-{frames[-1]}_{zlib.crc32(text.encode()):08x}"


def describe_job(spec: Spec, blender: str, wanted: str = "") -> dict[str, str]:
    """What the pixels of a spec's frames depend on, which frames are wanted, and what helps people to understand it."""
    told = spec.to_table()
    told["look"]["template"] = Path(spec.look.template).name  # where it lies may differ from machine to machine
    table = json.dumps(told, sort_keys=True).encode()
    template = find_blend_file(spec.look.template).read_bytes()
    return {
        "spec": hashlib.sha256(table).hexdigest(),
        "template": hashlib.sha256(template).hexdigest(),
        "blender": blender,
        "kernelwalk": __version__,
        "engine": spec.render.engine,
        "samples": str(spec.render.samples),
        "seed": "0",
        "resolution": "x".join(map(str, spec.render.resolution)),
        "frames": wanted,
    }


def format_ranges(frames: Sequence[int]) -> str:
    """Ascending frames in few words: "1-12 15"."""
    found: list[list[int]] = []
    for frame in frames:
        if found and frame == found[-1][1] + 1:
            found[-1][1] = frame
        else:
            found.append([frame, frame])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def parse_ranges(text: str) -> list[int]:
    """The frames that `ranges` has told. Raises ValueError for what it cannot have told."""
    ends = [[int(end) for end in each.split("-")] for each in text.split()]
    if any(len(each) > 2 or not all(0 <= end <= MAX_FRAME for end in each) for each in ends):
        raise ValueError(text)
    return [frame for each in ends for frame in range(each[0], each[-1] + 1)]


CheckedFrame = tuple[Path, int, str, str]
"""A picture whose file has been decoded: its file, its frame, its pixels' hash, the file's checksum."""


class Manifest:
    """The manifest of one folder of frames.

    part: what a run is called that renders only some frames (see `name_of`): it writes a manifest of its own
    """

    def __init__(self, folder: Path, resolution: tuple[int, int], wanted: str = "", part: str = ""):
        self.folder, self.resolution, self.wanted, self.part = folder, resolution, wanted, part
        self.new_frames: set[int] = set()  # accepted since
        self.is_new = False  # anew, since
        self.damaged_lines = 0  # lines that are not whole
        self.ends_with_newline = False  # as far as is known: nobody else writes to its own file
        self.path = folder / (f"frames_{part}.jsonl" if part else MANIFEST_NAME)
        self.job: dict[str, Any] | None = None
        self.other_jobs: list[dict[str, Any]] = []  # jobs of the folder's other manifests
        self.has_header = False  # its own file tells the job
        self.pixel_hashes: dict[int, str] = {}  # their pixels' hashes, and
        self.checksums: dict[int, str] = {}  # their files' checksums
        for path in sorted(folder.glob(MANIFEST_PATTERN), key=lambda path: (path != self.path, path)):
            self._read(path)

    def _read(self, path: Path) -> None:
        job = None
        for entry in self._entries(path):
            if "job" in entry and job is None:
                job = entry["job"]
            elif "frame" in entry and job is not None:  # without a job, nobody knows what the frames are of
                self.pixel_hashes[entry["frame"]], self.checksums[entry["frame"]] = entry["pixels"], entry["file"]
        if job is None:
            return
        self.has_header = self.has_header or path == self.path
        if self.job is None:
            self.job = job
        else:
            self.other_jobs.append(job)

    def _entries(self, path: Path) -> list[dict[str, Any]]:
        """The lines that are whole and of the right form; the others are as if they had not been written."""
        if not path.is_file():
            return []
        entries = []
        for line in path.read_bytes().splitlines():
            check, _, text = line.partition(b" ")
            entry = _parse_entry(text) if check == checksum(text).encode() else None
            if entry is None:
                self.damaged_lines += 1
            else:
                entries.append(entry)
        return entries

    def start(self, job: dict[str, Any]) -> None:
        """Start anew for `job`: the frames that are there go, unless other runs may be at work in the folder."""
        self.job, self.pixel_hashes, self.checksums, self.is_new, self.has_header, self.other_jobs = (
            job,
            {},
            {},
            True,
            True,
            [],
        )
        if not self.part:
            for path in [*self.folder.glob(MANIFEST_PATTERN), *self.folder.glob(FRAME_PATTERN)]:
                path.unlink()
        self._append([{"job": job}])

    def add_frame(self, part: Path, frame: int) -> Bytes:
        """Take a picture as a frame: decoded, synced, named, and only then recorded. Its pixels (see `Picture`). Raises
        OutputError."""
        picture = decode_frame(part, self.resolution)
        self._accept([(part, frame, picture.pixel_hash, picture.checksum)], synced=False)
        return picture.pixels

    def add_checked_frames(self, pictures: Sequence[CheckedFrame]) -> None:
        """Take pictures that others have decoded and synced. Raises OutputError."""
        self._accept(pictures, synced=True)

    def _accept(self, pictures: Sequence[CheckedFrame], synced: bool) -> None:
        entries: list[dict[str, Any]] = []
        if not self.has_header and self.job is not None:
            entries.append({"job": self.job})
        publish_files([(part, frame_path(self.folder, frame)) for part, frame, *_ in pictures], synced)
        for _, frame, pixels, file in pictures:
            self.pixel_hashes[frame], self.checksums[frame] = pixels, file
            self.new_frames.add(frame)
            entries.append({"frame": frame, "pixels": pixels, "file": file})
        self._append(entries)
        self.has_header = self.has_header or self.job is not None

    def delete_all(self) -> None:
        """Remove what the manifest tells of, and itself."""
        for frame in self.pixel_hashes:
            frame_path(self.folder, frame).unlink(missing_ok=True)
        for path in self.folder.glob(MANIFEST_PATTERN):
            path.unlink(missing_ok=True)

    def is_done(self, frame: int) -> bool:
        """Whether a frame is recorded and its file is still the same, or another that holds these pixels."""
        if frame not in self.pixel_hashes:
            return False
        path = frame_path(self.folder, frame)
        try:
            if checksum(path.read_bytes()) == self.checksums[frame]:
                return True
            return hash_pixels(path, self.resolution) == self.pixel_hashes[frame]
        except (OSError, OutputError):
            return False

    def _append(self, entries: Sequence[dict[str, Any]]) -> None:
        texts = [json.dumps(entry, sort_keys=True) for entry in entries]
        lines = "".join(f"{checksum(text.encode())} {text}\n" for text in texts)
        try:
            with self.path.open("ab") as file:
                # a line that a crash cut off, or a full disk, must not swallow this one
                start = "\n" if file.tell() and not (self.ends_with_newline or self._ends_well()) else ""
                self.ends_with_newline = False
                file.write(f"{start}{lines}".encode())
                file.flush()
                os.fsync(file.fileno())
            self.ends_with_newline = True
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written: {error.strerror}. Free the disk and run again"
            ) from None

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _parse_entry(text: bytes) -> dict[str, Any] | None:
    """What a line says, None where it is of no form that is written."""
    try:
        entry = json.loads(text.decode())
    except (RecursionError, ValueError):  # nested too deep; no JSON, or a number of more digits than Python reads
        return None
    return entry if _is_valid_entry(entry) else None


def _is_valid_entry(entry: Any) -> bool:
    """Whether what a line says is of one of the forms that are written: a job, or a frame with what tells it."""
    if not isinstance(entry, dict):
        return False
    if entry.keys() == {"job"}:
        return isinstance(entry["job"], dict)
    if entry.keys() != {"frame", "pixels", "file"}:
        return False
    frame = entry["frame"]
    if not isinstance(frame, int) or isinstance(frame, bool) or not 0 <= frame <= MAX_FRAME:
        return False
    return isinstance(entry["pixels"], str) and isinstance(entry["file"], str)
