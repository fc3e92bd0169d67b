# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates are found by their names."""

import pytest
from kernelwalk.core import SpecError
from kernelwalk.core.spec import templates


def test_a_shipped_template_is_found_where_it_is_now(monkeypatch, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "fog.blend").touch()
    monkeypatch.setattr(templates, "_FOLDERS", (first, second))
    assert templates.find_blend_file("fog") == templates.find_blend_file("fog") == first / "fog.blend"
    (first / "fog.blend").unlink()
    assert templates.find_blend_file("fog") == second / "fog.blend"
    (second / "fog.blend").unlink()
    with pytest.raises(SpecError, match="there is no such template"):
        templates.find_blend_file("fog")
