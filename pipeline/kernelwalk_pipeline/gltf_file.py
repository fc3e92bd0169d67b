# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in glTF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kernelwalk.core import make_plan
from kernelwalk.core.gltf.walk_document import find_obstacle, make_glb

from .atomic import write_file
from .source import Source, refuse_obstacle
from .word_meshes import triangulate_text


def check_glb(source: Source) -> None:
    """Raise UsageError if a spec is too large for a .glb, by its estimate, or has a layer beside its own."""
    refuse_obstacle(source.name, find_obstacle(source.spec))


def write_glb(source: Source, out: Path, glides: bool, pack: Callable[[bytes], bytes] = bytes) -> None:
    """Write a spec, which check_glb lets pass, as .glb. Raises OutputError, and UsageError if it is too large.

    glides: as of make_glb
    pack:   takes the file's bytes, and returns those that are written
    """
    data = make_glb(make_plan(source.spec), source.name, triangulate_text, glides)
    refuse_obstacle(source.name, find_obstacle(source.spec, len(data)))
    write_file(pack(data), out)
