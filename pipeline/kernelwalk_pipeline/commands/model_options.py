# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of commands that take a model: its inputs, and the layer that is drawn."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .option_groups import OptionGroup

if TYPE_CHECKING:
    from ..models.model_choice import Feed, ModelChoice

MODEL_PANEL = "Model"


def parse_channels(text: str) -> tuple[int, ...]:
    """Return channels from a text such as "0,5,9". Raises typer.BadParameter.

    >>> parse_channels("0,5,9")
    (0, 5, 9)
    """
    if not re.fullmatch(r"\s*[0-9]{1,7}\s*(,\s*[0-9]{1,7}\s*){0,99}", text):
        raise typer.BadParameter(f"{text[:40]!r} is no list of channels. Write for example 0,5,9")
    return tuple(int(part) for part in text.split(","))


def parse_region(text: str) -> tuple[tuple[int, int], ...]:
    """Return a range of cells per axis from a text such as "0:6,10:16". Raises typer.BadParameter.

    >>> parse_region("0:6,10:16")
    ((0, 6), (10, 16))
    """
    matches = [re.fullmatch(r"\s*([0-9]{1,7}):([0-9]{1,7})\s*", part) for part in text.split(",")]
    ranges = tuple((int(match[1]), int(match[2])) for match in matches if match)
    if len(ranges) != len(matches) or any(first >= end for first, end in ranges):
        raise typer.BadParameter(f"{text[:40]!r} is not a first and an end for each axis. Write for example 0:6,10:16")
    return ranges


def parse_numbers(text: str) -> tuple[float, ...]:
    """Return one number or three from a text such as "0.485,0.456,0.406". Raises typer.BadParameter.

    >>> parse_numbers("1/255")
    (0.00392156862745098,)
    """
    try:
        numbers = tuple(_parse_number(part) for part in text.split(","))
    except (ValueError, ZeroDivisionError):
        numbers = ()
    if len(numbers) not in (1, 3) or not all(math.isfinite(number) for number in numbers):
        raise typer.BadParameter(f"{text[:40]!r} is not one number or three. Write for example 0.5 or 0.4,0.5,0.6")
    return numbers


def _parse_number(text: str) -> float:
    above, slash, below = text.partition("/")
    return float(above) / float(below) if slash else float(text)


def parse_spread(text: str) -> tuple[float, ...]:
    """Return one positive number or three. Raises typer.BadParameter."""
    numbers = parse_numbers(text)
    if min(numbers) <= 0:
        raise typer.BadParameter(f"{text[:40]!r} must be positive")
    return numbers


def parse_feed(text: str) -> tuple[str, str]:
    """Return the name of an input and what it gets, from "NAME=VALUE". Raises typer.BadParameter."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"{text[:40]!r} is not NAME=FILE.npy or NAME=NUMBER")
    return name, value


def parse_white(text: str) -> float:
    """Return a positive number. Raises typer.BadParameter."""
    numbers = parse_spread(text)
    if len(numbers) != 1:
        raise typer.BadParameter(f"{text[:40]!r} is not one number")
    return numbers[0]


class FeedOptions(OptionGroup):
    """The inputs of a model."""

    image: Annotated[
        Path | None,
        typer.Option(
            "--image",
            metavar="FILE",
            help="The picture that a model gets, in the size of its input, or else of --input, or else its own.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    feed: Annotated[
        list[str] | None,
        typer.Option(
            "--feed",
            parser=parse_feed,
            metavar="NAME=VALUE",
            help="Another input of a model: NAME=FILE.npy, or NAME=NUMBER. Repeatable. Default: zeros.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    white: Annotated[
        str | None,
        typer.Option(
            "--white",
            parser=parse_white,
            metavar="NUMBER",
            help="Value of white in --image; black is 0. Default: 1, or 255 where a model takes bytes.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    mean: Annotated[
        str | None,
        typer.Option(
            "--mean",
            parser=parse_numbers,
            metavar="NUMBERS",
            help="Subtracted from the pixels: one number, or three for the channels, e.g. 0.485,0.456,0.406.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    std: Annotated[
        str | None,
        typer.Option(
            "--std",
            parser=parse_spread,
            metavar="NUMBERS",
            help="Divides the pixels then: one number, or three.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    bgr: Annotated[
        bool, typer.Option("--bgr", help="Give the model blue first, then green and red.", rich_help_panel=MODEL_PANEL)
    ] = False

    def make_feed(self, input: str | None) -> Feed:
        """Return the inputs. input: the setting of --input."""
        from ..models.model_choice import Feed

        # typer takes what a parser returns, whatever the annotation says
        size = tuple(map(int, re.findall("[0-9]+", input))) if input else None
        return Feed(
            image=self.image,
            arrays=tuple(self.feed or ()),  # type: ignore[arg-type]
            size=size if size is None or len(size) > 1 else size * 2,
            white=self.white,  # type: ignore[arg-type]
            mean=self.mean or (0.0,),  # type: ignore[arg-type]
            spread=self.std or (1.0,),  # type: ignore[arg-type]
            is_bgr=self.bgr,
        )

    @property
    def is_given(self) -> bool:
        """True if an option names an input or how it is made."""
        given = (self.image, self.feed, self.white, self.mean, self.std)
        return self.bgr or any(each is not None for each in given)


class LayerOptions(OptionGroup):
    """The layer of a model that is drawn."""

    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            metavar="NAME",
            help="The layer of a model: its name, or its number, as kernelwalk layers lists them.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    layers: Annotated[
        str | None,
        typer.Option(
            "--layers",
            metavar="FROM..TO",
            help="A chain of layers of a model, from one to another.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None
    channels: Annotated[
        str | None,
        typer.Option(
            "--channels",
            parser=parse_channels,
            metavar="0,5,9",
            help="Output channels of the layer that are drawn. Default: the four strongest, or the strongest where a "
            "sum has more than 16 input channels.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None

    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            parser=parse_region,
            metavar="0:6,10:16",
            help="Part of the layer's output that is drawn: first cell and end, along each axis. Default: all.",
            rich_help_panel=MODEL_PANEL,
        ),
    ] = None

    @property
    def is_given(self) -> bool:
        """True if any part of a model is named."""
        return any(each is not None for each in (self.layer, self.layers, self.channels, self.region))

    def make_choice(self, arguments: list[str], feed: FeedOptions, input: str | None) -> ModelChoice | None:
        """Return the part of a model that is drawn, None if no argument is a model. Raises UsageError.

        feed:  the model's inputs
        input: the setting of --input
        """
        from ..failures import UsageError
        from ..models.code_source import is_code_file, is_code_text
        from ..models.model_choice import ModelChoice, is_model_file

        takes_layers = self.layer is not None or self.layers is not None
        models = [
            argument
            for argument in arguments
            if is_model_file(argument) or (takes_layers and (is_code_file(argument) or is_code_text(argument)))
        ]
        is_given = feed.is_given or self.is_given
        if not models:
            if is_given:
                raise UsageError(
                    "--layer, --layers, --channels, --region and the inputs of a model need a model: A.onnx"
                )
            return None
        if len(models) < len(arguments):
            raise UsageError(f"{models[0]}: a model is drawn alone. Leave the other specs out")
        if self.layer is not None and self.layers is not None:
            raise UsageError("--layers: it cannot be combined with --layer. Leave one of them out")
        # typer takes what a parser returns, whatever the annotation says
        return ModelChoice(self.layer, self.layers, self.channels, self.region, feed.make_feed(input))  # type: ignore[arg-type]
