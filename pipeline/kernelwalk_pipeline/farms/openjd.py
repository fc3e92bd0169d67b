# SPDX-License-Identifier: GPL-3.0-or-later
"""Job bundles for render farms that support Open Job Description (openjobdescription.org, template 2023-09).

A bundle is a folder with `template.json` and all files that it names. Each spec has three steps: the base frame, from
which the others are composed; the frames in chunks; the film. Each step may be killed and run again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelwalk.core import make_plan
from kernelwalk.core.spec.templates import find_blend_file
from kernelwalk.core.spec.toml import dump_toml

from ..failures import OutputError, UsageError
from ..frames.frame_selection import BASE
from ..paths import prepare_folder, refuse_symlink
from ..source import Source

MAX_NAME_LENGTH = 64 - len("Render ")
"""Maximum length of a spec's name: a step's name may have 64 characters."""

CANCEL_NOTICE = 30
"""Seconds between cancelling a command and killing it. The command needs less than one."""


@dataclass(frozen=True)
class ChunkOptions:
    """Options for dividing frames into chunks.

    first_size:     frames of the first chunks
    target_seconds: target duration of later chunks on farms that adapt chunk sizes; 0 keeps them fixed
    timeout:        seconds after which a command is ended
    """

    first_size: int = 10
    target_seconds: int = 120
    timeout: int = 6 * 3600


def write_bundle(sources: Sequence[Source], film: str, chunks: ChunkOptions, folder: Path) -> None:
    """Write a bundle into a folder that is empty or does not exist.

    film: the film's format, without a dot

    Raises Failure.
    """
    for source in sources:
        if "{{" in source.name or len(source.name) > MAX_NAME_LENGTH:
            raise UsageError(
                f"{source.name}: a farm accepts names of at most {MAX_NAME_LENGTH} characters, without {{{{. "
                "Rename the spec's file"
            )
    refuse_symlink(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: exists and is not an empty folder. Choose another output, or delete it")
    prepare_folder(folder)
    template = _job_template(sources, film, chunks)
    try:
        (folder / "specs").mkdir()
        for source in sources:
            spec = _dump_portable(source, folder / "specs")
            (folder / "specs" / f"{source.name}.toml").write_text(spec, encoding="utf-8")
        (folder / "template.json").write_text(json.dumps(template, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror}. Choose another output") from None


def _dump_portable(source: Source, folder: Path) -> str:
    """Return a spec as TOML that needs no other files than a bundle's; the user's own template and font are copied."""
    table = source.spec.to_table()  # contains the settings of the .toml beside the template
    template, font = source.spec.look.template, source.spec.labels.font
    if template.endswith(".blend"):
        table["look"]["template"] = f"{source.name}.look.blend"  # there is no .toml beside it
        shutil.copyfile(find_blend_file(template), folder / table["look"]["template"])
    if font:
        table["labels"]["font"] = f"{source.name}.font{Path(font).suffix}"
        shutil.copyfile(Path(font).expanduser(), folder / table["labels"]["font"])
    return dump_toml(table)


def _job_template(sources: Sequence[Source], film: str, chunks: ChunkOptions) -> dict[str, Any]:
    titles = [source.spec.title or source.name for source in sources]
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": "Kernelwalk",
        "description": f"Kernelwalk: {', '.join(titles)}"[:2048],
        "parameterDefinitions": [
            {
                "name": "Kernelwalk",
                "type": "STRING",
                "default": "kernelwalk",
                "description": "The command kernelwalk on the farm's machines.",
            },
            {
                "name": "Specs",
                "type": "PATH",
                "objectType": "DIRECTORY",
                "dataFlow": "IN",
                "default": "specs",
                "description": "The folder of the specs.",
            },
            {
                "name": "Output",
                "type": "PATH",
                "objectType": "DIRECTORY",
                "dataFlow": "OUT",
                "default": "output",
                "description": "The folder for frames and films, shared by all machines.",
            },
        ],
        "steps": [step for source in sources for step in _steps(source, film, chunks)],
    }


def _steps(source: Source, film: str, chunks: ChunkOptions) -> list[dict[str, Any]]:
    name, frames = source.name, make_plan(source.spec).frames
    spec, folder = f"{{{{Param.Specs}}}}/{name}.toml", f"{{{{Param.Output}}}}/{name}"
    base, render = f"Base {name}", f"Render {name}"
    chunk_table = {"defaultTaskCount": chunks.first_size, "rangeConstraint": "CONTIGUOUS"}
    if chunks.target_seconds:
        chunk_table["targetRuntimeSeconds"] = chunks.target_seconds
    parameter = {"name": "Frames", "type": "CHUNK[INT]", "range": f"{frames[0]}-{frames[-1]}", "chunks": chunk_table}
    return [
        {"name": base, **_command_script(chunks, "render", spec, "--frames", BASE, "-o", folder)},
        {
            "name": render,
            "dependencies": [{"dependsOn": base}],
            "parameterSpace": {"taskParameterDefinitions": [parameter]},
            **_command_script(chunks, "render", spec, "--frames", "{{Task.Param.Frames}}", "-o", folder),
        },
        {
            "name": f"Encode {name}",
            "dependencies": [{"dependsOn": base}, {"dependsOn": render}],
            **_command_script(chunks, "encode", spec, folder, "-o", f"{folder}.{film}"),
        },
    ]


def _command_script(chunks: ChunkOptions, *argv: str) -> dict[str, Any]:
    """Return the script of a step that runs kernelwalk with arguments."""
    action = {
        "command": "{{Param.Kernelwalk}}",
        "args": list(argv),
        "timeout": chunks.timeout,
        "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": CANCEL_NOTICE},
    }
    return {"script": {"actions": {"onRun": action}}}
