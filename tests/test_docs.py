# SPDX-License-Identifier: GPL-3.0-or-later
"""The README and docs/ hold what they promise: examples give their output, links lead somewhere. Their commands and
specs are tested in pipeline/test_documented_blocks.py."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import kernelwalk
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def name(page: Path) -> str:
    return page.name


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
