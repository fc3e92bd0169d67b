# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the missing and the old pictures of presets and templates: python addon/make_preset_pictures.py

Each shows the representative step of its preset and stands beside it as NAME.png; that of a template shows one preset
in its look. `--all` makes all of them again. A
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

SHOWN_PRESET = "padding_strides"
"""Preset that the pictures of templates show."""

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


def compute_template_fingerprint(template: str) -> str:
    """Return the hash of all that sets a template's picture: its files, the preset, and the settings of pictures."""
    blend, table = templates.find_blend_file(template).read_bytes(), templates.load_template_table(template)
    shown = json.dumps([table, presets.load_preset_table(SHOWN_PRESET), SETTINGS, COLORS], sort_keys=True)
    return hashlib.sha256(blend + shown.encode()).hexdigest()


def read_fingerprint(path: Path) -> str | None:
    """Return the fingerprint in a picture; None if there is no picture."""
    if not path.is_file():
        return None
    with Image.open(path) as picture:
        return str(picture.info.get(KEY))


def make_picture(
    name: str, settings: list[str], path: Path, fingerprint: str, pool: BlenderPool, scratch: Path
) -> None:
    """Render a preset with these settings into a picture."""
    spec = read_spec(name, settings, None).spec
    render_step(Source(name, spec), choose_representative_step(spec), scratch / "picture.png", pool)
    info = PngInfo()
    info.add_text(KEY, fingerprint)
    with Image.open(scratch / "picture.png") as rendered:
        few_colors = rendered.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
        few_colors.save(path, optimize=True, pnginfo=info)


def main() -> None:
    """Make the pictures, and delete those of presets that are gone."""
    names = presets.list_presets()
    for path in presets.PRESETS_FOLDER.glob("*.png"):
        if path.stem not in names:
            path.unlink()
    with tempfile.TemporaryDirectory() as scratch, BlenderPool(None) as pool:
        wanted = [(name, SETTINGS, presets.picture_path(name), compute_fingerprint(name)) for name in names]
        for template in templates.list_templates():
            path, fingerprint = templates.picture_path(template), compute_template_fingerprint(template)
            wanted.append((SHOWN_PRESET, [*SETTINGS, f'look.template="{template}"'], path, fingerprint))
        for name, settings, path, fingerprint in wanted:
            if "--all" in sys.argv or read_fingerprint(path) != fingerprint:
                make_picture(name, settings, path, fingerprint, pool, Path(scratch))
                print(path)


if __name__ == "__main__":
    main()
