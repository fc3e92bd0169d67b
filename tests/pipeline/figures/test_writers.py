# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as SVG, PDF and TeX."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from kernelwalk.core.font_metrics import STRONG, load_font
from kernelwalk_pipeline.figures.figure import Figure
from kernelwalk_pipeline.figures.pdf import write_pdf
from kernelwalk_pipeline.figures.svg import subset_font, write_svg
from kernelwalk_pipeline.figures.tex import write_tex

from .drawn import differ, rasterize, show_pdf

SVG = "{http://www.w3.org/2000/svg}"


def test_steps_stand_in_rows_and_columns_of_an_svg(figure: Figure) -> None:
    root = ET.fromstring(write_svg([figure] * 5, "A < B", 3, as_text=False))
    assert (root.get("width"), root.get("height")) == ("1920", "720")
    assert root.findtext(f"{SVG}title") == "A < B"
    assert [each.get("transform") for each in root.findall(f"{SVG}g")][-1] == "translate(64000 36000)"
    chosen = ET.fromstring(write_svg([figure] * 8, "", None, as_text=False))
    assert (chosen.get("width"), chosen.get("height")) == ("2560", "720"), "as on a sheet"
    one = ET.fromstring(write_svg([figure], "", None, as_text=False))
    assert len(one) == len(root[1]) + 1
    assert not one.findall(f"{SVG}text")
    assert "Max pooling in numbers" in {each.get("aria-label") for each in one}


def test_text_of_an_svg_is_text_with_its_fonts(figure: Figure) -> None:
    written = write_svg([figure], "", None, as_text=True)
    root = ET.fromstring(written)
    texts = [each.text for each in root.findall(f"{SVG}text")]
    assert {"Max pooling in numbers", "Input", "9"} <= set(texts)
    families = {each.get("font-family") for each in root.findall(f"{SVG}text")}
    assert families == set(re.findall(r'@font-face{font-family:"([^"]+)";src:url\("data:font/', written))
    assert len(families) == 2


def test_a_pdf_shows_the_same_as_the_svg_and_embeds_every_font(figure: Figure) -> None:
    wanted = rasterize(write_svg([figure], "", None, as_text=False))
    words = replace(figure, shapes=figure.shapes[-6:])
    outlines, text = write_pdf([words, figure], "A title", as_text=False), write_pdf([figure], "A title", as_text=True)
    assert len(pypdfium2.PdfDocument(outlines)) == 2
    assert differ(wanted, show_pdf(outlines, 1)) < 1.5
    assert differ(wanted, show_pdf(text)) < 1.5
    assert write_pdf([words], "", as_text=True) == write_pdf([words], "", as_text=True)
    assert (outlines.count(b"/FontFile2"), text.count(b"/FontFile2")) == (0, 2)
    assert b"/Helvetica" not in outlines + text
    assert "Max pooling in numbers" in pypdfium2.PdfDocument(text)[0].get_textpage().get_text_bounded()


def test_text_that_tex_lacks_stays_outlines(figure: Figure) -> None:
    written = write_tex([figure], "", as_text=True)
    assert written.isascii()
    assert "{\\bfseries Max pooling in numbers}" in written
    assert "{3$\\times$3}" in written
    assert len(write_tex([figure], "", as_text=False)) > len(written)


@pytest.mark.weekly
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs Debian's texlive-latex-base and texlive-pictures")
def test_pdflatex_compiles_a_file_by_itself_and_within_a_document(figure: Figure, tmp_path: Path) -> None:
    def compile_tex(name: str) -> bytes:
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", name]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / name).with_suffix(".pdf").read_bytes()

    (tmp_path / "figure.tex").write_text(write_tex([figure, figure], "A & b", as_text=False))
    data = compile_tex("figure.tex")
    assert len(pypdfium2.PdfDocument(data)) == 2
    assert differ(rasterize(write_svg([figure], "", None, as_text=False)), show_pdf(data, 1)) < 1.5
    (tmp_path / "figure.tex").write_text(write_tex([figure], "", as_text=True))
    whole = "\\documentclass{article}\\usepackage{tikz}\\begin{document}A \\input{figure} b\\end{document}"
    (tmp_path / "whole.tex").write_text(whole)
    text = pypdfium2.PdfDocument(compile_tex("whole.tex"))[0].get_textpage().get_text_bounded()
    assert "Max pooling in numbers" in text


def test_the_same_letters_of_a_font_are_the_same_bytes_at_any_time(monkeypatch):
    found = []
    for seconds in (1, 2_000_000_000):
        monkeypatch.setattr("fontTools.ttLib.tables._h_e_a_d.timestampNow", lambda now=seconds: now)
        found.append(subset_font(load_font(STRONG), "AB"))
    assert found[0] == found[1]
