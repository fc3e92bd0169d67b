# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan's film drawn with Manim Community, for a comparison of speed: python manim_peer.py PLAN.json OUT.mp4

Runs in an environment of Manim's own; peer_plan.py, which writes PLAN.json, names the version. Where pycairo has no
wheel, it needs a compiler, pkg-config and the headers of Cairo and Pango (libcairo2-dev, libpango1.0-dev).

Three ways, all with Cairo, which is Manim's default, and without its cache of partial films:
  wait:   a Polygon per tile. For each step the changed tiles get their new colors, the lines are moved, and the scene
          waits for a frame. This is how one writes it at first; but for each wait Manim goes through all mobjects, and
          encodes a film, and it joins these films at the end
  tiles:  a Polygon per tile. The walk is a single animation that touches, on each frame, only what changes
  layers: a single animation too, of few mobjects: one for each color of a grid's tiles in the base frame, and above
          them one for each color of its active tiles. Manim draws what lies below the first changing mobject only once
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from manim import Animation, Line, Mobject, Polygon, Scene, VMobject, linear, tempconfig
from numpy.typing import NDArray

HEIGHT = 8.0
"""Height of the picture in Manim's units: Manim's default."""

STROKE = 100
"""The stroke width of a line that is one unit wide: the inverse of Camera.cairo_line_width_multiple."""

ENCODERS = 4
"""Partial films encoded at a time, where there are several: the value that Manim's configuration recommends."""

Floats = NDArray[np.float64]


class Picture:
    """The lines, and the points of a plan in Manim's units."""

    def __init__(self, plan: dict[str, Any]):
        self.frame = np.array([HEIGHT * plan["size"][0] / plan["size"][1], HEIGHT])
        self.steps, self.colors, self.below = plan["frames"], plan["colors"], plan["below"]
        self.quads = self.to_units(plan["quads"])
        self.ends = self.to_units([step["lines"] for step in self.steps])
        line = plan["line"]
        width = line["width"] * self.frame[0] * STROKE
        self.lines = [Line(*ends, color=line["color"], stroke_width=width) for ends in self.ends[0]]

    def to_units(self, points: Any) -> Floats:
        """Return points, given as shares of the picture (..., 2), in Manim's units, shape (..., 3)."""
        found = np.zeros((*np.shape(points)[:-1], 3))
        found[..., :2] = (np.array(points) - 0.5) * self.frame
        return found

    def mobjects(self) -> tuple[list[Mobject], Mobject]:
        """Return all mobjects in drawing order, and the first of them that ever changes."""
        raise NotImplementedError

    def show(self, step: int) -> None:
        """Change what differs from the step before."""
        for line, ends in zip(self.lines, self.ends[step], strict=True):
            line.put_start_and_end_on(*ends)


class Tiles(Picture):
    """A mobject for each tile."""

    def __init__(self, plan: dict[str, Any]):
        super().__init__(plan)
        self.tiles = [
            Polygon(*quad, stroke_width=0, fill_color=color, fill_opacity=1)
            for quad, color in zip(self.quads, self.colors, strict=True)
        ]

    def mobjects(self) -> tuple[list[Mobject], Mobject]:
        return [*self.tiles[: self.below], *self.lines, *self.tiles[self.below :]], self.tiles[0]

    def show(self, step: int) -> None:
        for index, color in self.steps[step]["tiles"]:
            self.tiles[index].set_fill(color)
        super().show(step)


