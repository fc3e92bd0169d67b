# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's zip, built and validated by Blender's own tool, which the Python package bpy contains."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kernelwalk
from kernelwalk.core.spec import templates

from .failures import BlenderError, OutputError

TOOL_PATTERN = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
"""Blender's extension tool, relative to the package bpy."""


def build_addon_zip(folder: Path) -> Path:
    """Build the zip into `folder` and return its path. Raises BlenderError or OutputError."""
    tool = _find_tool()
    with tempfile.TemporaryDirectory() as scratch:
        staged, built = Path(scratch) / "kernelwalk", Path(scratch) / "built"
        _stage_addon(staged)
        built.mkdir()
        _run_tool(tool, "build", "--source-dir", str(staged), "--output-dir", str(built))
        (archive,) = built.glob("*.zip")
        _run_tool(tool, "validate", str(archive))
        try:
            return Path(shutil.copy(archive, folder))
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written: {error.strerror}. Choose another folder") from None


def _stage_addon(folder: Path) -> None:
    """Copy the zip's contents into `folder`: the add-on, with the templates inside."""
    shutil.copytree(Path(kernelwalk.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "py.typed"))
    inside = folder / "templates"
    inside.mkdir(exist_ok=True)
    for name in templates.list_templates():
        blend = templates.find_blend_file(name)
        for path in (blend, blend.with_suffix(".toml")):
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
