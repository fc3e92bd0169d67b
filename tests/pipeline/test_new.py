# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk new: the file that it writes, where it comes from, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import load_preset, parse_spec
from kernelwalk.core.spec.parse import load_spec_table, spec_from_table

LARGE = ["--from", "max_pool", "--input", "150x150", "--set", "values.input=large.npy"]
"""A spec with many numbers."""


def read(path):
    return spec_from_table(load_spec_table(path))


def test_a_new_file_can_be_used_at_once(call, tmp_path):
    ran = call("new", "my.toml")
    assert (ran.code, ran.out, ran.err) == (0, "my.toml\n", "")
    ran = call("inspect", "my.toml")
    assert (ran.code, ran.err) == (0, "")


def test_it_starts_from_a_preset_from_code_or_from_a_file(call, spec, tmp_path):
    path = tmp_path / "folder" / "my.toml"
    code = "nn.Conv2d(3, 4, 3, stride=2, padding=1)"
    tiny = spec()
    origins = {
        "mathematica": load_preset("mathematica"),
        str(tiny): read(tiny),
        code: parse_spec(f'layer = "{code}"\ninput = [5, 5]'),
    }
    for origin, expected in origins.items():
        more = ["--input", "5x5"] if origin == code else []
        ran = call("new", path, "--from", origin, "--force", *more)
        assert (ran.code, ran.err) == (0, "")
        assert read(path) == expected
    assert call("new", path, "--force", "--set", "walk.fps=30").code == 0
    assert "\nfps = 30 " in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["there.toml"], 4, "there.toml: exists. Choose another name, or overwrite it with --force"),
        (["folder.toml", "--force"], 4, "folder.toml: exists and is not a plain file. Choose another output"),
        (["there.toml/my.toml"], 4, "there.toml: cannot be written"),
        (["my.yaml"], 2, "my.yaml: the name must end in .toml. Use my.toml"),
        (["my.toml", "--from", "nothing.toml"], 2, "nothing.toml: the file is not there"),
        (["my.toml", "--from", "nn.Conv2d(1, 1, 9)", "--input", "5x5"], 2, "nn.Conv2d(1, 1, 9): layer"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_written_is_refused(call, tmp_path, arguments, code, message):
    (tmp_path / "there.toml").write_text("mine")
    (tmp_path / "folder.toml").mkdir()
    ran = call("new", *arguments)
    assert ran.code == code
    assert ran.complaints[0].startswith(f"kernelwalk: {message}")
    assert (tmp_path / "there.toml").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.toml", "there.toml"]


def test_the_numbers_of_files_are_written_out(call, tmp_path):
    np.save(tmp_path / "large.npy", np.arange(150 * 150.0).reshape(150, 150))
    assert call("new", "my.toml", *LARGE).code == 0
    written = read(tmp_path / "my.toml").values
    assert written is not None and written.input[0][149][149] == 150 * 150 - 1
