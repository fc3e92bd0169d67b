# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in USD: text, binary, and the packages that phones open."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kernelwalk.core import make_plan
from kernelwalk.core.plan.file_sizes import FileForm, find_size_obstacle

from ..atomic import publish_file
from ..failures import OutputError
from ..paths import describe_os_error
from ..source import Source, refuse_obstacle, refuse_pair

FORMS = {
    suffix: FileForm(f"a {suffix}", largest, *(each * longer for each in (100_000, 200, 10, 450, 20)))
    for suffix, largest, longer in ((".usdz", 8_000_000, 1), (".usda", 40_000_000, 5), (".usdc", 8_000_000, 1))
}
"""Suffix → form of its files, up to some ten thousand tiles, more than a phone shows. Text is five times longer."""

PACKAGE_TIME = 365 * 86400 * 12
"""Time of what is in a package, in 1981: the same walk gives the same bytes."""


def check_usd(source: Source, out: Path) -> None:
    """Raise UsageError if a spec is too large for a file, by its estimate, or has a layer beside its own."""
    refuse_pair(source.name, source.spec, "a USD file")
    refuse_obstacle(source.name, find_size_obstacle(source.spec, FORMS[out.suffix.lower()]))


def write_usd(source: Source, out: Path) -> None:
    """Write a spec, which check_usd lets pass, as the name says. Raises OutputError, and UsageError if too large."""
    suffix = out.suffix.lower()
    from pxr import Sdf, Tf, UsdUtils  # only now: it takes longer to load than a refusal

    from .scene import write_scene

    layer = write_scene(make_plan(source.spec), source.name)
    try:
        with tempfile.TemporaryDirectory(prefix=".kernelwalk_", dir=out.parent) as folder:
            part = Path(folder) / f"part{suffix}"
            if suffix == ".usdz":
                inner = Path(folder) / "walk.usdc"
                layer.Export(str(inner))
                os.utime(inner, (PACKAGE_TIME, PACKAGE_TIME))
                UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(inner)), str(part))
            else:
                layer.Export(str(part))
            refuse_obstacle(source.name, find_size_obstacle(source.spec, FORMS[suffix], part.stat().st_size))
            publish_file(part, out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {describe_os_error(error)}. Choose another output") from None
    except Tf.ErrorException as error:
        raise OutputError(f"{out}: cannot be written: {error}. Free the disk and run again") from None
