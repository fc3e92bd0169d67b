# SPDX-License-Identifier: GPL-3.0-or-later
"""Outputs: their names decide between films and folders, and no other files of the user are overwritten."""

from __future__ import annotations

import os

import pytest
from kernelwalk_pipeline.atomic import publish_file
from kernelwalk_pipeline.failures import OutputError, UsageError
from kernelwalk_pipeline.films.formats import FILM_FORMATS
from kernelwalk_pipeline.outputs import Output, resolve_outputs
from kernelwalk_pipeline.paths import prepare_folder, refuse_special_file
from kernelwalk_pipeline.source import read_spec

posix = pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")


@pytest.fixture
def sources(spec):
    """Return two specs, "one" of an even size and "two" of an odd one."""
    return [read_spec(str(spec("one"))), read_spec(str(spec("two", render={"resolution": [97, 55]})))]


@pytest.mark.parametrize("suffix", [*FILM_FORMATS, ".MP4", ".Png"])
def test_a_films_suffix_makes_a_film(tmp_path, sources, suffix):
    path = tmp_path / f"film{suffix}"
    assert resolve_outputs(path, sources[:1], None) == [Output(path, is_film=True)]
    assert not path.exists()


@pytest.mark.parametrize("name", ["frames", "take.2", "v1.05", ".hidden"])
def test_any_other_name_is_a_folder_of_frames(tmp_path, sources, name):
    path = tmp_path / name
    assert resolve_outputs(path, sources[:1], None) == [Output(path, is_film=False)]
    assert not path.exists()


def test_several_specs_get_a_folder_each(tmp_path, sources):
    out = tmp_path / "out"
    assert resolve_outputs(out, sources, None) == [
        Output(out / "one", is_film=False),
        Output(out / "two", is_film=False),
    ]
    assert resolve_outputs(out, sources, "frames") == resolve_outputs(out, sources, None)


def test_several_specs_get_a_film_each_with_a_format(tmp_path, sources):
    out = tmp_path / "out"
    assert resolve_outputs(out, sources, "gif") == [
        Output(out / "one.gif", is_film=True),
        Output(out / "two.gif", is_film=True),
    ]
    assert resolve_outputs(out, sources[:1], "gif") == [Output(out / "one.gif", is_film=True)]


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_films_with_halved_chroma_need_even_sizes(tmp_path, sources, kind):
    with pytest.raises(UsageError, match=r"two: render\.resolution: .* not 97x55\. Use 98x56"):
        resolve_outputs(tmp_path / "out", sources, kind)
    resolve_outputs(tmp_path / "out", sources[:1], kind)


@pytest.mark.parametrize(
    ("kind", "clear"), [("mp4", False), ("gif", False), ("webm", True), ("webp", True), ("png", True)]
)
def test_formats_without_alpha_refuse_transparent_specs(tmp_path, spec, kind, clear):
    source = read_spec(str(spec("one", render={"transparent": True})))
    if clear:
        resolve_outputs(tmp_path / f"film.{kind}", [source], None)
        return
    with pytest.raises(UsageError, match=r"one: render\.transparent: .* Use \.webm"):
        resolve_outputs(tmp_path / f"film.{kind}", [source], None)
    assert list(tmp_path.glob("film*")) == []


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "frames"])
def test_other_films_take_odd_sizes(tmp_path, sources, kind):
    assert len(resolve_outputs(tmp_path / "out", sources, kind)) == 2


def test_wrong_arguments_create_nothing(tmp_path, sources):
    with pytest.raises(UsageError):
        resolve_outputs(tmp_path / "new" / "film.avi", sources, None)
    with pytest.raises(UsageError):
        resolve_outputs(tmp_path / "new" / "film.mp4", sources, None)
    assert not (tmp_path / "new").exists()


def test_a_films_frames_are_kept_beside_it(tmp_path):
    assert Output(tmp_path / "a.mp4", is_film=True).frames_folder == tmp_path / "a.mp4.frames"
    assert (
        Output(tmp_path / "a.mp4", is_film=True).frames_folder != Output(tmp_path / "a.gif", is_film=True).frames_folder
    )
    assert Output(tmp_path / "a", is_film=False).frames_folder == tmp_path / "a"


def test_preparing_a_folder_leaves_nothing_in_it(tmp_path):
    prepare_folder(tmp_path / "a" / "b")
    assert not list((tmp_path / "a" / "b").iterdir())


@pytest.mark.parametrize("below", ["file", "file/folder", "\0", "n" * 300])
def test_an_impossible_folder_is_an_output_error(tmp_path, below):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match=r"cannot be written.*another output"):
        prepare_folder(tmp_path / below)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_plain_file_may_be_replaced_and_a_folder_not(tmp_path):
    (tmp_path / "film.mp4").write_text("earlier")
    refuse_special_file(tmp_path / "film.mp4")
    refuse_special_file(tmp_path / "none.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="not a plain file"):
        refuse_special_file(tmp_path / "folder.mp4")


@posix
@pytest.mark.parametrize("target", ["film.mp4", "nowhere", "link.mp4"])
def test_a_link_is_not_replaced(tmp_path, target):
    (tmp_path / "film.mp4").write_text("mine")
    (tmp_path / "link.mp4").symlink_to(target)
    with pytest.raises(OutputError, match=r"link\.mp4.*not a plain file"):
        refuse_special_file(tmp_path / "link.mp4")


def test_a_finished_file_takes_its_name_and_the_place_of_an_earlier_one(tmp_path):
    (tmp_path / "part").write_text("new")
    (tmp_path / "film.mp4").write_text("old")
    publish_file(tmp_path / "part", tmp_path / "film.mp4")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("film.mp4", "new")]


def test_a_file_that_cannot_take_its_name_is_an_output_error(tmp_path):
    (tmp_path / "part").write_text("new")
    with pytest.raises(OutputError, match="cannot be written"):
        publish_file(tmp_path / "part", tmp_path / "nowhere" / "film.mp4")
    with pytest.raises(OutputError, match="cannot be written"):
        publish_file(tmp_path / "gone", tmp_path / "film.mp4")
