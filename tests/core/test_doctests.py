# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the core's docstrings give the output that they show."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import kernelwalk.core
import pytest

PACKAGE = Path(kernelwalk.core.__file__).parent
MODULES = sorted(
    ".".join(("kernelwalk.core", *path.relative_to(PACKAGE).with_suffix("").parts))
    for path in PACKAGE.rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)


def test_the_public_interface_has_examples() -> None:
    assert len(MODULES) >= 3


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_their_output(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0
