# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers: Blender calls them, also after another file is opened, until they are taken out."""

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.ui.toolkit.handlers import add_handlers, remove_handlers  # noqa: E402


def open_a_file() -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def test_handlers_are_called_in_all_files_until_they_are_removed() -> None:
    events: list[str] = []
    handlers = {"load_pre": lambda *_: events.append("before"), "load_post": lambda *_: events.append("after")}
    add_handlers(handlers)
    try:
        open_a_file()
        open_a_file()
        assert events == ["before", "after"] * 2
    finally:
        remove_handlers(handlers)
    open_a_file()
    assert len(events) == 4
