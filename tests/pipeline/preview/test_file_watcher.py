# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved file is noticed however it was saved, once, and not before its writer is done."""

from __future__ import annotations

import os

import pytest
from kernelwalk_pipeline.preview.file_watcher import POLLS_TO_MISS, FileWatcher


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text("one")
    return path


def polls(watcher, count=3):
    return [watcher.poll() for _ in range(count)]


def write(path, text):
    """Write a file as if later than everything before: a file system's clock may be coarse."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_file_that_nobody_saves_has_not_changed(path):
    assert not any(polls(FileWatcher(path)))


def test_a_file_written_in_place_has_changed_once(path):
    watcher = FileWatcher(path)
    write(path, "two")
    assert polls(watcher) == [False, True, False]


def test_a_file_replaced_by_another_of_the_same_time_and_size_has_changed(path):
    watcher, found = FileWatcher(path), path.stat()
    other = path.with_name("other")
    other.write_text("two")
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(path)
    assert polls(watcher) == [False, True, False]


def test_a_file_is_not_read_while_it_is_being_written(path):
    watcher = FileWatcher(path)
    for text in ("", "t", "tw", "two"):
        write(path, text)
        assert not watcher.poll()
    assert polls(watcher) == [True, False, False]


def test_a_file_that_vanishes_for_a_moment_is_not_reported_as_gone(path):
    watcher = FileWatcher(path)
    path.unlink()
    assert not any(polls(watcher, POLLS_TO_MISS - 1))
    write(path, "two")
    assert polls(watcher) == [False, True, False]


def test_a_file_that_stays_away_is_reported_once_and_again_when_it_comes_back(path):
    watcher = FileWatcher(path)
    path.unlink()
    assert polls(watcher, POLLS_TO_MISS + 2) == [False] * (POLLS_TO_MISS - 1) + [True, False, False]
    path.write_text("two")
    assert polls(watcher) == [False, True, False]
