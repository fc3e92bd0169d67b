# SPDX-License-Identifier: GPL-3.0-or-later
"""Cores and memory are those of the affinity and of all cgroups, not of the whole machine."""

from __future__ import annotations

import os

import pytest
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.machine import NO_LIMIT, count_cores, find_free_memory, find_peak_memory

MEMORY = "MemTotal: 64000 kB\nMemAvailable: 32000 kB\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that writes files of a machine with eight cores, and returns its root."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n"}, 8),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n"}, 3),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/cpu.max": "300000 100000",
                "sys/fs/cgroup/a/cpu.max": "250000 100000",
            },
            2,
        ),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        (
            {
                "proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/not/seen/here\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            4,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            8,
        ),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "nothing\n"}, 8),
    ],
)
def test_cores_are_limited_by_every_cgroup(machine, files, cores):
    assert count_cores(machine(files)) == cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux has affinities")
def test_cores_are_those_of_the_affinity(tmp_path):
    allowed = os.sched_getaffinity(0)
    try:
        for count in {1, len(allowed)}:
            os.sched_setaffinity(0, sorted(allowed)[:count])
            assert count_cores(tmp_path) == count
            assert BlenderPool(None, size=None).size == BlenderPool(None).cores == count
    finally:
        os.sched_setaffinity(0, allowed)


def test_free_memory_is_the_least_of_the_machine_and_its_cgroups(machine, tmp_path):
    assert find_free_memory(tmp_path) == NO_LIMIT, "nothing is known"
    assert find_free_memory(machine({"proc/meminfo": MEMORY})) == 32_000 * 1024
    root = machine(
        {
            "proc/self/cgroup": "0::/a\n",
            "sys/fs/cgroup/a/memory.max": "9000000\n",
            "sys/fs/cgroup/a/memory.current": "4000000\n",
            "sys/fs/cgroup/a/memory.stat": "anon 3000000\ninactive_file 1000000\n",
        }
    )
    assert find_free_memory(root) == 6_000_000, "what is left, and what is cached"


def test_the_peak_of_a_process_is_what_the_kernel_says(machine, tmp_path):
    root = machine({"proc/7/status": "Name:\tblender\nVmHWM:\t  300 kB\n"})
    assert find_peak_memory(7, root) == 300 * 1024
    assert find_peak_memory(8, root) == 0
