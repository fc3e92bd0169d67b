# SPDX-License-Identifier: GPL-3.0-or-later
"""The peer of a speed comparison: a plan's film drawn with Manim Community: python manim_peer.py PLAN.json OUT.mp4

Runs in an environment of Manim's own; peer_plan.py, which writes PLAN.json, names the version. Where there is no wheel
of pycairo it takes a compiler, pkg-config and the headers of Cairo and Pango (libcairo2-dev, libpango1.0-dev).

Three ways, all with Cairo, which is Manim's default, and without its cache of partial films:
  wait:   a Polygon per tile. For each step the changed tiles are recoloured, the lines are moved, and the scene waits
          for a frame. This is how one writes it first; but Manim goes through all mobjects anew for each wait, and
          encodes a film for each, which are joined in the end
  tiles:  a Polygon per tile. The walk is a single animation that touches, on each frame, only what changes
  layers: a single animation too, of few mobjects: the tiles of a layer at rest are one for each colour, and those that
          are lit are one for each colour, over them. What lies below the first that changes Manim draws only once
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
"""Of the picture in Manim's units, its own default."""

STROKE = 100
"""The stroke width of a line that is one unit wide: the inverse of Camera.cairo_line_width_multiple."""

ENCODERS = 4
"""Partial films encoded at a time, where there are several: what Manim's configuration calls a good value."""

Floats = NDArray[np.float64]


class Picture:
    """The lines, and where the points of a plan lie for Manim."""

    def __init__(self, plan: dict[str, Any]):
        self.frame = np.array([HEIGHT * plan["size"][0] / plan["size"][1], HEIGHT])
        self.steps, self.colors, self.below = plan["frames"], plan["colors"], plan["below"]
        self.quads = self.places(plan["quads"])
        self.ends = self.places([step["lines"] for step in self.steps])
        line = plan["line"]
        width = line["width"] * self.frame[0] * STROKE
        self.lines = [Line(*ends, color=line["color"], stroke_width=width) for ends in self.ends[0]]

    def places(self, points: Any) -> Floats:
        """Shape (..., 3): shares of the picture (..., 2) in Manim's units."""
        found = np.zeros((*np.shape(points)[:-1], 3))
        found[..., :2] = (np.array(points) - 0.5) * self.frame
        return found

    def mobjects(self) -> tuple[list[Mobject], Mobject]:
        """All in the order in which they are drawn, and the first of them that ever changes."""
        raise NotImplementedError

    def show(self, step: int) -> None:
        """Change what is different from the step before."""
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
    """In each layer a mobject for each colour: of all tiles at rest, and over these of those that are lit."""

    def __init__(self, plan: dict[str, Any]):
        super().__init__(plan)
        palette = sorted({color for step in self.steps for _, color in step["tiles"]})
        layers = range(self.below), range(self.below, len(self.colors))
        idle = [by_color((tile, self.colors[tile]) for tile in layer) for layer in layers]
        self.rest = [[self.filled(color, tiles) for color, tiles in found.items()] for found in idle]
        self.lit = [{color: self.filled(color, []) for color in palette} for _ in layers]
        self.shown: list[dict[int, str]] = [{} for _ in layers]  # the lit tiles' colours

    def mobjects(self) -> tuple[list[Mobject], Mobject]:
        below, above = ([*rest, *lit.values()] for rest, lit in zip(self.rest, self.lit, strict=True))
        return [*below, *self.lines, *above], next(iter(self.lit[0].values()))

    def show(self, step: int) -> None:
        for tile, color in self.steps[step]["tiles"]:
            lit = self.shown[tile >= self.below]
            lit[tile] = color
            if color == self.colors[tile]:
                del lit[tile]
        for mobjects, shown in zip(self.lit, self.shown, strict=True):
            tiles = by_color(sorted(shown.items()))
            for color, mobject in mobjects.items():
                mobject.set_points(self.outlines(tiles.get(color, [])))
        super().show(step)

    def filled(self, color: str, tiles: list[int]) -> VMobject:
        return VMobject(stroke_width=0, fill_color=color, fill_opacity=1).set_points(self.outlines(tiles))

    def outlines(self, tiles: list[int]) -> Floats:
        """Shape (16 per tile, 3): Bézier curves around tiles, straight since their points lie at the thirds."""
        begin = self.quads[tiles]
        end = np.roll(begin, -1, axis=1)
        share = np.linspace(0, 1, 4)[:, None]
        return (begin[:, :, None] * (1 - share) + end[:, :, None] * share).reshape(-1, 3)


class Walk(Animation):
    """Every step of a picture, a frame each. `first` is the first mobject that changes: what is drawn after it Manim
    takes to change too, and all of it need not be copied, as it would be for an animation of a group."""

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
    parser.add_argument("--way", choices=("wait", "tiles", "layers"), default="layers", help="see above (layers)")
    parser.add_argument("--steps", type=int, help="only so many, from the first (all)")
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
