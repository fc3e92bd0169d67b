# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in USD: text, binary, and the packages that phones open."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kernelwalk.core import Spec, make_plan
from kernelwalk.core.geometry.grids import make_grids

from ..atomic import publish_file
from ..failures import OutputError, UsageError
from ..paths import describe_os_error
from ..source import Source, refuse_pair

MAX_BYTES = {".usda": 32_000_000, ".usdc": 8_000_000, ".usdz": 8_000_000}
"""Suffix → size up to which a file of its form is written: some ten thousand tiles, more than a phone shows."""

BYTES_OF_WORDS, BYTES_PER_TILE, BYTES_PER_VALUE, BYTES_PER_ACTIVATION = 100_000, 450, 450, 20
"""About what words, a tile, its value, and a tile that is active at a step take in a binary file."""

PACKAGE_TIME = 365 * 86400 * 12
"""Time of what is in a package, in 1981: the same walk gives the same bytes."""

TEXT_FACTOR = 4
"""About how much longer text is."""


def write_usd(source: Source, out: Path) -> None:
    """Write a spec as .usda, .usdc or .usdz, as the name says. Raises OutputError, and UsageError if too large."""
    suffix = out.suffix.lower()
    refuse_pair(source.name, source.spec, "a USD file")
    _check_size(source.name, source.spec, suffix)
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
            publish_file(part, out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {describe_os_error(error)}. Choose another output") from None
    except Tf.ErrorException as error:
        raise OutputError(f"{out}: cannot be written: {error}. Free the disk and run again") from None


def _check_size(name: str, spec: Spec, suffix: str) -> None:
    grids = make_grids(spec)
    per_tile = BYTES_PER_TILE + (BYTES_PER_VALUE if spec.values is not None else 0)
    activations = sum(grid.activation_count for grid in grids)
    size = BYTES_OF_WORDS + per_tile * spec.tile_count + BYTES_PER_ACTIVATION * activations
    if suffix == ".usda":
        size *= TEXT_FACTOR
    if size > MAX_BYTES[suffix]:
        raise UsageError(
            f"{name}: a {suffix} of {spec.tile_count:,} tiles and {spec.step_count:,} steps would have about "
            f"{size / 1e6:,.0f} MB, and at most {MAX_BYTES[suffix] / 1e6:,.0f} MB are written. Use a smaller layer, "
            "fewer steps or show.excerpt, or kernelwalk render"
        )
