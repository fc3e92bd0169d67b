# SPDX-License-Identifier: GPL-3.0-or-later
"""The spec: what a user asks for, read from TOML, a table or a preset, with all that is wrong told at once."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import templates, written
from .check import Automatic, Check, Choice, Color, Number, Pixels, Refused, Switch, Text, Whole
from .easing import EASINGS
from .errors import Problem, SpecError, shown
from .layers import LAYERS, Layer
from .look import Camera, Colors, Look
from .toml import load_table, parse_table
from .walk import ORDERS, Walk

MOST_TILES = 2_000_000
MOST_TILE_OBJECTS = 20_000
MOST_PAIRS = 10_000_000
"""Pairs of an output and a tap along one axis: each is an entry of a table (Axis.sources)."""
LAST_FRAME = 1_048_574
"""Blender's own last frame."""


@dataclass(frozen=True)
class Render:
    """How the pictures are made.

    resolution: width and height in pixels
    samples:    per pixel
    engine:     "cycles" or "eevee"
    transparent: whether the background is left out; shadows stay, in Cycles
    """

    resolution: tuple[int, int] = (1280, 720)
    samples: int = 16
    engine: str = "cycles"
    transparent: bool = False


@dataclass(frozen=True)
class Spec:
    """All that a film is made from. `from_table` makes one from the little that a user writes."""

    layer: Layer
    title: str
    walk: Walk
    look: Look
    camera: Camera
    render: Render

    @property
    def name(self) -> str:
        """What the scene is called: the title, or else the operation."""
        return self.title or self.layer.label

    def table(self) -> dict[str, Any]:
        """The spec with every default written out, as plain values: from_table(spec.table()) is the spec again."""
        return {
            "title": self.title,
            "layer": {"op": self.layer.op, **self.layer.table()},
            "walk": _plain(dataclasses.asdict(self.walk)),
            "look": _plain(dataclasses.asdict(self.look)),
            "camera": _plain(dataclasses.asdict(self.camera)),
            "render": _plain(dataclasses.asdict(self.render)),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return "auto" if value is None else value


TITLE = Text(longest=120)

WALK: dict[str, Check] = {
    "order": Choice(ORDERS),
    "frames_per_step": Whole(1, 100_000),
    "hold": Automatic(Whole(1, 100_000)),
    "easing": Choice(tuple(EASINGS)),
    "fps": Whole(1, 240),
    "lead_in": Whole(0, 100_000),
    "lead_out": Whole(0, 100_000),
}
LOOK: dict[str, Check] = {
    "template": Text(longest=1000),
    "tiles": Choice(("layer", "objects")),
    "tile_size": Number(0.1, 1.0),
    "thickness": Number(0.0, 1.0),
    "rounding": Number(0.0, 0.5),
    "bevel": Number(0.0, 1.0),
    "gap": Automatic(Number(0.0, 10_000.0)),
    "opacity": Number(0.0, 1.0),
    "outline": Number(0.0, 0.4),
    "line_width": Automatic(Number(0.001, 1.0)),
    "shadows": Switch(),
    "first_row": Choice(("far", "near")),
}
COLORS: dict[str, Check] = {item.name: Color() for item in dataclasses.fields(Colors)}
CAMERA: dict[str, Check] = {
    "azimuth": Number(-180.0, 180.0),
    "elevation": Number(5.0, 90.0),
    "margin": Number(0.0, 0.4),
}
RENDER: dict[str, Check] = {
    "resolution": Pixels(16, 16_384),
    "samples": Whole(1, 65_536),
    "engine": Choice(("cycles", "eevee")),
    "transparent": Switch(),
}
MOST_STRANGE = 20
"""Unknown keys of a table that are complained of one by one."""

NEEDED = ("input", "kernel", "scale")
"""The keys that a layer cannot do without, where it has them."""

SECTIONS = ("layer", "walk", "look", "camera", "render")


class _Table:
    """A table of the file while it is read."""

    def __init__(self, where: str, value: Any, problems: list[Problem]):
        self.where, self.problems = where, problems
        if not isinstance(value, Mapping):
            problems.append(Problem(where, f"{shown(value)} is not a table", f"Write a section [{where}]"))
            value = {}
        self.values: Mapping[str, Any] = value

    def complain(self, key: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(f"{self.where}.{_key(key)}" if self.where else _key(key), what, remedy))

    def known(self, keys: tuple[str, ...]) -> None:
        """Complain of every other key; of very many, of the first."""
        strange = [key for key in self.values if key not in keys]
        for key in strange[:MOST_STRANGE]:
            near = difflib.get_close_matches(str(key)[:40], keys, 1)
            remedy = f"Did you mean {near[0]}?" if near else "Known here: " + ", ".join(keys)
            self.complain(key, "there is no such key", remedy)
        if len(strange) > MOST_STRANGE:
            what = f"there are {len(strange) - MOST_STRANGE:,} more keys that are not known"
            self.problems.append(Problem(self.where, what, "Is this a spec?"))

    def read(self, checks: Mapping[str, Check]) -> dict[str, Any]:
        """The values of the keys in `checks` that are there and right."""
        found = {}
        for key, check in checks.items():
            if key in self.values:
                try:
                    found[key] = check.read(self.values[key])
                except Refused as refused:
                    self.complain(key, refused.what, refused.remedy)
        return found

    def section(self, key: str) -> _Table:
        where = f"{self.where}.{key}" if self.where else key
        return _Table(where, self.values.get(key, {}), self.problems)


def _key(key: str) -> str:
    """A key as it would be written: in quotes where it is not a plain word."""
    return key if key.isidentifier() and len(key) <= 40 else shown(key, 40)


def from_table(table: Mapping[str, Any]) -> Spec:
    """The spec of a table as TOML gives it. Raises SpecError with every problem."""
    problems: list[Problem] = []
    top = _Table("", table, problems)
    top.known(("title", *SECTIONS, *(("input",) if isinstance(top.values.get("layer"), str) else ())))
    title = top.read({"title": TITLE}).get("title", "")
    layer = _layer(top)
    walk = _walk(top.section("walk"))
    look, camera = _look(top)
    render_table = top.section("render")
    render_table.known(tuple(RENDER))
    render = Render(**render_table.read(RENDER))
    if layer is not None:
        problems.extend(_too_large(layer, walk, look))
    if problems or layer is None:
        raise SpecError(problems)
    return Spec(layer, title, walk, look, camera, render)


def _layer(top: _Table) -> Layer | None:
    if "layer" not in top.values:
        top.complain("layer", "the spec has no layer", "Write a section [layer] with op, input and kernel")
        return None
    if isinstance(top.values["layer"], str):  # a line of code, its input beside it
        beside = {"input": top.values["input"]} if "input" in top.values else {}
        table = _Table("layer", {"code": top.values["layer"], **beside}, top.problems)
    else:
        table = top.section("layer")
        if not isinstance(top.values["layer"], Mapping):
            return None
    try:
        coded = written.read(table.values["code"]) if "code" in table.values else {}
    except SpecError as error:
        table.problems.extend(error.problems)
        return None
    values = {**coded, **table.values}
    op = values.get("op")
    if not isinstance(op, str) or op not in LAYERS:
        what = "it is missing" if op is None else f"{shown(op)} is no operation"
        table.complain("op", what, "Write " + " or ".join(f'"{name}"' for name in LAYERS))
        return None
    kind = LAYERS[op]
    table.known(("op", "code", *kind.KEYS))
    given: dict[str, Any] = {key: None for key in NEEDED if key in kind.KEYS}
    given |= {key: value for key, value in values.items() if key in kind.KEYS}
    try:
        return kind(**given)
    except SpecError as error:
        table.problems.extend(_in_code(problem, coded.keys() - table.values.keys()) for problem in error.problems)
        return None


def _in_code(problem: Problem, coded: Set[str]) -> Problem:
    """The problem where it stands: with a key that the code says, in the code."""
    key = problem.where.removeprefix("layer.")
    if key.partition("[")[0] not in coded:
        return problem
    return Problem("layer.code", f"{key}: {problem.what}", problem.remedy)


def _walk(table: _Table) -> Walk:
    table.known(tuple(WALK))
    walk = Walk(**table.read(WALK))
    if walk.hold is not None and walk.hold > walk.frames_per_step:
        table.complain(
            "hold",
            f"{walk.hold} frames are more than the {walk.frames_per_step} of a step",
            "Hold for fewer frames, or raise walk.frames_per_step",
        )
    return walk


def _look(top: _Table) -> tuple[Look, Camera]:
    """The look and the camera: the default template's, overridden by the chosen one's, overridden by the spec's."""
    own = _Style(top)
    template = own.look.get("template", templates.DEFAULT)
    look: dict[str, Any] = {"template": template}
    colors: dict[str, Any] = {}
    camera: dict[str, Any] = {}
    for layer in [*_template_styles(template, top.problems), own]:
        look |= layer.look
        colors |= layer.colors
        camera |= layer.camera
    return Look(**look, colors=Colors(**colors)), Camera(**camera)


class _Style:
    """What a table says of look and camera."""

    def __init__(self, top: _Table):
        look, camera = top.section("look"), top.section("camera")
        colors = look.section("colors")
        look.known((*LOOK, "colors"))
        colors.known(tuple(COLORS))
        camera.known(tuple(CAMERA))
        self.look, self.colors, self.camera = look.read(LOOK), colors.read(COLORS), camera.read(CAMERA)


def _template_styles(template: str, problems: list[Problem]) -> list[_Style]:
    """The styles of the default template and of the one that is named, which may say only some of it."""
    styles = []
    for name in dict.fromkeys([templates.DEFAULT, template]):
        found: list[Problem] = []
        try:
            table = _Table("", templates.settings(name), found)
            table.known(("look", "camera"))
            styles.append(_Style(table))
        except SpecError as error:
            problems.extend(error.problems)
        where = f"look.template {shown(Path(name).name)}: "
        problems.extend(Problem(where + problem.where, problem.what, problem.remedy) for problem in found)
    return styles


def _too_large(layer: Layer, walk: Walk, look: Look) -> list[Problem]:
    """What Blender could not hold, told before memory is taken."""
    problems = []
    tiles = layer.steps + layer.cells
    most = MOST_TILES if look.tiles == "layer" else MOST_TILE_OBJECTS
    if tiles > most:
        remedy = "Use a smaller layer" if look.tiles == "layer" else 'Use a smaller layer, or look.tiles = "layer"'
        problems.append(Problem("layer.input", f"this layer has {tiles:,} tiles, more than {most:,}", remedy))
    for axis, along in enumerate(layer.axes):
        pairs = along.output * along.kernel
        if pairs > MOST_PAIRS and not problems:
            what = f"{along.output:,} outputs of {along.kernel:,} taps along one axis are too many to be told"
            remedy = f"Use a smaller kernel or input: at most {MOST_PAIRS:,} of both multiplied"
            problems.append(Problem(f"layer.kernel[{axis}]", what, remedy))
    frames = walk.length(layer.steps)
    if frames > LAST_FRAME:
        problems.append(
            Problem(
                "walk.frames_per_step",
                f"this walk has {frames:,} frames, Blender at most {LAST_FRAME:,}",
                "Use fewer frames per step, or a smaller layer",
            )
        )
    return problems


def parse(text: str) -> Spec:
    """The spec written in TOML. Raises SpecError."""
    return from_table(parse_table(text))


def load_file(path: Path) -> dict[str, Any]:
    """The unchecked table of a spec file; a template named by a relative path is looked for beside the file."""
    table = load_table(path)
    look = table.get("look")
    template = look.get("template") if isinstance(look, dict) else None
    if isinstance(look, dict) and isinstance(template, str) and template.endswith(".blend"):
        with contextlib.suppress(RuntimeError, ValueError):  # nobody's home, or a NUL: reading the template tells of it
            look["template"] = str((path.parent / Path(template).expanduser()).absolute())
    return table
