# SPDX-License-Identifier: GPL-3.0-or-later
"""The README and docs/ hold what they promise: commands run, specs parse, examples give their output, links lead
somewhere.

A command's pictures are made small (SMALL), which is added to its own words. A block that is not run says why in a
comment before it: `<!-- not run: REASON -->`, or `<!-- run by .ci/run -->`.
"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import kernelwalk
import pytest
from kernelwalk.core import parse_spec

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
MARK = re.compile(r"not run: .+|run by \.ci/run")
QUICK = ["--set", "render.samples=1"]
SMALL = {"blend": QUICK} | {command: ["--size", "96x54", *QUICK] for command in ("render", "still", "sheet", "encode")}
"""Options added to a command, by its name."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with the comment before it."""

    page: Path
    language: str
    text: str
    mark: str | None


def blocks(language: str) -> list[Block]:
    """Return all blocks of a language, in order."""
    return [
        Block(page, match["language"], match["text"], match["mark"])
        for page in PAGES
        for match in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if match["language"] == language
    ]


def of_page(page: Path, language: str) -> list[Block]:
    return [block for block in blocks(language) if block.page == page]


def name(page: Path) -> str:
    return page.name


def commands(page: Path) -> list[list[str]]:
    """Return the commands of a page that are to be run, word by word."""
    lines = [
        line
        for block in of_page(page, "sh")
        if block.mark is None
        for line in block.text.replace("\\\n", " ").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    return [shlex.split(line) for line in lines]


def test_every_block_that_is_not_run_says_why() -> None:
    marks = [block.mark for language in ("sh", "python", "toml") for block in blocks(language) if block.mark]
    assert marks
    assert [mark for mark in marks if not MARK.fullmatch(mark)] == []


WITH_COMMANDS = [
    pytest.param(page, id=name(page), marks=[] if page.name == "README.md" else pytest.mark.thorough)
    for page in PAGES
    if commands(page)
]


@pytest.mark.once
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    for text in re.findall(r"```toml\n(.*?)```.*?Save it as `(.*?)`", page.read_text(encoding="utf-8"), re.DOTALL):
        (tmp_path / text[1]).write_text(text[0], encoding="utf-8")
    for words in commands(page):
        assert words[0] == "kernelwalk", f"{page.name} has a command that this test cannot run: {shlex.join(words)}"
        command = [sys.executable, "-m", "kernelwalk_pipeline", *words[1:], *SMALL.get(words[1], [])]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ran.returncode == 0, f"{shlex.join(words)}\n{ran.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_specs_of_a_page_parse(page: Path) -> None:
    for block in of_page(page, "toml"):
        if block.mark is None:
            parse_spec(block.text)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_examples_of_a_page_give_their_output(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MkDocs make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted(ROOT.glob("*/README.md"))], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(linked), f"{page.name}: {target}"


def test_the_readme_is_short_and_its_pictures_are_small() -> None:
    assert (ROOT / "README.md").stat().st_size < 8000
    assert (ROOT / "docs" / "images" / "conv.gif").stat().st_size < 500_000


def test_the_version_is_the_same_wherever_it_stands() -> None:
    manifest = (ROOT / "addon" / "kernelwalk" / "blender_manifest.toml").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'\nversion = "{kernelwalk.__version__}"\n' in manifest
    assert f"\nversion: {kernelwalk.__version__}\n" in citation
    assert f"## {kernelwalk.__version__} " in (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
