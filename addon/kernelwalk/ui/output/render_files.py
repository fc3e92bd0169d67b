# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a render: their names and folder, and a film that has its name only once it is whole."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.layers.registry import LAYERS
from ...scene.builds import built_spec
from ...scene.builds.active_walk import acting_on, get_active_number
from ...scene.steps import step_navigation
from ..fields.walk_settings import active_settings, list_settings, name_walk
from ..files.spec_files import safe_file_name


def output_path(scene: bpy.types.Scene, animation: bool) -> Path:
    """Return the path of the picture, of the film, or of the folder of pictures. The walk must be generated."""
    walk, name = active_settings(scene), _output_name(scene)
    props = walk.output
    if name in [other for number, other in _list_output_names(scene) if number != get_active_number(scene)]:
        name = f"{name} ({safe_file_name(name_walk(walk))})"
    elif name in [other for each in bpy.data.scenes if each != scene for _, other in _list_output_names(each)]:
        name = f"{name} ({safe_file_name(scene.name)})"
    if not animation:
        return resolve_folder(props.folder) / f"{name} {step_navigation.get_current_step(scene) or 0}.png"
    return resolve_folder(props.folder) / (f"{name}.mp4" if props.film else name)


def _list_output_names(scene: bpy.types.Scene) -> list[tuple[int, str]]:
    """Return the number and the output name of each walk in a scene that is generated."""
    names = []
    for props in list_settings(scene):
        with acting_on(scene, props.number):
            names.append((props.number, _output_name(scene)))
    return [named for named in names if named[1]]


def _output_name(scene: bpy.types.Scene) -> str:
    """Return the title of the generated walk's spec as a file name, or else the name of its operation."""
    table = built_spec.get_stored_table(scene)
    return safe_file_name(table.get("title", "")) or (LAYERS[table["layer"]["op"]].display_name if table else "")


def resolve_folder(text: str) -> Path:
    """Return the folder that a user has typed. A relative one is beside the .blend file, as is one that begins //."""
    return Path(bpy.path.abspath(text if is_absolute(text) else f"//{text}")).expanduser()


def is_absolute(text: str) -> bool:
    """Return False for a folder that is one beside the .blend file, as long as it does not begin //."""
    return text.startswith(("//", "~")) or Path(text).is_absolute()


def make_partial_path(film: Path) -> Path:
    """Return the hidden name that a film has while it is rendered."""
    return film.with_name(f".{film.stem}.partial{film.suffix}")


def is_whole_film(path: Path) -> bool:
    """Return True if an MP4 film has its index, which is written last, and nothing of it is cut off (ISO 14496-12)."""
    if not path.is_file():
        return False
    size, place, boxes = path.stat().st_size, 0, set()
    with path.open("rb") as film:
        while place < size:
            film.seek(place)
            header = film.read(16)
            length = int.from_bytes(header[:4], "big")
            if length == 1:  # the length of a large box follows its name
                length = int.from_bytes(header[8:], "big")
            if length < 8:
                return False
            boxes.add(header[4:8])
            place += length
    return place == size and b"moov" in boxes
