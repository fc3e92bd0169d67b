# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated pages of docs/ are as fresh as the code that they describe."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
sys.path.append(str(DOCS))  # as when the script is run
SCRIPT = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
assert SCRIPT and SCRIPT.loader
make_reference = importlib.util.module_from_spec(SCRIPT)
SCRIPT.loader.exec_module(make_reference)
PAGES = make_reference.PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_committed_page_equals_a_fresh_one(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), "run: python docs/make_reference.py"
