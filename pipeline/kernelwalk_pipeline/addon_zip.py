# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's zip, built and validated by Blender's own tool, which the Python package bpy contains.

The same files give the same bytes: order, rights and times do not depend on the checkout. The times are that of the
environment's SOURCE_DATE_EPOCH (reproducible-builds.org), or else the earliest that a zip can hold.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import kernelwalk
from kernelwalk.core.spec import templates

from .failures import BlenderError, OutputError, UsageError
from .paths import describe_os_error

TOOL_PATTERN = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
"""Blender's extension tool, relative to the package bpy."""

EARLIEST_TIME = 315_532_800
"""Seconds from 1970 to 1980, where the times of a zip begin."""


def build_addon_zip(folder: Path) -> Path:
    """Build the zip into `folder` and return its path. Raises UsageError, BlenderError or OutputError."""
    tool = _find_tool()
    date = _read_date()
    with tempfile.TemporaryDirectory() as scratch:
        staged, built = Path(scratch) / "kernelwalk", Path(scratch) / "built"
        _stage_addon(staged)
        built.mkdir()
        _run_tool(tool, "build", "--source-dir", str(staged), "--output-dir", str(built))
        (as_built,) = built.glob("*.zip")
        archive = Path(scratch) / as_built.name
        _copy_in_order(as_built, archive, date)
        _run_tool(tool, "validate", str(archive))
        try:
            return Path(shutil.copy(archive, folder))
        except OSError as error:
            raise OutputError(
                f"{folder}: cannot be written: {describe_os_error(error)}. Choose another folder"
            ) from None


def _read_date() -> tuple[int, int, int, int, int, int]:
    """Return the time of the zip's files, UTC. Raises UsageError."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise UsageError(f"SOURCE_DATE_EPOCH={text[:40]}: is no time. Give seconds since 1970, or unset it")
    return time.gmtime(max(int(text), EARLIEST_TIME))[:6]


def _copy_in_order(archive: Path, target: Path, date: tuple[int, int, int, int, int, int]) -> None:
    """Copy a zip's files to another, sorted by name, with equal rights and times."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as copy:
        for name in sorted(name for name in source.namelist() if not name.endswith("/")):
            entry = zipfile.ZipInfo(name, date)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16  # 3: as Unix writes it
            copy.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED, 9)


def _stage_addon(folder: Path) -> None:
    """Copy the zip's contents into `folder`: the add-on, with the templates inside."""
    shutil.copytree(Path(kernelwalk.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "py.typed"))
    inside = folder / "templates"
    inside.mkdir(exist_ok=True)
    for name in templates.list_templates():
        blend = templates.find_blend_file(name)
        for path in (blend, blend.with_suffix(".toml"), blend.with_suffix(".png")):
            if path.is_file() and not (inside / path.name).exists():
                shutil.copy(path, inside)


def _find_tool() -> Path:
    """Return the path of Blender's extension tool. Raises BlenderError."""
    spec = importlib.util.find_spec("bpy")
    if spec is not None and spec.origin is not None:
        for tool in Path(spec.origin).parent.glob(TOOL_PATTERN):
            return tool
    raise BlenderError("Packaging needs a tool of the Python package bpy: use Python 3.11 or 3.13")


def _run_tool(tool: Path, *arguments: str) -> None:
    """Run a command of the tool. Raises BlenderError with its output."""
    ran = subprocess.run([sys.executable, str(tool), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BlenderError(
            f"Blender's tool cannot {arguments[0]} the add-on: {ran.stdout.strip()} {ran.stderr.strip()}"
        )
