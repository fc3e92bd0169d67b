# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of files, estimated from the spec."""

from __future__ import annotations

from typing import Any

from kernelwalk.core import Spec, spec_from_table
from kernelwalk.core.plan.file_sizes import FileForm, estimate_size, find_size_obstacle

FORM = FileForm("a book", 100_000, 7, 1000, 10, 3000, 30, step=1)


def make(**sections: Any) -> Spec:
    return spec_from_table({"layer": {"op": "conv", "input": [1, 3], "kernel": [1, 2]}, **sections})


def test_tiles_activations_and_steps_have_their_bytes_and_values_those_of_tiles():
    # three cells and two outputs; each step reads two cells and computes an output
    assert estimate_size(make(), FORM) == 7 + 5 * 1000 + 6 * 10 + 2
    for sections in ({"look": {"opacity": 0.5}}, {"walk": {"trail": True}}, {"walk": {"lift": 0.2}}):
        assert estimate_size(make(**sections), FORM) == 7 + 5 * 3000 + 6 * 30 + 2
    assert estimate_size(make(values={"input": "random", "kernel": "box"}), FORM) == 7 + 10 * 3000 + 6 * 30 + 2


def test_what_is_too_large_is_told_with_its_size_the_limit_and_the_remedy():
    assert find_size_obstacle(make(), FORM) is None
    told = find_size_obstacle(make(), FORM._replace(largest=1_000, words=2_000_000))
    assert told is not None
    assert (
        "a book of 5 tiles and 2 steps would have about 2.0 MB, and at most 0.0 MB are written. Use a smaller" in told
    )
    made = find_size_obstacle(make(), FORM._replace(largest=1_000), made=1_500_000)
    assert made is not None
    assert "would have 1.5 MB, and at most 0.0 MB are written" in made
    assert find_size_obstacle(make(), FORM._replace(largest=1_000), made=1_000) is None
