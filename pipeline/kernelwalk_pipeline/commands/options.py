# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments and options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from kernelwalk.core.spec.render_section import FIELDS as RENDER_FIELDS
from typer.models import OptionInfo

from ..films.formats import FILM_FORMATS, FORMAT_NAMES, SUFFIXES
from ..paths import parse_system_path
from ..quality import QUALITIES
from .option_groups import OptionGroup

if TYPE_CHECKING:
    from ..models.model_choice import ModelChoice
    from ..source import Source

FRAMES_FORMAT = "frames"
BLENDER_PANEL, CLUSTER_PANEL = "Blender", "Cluster"


def parse_path(text: str) -> Path:
    """Return the path that an option names. Raises typer.BadParameter for an empty name."""
    if not text:
        raise typer.BadParameter("the name is empty")
    return parse_system_path(text)


def parse_input(text: str) -> str:
    """Return the setting for an input of cells, e.g. "28x28"; one number counts for every axis.

    Raises typer.BadParameter.

    >>> parse_input("4x5")
    'input=[4, 5]'
    """
    numbers = _parse_numbers(text, "28x28, 12 or 4x5x5: the sizes alone, without batch and channels", (1, 2, 3))
    return f"input={numbers if len(numbers) > 1 else numbers[0]}"


def parse_size(text: str) -> str:
    """Return the setting for a width and height in pixels, e.g. "1920x1080". Raises typer.BadParameter.

    >>> parse_size("1920x1080")
    'render.resolution=[1920, 1080]'
    """
    return f"render.resolution={_parse_numbers(text, '1920x1080', (2,))}"


def _parse_numbers(text: str, example: str, counts: Sequence[int]) -> list[int]:
    """Return the numbers of a text such as "28x28"; `counts` are the allowed counts. Raises typer.BadParameter."""
    match = re.fullmatch(r"[0-9]{1,9}([x×][0-9]{1,9})*", text.strip().lower())
    numbers = [int(number) for number in re.split("[x×]", match[0])] if match else []
    if len(numbers) not in counts:
        raise typer.BadParameter(f"{text[:40]!r} is not a size. Write for example {example}")
    return numbers


def collect_settings(
    settings: Sequence[str] | None, input: str | None = None, size: str | None = None, transparent: bool = False
) -> list[str]:
    """Return all settings of a command line; those of the other options come last and override --set."""
    own = [size, input, "render.transparent=true" if transparent else None]
    return [*(settings or ()), *(setting for setting in own if setting is not None)]


def list_device_settings(device: str | None) -> list[str]:
    """Return the setting of a device, if the command line names one."""
    return [] if device is None else [f"render.device={device}"]


def choice(*declarations: str, names: Iterable[str], help: str, panel: str | None = None) -> OptionInfo:
    """Return an option that takes one of `names`."""
    known = list(names)

    def parse(text: str) -> str:
        if text not in known:
            raise typer.BadParameter(f"{text[:40]!r} is not one of {', '.join(known)}.")
        return text

    return typer.Option(*declarations, parser=parse, metavar=f"<{'|'.join(known)}>", help=help, rich_help_panel=panel)


def output(metavar: str, help: str) -> OptionInfo:
    """Return the option --output."""
    return typer.Option("--output", "-o", parser=parse_path, metavar=metavar, help=help)


OPAQUE = " and ".join(suffix for suffix, film_format in FILM_FORMATS.items() if not film_format.alpha_pixel_format)

SPEC = (
    'A TOML file, a preset (see kernelwalk presets), or a layer as code: "nn.Conv2d(1, 1, 3)" with --input. '
    "Or a model, A.onnx, A.keras or A.tflite, with --layer."
)
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help=SPEC)]
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SPEC)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the spec, e.g. --set render.samples=4. Repeatable."),
]
Input = Annotated[
    str | None,
    typer.Option(
        "--input",
        parser=parse_input,
        metavar="28x28",
        help="Input size of the layer, or of a chain's first; of a model the picture's.",
    ),
]
Size = Annotated[
    str | None,
    typer.Option("--size", parser=parse_size, metavar="WxH", help="Picture size in pixels, e.g. 1920x1080."),
]
Transparent = Annotated[
    bool, typer.Option("--transparent", help=f"Leave out the background; shadows stay. Not for {OPAQUE}.")
]
Quality = Annotated[
    str | None,
    choice(
        "--quality",
        names=QUALITIES,
        help="; ".join(f"{name}: {quality.description}" for name, quality in QUALITIES.items()) + ".",
    ),
]
Output = Annotated[Path, output("OUT", f"A film ({SUFFIXES}), or a folder.")]
Folder = Annotated[Path, output("DIR", "The folder to write to.")]
Picture = Annotated[Path, output("A.png", "The picture to write.")]
Restart = Annotated[bool, typer.Option("--restart", help="Render everything again and overwrite earlier frames.")]


