# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of a folder of frames: JSON Lines, each written only when its frame is on disk and has been decoded.

The first line holds the job (everything the pixels depend on); each other line holds a frame, the hash of its pixels
and the checksum of its file. A file whose checksum matches is not decoded again. Every line starts with its own
checksum, so that a line truncated by a crash is recognized. A run that renders only some frames writes a manifest of
its own, so that several runs can share a folder; together the manifests list its frames.
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
from kernelwalk.core.arrays import Bytes
from kernelwalk.core.spec.templates import find_blend_file
from kernelwalk.core.walk.timing import MAX_FRAME

from ..atomic import publish_files
from ..failures import OutputError
from ..paths import exists
from .decoding import checksum, decode_frame, hash_pixels

MANIFEST_NAME = "frames.jsonl"

MANIFEST_PATTERN = "frames*.jsonl"
"""Matches every manifest of a folder."""

FRAME_PATTERN = "frame_?????*.png"
"""Matches every frame of a folder."""

MAX_PART_NAME = 60
"""Characters of the part name in a manifest's file name."""


def frame_path(folder: Path, frame: int) -> Path:
    """Return the path of a frame's file."""
    return folder / f"frame_{frame:05d}.png"


def has_manifest(folder: Path) -> bool:
    """Return True if a folder has a manifest."""
    return exists(folder) and any(folder.glob(MANIFEST_PATTERN))


def part_name(frames: Sequence[int]) -> str:
    """Return the name of a run that renders only these frames.

    >>> part_name([1, 2, 3, 7])
    '1-3_7'
    """
    text = format_ranges(frames).replace(" ", "_")
    if len(text) <= MAX_PART_NAME:
        return text
    return f"{frames[0]}-{frames[-1]}_{zlib.crc32(text.encode()):08x}"


def describe_job(spec: Spec, blender: str, wanted: str = "", device: str = "") -> dict[str, str]:
    """Return everything that a spec's pixels depend on, the frames wanted, and details for error messages.

    blender: the version; wanted: as format_ranges gives it; device: the label of what renders (see ChosenDevice)
    """
    spec_table = spec.to_table()
    del spec_table["render"]["device"]  # which device it is counts, not how it was chosen
    spec_table["look"]["template"] = Path(spec.look.template).name  # its folder may differ between machines
    spec_table["labels"]["font"] = spec.typeface.digest
    table = json.dumps(spec_table, sort_keys=True).encode()
    template = find_blend_file(spec.look.template).read_bytes()
    return {
        "spec": hashlib.sha256(table).hexdigest(),
        "template": hashlib.sha256(template).hexdigest(),
        "blender": blender,
        "device": device,
        "kernelwalk": __version__,
        "engine": spec.render.engine,
        "samples": str(spec.render.samples),
        "noise": str(spec.render.noise),
        "seed": "0",
        "resolution": "x".join(map(str, spec.render.resolution)),
        "frames": wanted,
    }


def format_ranges(frames: Sequence[int]) -> str:
    """Return ascending frames as ranges.

    >>> format_ranges([1, 2, 3, 7])
    '1-3 7'
    """
    ranges: list[list[int]] = []
    for frame in frames:
        if ranges and frame == ranges[-1][1] + 1:
            ranges[-1][1] = frame
        else:
            ranges.append([frame, frame])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def parse_ranges(text: str) -> list[int]:
    """Return the frames of a text from format_ranges. Raises ValueError for other texts.

    >>> parse_ranges("1-3 7")
    [1, 2, 3, 7]
    """
    ranges = [[int(end) for end in part.split("-")] for part in text.split()]
    if any(len(ends) > 2 or not all(0 <= end <= MAX_FRAME for end in ends) for ends in ranges):
        raise ValueError(text)
    return [frame for ends in ranges for frame in range(ends[0], ends[-1] + 1)]


CheckedFrame = tuple[Path, int, str, str]
"""A decoded frame: its file, its number, the hash of its pixels, and the checksum of its file."""


