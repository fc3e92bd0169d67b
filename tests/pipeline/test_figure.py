# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk figure: its files, its exit codes and its messages."""

from __future__ import annotations

import sys
from pathlib import Path

PRESET = "no_padding_no_strides"


def test_figures_are_written_without_blender(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "bpy", None)
    for name, start in (("a.svg", b"<svg"), ("a.pdf", b"%PDF"), ("a.tex", b"% No padding")):
        ran = call("figure", PRESET, "--steps", "0,-1", "-o", name, "--size", "96x54")
        assert (ran.code, ran.err, ran.out.strip()) == (0, "", name)
        assert Path(name).read_bytes().startswith(start)
    assert sorted(each.name for each in Path().iterdir()) == ["a.pdf", "a.svg", "a.tex"]


def test_figures_of_several_specs_stand_in_a_folder(call):
    ran = call("figure", PRESET, "max_pool", "-o", "steps", "--size", "96x54", "--format", "pdf")
    assert (ran.code, ran.out.split()) == (0, [f"steps/{name}.pdf" for name in (PRESET, "max_pool")])
    assert call("figure", PRESET, "-o", "steps", "--size", "96x54", "--step", "-1").out.strip() == f"steps/{PRESET}.svg"
    ran = call("figure", PRESET, "-o", "a.svg", "--format", "pdf")
    assert (ran.code, len(ran.complaints)) == (2, 1)
    assert "--format is for folders" in ran.err


def test_of_a_long_row_an_excerpt_is_drawn(call):
    ran = call("figure", "nn.Conv1d(1, 1, 3)", "--input", "12000", "-o", "a.svg", "--size", "96x54", "--step", "-1")
    assert (ran.code, ran.err) == (0, "")
    assert Path("a.svg").stat().st_size < 200_000


def test_a_figure_that_cannot_be_drawn_is_an_error_that_says_why(call):
    for arguments, code, message in (
        (["-o", "a.png"], 2, "a.png: .png is no form of a figure. Use .svg, .pdf, .tex, or a folder"),
        (["-o", "a.svg", "--step", "9"], 2, "--step: 9 is not one of the 4 steps"),
        (["-o", "a.svg", "--step", "0", "--steps", "1"], 2, "--step: cannot be combined with --steps"),
        (["-o", "a.pdf", "--columns", "2"], 2, "--columns: .pdf has a page for each step"),
        (["-o", "a.svg", "--set", "layer.input=120"], 2, "a figure of 28,324 tiles would have about 57 MB"),
        (["-o", "/dev/null/a.svg"], 4, "/dev/null"),
    ):
        ran = call("figure", PRESET, *arguments)
        assert (ran.code, len(ran.complaints)) == (code, 1), ran
        assert message in ran.err
    assert not list(Path().iterdir())