def folder_form(names: Sequence[str]) -> OptionInfo:
    """Return the option for the form of files in a folder. names: without dots, the usual one first"""
    return choice("--format", names=names, help=f"What a folder gets, named after the specs. Default: {names[0]}.")


FolderFormat = Annotated[
    str | None,
    choice(
        "--format",
        names=(FRAMES_FORMAT, *FORMAT_NAMES),
        help="What a folder gets: frames, or films named after the specs.",
    ),
]
FilmFormat = Annotated[str, choice("--format", names=FORMAT_NAMES, help="The films' format.")]
Blender = Annotated[
    str | None,
    typer.Option(
        "--blender",
        metavar="PATH",
        help="Blender's executable. Default: BLENDER in the environment, else the Python package bpy.",
        rich_help_panel=BLENDER_PANEL,
    ),
]

Device = Annotated[
    str | None,
    choice(
        "--device",
        names=RENDER_FIELDS["device"].options,
        help="What Cycles renders on. cpu gives the same pixels everywhere; auto takes a GPU if there is one.",
        panel=BLENDER_PANEL,
    ),
]


def parse_frameworks(text: str) -> tuple[str, ...]:
    """Return the frameworks that an option names. Raises typer.BadParameter."""
    from kernelwalk.core import SpecError
    from kernelwalk.core.frameworks.known_frameworks import parse_framework_keys

    try:
        return parse_framework_keys(text)
    except SpecError as error:
        problem = error.problems[0]
        raise typer.BadParameter(f"{problem.what}. {problem.remedy}.") from None


Frameworks = Annotated[
    Any,
    typer.Option(
        "--framework",
        parser=parse_frameworks,
        metavar="<all|NAME,...>",
        help="Read names that several frameworks have as those of the first of these, such as flax; inspect prints "
        "their lines too. Code that imports its names needs no such option.",
    ),
]


class SpecOptions(OptionGroup):
    """The options that change a spec."""

    settings: Settings = None
    input: Input = None
    size: Size = None
    transparent: Transparent = False
    quality: Quality = None
    framework: Frameworks = None

    def read(self, argument: str, choice: ModelChoice | None = None) -> Source:
        """Return the spec of an argument, of a model the part that is chosen. Raises UsageError."""
        from ..source import read_spec

        return read_spec(argument, self._all(choice), self.quality, choice, frameworks=self.framework or ())

    def read_for_pictures(self, argument: str, choice: ModelChoice | None = None) -> Source:
        """Return the spec of an argument, as `read` does, for pictures of steps: its film may be too long for Blender.

        Raises UsageError.
        """
        return self.read_all_for_pictures([argument], choice)[0]

    def read_all_for_pictures(self, arguments: Sequence[str], choice: ModelChoice | None = None) -> list[Source]:
        """Return the specs of all arguments, as of `read_for_pictures`.

        Raises UsageError with the problems of all of them.
        """
        from kernelwalk.core.spec.limits import Purpose
        from kernelwalk.core.spec.short_walks import shorten_for_pictures

        from ..source import read_specs

        sources = read_specs(arguments, self._all(choice), self.quality, choice, Purpose.PICTURE, self.framework or ())
        return [source._replace(spec=shorten_for_pictures(source.spec)) for source in sources]

    def read_all(self, arguments: Sequence[str], choice: ModelChoice | None = None) -> list[Source]:
        """Return the specs of all arguments. Raises UsageError with the problems of all of them."""
        from ..source import read_specs

        return read_specs(arguments, self._all(choice), self.quality, choice, frameworks=self.framework or ())

    def _all(self, choice: ModelChoice | None) -> list[str]:
        return collect_settings(self.settings, None if choice else self.input, self.size, self.transparent)


class RenderSpecOptions(SpecOptions):
    """The options that change a spec of which Blender renders pictures."""

    device: Device = None

    def _all(self, choice: ModelChoice | None) -> list[str]:
        return [*super()._all(choice), *list_device_settings(self.device)]
