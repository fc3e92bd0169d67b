# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: the pictures of the steps, where they belong, with their words; and going on."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.pages import contact_sheet
from kernelwalk_pipeline.pages.contact_sheet import SheetCell, SheetLayout
from kernelwalk_pipeline.source import Source
from PIL import Image

SIZE = (96, 54)
COLORS = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0), (0, 200, 200)]


@pytest.fixture
def cells(tmp_path):
    """Five pictures of one colour each."""
    for number, color in enumerate(COLORS):
        Image.new("RGB", SIZE, color).save(tmp_path / f"{number}.png")
    return [SheetCell(tmp_path / f"{number}.png", f"Step {number}", "output (0, 0)") for number in range(5)]


def look(**changes):
    return SheetLayout(
        **{"title": "Title", "about": "3 × 3 → 5", "columns": 3, "size": SIZE, "background": "#FFFFFF"} | changes
    )


def middles(picture, columns, count):
    """Where the pictures of one colour lie: the middle of each, by looking for it."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    found = []
    for color in COLORS[:count]:
        rows, places = np.nonzero((pixels == color).all(axis=2))
        assert len(rows) == SIZE[0] * SIZE[1]
        found.append((rows.mean(), places.mean()))
    return found


def test_pictures_stand_in_rows_and_are_whole(cells, tmp_path):
    contact_sheet.write_sheet(cells, look(), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        places = middles(picture, 3, 5)
        assert picture.mode == "RGB"
        assert picture.getpixel((0, 0)) == (255, 255, 255)
    rows, columns = zip(*places, strict=True)
    assert rows[0] == rows[1] == rows[2] < rows[3] == rows[4]
    assert columns[0] == columns[3] < columns[1] == columns[4] < columns[2]


@pytest.mark.parametrize(("background", "dark"), [("#FFFFFF", True), ("#101418", False)])
def test_words_are_read_on_the_background(cells, tmp_path, background, dark):
    contact_sheet.write_sheet(cells, look(background=background), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        head = np.asarray(picture.convert("L"))[: round(4 * 1.8 * 10)].astype(int)
    off = head - head[0, 0]
    assert (off < -150).any() if dark else (off > 150).any()


def test_a_transparent_sheet_has_nothing_but_pictures_and_words(cells, tmp_path):
    contact_sheet.write_sheet(cells, look(transparent=True), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((0, 0))[3] == 0
        assert (np.asarray(picture)[..., 3] == 255).sum() > 5 * SIZE[0] * SIZE[1]


def test_words_that_are_too_long_are_cut_off_and_cover_no_other(cells, tmp_path):
    long = [SheetCell(cell.picture, "Step", "W" * 200) for cell in cells]
    contact_sheet.write_sheet(long, look(title="W" * 300), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        middles(picture, 3, 5)
        edges = np.asarray(picture.convert("L"))
    assert (edges[:, :10] == 255).all()
    assert (edges[:, -10:] == 255).all()


def test_a_picture_of_another_shape_is_fitted_in(cells, tmp_path):
    Image.new("RGB", (54, 96), (1, 2, 3)).save(tmp_path / "0.png")
    contact_sheet.write_sheet(cells[:1], look(columns=1), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        rows, _ = np.nonzero((np.asarray(picture) == (1, 2, 3)).all(axis=2))
    assert rows.max() - rows.min() + 1 == SIZE[1]


@pytest.mark.parametrize("count", [1, 2, 5, 9, 12, 25, 42])
def test_columns_that_nobody_chose_leave_less_than_a_row_empty(count):
    columns = contact_sheet.choose_columns(count, (480, 270))
    assert 1 <= columns <= count
    assert -count % columns < columns
    assert columns > 1 or count <= 2


def test_a_sheet_that_no_program_opens_is_refused():
    with pytest.raises(UsageError, match=r"400 pictures of 1920x1080 make a sheet of .*--steps"):
        contact_sheet.check_size(look(columns=20, size=(1920, 1080)), 400)


def test_pictures_are_made_to_fit_where_nobody_says_how_large():
    spec = spec_from_table({"layer": {"op": "conv", "input": 3, "kernel": 2}, "render": {"resolution": [1080, 1920]}})
    assert contact_sheet.with_sheet_size(Source("tall", spec)).spec.render.resolution == (270, 480)


def test_pictures_say_nothing_that_the_sheet_says():
    spec = spec_from_table(
        {"title": "T", "layer": {"op": "conv", "input": 3, "kernel": 2}, "words": {"position": True}}
    )
    words = contact_sheet.without_labels(Source("a", spec)).spec.labels
    assert not any((words.title, words.names, words.caption, words.equation, words.position, words.legend))


@pytest.mark.usefixtures("bpy_is_there")
def test_the_steps_are_those_of_the_film(call, spec, rendered, tmp_path, pixels):
    ran = call("sheet", spec(), "-o", "a.png", "--size", "96x54", "--steps", "0,3,-1", "--columns", "3", "--words")
    assert (ran.code, ran.out) == (0, "a.png\n"), ran.err
    found = pixels(tmp_path / "a.png")
    start = rendered.plan.spec.walk.start
    for number in (0, 3, 5):
        wanted = pixels(rendered.folder / f"frame_{start(number):05d}.png")
        assert _holds(found, wanted), number
    assert not _holds(found, pixels(rendered.folder / f"frame_{start(1):05d}.png"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "tiny.toml"] == ["a.png"]


def _holds(page, picture):
    """Whether a picture stands somewhere in another, pixel for pixel."""
    height, width = picture.shape[:2]
    for y in range(page.shape[0] - height + 1):
        for x in np.flatnonzero((page[y, : page.shape[1] - width + 1] == picture[0, 0]).all(axis=1)):
            if np.array_equal(page[y, x : x + width], picture[0]) and np.array_equal(
                page[y : y + height, x : x + width], picture
            ):
                return True
    return False


@pytest.mark.usefixtures("bpy_is_there")
def test_a_sheet_that_was_interrupted_goes_on(call, spec, tmp_path, blender_frames, monkeypatch):
    write = contact_sheet.write_sheet

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(contact_sheet, "write", stop)
    words = ["sheet", spec(), "-o", "a.png", "--size", "96x54"]
    assert call(*words).code == 5
    assert len(blender_frames) == 7  # the six steps, and the one that they are held against
    assert not (tmp_path / "a.png").exists()
    monkeypatch.setattr(contact_sheet, "write", write)
    assert call(*words, "--every", "2").code == 2  # these are others
    assert call(*words).code == 0
    assert len(blender_frames) == 7
    assert not (tmp_path / "a.png.frames").exists()


REFUSED = {
    "both": (["--steps", "0", "--every", "2"], "--every"),
    "a step that is not": (["--steps", "6"], "--steps: 6 is not one of the 6 steps"),
    "too large": (["--size", "16000x16000"], "--size"),
    "no size": (["--size", "640"], "--size"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_told_before_blender_starts(call, spec, blender_started, case):
    words, told = REFUSED[case]
    ran = call("sheet", spec(), "-o", "a.png", *words)
    assert ran.code == 2
    assert told in ran.err
    assert not blender_started()
