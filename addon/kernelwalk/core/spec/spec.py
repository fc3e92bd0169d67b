# SPDX-License-Identifier: GPL-3.0-or-later
"""The spec: what a user asks for, read from TOML, a table or a preset, with all that is wrong told at once."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, format_value
from ..layers.channels import Channels
from ..layers.registry import ConvTranspose, Layer, PixelShuffle, PixelUnshuffle, Unfold
from ..validation import AutoOr, Boolean, Check, Choice, Color, Integer, Number, PixelSize, Text
from ..walk.easing import EASINGS
from ..walk.order import FILTER_MODES, ORDERS, Walk, WalkOrder
from . import templates
from .label_texts import WORDS, Labels
from .limits import find_size_errors
from .look_section import PROJECTIONS, VIEWS, Camera, Colors, Look
from .parse_layers import read_layers
from .show_section import MAX_SLICES, SHOW, Show
from .table_reader import TableReader
from .toml import load_toml, parse_toml


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

    layers: tuple[Layer, ...]
    title: str
    walk: Walk
    show: Show
    look: Look
    camera: Camera
    render: Render
    labels: Labels

    @property
    def layer(self) -> Layer:
        """The layer whose output is walked: the only one, or the last of a chain."""
        return self.layers[-1]

    @property
    def name(self) -> str:
        """What the scene is called: the title, or else the operations."""
        return self.title or " → ".join(layer.label for layer in self.layers)

    @property
    def is_scatter(self) -> bool:
        """Whether a transposed convolution is walked over its input, rather than its output."""
        return self.show.transposed == "scatter" and self.layer.op == "conv_transpose" and len(self.layers) == 1

    @cached_property
    def drawn_channels(self) -> tuple[Channels, ...]:
        """Of each layer the channels that are drawn: all, or one that stands for them."""
        found = [layer.channels for layer in self.layers]
        if isinstance(self.layer, Unfold):
            found[-1] = Channels(self.layer.channels.inputs)  # each channel has rows of its own in the matrix
        most = max(max(each.inputs, each.outputs) for each in found)
        moves = isinstance(self.layer, (PixelShuffle, PixelUnshuffle))
        shown = {"all": True, "one": moves, "auto": moves or most <= MAX_SLICES}[self.show.all_channels]
        return tuple(found) if shown else (Channels(),) * len(found)

    @property
    def shows_channels(self) -> bool:
        return any(each != Channels() for each in self.drawn_channels)

    @cached_property
    def walk_order(self) -> WalkOrder:
        """The positions of the walk: over the output, or in scatter over the input."""
        filters = self.drawn_channels[-1].inputs if self.is_scatter else self.drawn_channels[-1].outputs
        sizes = self.layer.input if self.is_scatter else self.layer.output
        return self.walk.make_order(filters if self.walk.filters == "each" else 1, sizes)

    @property
    def step_count(self) -> int:
        """Steps of the walk."""
        return self.walk_order.step_count

    @property
    def tile_count(self) -> int:
        """Tiles of all grids."""
        last, channels = self.layer, self.drawn_channels[-1]
        output = math.prod(last.output) * channels.outputs
        if isinstance(last, ConvTranspose) and self.shows_cropped:
            sides = [max(before, 0) + max(after, 0) for before, after in last.padding]
            output = math.prod(map(sum, zip(last.output, sides, strict=True))) * channels.outputs
        elif isinstance(last, Unfold):
            output *= channels.inputs * math.prod(last.kernel)
        if self.is_scatter:
            return output + math.prod(last.input) * channels.inputs
        drawn = zip(self.layers, self.drawn_channels, strict=True)
        return output + sum(layer.cell_count * channels.inputs for layer, channels in drawn)

    @property
    def shows_cropped(self) -> bool:
        """Whether what a transposed convolution crops is drawn beside its output."""
        uneven = any(before != after for before, after in self.layer.padding)
        return self.show.cropped == "on" or (self.show.cropped == "auto" and (self.is_scatter or uneven))

    def to_table(self) -> dict[str, Any]:
        """The spec with every default written out, as plain values: from_table(spec.table()) is the spec again."""
        return {
            "title": self.title,
            **self._layers_table(),
            "show": dataclasses.asdict(self.show),
            "words": dataclasses.asdict(self.labels),
            "walk": _plain(dataclasses.asdict(self.walk)),
            "look": _plain(dataclasses.asdict(self.look)),
            "camera": _plain(dataclasses.asdict(self.camera)),
            "render": _plain(dataclasses.asdict(self.render)),
        }

    def _layers_table(self) -> dict[str, Any]:
        tables = [{"op": layer.op, **layer.to_table()} for layer in self.layers]
        if len(tables) == 1:
            return {"layer": tables[0]}
        for table in tables[1:]:
            del table["input"]  # it follows
        return {"layers": tables}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return "auto" if value is None else value


TITLE = Text(max_length=120)

WALK: dict[str, Check] = {
    "order": Choice(ORDERS),
    "filters": Choice(FILTER_MODES),
    "first": AutoOr(Integer(1, 1_000_000)),
    "every": Integer(1, 1_000_000),
    "frames_per_step": Integer(1, 100_000),
    "hold": AutoOr(Integer(1, 100_000)),
    "easing": Choice(tuple(EASINGS)),
    "fast_frames": AutoOr(Integer(1, 100_000)),
    "slow_steps": Integer(0, 100_000),
    "ramp_steps": Integer(0, 100_000),
    "fps": Integer(1, 240),
    "lead_in": Integer(0, 100_000),
    "lead_out": Integer(0, 100_000),
    "intro": Integer(0, 100_000),
    "outro": Integer(0, 100_000),
    "loop": Boolean(),
    "appear": Boolean(),
    "trail": Boolean(),
    "lift": Number(0.0, 2.0),
}
LOOK: dict[str, Check] = {
    "template": Text(max_length=1000),
    "tiles": Choice(("layer", "objects")),
    "tile_size": Number(0.1, 1.0),
    "thickness": Number(0.0, 1.0),
    "rounding": Number(0.0, 0.5),
    "bevel": Number(0.0, 1.0),
    "gap": AutoOr(Number(0.0, 10_000.0)),
    "opacity": Number(0.0, 1.0),
    "outline": Number(0.0, 0.4),
    "line_width": AutoOr(Number(0.001, 1.0)),
    "see_through": Boolean(),
    "frustum": Number(0.0, 1.0),
    "shadows": Boolean(),
    "first_row": Choice(("far", "near")),
}
COLORS: dict[str, Check] = {item.name: Color() for item in dataclasses.fields(Colors)}
CAMERA: dict[str, Check] = {
    "view": Choice(tuple(VIEWS)),
    "azimuth": Number(-180.0, 180.0),
    "elevation": Number(5.0, 90.0),
    "kind": Choice(PROJECTIONS),
    "angle": Number(5.0, 100.0),
    "margin": Number(0.0, 0.4),
    "orbit": Number(-3600.0, 3600.0),
    "orbit_easing": Choice(("linear", "smooth")),
}
RENDER: dict[str, Check] = {
    "resolution": PixelSize(16, 16_384),
    "samples": Integer(1, 65_536),
    "engine": Choice(("cycles", "eevee")),
    "transparent": Boolean(),
}
SECTIONS = ("layer", "layers", "walk", "show", "words", "look", "camera", "render")


def spec_from_table(table: Mapping[str, Any]) -> Spec:
    """The spec of a table as TOML gives it. Raises SpecError with every problem."""
    problems: list[Problem] = []
    top = TableReader("", table, problems)
    top.reject_unknown_keys(
        (
            "title",
            *SECTIONS,
            *(("input",) if isinstance(top.values.get("layer"), str) or "layers" in top.values else ()),
        )
    )
    title = top.read_values({"title": TITLE}).get("title", "")
    layers = read_layers(top)
    walk = _walk(top.open_section("walk"))
    show_table = top.open_section("show")
    show_table.reject_unknown_keys(tuple(SHOW))
    show = Show(**show_table.read_values(SHOW))
    words_table = top.open_section("words")
    words_table.reject_unknown_keys(tuple(WORDS))
    words = Labels(**words_table.read_values(WORDS))
    look, camera = _look(top)
    render_table = top.open_section("render")
    render_table.reject_unknown_keys(tuple(RENDER))
    render = Render(**render_table.read_values(RENDER))
    if layers and not problems:
        spec = Spec(layers, title, walk, show, look, camera, render, words)
        problems.extend(_unfit(spec))
    if problems:
        raise SpecError(problems)
    return spec


def _walk(table: TableReader) -> Walk:
    table.reject_unknown_keys(tuple(WALK))
    given = table.read_values(WALK)
    if given.get("loop"):  # which goes round at once, where nothing else is said
        given = {"lead_in": 0, "lead_out": 0, **given}
    walk = Walk(**given)
    if walk.hold is not None and walk.hold > walk.frames_per_step:
        table.add_error(
            "hold",
            f"{walk.hold} frames are more than the {walk.frames_per_step} of a step",
            "Hold for fewer frames, or raise walk.frames_per_step",
        )
    if walk.fast_frames is not None and walk.fast_frames > walk.frames_per_step:
        table.add_error(
            "fast_frames",
            f"{walk.fast_frames} frames are more than the {walk.frames_per_step} of a step before",
            "Use fewer, or raise walk.frames_per_step",
        )
    if walk.loop and bool(walk.intro) != bool(walk.outro):
        lacking, there = ("outro", "intro") if walk.intro else ("intro", "outro")
        table.add_error(
            lacking,
            f"a loop with walk.{there} = {getattr(walk, there)} and without walk.{lacking} jumps where it begins anew",
            "Write both walk.intro and walk.outro, or neither, or walk.loop = false",
        )
    return walk


def _look(top: TableReader) -> tuple[Look, Camera]:
    """The look and the camera: the default template's, overridden by the chosen one's, overridden by the spec's."""
    own = _Style(top)
    template = own.look.get("template", templates.DEFAULT_TEMPLATE)
    look: dict[str, Any] = {"template": template}
    colors: dict[str, Any] = {}
    camera: dict[str, Any] = {}
    for layer in [*_template_styles(template, top.problems), own]:
        look |= layer.look
        if layer is not own and "line" in layer.colors:
            colors["text"] = layer.colors["line"]  # which is seen well before the same background
        colors |= layer.colors
        camera |= layer.camera
    return Look(**look, colors=Colors(**colors)), Camera(**camera)


