# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk layers: the layers of a model that can be drawn, and why others cannot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .model_options import FeedOptions


def layers(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="The model: A.onnx, A.keras or A.tflite; ncnn's A.param; or what print(model) writes, in A.txt, or "
            "from standard input: -",
        ),
    ],
    *,
    input: options.Input = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
    feed: FeedOptions,
) -> None:
    """List the layers of a model that can be drawn.

    Sizes that the file leaves open are measured in a run, with --input, --image or --feed. Needs the extra "models".
    """
    from ..models.code_source import is_code_file, is_code_text, read_code_file
    from ..models.printed_list import format_printed_model

    argument = str(model)
    if is_code_file(argument) or is_code_text(argument):
        text = read_code_file(argument) if is_code_file(argument) else argument
        sizes = feed.make_feed(input).size
        print(format_printed_model(argument if is_code_file(argument) else "layers", text, sizes, as_json))
        return
    from ..models.model_file import load_model

    loaded = load_model(model)
    from ..models.layer_list import format_json, format_layers
    from ..models.model_inputs import make_inputs
    from ..models.model_layers import list_layers
    from ..models.model_run import measure_layers

    found = list_layers(loaded)
    if input is not None or feed.is_given:
        inputs, notes = make_inputs(model, loaded, feed.make_feed(input), for_sizes=True)
        for note in notes:
            print(f"{model}: {note}", file=sys.stderr)
        found = measure_layers(model, loaded, inputs, found)
    print(format_json(found) if as_json else format_layers(found))
