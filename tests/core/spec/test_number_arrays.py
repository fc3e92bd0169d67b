# SPDX-License-Identifier: GPL-3.0-or-later
"""Spec files with many numbers: read soon, and as the same numbers; long files of anything else are refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.spec.number_arrays import cut_number_arrays, restore_number_arrays
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.spec.toml import MAX_FILE_SIZE, dump_toml


def test_a_spec_with_many_values_is_read_from_its_file(tmp_path: Path) -> None:
    grid = np.random.default_rng(1).normal(size=(150, 140)).tolist()
    layer = {"op": "conv", "input": [150, 140], "kernel": 2}
    spec = spec_from_table({"layer": layer, "values": {"input": grid, "kernel": [[1, 0], [0, -1]]}})
    path = tmp_path / "a.toml"
    path.write_text(dump_toml(spec.to_table()))
    assert path.stat().st_size > 4 * MAX_FILE_SIZE
    assert spec_from_table(load_spec_table(path)) == spec


TEXTS = {
    "rows": "a = [\n  [1, -2.5e3],\n  [3, 4],\n]\nb = 2\n",
    "one line": "[c]\na = [1, 2, 3]  \n[d]\nb = [4]\n",
    "a wrong list": "a = [1, 2]\nb = [1 2]\nc = [+3, 0.5]\n",
    "a comment": "a = [1, 2] # a comment\n",
    "texts": 'a = "[1, 2]"\n',
}


@pytest.mark.parametrize("name", TEXTS)
def test_numbers_read_apart_are_what_toml_reads(name: str) -> None:
    text = TEXTS[name].replace("1,", "1," + " " * 1000)
    cut, arrays = cut_number_arrays(text)
    if name == "a wrong list":
        assert "1 2" in cut and "+3" in cut
        return
    assert restore_number_arrays(tomllib.loads(cut), arrays) == tomllib.loads(text)
    assert (len(arrays) == 1) == (name in ("rows", "one line"))


@pytest.mark.parametrize("text", ["a = [" + "[" * 100_000 + "]" * 100_000 + "]", "b = 1\n" * 20_000, "#" * 100_000])
def test_a_long_file_of_anything_else_is_one_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(SpecError, match="more than 65,536 bytes"):
        load_spec_table(tmp_path / "a.toml")