class _Style:
    """What a table says of look and camera."""

    def __init__(self, top: TableReader):
        look, camera = top.open_section("look"), top.open_section("camera")
        colors = look.open_section("colors")
        look.reject_unknown_keys((*LOOK, "colors"))
        colors.reject_unknown_keys(tuple(COLORS))
        camera.reject_unknown_keys(tuple(CAMERA))
        self.look, self.colors, self.camera = (
            look.read_values(LOOK),
            colors.read_values(COLORS),
            camera.read_values(CAMERA),
        )
        if "view" in self.camera:  # it goes before the angles of a template, not before those beside it
            self.camera = VIEWS[self.camera["view"]] | self.camera


def _template_styles(template: str, problems: list[Problem]) -> list[_Style]:
    """The styles of the default template and of the one that is named, which may say only some of it."""
    styles = []
    for name in dict.fromkeys([templates.DEFAULT_TEMPLATE, template]):
        found: list[Problem] = []
        try:
            table = TableReader("", templates.load_template_table(name), found)
            table.reject_unknown_keys(("look", "camera"))
            styles.append(_Style(table))
        except SpecError as error:
            problems.extend(error.problems)
        where = f"look.template {format_value(Path(name).name)}: "
        problems.extend(Problem(where + problem.where, problem.what, problem.remedy) for problem in found)
    return styles


