# SPDX-License-Identifier: GPL-3.0-or-later
"""The spec that a scene was built from, stored in the root collection of the build.

The scene stays meaningful after the panel's settings have changed, or when the file comes from somewhere else.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import bpy

from ...core.describe.tile_query import describe_walk_step
from ...core.spec.parse import spec_from_table
from ...core.spec.renamed_keys import upgrade_table
from ...core.spec.spec import Spec
from ...core.spec.walk_section import Walk
from ...core.values.compute import compute_values
from ...core.values.sum_text import SumWriter
from .active_walk import get_active_number
from .ownership import (
    SETTINGS_KEY,
    TAG,
    find_root_collections,
    get_built_objects,
    get_record,
    store_built_objects,
)

SPEC_KEY = f"{TAG}_spec"

WALK_KEYS = ("layer", "layers", "walk", "show", "values", "compare", "beside")
"""Sections that a walk needs."""

MAX_TERMS = 9
"""Terms of a sum that are written: all of a kernel of 3 × 3."""

SAMPLED_STEPS = 60
"""Steps whose texts are compared to find the room that the texts of all steps need."""


@dataclass(frozen=True)
class BuiltWalk:
    """The layers in a scene and their walk. Its spec has no look: only what a walk needs was read."""

    spec: Spec

    @property
    def step_count(self) -> int:
        return self.spec.step_count

    @property
    def walk(self) -> Walk:
        return self.spec.walk

    @cached_property
    def beside(self) -> BuiltWalk | None:
        """The walk of the compared layer, where it is drawn beside this one."""
        return BuiltWalk(self.spec.turn_comparison()) if self.spec.beats is not None else None

    @cached_property
    def _sum_writer(self) -> SumWriter | None:
        values = compute_values(self.spec)
        return None if values is None else SumWriter(self.spec, values, MAX_TERMS)

    def write_sum(self, step: int) -> str:
        """Return what a step computes, in numbers; empty without values."""
        return "" if self._sum_writer is None else self._sum_writer.write(step)

    def describe_step(self, step: int) -> str:
        """Return a sentence about a step."""
        return describe_walk_step(self.spec, step)

    @cached_property
    def longest_texts(self) -> tuple[str, str]:
        """The longest sentence and the longest sum of up to SAMPLED_STEPS steps, spread over the walk."""
        steps = {round(at * (self.step_count - 1) / SAMPLED_STEPS) for at in range(SAMPLED_STEPS + 1)}
        return max(map(self.describe_step, steps), key=len), max(map(self.write_sum, steps), key=len)


def store_spec(root: bpy.types.Collection, spec: Spec) -> None:
    """Store in a root collection the spec that it was built from."""
    root[SPEC_KEY] = _serialize(spec)


def is_built_from(scene: bpy.types.Scene, spec: Spec) -> bool:
    """Return whether the scene's active walk has one build, of exactly this spec."""
    return _get_stored_texts(scene) == [_serialize(spec)]


def note_settings(scene: bpy.types.Scene) -> None:
    """Note that the active walk was built from the panel's settings: in each scene that shows it."""
    number = get_active_number(scene)
    for root in find_root_collections(scene):
        if get_record(scene, number) is None:  # the walk was appended
            store_built_objects(root, get_built_objects(root))
        for record in (get_record(each, number) for each in bpy.data.scenes):
            if record is not None and record.get("root") == root:
                record[SETTINGS_KEY] = _find_checksum(root[SPEC_KEY])


def is_from_settings(scene: bpy.types.Scene) -> bool:
    """Return whether the active walk was built from the panel's settings in this scene, as they were then.

    A walk that was appended, or built by a script or the command line, was not.
    """
    record = get_record(scene, get_active_number(scene))
    noted = None if record is None else record.get(SETTINGS_KEY)
    return all(noted == _find_checksum(text) for text in _get_stored_texts(scene))


def get_stored_table(scene: bpy.types.Scene) -> dict[str, Any]:
    """Return the table of the spec that the scene's active walk was built from; empty where nothing is built."""
    texts = _get_stored_texts(scene)
    return _parse_table(texts[0]) if texts else {}


def get_built_walk(scene: bpy.types.Scene) -> BuiltWalk | None:
    """Return the layers and the walk that the scene's active walk was built from, or None where nothing is built."""
    texts = _get_stored_texts(scene)
    return _parse_walk(texts[0]) if texts else None


@lru_cache(maxsize=4)  # panels ask at each redraw, and values may be many numbers
def _serialize(spec: Spec) -> str:
    return json.dumps(spec.to_table(), sort_keys=True)


@lru_cache(maxsize=4)  # as above
def _find_checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _get_stored_texts(scene: bpy.types.Scene) -> list[str]:
    """Return the specs stored in the active walk's root collections, in the collections' order."""
    return [root[SPEC_KEY] for root in find_root_collections(scene) if root.get(SPEC_KEY)]


def _parse_table(text: str) -> dict[str, Any]:
    """Parse a stored spec, which an earlier version may have written."""
    return upgrade_table(json.loads(text))


@lru_cache(maxsize=16)
def _parse_walk(text: str) -> BuiltWalk:
    """Parse only the sections that a walk needs: the template may have been deleted since."""
    table = _parse_table(text)
    return BuiltWalk(spec_from_table({key: table[key] for key in WALK_KEYS if key in table}))
