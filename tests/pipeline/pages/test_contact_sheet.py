# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: pictures at their places, with their texts; and continuing after an interruption."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.font_metrics import FONTS
from kernelwalk.core.typeface import load_typeface
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.pages import contact_sheet
from kernelwalk_pipeline.pages.columns import choose_columns
from kernelwalk_pipeline.pages.contact_sheet import SheetCell, SheetLayout
from kernelwalk_pipeline.source import Source
from PIL import Image

SIZE = (96, 54)
COLORS = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0), (0, 200, 200)]


@pytest.fixture
def cells(tmp_path):
    """Return the cells of five pictures of one color each."""
    for number, color in enumerate(COLORS):
        Image.new("RGB", SIZE, color).save(tmp_path / f"{number}.png")
    return [SheetCell(tmp_path / f"{number}.png", f"Step {number}", "output (0, 0)") for number in range(5)]


def layout(**changes):
    return SheetLayout(
        **{"title": "Title", "subtitle": "3 × 3 → 5", "columns": 3, "size": SIZE, "background": "#FFFFFF"} | changes
    )


def middles(picture, columns, count):
    """Return the middle of each picture of one color, found by its color."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    result = []
    for color in COLORS[:count]:
        rows, places = np.nonzero((pixels == color).all(axis=2))
        assert len(rows) == SIZE[0] * SIZE[1]
        result.append((rows.mean(), places.mean()))
    return result


def test_pictures_are_complete_and_in_rows(cells, tmp_path):
    contact_sheet.write_sheet(cells, layout(), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        places = middles(picture, 3, 5)
        assert picture.mode == "RGB"
        assert picture.getpixel((0, 0)) == (255, 255, 255)
    rows, columns = zip(*places, strict=True)
    assert rows[0] == rows[1] == rows[2] < rows[3] == rows[4]
    assert columns[0] == columns[3] < columns[1] == columns[4] < columns[2]


@pytest.mark.parametrize(("background", "dark"), [("#FFFFFF", True), ("#101418", False)])
def test_text_is_readable_on_the_background(cells, tmp_path, background, dark):
    contact_sheet.write_sheet(cells, layout(background=background), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        head = np.asarray(picture.convert("L"))[: round(4 * 1.8 * 10)].astype(int)
    off = head - head[0, 0]
    assert (off < -150).any() if dark else (off > 150).any()


def test_a_transparent_sheet_has_only_pictures_and_text(cells, tmp_path):
    contact_sheet.write_sheet(cells, layout(transparent=True), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((0, 0))[3] == 0
        assert (np.asarray(picture)[..., 3] == 255).sum() > 5 * SIZE[0] * SIZE[1]


def test_long_texts_are_truncated_and_cover_no_other(cells, tmp_path):
    long = [SheetCell(cell.picture, "Step", "W" * 200) for cell in cells]
    contact_sheet.write_sheet(long, layout(title="W" * 300), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        middles(picture, 3, 5)
        edges = np.asarray(picture.convert("L"))
    assert (edges[:, :10] == 255).all()
    assert (edges[:, -10:] == 255).all()


def test_a_picture_of_another_shape_is_fitted_in(cells, tmp_path):
    Image.new("RGB", (54, 96), (1, 2, 3)).save(tmp_path / "0.png")
    contact_sheet.write_sheet(cells[:1], layout(columns=1), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        rows, _ = np.nonzero((np.asarray(picture) == (1, 2, 3)).all(axis=2))
    assert rows.max() - rows.min() + 1 == SIZE[1]


LAYER = {"op": "conv", "input": 3, "kernel": 2}


@pytest.mark.parametrize(
    ("title", "name", "shown", "told"),
    [
        ("Façade 3×3", "a", "Façade 3×3", ""),
        ("", "a", "a", ""),
        ("卷积 3×3", "a", "a", "卷 (U+5377), 积 (U+79EF)"),
        ("קלט", "畳", "", "U+7573"),
    ],
)
def test_a_title_that_the_sheets_font_lacks_is_left_out_and_told(title, name, shown, told, capsys):
    source = Source(name, spec_from_table({"title": title, "layer": LAYER}))
    assert contact_sheet.choose_title(source) == shown
    err = capsys.readouterr().err
    assert told in err
    assert bool(err) == bool(told)


def test_a_sheet_is_written_in_the_specs_font(cells, tmp_path):
    """The bold one of the add-on stands for a user's own: the plain words of the sheet are then bold, too."""
    written = []
    for font in ("", str(FONTS / "strong.ttf"), str(FONTS / "regular.ttf")):
        typeface = load_typeface(font)
        contact_sheet.write_sheet(cells, layout(typeface=typeface), tmp_path / "sheet.png")
        with Image.open(tmp_path / "sheet.png") as page:
            written.append((255.0 - np.asarray(page.convert("L"))).sum())
    assert written[2] < written[0] < written[1]