class Manifest:
    """The manifest of a folder of frames.

    resolution:   (width, height) that every frame must have
    wanted:       the frames that the folder is to hold, as format_ranges gives them
    part:         name of a run that renders only some frames (see part_name), which writes a manifest of its own
    job:          what the pixels depend on (see describe_job); None before it is started
    pixel_hashes: by frame; checksums: of the files, by frame
    """

    def __init__(self, folder: Path, resolution: tuple[int, int], wanted: str = "", part: str = ""):
        self.folder, self.resolution, self.wanted, self.part = folder, resolution, wanted, part
        self.new_frames: set[int] = set()  # added by this run
        self.is_new = False  # started by this run
        self.damaged_lines = 0
        self.ends_with_newline = False  # as far as this run knows; no other run writes to the file
        self.path = folder / (f"frames_{part}.jsonl" if part else MANIFEST_NAME)
        self.job: dict[str, Any] | None = None
        self.other_jobs: list[dict[str, Any]] = []  # of the folder's other manifests
        self.has_header = False  # its own file holds the job
        self.pixel_hashes: dict[int, str] = {}
        self.checksums: dict[int, str] = {}
        for path in sorted(folder.glob(MANIFEST_PATTERN), key=lambda path: (path != self.path, path)):
            self._read(path)

    def _read(self, path: Path) -> None:
        """Add the entries of a manifest's file."""
        job = None
        for entry in self._entries(path):
            if "job" in entry and job is None:
                job = entry["job"]
            elif "frame" in entry and job is not None:  # frames before a job belong to none
                self.pixel_hashes[entry["frame"]], self.checksums[entry["frame"]] = entry["pixels"], entry["file"]
        if job is None:
            return
        self.has_header = self.has_header or path == self.path
        if self.job is None:
            self.job = job
        else:
            self.other_jobs.append(job)

    def _entries(self, path: Path) -> list[dict[str, Any]]:
        """Return the valid lines of a manifest's file, and count the others as damaged."""
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
        """Start the manifest again for `job`. Existing frames are deleted, unless other runs may share the folder."""
        self.job, self.other_jobs = job, []
        self.pixel_hashes, self.checksums = {}, {}
        self.is_new = self.has_header = True
        if not self.part:
            for path in [*self.folder.glob(MANIFEST_PATTERN), *self.folder.glob(FRAME_PATTERN)]:
                path.unlink()
        self._append([{"job": job}])

    def add_frame(self, part: Path, frame: int) -> Bytes:
        """Decode the file `part`, sync and rename it, and only then record it; return its pixels (see DecodedFrame).
        Raises OutputError."""
        decoded = decode_frame(part, self.resolution)
        self._add([(part, frame, decoded.pixel_hash, decoded.checksum)], synced=False)
        return decoded.pixels

    def add_copies(self, copies: Sequence[tuple[Path, int, int]]) -> None:
        """Sync, rename and record copies of recorded frames, given as (file, frame, copied frame).

        A copy is decoded only if its checksum is not the recorded one: somebody may have written the copied frame's
        file anew, with the same pixels. Raises OutputError.
        """
        frames: list[CheckedFrame] = []
        for part, frame, original in copies:
            pixels, file = self.pixel_hashes[original], self.checksums[original]
            if checksum(part.read_bytes()) != file:
                decoded = decode_frame(part, self.resolution)
                pixels, file = decoded.pixel_hash, decoded.checksum
            frames.append((part, frame, pixels, file))
        self._add(frames, synced=False)

    def add_checked_frames(self, frames: Sequence[CheckedFrame]) -> None:
        """Rename and record frames that another process has decoded and synced. Raises OutputError."""
        self._add(frames, synced=True)

    def _add(self, frames: Sequence[CheckedFrame], synced: bool) -> None:
        entries: list[dict[str, Any]] = []
        if not self.has_header and self.job is not None:
            entries.append({"job": self.job})
        publish_files([(part, frame_path(self.folder, frame)) for part, frame, *_ in frames], synced)
        for _, frame, pixels, file in frames:
            self.pixel_hashes[frame], self.checksums[frame] = pixels, file
            self.new_frames.add(frame)
            entries.append({"frame": frame, "pixels": pixels, "file": file})
        self._append(entries)
        self.has_header = self.has_header or self.job is not None

    def delete_all(self) -> None:
        """Delete the recorded frames and the folder's manifests."""
        for frame in self.pixel_hashes:
            frame_path(self.folder, frame).unlink(missing_ok=True)
        for path in self.folder.glob(MANIFEST_PATTERN):
            path.unlink(missing_ok=True)

    def is_done(self, frame: int) -> bool:
        """Return True if a frame is recorded, and its file is unchanged or still has the same pixels."""
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
        """Append lines to the manifest's file and sync it. Raises OutputError."""
        texts = [json.dumps(entry, sort_keys=True) for entry in entries]
        lines = "".join(f"{checksum(text.encode())} {text}\n" for text in texts)
        try:
            with self.path.open("ab") as file:
                # a line truncated by a crash or a full disk must not swallow this one
                start = "\n" if file.tell() and not (self.ends_with_newline or self._file_ends_with_newline()) else ""
                self.ends_with_newline = False
                file.write(f"{start}{lines}".encode())
                file.flush()
                os.fsync(file.fileno())
            self.ends_with_newline = True
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written: {error.strerror}. Free the disk and run again"
            ) from None

    def _file_ends_with_newline(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _parse_entry(text: bytes) -> dict[str, Any] | None:
    """Return the entry of a line, None if it is not one that we write."""
    try:
        entry = json.loads(text.decode())
    except (RecursionError, ValueError):  # nested too deep; not JSON, or a number with more digits than Python parses
        return None
    return entry if _is_valid_entry(entry) else None


def _is_valid_entry(entry: Any) -> bool:
    """Return True for the entry of a job, or of a frame with its hash and checksum."""
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
