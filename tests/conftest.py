# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for a whole run of the tests: it ends, also where Blender has been imported."""

from __future__ import annotations

import os
import sys

import pytest

SESSION = pytest.StashKey[pytest.Session]()


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
