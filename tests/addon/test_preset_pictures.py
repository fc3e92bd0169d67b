# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of presets and templates: one for each, as fresh as what it shows, and small together."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from kernelwalk.core.spec import presets, templates
from PIL import Image

PATH = Path(__file__).resolve().parents[2] / "addon" / "make_preset_pictures.py"
SCRIPT = importlib.util.spec_from_file_location("make_preset_pictures", PATH)
assert SCRIPT and SCRIPT.loader
make_preset_pictures = importlib.util.module_from_spec(SCRIPT)
SCRIPT.loader.exec_module(make_preset_pictures)

MAX_BYTES = 300_000
"""Size of all pictures together, which the add-on's zip holds."""


@pytest.mark.parametrize("name", presets.list_presets())
def test_every_preset_has_a_picture_made_from_its_settings(name: str) -> None:
    found = make_preset_pictures.read_fingerprint(presets.picture_path(name))
    assert found == make_preset_pictures.compute_fingerprint(name), "run: python addon/make_preset_pictures.py"
    with Image.open(presets.picture_path(name)) as picture:
        assert picture.size == (128, 128)


@pytest.mark.parametrize("template", templates.list_templates())
def test_every_template_has_a_picture_made_from_its_files(template: str) -> None:
    found = make_preset_pictures.read_fingerprint(templates.picture_path(template))
    wanted = make_preset_pictures.compute_template_fingerprint(template)
    assert found == wanted, "run: python addon/make_preset_pictures.py"


def test_there_are_no_other_pictures_and_they_are_small() -> None:
    paths = list(presets.PRESETS_FOLDER.glob("*.png"))
    assert sorted(path.stem for path in paths) == presets.list_presets()
    assert sum(path.stat().st_size for path in paths) < MAX_BYTES
