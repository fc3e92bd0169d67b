# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks before frames are written: the folder belongs to the same job, and the disk has room."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..failures import OutputError, UsageError
from ..frames.manifest import Manifest, describe_job, format_ranges, has_manifest, part_name
from ..outputs import min_free_bytes
from ..source import Source
from ..worker.device_choice import foresee_device

SPEC_DETAILS = ("engine", "samples", "noise", "seed", "resolution", "frames")
"""Keys of a job that follow from the spec."""


def open_manifest(
    source: Source, wanted: list[int], folder: Path, restart: bool = False, only: list[int] | None = None
) -> Manifest:
    """Return the manifest of a folder.

    wanted:  all frames that the folder is to hold
    restart: earlier frames will be overwritten
    only:    the frames that this run renders, None for all
    Raises Failure if the folder belongs to another job.
    """
    refuse_foreign_frames(folder, restart)
    manifest = Manifest(folder, source.spec.render.resolution, format_ranges(wanted), part_name(only) if only else "")
    if restart:
        manifest.pixel_hashes.clear()
    elif manifest.job is not None:
        blender, device = (str(manifest.job.get(key, "")) for key in ("blender", "device"))
        device = foresee_device(source.spec.render, device)
        _refuse_other_job(manifest, describe_job(source.spec, blender, manifest.wanted, device))
    return manifest


def refuse_foreign_frames(folder: Path, restart: bool) -> None:
    """Raise OutputError if a folder has frames but no manifest: they are not ours to overwrite."""
    if not restart and not has_manifest(folder) and any(folder.glob("frame_*.png")):
        raise OutputError(
            f"{folder}: has frames that this command did not make. Choose another output, or use --restart"
        )


def start_or_check_job(source: Source, version: str, device: str, manifest: Manifest, restart: bool) -> None:
    """Start the manifest's job for a version of Blender and a device; raise UsageError if it was started for others."""
    job = describe_job(source.spec, version, manifest.wanted, device)
    if manifest.job is None or (restart and not manifest.is_new):
        manifest.start(job)
    _refuse_other_job(manifest, job)


def _refuse_other_job(manifest: Manifest, job: dict[str, str]) -> None:
    """Raise UsageError that names the differences if the manifest's job is not `job`."""
    existing = [{} if manifest.job is None else manifest.job, *manifest.other_jobs]
    changed = [key for key, value in job.items() if any(other.get(key) != value for other in existing)]
    if "spec" in changed:
        changed = [key for key in changed if key not in SPEC_DETAILS]
    if changed == ["device"]:
        devices = {str(other.get("device", "an unknown device")) for other in (job, *existing)}
        raise UsageError(
            f"{manifest.folder}: it would hold frames of {' and of '.join(sorted(devices))}, whose pixels differ a "
            "little. Use the --device that it was begun with, or --restart to render everything again, or choose "
            "another output"
        )
    if changed:
        differences = " and ".join("version of Kernelwalk" if key == "kernelwalk" else key for key in changed)
        raise UsageError(
            f"{manifest.folder}: was begun with another {differences}. Use --restart to render everything again, or "
            "choose another output"
        )


def check_disk(source: Source, frames: int, folder: Path) -> None:
    """Raise OutputError if the disk has no room for so many frames."""
    needed, free = min_free_bytes(frames, source.spec.render.resolution), shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"{folder}: {frames} pictures need at least {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free. "
            "Free the disk, or choose another output"
        )
