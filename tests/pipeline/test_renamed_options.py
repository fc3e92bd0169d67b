# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of earlier versions are errors that name the new one."""

from __future__ import annotations

import pytest

RENAMED = {
    "--posters-only": ["gallery", "-o", "out", "--stills"],
    "--labels": ["sheet", "dilation", "-o", "a.png", "--words"],
    "--frames base": ["render", "dilation", "-o", "out", "--frames", "still"],
}


@pytest.mark.parametrize("new", RENAMED)
def test_a_renamed_option_is_an_error_that_names_the_new_one(call, blender_started, new):
    ran = call(*RENAMED[new])
    assert ran.code == 2
    (complaint,) = ran.complaints
    assert complaint.endswith(f"was renamed. Use {new}")
    assert not blender_started()


def test_other_unknown_options_are_reported_as_unknown(call):
    ran = call("render", "dilation", "-o", "out", "--stills")
    assert ran.code == 2
    assert "No such option: --stills" in ran.err
