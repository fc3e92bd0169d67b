# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of film formats: everything that lists formats lists those of the registry."""

from __future__ import annotations

import pytest
from kernelwalk_pipeline.films.formats import FILM_FORMATS, FORMAT_NAMES


def test_the_help_of_every_command_lists_every_format(call):
    for command in (["render"], ["encode"]):
        text = " ".join(call(*command, "--help").out.split())
        assert " ".join(FILM_FORMATS) in text
    assert f"<frames|{'|'.join(FORMAT_NAMES)}>" in call("render", "--help").out
    assert f"<{'|'.join(FORMAT_NAMES)}>" in call("export", "openjd", "--help").out


def test_an_unknown_format_is_refused_with_the_known_ones(call, spec):
    for arguments in (["-o", "a.avi"], ["-o", "out", "--format", "avi"]):
        ran = call("render", spec(), *arguments)
        assert ran.code == 2
        assert all(name in ran.err for name in FORMAT_NAMES)


def test_the_job_type_for_flamenco_lists_every_format(call, tmp_path):
    assert call("export", "flamenco", "-o", "kernelwalk.js").code == 0
    text = (tmp_path / "kernelwalk.js").read_text()
    assert f"The film: {', '.join(FILM_FORMATS)}" in text
    assert "FILM_SUFFIXES" not in text


@pytest.mark.parametrize("film_format", FILM_FORMATS.values(), ids=FORMAT_NAMES)
def test_a_transparent_spec_is_refused_exactly_without_an_alpha_pixel_format(call, spec, film_format, blender_started):
    ran = call("render", spec(), "-o", f"a{film_format.suffix}", "--transparent")
    assert ("render.transparent" in ran.err) == (not film_format.alpha_pixel_format)
