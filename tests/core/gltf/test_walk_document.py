# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks as glTF, played by a reader of its own: what has a size at each step is what the plan shows."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, load_preset, make_plan, spec_from_table
from kernelwalk.core.arrays import Floats, Integers
from kernelwalk.core.font_metrics import Font
from kernelwalk.core.gltf.walk_document import FORM, find_obstacle, make_glb
from kernelwalk.core.plan.file_sizes import estimate_size
from kernelwalk.core.plan.tile_moments import SMALLEST_OPACITY, list_moments

COMPONENTS = {5126: "<f4", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4"}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}


def make_words(font: Font, text: str) -> tuple[Floats, Integers]:
    """Return a triangle as long as a text."""
    return np.array([[0.0, 0.0], [font.width(text) or 0.1, 0.0], [0.0, 1.0]]), np.array([[0, 1, 2]])


class Player:
    """Reads a .glb, and plays it by steps."""

    def __init__(self, data: bytes):
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size = struct.unpack_from("<I", data, 12)[0]
        self.document: dict[str, Any] = json.loads(data[20 : 20 + size])
        self.buffer = data[28 + size :]
        self.nodes = self.document["nodes"]
        animation = self.document["animations"][0]
        self.interpolations = {each.get("interpolation", "LINEAR") for each in animation["samplers"]}
        self.tracks: dict[tuple[Any, str], tuple[np.ndarray, np.ndarray]] = {}
        for channel in animation["channels"]:
            sampler, target = animation["samplers"][channel["sampler"]], channel["target"]
            pointer = target.get("extensions", {}).get("KHR_animation_pointer", {}).get("pointer")
            self.tracks[pointer or target["node"], target["path"]] = (
                self.read(sampler["input"])[:, 0],
                self.read(sampler["output"]),
            )

    def read(self, number: int) -> np.ndarray:
        accessor = self.document["accessors"][number]
        view = self.document["bufferViews"][accessor["bufferView"]]
        kind = COMPONENTS[accessor["componentType"]]
        width = WIDTHS[accessor["type"]]
        start = view["byteOffset"] + accessor.get("byteOffset", 0)
        values = np.frombuffer(self.buffer, kind, accessor["count"] * width, start).reshape(-1, width)
        return values / np.iinfo(kind).max if accessor.get("normalized") else values

    def sample(self, target: Any, path: str, seconds: float, default: Any) -> np.ndarray:
        if (target, path) not in self.tracks:
            return np.array(default)
        times, values = self.tracks[target, path]
        return values[max(int(np.searchsorted(times, seconds + 1e-4, side="right")) - 1, 0)]

    def find_color(self, node: dict[str, Any], seconds: float) -> np.ndarray:
        """Return the linear RGB and opacity of a part."""
        material = self.document["meshes"][node["mesh"]]["primitives"][0]["material"]
        surface = self.document["materials"][material]["pbrMetallicRoughness"]["baseColorFactor"]
        return self.sample(f"/materials/{material}/pbrMetallicRoughness/baseColorFactor", "pointer", seconds, surface)

    def list_parts(self, group: int, name: str, seconds: float, start: Any = 0) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the places and the colors, with opacities, of the parts of a name in a group that have a size."""
        if self.sample(group, "scale", seconds, (1, 1, 1))[0] == 0:
            return []
        start = start + self.sample(group, "translation", seconds, self.nodes[group].get("translation", (0, 0, 0)))
        found = []
        for number in self.nodes[group].get("children", ()):
            node = self.nodes[number]
            if "mesh" not in node:
                found += self.list_parts(number, name, seconds, start)
            elif node["name"].startswith(name) and self.sample(number, "scale", seconds, (1, 1, 1))[0] > 0:
                color = self.find_color(node, seconds)
                found += [(start + place, color) for place in self.list_places(number, seconds)]
        return found

    def list_places(self, number: int, seconds: float) -> list[np.ndarray]:
        """Return the places of a part, or of all that one node stands for."""
        node = self.nodes[number]
        if instances := node.get("extensions", {}).get("EXT_mesh_gpu_instancing"):
            return list(self.read(instances["attributes"]["TRANSLATION"]) * node["scale"])
        return [self.sample(number, "translation", seconds, node["translation"])]

    def list_tiles(self, name: str, seconds: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the places and the colors, with opacities, of the tiles of a grid that are seen."""
        (group,) = [number for number, node in enumerate(self.nodes) if node["name"] == name]
        tiles = self.list_parts(group, "Tile", seconds)
        for place, color in self.list_parts(group, "Glow", seconds):
            distances = [float(np.linalg.norm(place - own)) for own, _ in tiles]
            (own, idle), number = tiles[int(np.argmin(distances))], int(np.argmin(distances))
            assert color[3] == 0 or min(distances) < 0.01
            tiles[number] = own, np.append(color[3] * color[:3] + (1 - color[3]) * idle[:3], idle[3])
        return tiles


def check_tiles(plan: Plan, player: Player) -> None:
    look = plan.spec.look
    for step in range(plan.spec.step_count):
        frame = float(plan.spec.walk.start_frame(step))
        for moment in list_moments(plan, plan.state_at(frame), frame):
            seen = np.flatnonzero(moment.opacities > SMALLEST_OPACITY)
            tiles = player.list_tiles(moment.grid.name, (frame - plan.frames.start) / float(plan.spec.walk.fps))
            tiles = [tile for tile in tiles if tile[1][3] > SMALLEST_OPACITY]
            assert len(tiles) == len(seen)
            places = np.array([place for place, _ in tiles])
            distances = np.linalg.norm(places[:, None] - moment.centers[seen], axis=2)
            nearest = seen[distances.argmin(axis=1)]
            assert len(set(nearest.tolist())) == len(seen)
            assert distances.min(axis=1).max() < 1e-3
            colors = look.to_linear_rgb(moment.colors[nearest])
            np.testing.assert_allclose([color[:3] for _, color in tiles], colors, atol=1e-3)


@pytest.mark.parametrize("glides", [False, True], ids=["steps", "gliding"])
@pytest.mark.parametrize("preset", ["padding_strides", "max_pool_values"])
def test_tiles_stand_where_the_plan_has_them_and_have_its_colors(preset, glides):
    plan = make_plan(load_preset(preset))
    player = Player(make_glb(plan, preset, make_words, glides))
    assert player.interpolations == ({"LINEAR", "STEP"} if glides else {"STEP"})
    assert glides or {path for _, path in player.tracks} <= {"translation", "rotation", "scale"}
    end = max(times[-1] for times, _ in player.tracks.values())
    assert end == pytest.approx(len(plan.frames) / float(plan.spec.walk.fps))
    check_tiles(plan, player)


@pytest.mark.parametrize("template", ["dark", "studio"])
def test_other_looks_are_those_of_the_plan_and_light_falls_where_they_have_some(template):
    table = {"layer": {"op": "conv", "input": 4, "kernel": 2}, "labels": {"title": False, "names": False}}
    plan = make_plan(spec_from_table({**table, "look": {"template": template, "outline": 0.05, "opacity": 0.5}}))
    player = Player(make_glb(plan, "a", make_words))
    check_tiles(plan, player)
    lit = [each for each in player.document["materials"] if "extensions" not in each]
    assert bool(lit) == (template == "studio")


def test_sizes_stay_below_their_limits_and_about_as_estimated_and_many_opaque_tiles_are_smaller_gliding():
    for cells, opacity, limit in ((9, 1, 300_000), (30, 1, 8_000_000), (18, 0.5, 8_000_000)):
        layer = {"op": "conv", "input": cells, "kernel": 3}
        spec = spec_from_table({"layer": layer, "labels": {"title": False}, "look": {"opacity": opacity}})
        size, gliding = (len(make_glb(make_plan(spec), "a", make_words, glides)) for glides in (False, True))
        assert max(size, gliding) < limit
        assert gliding < size or cells < 30  # most presets are smaller by their words; see test_gltf_in_browser.py
        without_words = estimate_size(spec, FORM) - FORM.words
        assert 0.5 < without_words / size < 3
        assert find_obstacle(spec) is None
    large = spec_from_table({"layer": {"op": "conv", "input": [210, 210], "kernel": 3}})
    assert "87,364 tiles and 43,264 steps would have about" in str(find_obstacle(large))


@pytest.mark.parametrize("stride", [1, 2])
def test_lines_are_moved_together_and_keep_keyframes_of_their_own_only_where_they_turn(stride):
    layer = {"op": "conv", "input": [3, 9], "kernel": 3, "stride": stride}
    plan = make_plan(spec_from_table({"layer": layer, "labels": {"title": False}}))
    player = Player(make_glb(plan, "a", make_words, glides=True))
    (group,) = [
        number for number, node in enumerate(player.nodes) if node["name"] == "Connectors" and "children" in node
    ]
    lines = player.nodes[group]["children"]
    assert len(player.tracks[group, "translation"][0]) == 2 * plan.spec.step_count - 2
    assert not any((line, "translation") in player.tracks for line in lines)
    assert all(((line, "rotation") in player.tracks) == (stride == 2) for line in lines)


def test_a_walk_that_goes_by_steps_is_the_same_file_when_it_is_to_glide():
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 2}, "walk": {"easing": "step"}}))
    assert make_glb(plan, "a", make_words) == make_glb(plan, "a", make_words, glides=True)