def _unfit(spec: Spec) -> list[Problem]:
    """What cannot be shown so, and what Blender could not hold, told before memory is taken."""
    return [*_unshowable(spec), *find_size_errors(spec)]


def _unshowable(spec: Spec) -> list[Problem]:
    if spec.show.transposed == "scatter" and not spec.is_scatter:
        if spec.layer.op != "conv_transpose":
            return []  # a choice of the look of other layers
        what = "a chain of layers is walked over its last output"
        return [Problem("show.transposed", what, 'Write "gather", or show the layer alone')]
    return _unchainable(spec)


def _unchainable(spec: Spec) -> list[Problem]:
    """Layers that move cells from channel to channel, where what lies below cannot be told axis by axis."""
    moves = (PixelShuffle, PixelUnshuffle, Unfold)
    for number, layer in enumerate(spec.layers[:-1]):
        if isinstance(layer, moves):
            what = f"what is computed of a {layer.label.lower()} cannot be shown"
            return [Problem(f"layers[{number}].op", what, "Let it be the last layer, or show the layers by themselves")]
    if len(spec.layers) > 1 and isinstance(spec.layer, moves[:2]):
        before = f"layers[{len(spec.layers) - 2}]"
        if spec.drawn_channels[-2].groups > 1:
            what = f"a {spec.layer.label.lower()} after a layer with groups cannot be shown"
            return [Problem(f"{before}.op", what, "Show the layers by themselves")]
        if spec.walk.filters == "each":
            what = f"a chain that ends in a {spec.layer.label.lower()} is walked over all channels at once"
            return [Problem("walk.filters", what, 'Write "together"')]
    return []


def parse_spec(text: str) -> Spec:
    """The spec written in TOML. Raises SpecError."""
    return spec_from_table(parse_toml(text))


def load_spec_table(path: Path) -> dict[str, Any]:
    """The unchecked table of a spec file; a template named by a relative path is looked for beside the file."""
    table = load_toml(path)
    look = table.get("look")
    template = look.get("template") if isinstance(look, dict) else None
    if isinstance(look, dict) and isinstance(template, str) and template.endswith(".blend"):
        with contextlib.suppress(RuntimeError, ValueError):  # nobody's home, or a NUL: reading the template tells of it
            look["template"] = str((path.parent / Path(template).expanduser()).absolute())
    return table
