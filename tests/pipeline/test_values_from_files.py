# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs whose values stand in files, on the command line: pictures as Pillow reads them, arrays, and bad files."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk.core.validation import InvalidValue
from kernelwalk_pipeline.picture_reader import read_picture
from PIL import Image, ImageDraw

LIMIT = 10_000
GRAY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
RGB = np.stack([GRAY, GRAY + 10, 255 - GRAY], axis=-1)
VALUES = {"input": "a.png", "kernel": "box", "white": 255}


@pytest.fixture
def save(tmp_path: Path) -> Any:
    """Return a function that saves a picture, and its path."""

    def save_picture(image: Image.Image, name: str = "a.png", **options: Any) -> Path:
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save_picture


# Pillow's modes


def test_gray_is_one_channel_and_color_three_with_the_top_row_first(save):
    assert np.array_equal(read_picture(save(Image.fromarray(GRAY)), LIMIT) * 255, GRAY[None])
    assert np.array_equal(read_picture(save(Image.fromarray(RGB)), LIMIT) * 255, np.moveaxis(RGB, -1, 0))


def test_gray_of_16_bits_keeps_them(save):
    deep = np.array([[0, 1, 1000], [32768, 65534, 65535]], np.uint16)
    for name in ("a.png", "a.tif"):
        assert np.array_equal(np.rint(read_picture(save(Image.fromarray(deep), name), LIMIT) * 65535), deep[None])


def test_a_palette_becomes_its_colors(save):
    image = Image.fromarray(RGB).quantize(4)
    assert np.array_equal(read_picture(save(image), LIMIT) * 255, np.moveaxis(np.asarray(image.convert("RGB")), -1, 0))


def test_what_is_transparent_is_laid_over_white(save):
    image = Image.new("RGBA", (3, 1), (200, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 102))
    assert (read_picture(save(image), LIMIT)[:, 0] * 255).T.tolist() == [[200, 0, 0], [255, 255, 255], [153, 153, 153]]
    gray = Image.new("LA", (1, 1), (0, 0))
    assert read_picture(save(gray), LIMIT).tolist() == [[[1.0]]]


def test_a_photo_is_turned_upright(save):
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    path = save(Image.fromarray(GRAY), exif=exif)
    assert np.array_equal(read_picture(path, LIMIT)[0] * 255, np.rot90(GRAY, -1))


# Bad pictures


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG file that says it is this large, and has no pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
BAD_PICTURES = {
    "empty": (b"", "no picture"),
    "a text": (b"hello", "no picture"),
    "a program": (EPS, "no picture"),
    "a picture without pixels": (png_of_size(3, 3), "damaged"),
    "a large picture": (png_of_size(101, 100), "too large"),
    "a huge picture": (png_of_size(2**31 - 1, 2**31 - 1), "too large"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_one_clear_error(tmp_path, name):
    data, message = BAD_PICTURES[name]
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InvalidValue) as caught:
        read_picture(tmp_path / "a.png", LIMIT)
    assert message in caught.value.problem and "\n" not in caught.value.problem


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "webp", "ppm"])
def test_a_picture_cut_off_anywhere_is_a_picture_or_an_error(save, suffix):
    image = Image.new("RGB", (40, 30), "white")
    ImageDraw.Draw(image).ellipse((5, 5, 30, 25), fill="red", outline="blue")
    path = save(image, f"a.{suffix}")
    whole = path.read_bytes()
    for length in range(0, len(whole), max(len(whole) // 40, 1)):
        path.write_bytes(whole[:length])
        try:
            assert read_picture(path, LIMIT).shape == (3, 30, 40)
        except InvalidValue as error:
            assert error.remedy


def test_pixels_that_are_floats_are_refused(save):
    with pytest.raises(InvalidValue, match="floats"):
        read_picture(save(Image.fromarray(GRAY.astype(np.float32)), "a.tif"), LIMIT)


# The command line


def test_a_picture_is_the_input_of_a_spec_beside_it(spec, call, save, tmp_path, monkeypatch):
    save(Image.fromarray(GRAY))
    path = spec(values={**VALUES, "kernel": [[1, 0], [0, -1]]})
    done = call("inspect", path, "--json")
    values = json.loads(done.out)["values"]
    assert values["input"] == [GRAY.tolist()]
    assert values["kernel"] == [[[[1, 0], [0, -1]]]] and values["bias"] == [0] and values["activation"] == "none"
    assert values["output"] == [(GRAY[:-1, :-1].astype(int) - GRAY[1:, 1:]).tolist()]
    assert "input values    0 to 220\noutput values   -100 to -100\n" in call("inspect", path).out


def test_a_file_that_is_set_is_looked_for_in_the_current_folder(spec, call, save, tmp_path):
    (tmp_path / "specs").mkdir()
    path = spec("specs/tiny", values=VALUES)
    save(Image.fromarray(GRAY), "b.png")
    done = call("inspect", path, "--json", "--set", "values.input=b.png")
    assert json.loads(done.out)["values"]["input"] == [GRAY.tolist()]


def test_a_chain_tells_the_values_of_each_layer(call):
    code = "nn.Sequential(nn.Conv2d(1, 1, 2, padding=1), nn.ReLU(), nn.MaxPool2d(2))"
    layers = "values.layers=[{kernel = [[1, 0], [0, -1]], bias = 1}, {}]"
    done = call("inspect", code, "--input", "3x3", "--set", "values.input=ramp", "--set", layers, "--json")
    values = json.loads(done.out)["values"]
    assert set(values) == {"input", "layers", "output"}
    first, second = values["layers"]
    assert first["activation"] == "relu" and np.min(first["output"]) == 0 and first["bias"] == [1]
    assert second["kernel"] is None and second["output"] == values["output"] == [[[1, 3], [7, 9]]]


def test_what_is_cropped_or_scaled_is_said(spec, call, save):
    save(Image.fromarray(np.zeros((30, 40), np.uint8)))
    path = spec(values={**VALUES, "fit": "scale"})
    done = call("inspect", path)
    assert done.code == 0 and "a.png: scaled from 30 × 40 to 3 × 4" in done.err


def test_bad_files_are_one_line_each_and_exit_code_2(spec, call, tmp_path):
    (tmp_path / "a.png").write_bytes(b"hello")
    (tmp_path / "w.pt").write_bytes(b"hello")
    done = call("render", spec(values={**VALUES, "kernel": "w.pt", "bias": "no.npy"}), "-o", "a.mp4")
    assert done.code == 2 and len(done.complaints) == 3
    for key, file in (("input", "a.png"), ("kernel", "w.pt"), ("bias", "no.npy")):
        assert any(f"values.{key}: " in line and file in line for line in done.complaints)
