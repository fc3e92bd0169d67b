# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for a whole run of the tests: it ends, also where Blender has been imported; a busy machine is no failure;
what --thorough adds; and which tests cost what, with --costs."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # OpenBLAS and PyTorch
    os.environ.setdefault(name, "1")  # a process per core: more threads would wait for each other, and busily

SESSION = pytest.StashKey[pytest.Session]()
SPENT = pytest.StashKey[float]()
COST = "processor seconds"

LONGEST = [
    *("test_labels.py", "test_faults.py", "test_pictures.py", "test_partial.py", "test_resume.py", "test_render.py"),
    *("test_documented_blocks.py", "test_blender_pool.py", "test_tile_values.py", "test_chunks.py"),
    "test_label_objects.py",
]
"""The files that take longest, the longest first."""

MORE_EXAMPLES = "10"
"""How many times the usual number of random examples --thorough tries: see example_count."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run all cases, and ten times the random examples")
    parser.addoption("--costs", action="store_true", help="add up the processor time of tests, by folder and file")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--thorough"):
        os.environ.setdefault("KERNELWALK_EXAMPLES", MORE_EXAMPLES)


@pytest.hookimpl(tryfirst=True)  # before -m is heard
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases of --thorough, and begin with the files that take longest, so that no core waits for one.

    Cases marked `weekly` get the mark `thorough`, too. Cases beyond the count of `once_beyond` get the mark `once`.
    """
    for item in items:
        if item.get_closest_marker("weekly"):
            item.add_marker("thorough")
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    cases: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("once_beyond")
        if mark is not None:
            test = item.nodeid.partition("[")[0]
            cases[test] += 1
            if cases[test] > mark.args[0]:
                item.add_marker("once")
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def processor_seconds() -> float:
    """Return the processor time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Note in each report what its test cost since the report before, the fixtures that it was the first to use too."""
    report = yield
    now = processor_seconds()
    report.user_properties.append((COST, now - item.config.stash[SPENT]))
    item.config.stash[SPENT] = now
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--costs"):
        return
    files: Counter[str] = Counter()
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        if hasattr(report, "user_properties"):
            files[report.nodeid.partition("::")[0]] += dict(report.user_properties).get(COST, 0.0)
    folders: Counter[str] = Counter()
    for name, seconds in files.items():
        folders["/".join(name.split("/")[:-1][:3])] += seconds
    for title, costs in (("folder", folders), ("file", files)):
        terminalreporter.section(f"{COST} by {title}")
        for name, seconds in costs.most_common(20):
            terminalreporter.line(f"{seconds:8.1f} {name}")
        terminalreporter.line(f"{costs.total():8.1f} all")


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[SESSION] = session
    session.config.stash[SPENT] = processor_seconds()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process here, with pytest's own exit status: the bpy module can hang when Python exits."""
    session = config.stash.get(SESSION, None)
    if "bpy" in sys.modules and session is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(session.exitstatus))
