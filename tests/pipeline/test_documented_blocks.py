# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands in the README and docs/ run, and their specs parse.

A command's pictures are made small (SMALL), which is added to its own words. A block that is not run says why in a
comment before it: `<!-- not run: REASON -->`, or `<!-- run by .ci/run -->`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from kernelwalk.core import parse_spec

from .conftest import Ran

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
MARK = re.compile(r"not run: .+|run by \.ci/run")
QUICK = ["--set", "render.samples=1"]
SMALL = {"blend": QUICK} | {command: ["--size", "96x54", *QUICK] for command in ("render", "still", "sheet", "encode")}
"""Options added to a command, by its name."""


@dataclass(frozen=True)
class Block:
    """The text of a fenced block, and the comment before it."""

    text: str
    mark: str | None


def blocks(page: Path, language: str) -> list[Block]:
    """Return all blocks of a language on a page, in order."""
    return [
        Block(match["text"], match["mark"])
        for match in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if match["language"] == language
    ]


def name(page: Path) -> str:
    return page.name


def commands(page: Path) -> list[list[str]]:
    """Return the commands of a page that are to be run, word by word."""
    lines = [
        line
        for block in blocks(page, "sh")
        if block.mark is None
        for line in block.text.replace("\\\n", " ").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    return [shlex.split(line) for line in lines]


def test_every_block_that_is_not_run_says_why() -> None:
    found = [block for page in PAGES for language in ("sh", "python", "toml") for block in blocks(page, language)]
    marks = [block.mark for block in found if block.mark]
    assert marks
    assert [mark for mark in marks if not MARK.fullmatch(mark)] == []


WITH_COMMANDS = [
    pytest.param(page, id=name(page), marks=[] if page.name == "README.md" else pytest.mark.thorough)
    for page in PAGES
    if commands(page)
]


@pytest.mark.usefixtures("shared_blender")
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_commands_of_a_page_run(page: Path, call: Callable[..., Ran], tmp_path: Path) -> None:
    for text in re.findall(r"```toml\n(.*?)```.*?Save it as `(.*?)`", page.read_text(encoding="utf-8"), re.DOTALL):
        (tmp_path / text[1]).write_text(text[0], encoding="utf-8")
    for words in commands(page):
        assert words[0] == "kernelwalk", f"{page.name} has a command that this test cannot run: {shlex.join(words)}"
        ran = call(*words[1:], *SMALL.get(words[1], []))
        assert ran.code == 0, f"{shlex.join(words)}\n{ran.err}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_specs_of_a_page_parse(page: Path) -> None:
    for block in blocks(page, "toml"):
        if block.mark is None:
            parse_spec(block.text)