class Layers(Picture):
    """In each grid a mobject for each color of the tiles in the base frame, and above these of the active tiles."""

    def __init__(self, plan: dict[str, Any]):
        super().__init__(plan)
        palette = sorted({color for step in self.steps for _, color in step["tiles"]})
        grids = range(self.below), range(self.below, len(self.colors))
        idle = [by_color((tile, self.colors[tile]) for tile in grid) for grid in grids]
        self.idle = [[self.filled(color, tiles) for color, tiles in found.items()] for found in idle]
        self.active = [{color: self.filled(color, []) for color in palette} for _ in grids]
        self.shown: list[dict[int, str]] = [{} for _ in grids]  # the active tiles' colors

    def mobjects(self) -> tuple[list[Mobject], Mobject]:
        below, above = ([*idle, *active.values()] for idle, active in zip(self.idle, self.active, strict=True))
        return [*below, *self.lines, *above], next(iter(self.active[0].values()))

    def show(self, step: int) -> None:
        for tile, color in self.steps[step]["tiles"]:
            active = self.shown[tile >= self.below]
            active[tile] = color
            if color == self.colors[tile]:
                del active[tile]
        for mobjects, shown in zip(self.active, self.shown, strict=True):
            tiles = by_color(sorted(shown.items()))
            for color, mobject in mobjects.items():
                mobject.set_points(self.outlines(tiles.get(color, [])))
        super().show(step)

    def filled(self, color: str, tiles: list[int]) -> VMobject:
        return VMobject(stroke_width=0, fill_color=color, fill_opacity=1).set_points(self.outlines(tiles))

    def outlines(self, tiles: list[int]) -> Floats:
        """Return Bézier curves around tiles, shape (16 per tile, 3): straight, with control points at the thirds."""
        begin = self.quads[tiles]
        end = np.roll(begin, -1, axis=1)
        share = np.linspace(0, 1, 4)[:, None]
        return (begin[:, :, None] * (1 - share) + end[:, :, None] * share).reshape(-1, 3)


class Walk(Animation):
    """All steps of a picture, a frame each. `first` is the first mobject that changes: Manim assumes that all later
    ones change too. Unlike an animation of a group, this copies none of them."""

    def __init__(self, picture: Picture, first: Mobject, steps: int, fps: int):
        # half a frame less, so that no rounding adds one
        super().__init__(first, run_time=(steps - 0.5) / fps, rate_func=linear)
        self.picture, self.fps = picture, fps

    def interpolate_mobject(self, alpha: float) -> None:
        self.picture.show(round(alpha * self.run_time * self.fps))

    def finish(self) -> None:
        """Stay at the last step."""


class Film(Scene):
    """A plan's film, in one of the three ways."""

    def __init__(self, plan: dict[str, Any], way: str):
        super().__init__()
        self.plan, self.way = plan, way

    def construct(self) -> None:
        picture = Layers(self.plan) if self.way == "layers" else Tiles(self.plan)
        mobjects, first = picture.mobjects()
        self.add(*mobjects)
        steps, fps = len(picture.steps), self.plan["fps"]
        if self.way != "wait":
            self.play(Walk(picture, first, steps, fps))
            return
        for step in range(steps):
            picture.show(step)
            self.wait(1 / fps)


def by_color(tiles: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for tile, color in tiles:
        found[color].append(tile)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--way", choices=("wait", "tiles", "layers"), default="layers", help="how to draw: see the module (layers)"
    )
    parser.add_argument("--steps", type=int, help="number of steps, from the first (all)")
    arguments = parser.parse_args()
    plan = json.loads(arguments.plan.read_text("utf-8"))
    plan["frames"] = plan["frames"][: arguments.steps]
    width, height = plan["size"]
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "pixel_width": width,
            "pixel_height": height,
            "frame_width": HEIGHT * width / height,
            "frame_height": HEIGHT,
            "frame_rate": plan["fps"],
            "background_color": plan["background"],
            "disable_caching": True,
            "max_inflight_encoders": ENCODERS,
            "format": "mp4",
            "media_dir": folder,
            "verbosity": "WARNING",
            "progress_bar": "none",
        }
        with tempconfig(settings):
            film = Film(plan, arguments.way)
            film.render()
            shutil.move(film.renderer.file_writer.movie_file_path, arguments.out)


if __name__ == "__main__":
    main()
