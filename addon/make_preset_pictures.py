# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the pictures of presets that are missing or older than their preset: python addon/make_preset_pictures.py

Each shows the representative step of its preset and stands beside it as NAME.png. `--all` makes all of them again. A
picture holds the fingerprint of the settings that it was made from, so that a test finds an old one without rendering.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from kernelwalk.core.describe.representative_step import choose_representative_step
from kernelwalk.core.spec import presets, templates
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.jobs.job import render_step
from kernelwalk_pipeline.source import Source, read_spec
from PIL import Image
from PIL.PngImagePlugin import PngInfo

SETTINGS = [
    "render.resolution=[128, 128]",
    "render.samples=16",
    "labels={title=false, names=false, caption=false, sum=false, legend=false}",
]
"""Settings of all pictures: Blender shows them small, without room for text."""

COLORS = 64
"""Colors of a picture, which keep its file small."""

KEY = "fingerprint"
"""Name of a picture's text with the fingerprint."""


def compute_fingerprint(name: str) -> str:
    """Return the hash of all that sets a preset's picture: its settings, those of its template, and those of pictures.

    Comments and defaults are left out: a new key of specs makes no picture old.
    """
    table = presets.load_preset_table(name)
    template = templates.load_template_table(presets.load_preset(name).look.template)
    return hashlib.sha256(json.dumps([table, template, SETTINGS, COLORS], sort_keys=True).encode()).hexdigest()


def read_fingerprint(name: str) -> str | None:
    """Return the fingerprint in a preset's picture; None if there is no picture."""
    path = presets.picture_path(name)
    if not path.is_file():
        return None
    with Image.open(path) as picture:
        return str(picture.info.get(KEY))


def make_picture(name: str, pool: BlenderPool, scratch: Path) -> None:
    """Render the picture of a preset."""
    spec = read_spec(name, SETTINGS, None).spec
    render_step(Source(name, spec), choose_representative_step(spec), scratch / "picture.png", pool)
    info = PngInfo()
    info.add_text(KEY, compute_fingerprint(name))
    with Image.open(scratch / "picture.png") as rendered:
        few_colors = rendered.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
        few_colors.save(presets.picture_path(name), optimize=True, pnginfo=info)


def main() -> None:
    """Make the pictures, and delete those of presets that are gone."""
    names = presets.list_presets()
    for path in presets.PRESETS_FOLDER.glob("*.png"):
        if path.stem not in names:
            path.unlink()
    with tempfile.TemporaryDirectory() as scratch, BlenderPool(None) as pool:
        for name in names:
            if "--all" in sys.argv or read_fingerprint(name) != compute_fingerprint(name):
                make_picture(name, pool, Path(scratch))
                print(presets.picture_path(name))


if __name__ == "__main__":
    main()
