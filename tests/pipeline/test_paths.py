# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.paths import open_folder


def fail_in(folder: Path, deed: str = "") -> bool:
    """Fail while a folder is open, after writing a file there if there is a deed. Return whether the folder stays."""
    with pytest.raises(UsageError), open_folder(folder):
        if deed:
            (folder / deed).touch()
        raise UsageError("no such device")
    return folder.is_dir()


def test_an_error_leaves_no_new_empty_folder_but_what_was_there_and_what_was_written(tmp_path: Path) -> None:
    assert not fail_in(tmp_path / "new" / "newer")
    assert not (tmp_path / "new").exists()
    assert fail_in(tmp_path / "begun", "frame.png")
    (tmp_path / "own").mkdir()
    assert fail_in(tmp_path / "own")
    with open_folder(tmp_path / "done"):
        pass
    assert (tmp_path / "done").is_dir()
