# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as TikZ, for pdflatex: a document of its own, or a part of another one that reads it by \\input."""

from __future__ import annotations

from collections.abc import Sequence

from kernelwalk.core.font_metrics import STRONG, load_font

from .figure import Figure
from .glyphs import outline_words, place_characters
from .shapes import POINTS_OF_COMMAND, Area, Path, Shape, Stroke, Words

POINTS_PER_PIXEL = 72.27 / 96
"""TeX's points of a pixel."""

BEGIN_DOCUMENT = r"""\expandafter\ifx\csname @nodocument\endcsname\relax\else
  \documentclass{article}
  \usepackage{tikz}
  \pagestyle{empty}
  \setlength\parindent{0pt}
  \setlength\topskip{0pt}
  \setlength\maxdepth{0pt}
  \hoffset=-1in \voffset=-1in
  \oddsidemargin=0pt \topmargin=0pt \headheight=0pt \headsep=0pt
  \pdfpagewidth=WIDTH \pdfpageheight=HEIGHT
  \paperwidth=WIDTH \paperheight=HEIGHT
  \textwidth=WIDTH \textheight=HEIGHT
  \begin{document}
  \def\kernelwalknext{\newpage}
  \def\kernelwalkends{\end{document}}
\fi
\ifdefined\kernelwalkends\else\let\kernelwalkends\relax\let\kernelwalknext\space\fi
"""

DEFINITIONS = r"""\ifdefined\kernelwalktext\else
  % one letter for each part of a path, as in SVG, in pixels; PGF's own commands compile faster than TikZ's paths
  \newdimen\kernelwalkpixel
  \newcommand\kernelwalkpoint[2]{\pgfqpoint{#1\kernelwalkpixel}{#2\kernelwalkpixel}}
  \newcommand\kernelwalkpaths{\pgfseteorule\pgfsetroundjoin
    \def\M##1,##2 {\pgfpathmoveto{\kernelwalkpoint{##1}{##2}}}%
    \def\L##1,##2 {\pgfpathlineto{\kernelwalkpoint{##1}{##2}}}%
    \def\C##1,##2 ##3,##4 ##5,##6 {\pgfpathcurveto{\kernelwalkpoint{##1}{##2}}%
      {\kernelwalkpoint{##3}{##4}}{\kernelwalkpoint{##5}{##6}}}%
    \def\Z{\pgfpathclose}%
    \def\F##1##2{\pgfsetfillcolor{##1}\pgfsetfillopacity{##2}\pgfusepathqfill}%
    \def\S##1##2##3{\pgfsetstrokecolor{##1}\pgfsetstrokeopacity{##2}\pgfsetlinewidth{##3\kernelwalkpixel}%
      \pgfusepathqstroke}}
  \newcommand\kernelwalktext[5]{\begin{scope}[shift={(#1)},cm={#2,(0,0)}]%
    \node[transform shape,anchor=base west,inner sep=0pt,text=#3,opacity=#4]{#5};\end{scope}}
\fi
"""

FONT_SIZE = 10.0
"""Size of TeX's font, which is scaled."""

SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "^": r"\^{}", "_": r"\_",
    "%": r"\%", "~": r"\~{}", "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "→": r"$\to$", "∞": r"$\infty$",
    "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$", "≤": r"$\le$", "≥": r"$\ge$",
    "÷": r"$\div$", "–": "--", "—": "---", "…": r"\dots{}", "<": "$<$", ">": "$>$", "|": "$|$", '"': "''",
}  # fmt: skip
"""Characters that TeX writes in another way. Words with others that are not ASCII are drawn as outlines."""


def write_tex(figures: Sequence[Figure], title: str, as_text: bool) -> str:
    """Return figures as TeX, a page for each. as_text: write words in the document's font instead of as outlines."""
    size = [f"{side * POINTS_PER_PIXEL:.3f}pt" for side in (figures[0].width, figures[0].height)]
    begin = BEGIN_DOCUMENT.replace("WIDTH", size[0]).replace("HEIGHT", size[1])
    note = f"% {' '.join(title.split())}: for pdflatex, or \\input it where \\usepackage{{tikz}} stands\n"
    pages = [_write_figure(figure, as_text) for figure in figures]
    return "".join([note, begin, DEFINITIONS, "\\kernelwalknext\n".join(pages), "\\kernelwalkends\n"])


def _write_figure(figure: Figure, as_text: bool) -> str:
    lines = [
        f"\\begin{{tikzpicture}}[x={POINTS_PER_PIXEL:.6f}pt,y={POINTS_PER_PIXEL:.6f}pt]",
        f"\\useasboundingbox (0,0) rectangle ({figure.width},{figure.height});",
        f"\\kernelwalkpixel={POINTS_PER_PIXEL:.6f}pt \\kernelwalkpaths",
    ]
    colors: dict[str, str] = {}
    for shape in figure.shapes:
        if shape.color not in colors:
            colors[shape.color] = f"kw{shape.color[1:]}"
            lines.append(f"\\definecolor{{{colors[shape.color]}}}{{HTML}}{{{shape.color[1:]}}}")
        lines += _write_shape(shape, colors[shape.color], as_text)
    return "\n".join([*lines, "\\end{tikzpicture}%", ""])


def _write_shape(shape: Shape, color: str, as_text: bool) -> list[str]:
    if isinstance(shape, Stroke):
        path = _format_path(Path("M" + "L" * (len(shape.points) - 1), shape.points))
        return [f"{path}\\S{{{color}}}{{{shape.opacity:.3g}}}{{{shape.width:.2f}}}"]
    if isinstance(shape, Words):
        written = _write_words(shape, color) if as_text else None
        if written is not None:
            return written
    area = shape.path if isinstance(shape, Area) else outline_words(shape)
    return [f"{_format_path(area)}\\F{{{color}}}{{{shape.opacity:.3g}}}"] if area.commands else []


def _format_path(path: Path) -> str:
    points = iter(f"{x:.2f},{y:.2f} " for x, y in path.points.tolist())
    return "".join(
        f"\\{command}" + "".join(next(points) for _ in range(POINTS_OF_COMMAND[command])) for command in path.commands
    )


def _write_words(words: Words, color: str) -> list[str] | None:
    """Return words as text; None if TeX lacks a character."""
    if any(not character.isascii() and character not in SIGNS for character in words.text):
        return None
    pieces = [(words.text, 0.0)] if words.places is None else place_characters(words)
    a, b, c, d, e, f = words.matrix
    lines = []
    for text, start in pieces:
        scale = POINTS_PER_PIXEL / FONT_SIZE
        matrix = ",".join(f"{value * scale:.5f}" for value in (a, b, c, d))
        x, y = e + start * a, f + start * b
        escaped = "\\bfseries " * (words.font is load_font(STRONG))
        escaped += "".join(SIGNS.get(character, character) for character in text)
        lines.append(f"\\kernelwalktext{{{x:.2f},{y:.2f}}}{{{matrix}}}{{{color}}}{{{words.opacity:.3g}}}{{{escaped}}}")
    return lines
