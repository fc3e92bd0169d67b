# SPDX-License-Identifier: GPL-3.0-or-later
"""Compression of glTF by meshopt, which gltfpack does: the program of meshopt's author, from npm."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from .failures import UsageError

GLTFPACK = "gltfpack"

PACKING = ("-c", "-noq", "-af", "0", "-kn", "-km")
"""Options of gltfpack: compress, and keep numbers, keyframes, and the names of nodes and materials."""


def check_meshopt(glides: bool) -> None:
    """Raise UsageError if a file can't be compressed.

    glides: as of make_glb
    """
    if glides:
        raise UsageError("--meshopt and --pointer: gltfpack leaves out KHR_animation_pointer. Give one of the two")
    if shutil.which(GLTFPACK) is None:
        raise UsageError(f"--meshopt: the program {GLTFPACK} is not there. Install it: npm install --global {GLTFPACK}")


def compress(data: bytes) -> bytes:
    """Return a .glb with EXT_meshopt_compression. Raises UsageError if gltfpack fails."""
    program = shutil.which(GLTFPACK) or GLTFPACK
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "plain.glb", Path(folder) / "packed.glb"
        plain.write_bytes(data)
        ran = subprocess.run([program, *PACKING, "-i", plain, "-o", packed], capture_output=True, text=True)
        if ran.returncode or not packed.exists():
            said = (ran.stderr or ran.stdout).strip()
            raise UsageError(f"--meshopt: {program} ended with {ran.returncode}: {said}")
        return packed.read_bytes()