@pytest.mark.parametrize("count", [1, 2, 5, 9, 12, 25, 42])
def test_default_columns_leave_less_than_a_row_empty(count):
    columns = choose_columns(count, (480, 270))
    assert 1 <= columns <= count
    assert -count % columns < columns
    assert columns > 1 or count <= 2


def test_a_sheet_that_is_too_large_is_refused():
    with pytest.raises(UsageError, match=r"400 pictures of 1920x1080 make a sheet of .*--steps"):
        contact_sheet.check_size(layout(columns=20, size=(1920, 1080)), 400)


def test_pictures_have_a_default_size():
    spec = spec_from_table({"layer": {"op": "conv", "input": 3, "kernel": 2}, "render": {"resolution": [1080, 1920]}})
    assert contact_sheet.with_sheet_size(Source("tall", spec)).spec.render.resolution == (270, 480)


def test_pictures_have_no_labels_that_the_sheet_shows():
    spec = spec_from_table(
        {"title": "T", "layer": {"op": "conv", "input": 3, "kernel": 2}, "labels": {"position": True}}
    )
    labels = contact_sheet.without_labels(Source("a", spec)).spec.labels
    assert not any((labels.title, labels.names, labels.caption, labels.equation, labels.position, labels.legend))


@pytest.mark.usefixtures("shared_blender")
def test_the_steps_are_those_of_the_film(call, spec, rendered, tmp_path, pixels):
    ran = call("sheet", spec(), "-o", "a.png", "--size", "96x54", "--steps", "0,3,-1", "--columns", "3", "--labels")
    assert (ran.code, ran.out) == (0, "a.png\n"), ran.err
    result = pixels(tmp_path / "a.png")
    start = rendered.plan.spec.walk.start_frame
    for number in (0, 3, 5):
        wanted = pixels(rendered.folder / f"frame_{start(number):05d}.png")
        assert _holds(result, wanted), number
    assert not _holds(result, pixels(rendered.folder / f"frame_{start(1):05d}.png"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "tiny.toml"] == ["a.png"]


def _holds(page, picture):
    """Return True if a page contains a picture, pixel for pixel."""
    height, width = picture.shape[:2]
    for y in range(page.shape[0] - height + 1):
        for x in np.flatnonzero((page[y, : page.shape[1] - width + 1] == picture[0, 0]).all(axis=1)):
            if np.array_equal(page[y, x : x + width], picture[0]) and np.array_equal(
                page[y : y + height, x : x + width], picture
            ):
                return True
    return False


@pytest.mark.usefixtures("shared_blender")
def test_an_interrupted_sheet_continues(call, spec, tmp_path, blender_frames, monkeypatch):
    write = contact_sheet.write_sheet

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(contact_sheet, "write_sheet", stop)
    arguments = ["sheet", spec(), "-o", "a.png", "--size", "96x54"]
    assert call(*arguments).code == 5
    assert len(blender_frames) == 7  # the six steps, and the base frame
    assert not (tmp_path / "a.png").exists()
    monkeypatch.setattr(contact_sheet, "write_sheet", write)
    assert call(*arguments, "--every", "2").code == 2  # other steps
    assert call(*arguments).code == 0
    assert len(blender_frames) == 7
    assert not (tmp_path / "a.png.frames").exists()


REFUSED = {
    "both": (["--steps", "0", "--every", "2"], "--every"),
    "a step that is not": (["--steps", "6"], "--steps: 6 is not one of the 6 steps"),
    "too large": (["--size", "16000x16000"], "--size"),
    "no size": (["--size", "640"], "--size"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_options_are_reported_before_blender_starts(call, spec, blender_started, case):
    arguments, reported = REFUSED[case]
    ran = call("sheet", spec(), "-o", "a.png", *arguments)
    assert ran.code == 2
    assert reported in ran.err
    assert not blender_started()
