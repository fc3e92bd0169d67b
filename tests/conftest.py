# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for a whole run of the tests: it ends, also where Blender has been imported; and what --thorough adds."""

from __future__ import annotations

import os
import sys

import pytest

SESSION = pytest.StashKey[pytest.Session]()


LONGEST = ["test_window.py", "test_docs.py", "test_labels.py", "test_partial.py", "test_pictures.py", "test_faults.py"]
"""The files that take longest, the longest first."""

MORE_EXAMPLES = "10"
"""How many times the usual number of random examples --thorough tries: see example_count."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run all cases, and ten times the random examples")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--thorough"):
        os.environ.setdefault("KERNELWALK_EXAMPLES", MORE_EXAMPLES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases of --thorough, and begin with the files that take longest, so that no core waits for one."""
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[SESSION] = session


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process here, with pytest's own exit status: the bpy module can hang when Python exits."""
    session = config.stash.get(SESSION, None)
    if "bpy" in sys.modules and session is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(session.exitstatus))
