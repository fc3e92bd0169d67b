# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of a spec from TOML or a table. All errors are reported together."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem, SpecError, format_value
from ..typeface import BUILT_IN, Typeface, load_typeface
from ..validation import Boolean
from . import templates
from .camera_section import VIEWS, Camera
from .colors_section import Colors
from .constraints import find_constraint_errors
from .fields import collect_checks
from .label_letters import find_letter_errors
from .labels_section import Labels
from .limits import Purpose
from .look_section import Look
from .parse_layers import read_compared, read_layers
from .render_section import Render
from .sections import BESIDE, SECTIONS, TITLE
from .show_section import Show
from .spec import Spec
from .table_reader import TableReader
from .toml import load_toml, parse_toml
from .value_names import resolve_file_names
from .walk_section import Walk, find_walk_errors

if TYPE_CHECKING:
    from ..layers.registry import Layer
    from .values_section import Values

SCHEMA = 1
"""Version of the spec format, which a spec may state as `schema`."""

TOP_KEYS = (
    *("schema", "title", "layer", "layers", "compare", "beside"),
    *(name for name in SECTIONS if "." not in name),
    "values",
)


def spec_from_table(table: Mapping[str, Any], purpose: Purpose = Purpose.FILM) -> Spec:
    """Return the spec of a table, as TOML gives it. Raises SpecError with every problem, also with those of a spec that
    is too large for a purpose.

    >>> spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3}}).layer.output
    (3, 3)
    """
    problems: list[Problem] = []
    top = TableReader("", table, problems)
    may_have_input = isinstance(top.values.get("layer"), str) or "layers" in top.values
    top.reject_unknown_keys((*TOP_KEYS, "input") if may_have_input else TOP_KEYS)
    _check_schema(top)
    titles = top.read_values(collect_checks({"title": TITLE, "beside": BESIDE}))
    title, beside = titles.get("title", ""), titles.get("beside", "")
    layers = read_layers(top)
    walk = _read_walk(top)
    show = Show(**_read_section(top, "show"))
    labels, typeface = _read_labels(top, title)
    look, camera = _read_look(top)
    render = Render(**_read_section(top, "render"))
    values = _read_values(top, layers)
    compared = read_compared(top, layers)
    if layers and not problems:
        spec = Spec(layers, title, walk, show, look, camera, render, labels, values, compared, typeface, beside)
        problems.extend(find_constraint_errors(spec, purpose))
    if problems:
        raise SpecError(problems)
    return spec


def parse_spec(text: str) -> Spec:
    """Return the spec written in TOML. Raises SpecError with every problem.

    >>> parse_spec('layer = "nn.Conv2d(1, 1, 3, padding=1)"\\ninput = [5, 7]').layer.output
    (5, 7)
    """
    return spec_from_table(parse_toml(text))


def load_spec_table(path: Path) -> dict[str, Any]:
    """Return the unchecked table of a spec file. Relative paths start at the file's folder.

    Raises SpecError where the file cannot be read.
    """
    table = load_toml(path)
    for name, key in (("look", "template"), ("labels", "font")):
        section = table.get(name)
        file = section.get(key) if isinstance(section, dict) else None
        if isinstance(section, dict) and isinstance(file, str) and file and (key == "font" or file.endswith(".blend")):
            with contextlib.suppress(RuntimeError, ValueError):  # no such home, or a NUL: loading the file reports it
                section[key] = str((path.parent / Path(file).expanduser()).absolute())
    resolve_file_names(table.get("values"), path.parent)
    return table


def _check_schema(top: TableReader) -> None:
    schema = top.values.get("schema", SCHEMA)
    if isinstance(schema, bool) or schema != SCHEMA:
        what = f"{format_value(schema)} is not a version of the spec format that this Kernelwalk reads"
        top.add_error("schema", what, f"Write schema = {SCHEMA}, or leave it out")


def _read_section(top: TableReader, name: str) -> dict[str, Any]:
    """Return the valid values of a section; add an error for each invalid one."""
    table = top.open_section(name)
    table.reject_unknown_keys(tuple(SECTIONS[name]))
    return table.read_values(collect_checks(SECTIONS[name]))


def _read_labels(top: TableReader, title: str) -> tuple[Labels, Typeface]:
    """Return the labels and their fonts, which have the letters of the title and of all labels."""
    labels, typeface = Labels(**_read_section(top, "labels")), BUILT_IN
    try:
        typeface = load_typeface(labels.font)
        top.problems.extend(find_letter_errors(title, labels, typeface))
    except SpecError as error:
        top.problems.extend(error.problems)
    return labels, typeface


def _read_values(top: TableReader, layers: Sequence[Layer]) -> Values | None:
    """Return the section [values]; None if there is none, or if it has errors."""
    if "values" not in top.values:
        return None
    from .parse_values import read_values  # only now: most specs have no values

    return read_values(top, layers)


def _read_walk(top: TableReader) -> Walk:
    values = _read_section(top, "walk")
    if values.get("loop"):  # a loop has no lead-in and lead-out, unless they are set
        values = {"lead_in": 0, "lead_out": 0, **values}
    walk = Walk(**values)
    top.problems.extend(find_walk_errors(walk))
    return walk


class _Style:
    """The values of look, colors and camera that one table sets."""

    def __init__(self, top: TableReader):
        look, camera = top.open_section("look"), top.open_section("camera")
        colors = look.open_section("colors")
        look.reject_unknown_keys((*SECTIONS["look"], "colors"))
        colors.reject_unknown_keys(tuple(SECTIONS["look.colors"]))
        camera.reject_unknown_keys(tuple(SECTIONS["camera"]))
        self.look = look.read_values(collect_checks(SECTIONS["look"]))
        self.colors = colors.read_values(collect_checks(SECTIONS["look.colors"]))
        self.camera = camera.read_values(collect_checks(SECTIONS["camera"]))
        if "view" in self.camera:  # overrides the angles of a template, but not those beside it
            self.camera = VIEWS[self.camera["view"]] | self.camera


def _read_look(top: TableReader) -> tuple[Look, Camera]:
    """Return look and camera: the spec's values override the chosen template's, which override the default's."""
    spec_style = _Style(top)
    template = spec_style.look.get("template", templates.DEFAULT_TEMPLATE)
    look: dict[str, Any] = {"template": template}
    colors: dict[str, Any] = {}
    camera: dict[str, Any] = {}
    for style in [*_template_styles(template, top.problems), spec_style]:
        look |= style.look
        if style is not spec_style and "connector" in style.colors:
            colors["text"] = style.colors["connector"]  # readable, as connectors are: both have the same background
        colors |= style.colors
        camera |= style.camera
    return Look(**look, colors=Colors(**colors)), Camera(**camera)


def _template_styles(template: str, problems: list[Problem]) -> list[_Style]:
    """Return the styles of the default template and of the named one, which may set only some values."""
    styles = []
    for name in dict.fromkeys([templates.DEFAULT_TEMPLATE, template]):
        errors: list[Problem] = []
        try:
            table = TableReader("", templates.load_template_table(name), errors)
            table.reject_unknown_keys(("look", "camera", templates.LIT_KEY))
            table.read_values({templates.LIT_KEY: Boolean()})
            styles.append(_Style(table))
        except SpecError as error:
            problems.extend(error.problems)
        where = f"look.template {format_value(Path(name).name)}: "
        problems.extend(Problem(where + error.where, error.what, error.remedy) for error in errors)
    return styles
