# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of commands that write one for each spec: the named one, or several in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .failures import UsageError
from .paths import is_folder
from .source import Source


def resolve_files(
    out: Path, sources: Sequence[Source], forms: Sequence[str], product: str, format_name: str | None = None
) -> list[Path]:
    """Return the file of each spec.

    out:     a file for one spec, or the folder of files that are named after the specs
    forms:   suffixes of files, that of files in a folder first
    product: what they are, such as "a figure"
    format_name: a form without its dot, which files in a folder get
    Raises UsageError or OutputError.
    """
    suffix = out.suffix.lower()
    if suffix in forms:
        if format_name is not None:
            raise UsageError(f"{out}: the name gives the form, --format is for folders. Leave one of them out")
        if len(sources) > 1:
            raise UsageError(f"{out}: {len(sources)} specs cannot share one file. Give a folder")
        files = [out]
    else:
        is_named_folder = is_folder(out) or (not suffix and (len(sources) > 1 or format_name is not None))
        if not is_named_folder:
            use = f"Use {', '.join(forms)}, or a folder for several specs"
            raise UsageError(f"{out}: {suffix or 'no suffix'} is no form of {product}. {use}")
        from .outputs import name_output

        ending = forms[0] if format_name is None else f".{format_name}"
        files = [out / f"{name_output(source)}{ending}" for source in sources]
    return files
