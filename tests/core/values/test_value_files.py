# SPDX-License-Identifier: GPL-3.0-or-later
"""Values from files: what they hold, how it is fitted, and files that are damaged, lie or are none."""

from __future__ import annotations

import csv
import io
import json
import struct
import tracemalloc
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Spec, SpecError, spec_from_table
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.spec.values_section import Values
from kernelwalk.core.validation import InvalidValue
from kernelwalk.core.values.fitting import crop, scale
from kernelwalk.core.values.tensor_files import read_tensor
from kernelwalk.core.values.value_files import read_value_files

LIMIT = 1000
CONV = {"op": "conv", "input": [2, 3], "kernel": 2}
GRID = np.array([[1.0, 2.0, -3.0], [4.0, 5.5, 6.0]])


def read(values: dict[str, Any], layer: Any = CONV, **options: Any) -> Spec:
    table, _ = read_value_files({"layer": layer, "values": values}, **options)
    return spec_from_table(table)


def values_of(values: dict[str, Any], layer: Any = CONV, **options: Any) -> Values:
    found = read(values, layer, **options).values
    assert found is not None
    return found


def find_error(values: dict[str, Any], layer: Any = CONV, **options: Any) -> str:
    """Return the only message, on one line."""
    with pytest.raises(SpecError) as caught:
        read(values, layer, **options)
    (problem,) = caught.value.problems
    assert problem.remedy and "\n" not in str(problem)
    return str(problem)


def write_safetensors(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def tensor_entry(array: np.ndarray[Any, Any], kind: str) -> dict[str, Any]:
    return {"dtype": kind, "shape": list(array.shape), "data_offsets": [0, array.nbytes]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Arrays


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2", ">i2", "u1", "<i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_numpy_is_read_as_numpy_reads_it(folder: Path, kind: str, order: Any) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(kind, order=order)
    np.save("a.npy", array)
    np.savez_compressed("b.npz", first=array, second=array[0])
    assert np.array_equal(read_tensor(folder / "a.npy", "", LIMIT), array)
    assert np.array_equal(read_tensor(folder / "b.npz", "second", LIMIT), array[0])


@pytest.mark.parametrize(
    ("kind", "numpy_kind"),
    [("F64", "<f8"), ("F32", "<f4"), ("F16", "<f2"), ("I8", "i1"), ("U16", "<u2"), ("I64", "<i8"), ("BOOL", "?")],
)
def test_a_tensor_of_safetensors_is_read(folder: Path, kind: str, numpy_kind: str) -> None:
    array = np.arange(-3, 9).reshape(3, 4).astype(numpy_kind)
    alone = {"__metadata__": {"format": "pt"}, "w": tensor_entry(array, kind)}
    path = write_safetensors(folder / "a.safetensors", alone, array.tobytes())
    assert np.array_equal(read_tensor(path, "", LIMIT), array), "it is the only one"
    second = {"dtype": kind, "shape": [12], "data_offsets": [array.nbytes, 2 * array.nbytes]}
    write_safetensors(path, {**alone, "v": second}, array.tobytes() + array[::-1].tobytes())
    assert np.array_equal(read_tensor(path, "v", LIMIT), array[::-1].ravel())


def test_a_bfloat16_is_the_upper_half_of_a_float32(folder: Path) -> None:
    data = np.array([0x3F80, 0x3EAB, 0xC020, 0x7F62], "<u2")  # as the package safetensors stores them
    path = write_safetensors(folder / "a.safetensors", {"w": tensor_entry(data, "BF16")}, data.tobytes())
    assert read_tensor(path, "w", LIMIT) == pytest.approx([1, 0.33398438, -2.5, 3.0040553e38])


def test_an_input_and_a_kernel_are_read_from_the_folder_of_the_spec(folder: Path, monkeypatch: Any) -> None:
    np.save("a.npy", GRID)
    np.savez("b.npz", w=np.ones((2, 2)), v=np.zeros((3, 3)))
    text = '[layer]\nop="conv"\ninput=[2,3]\nkernel=2\n[values]\ninput="a.npy"\nkernel="b.npz#w"\n'
    (folder / "a.toml").write_text(text)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    for path in (folder / "a.toml", Path("..", "a.toml")):
        table, notes = read_value_files(load_spec_table(path))
    values = spec_from_table(table).values
    assert values is not None and not notes
    assert np.array_equal(values.input, GRID[None]) and np.array_equal(values.kernel, np.ones((1, 1, 2, 2)))


def test_a_file_that_is_not_there_is_named_from_where_the_user_stands(folder: Path) -> None:
    text = '[layer]\nop="conv"\ninput=[2,3]\nkernel=2\n[values]\ninput="./a.npy"\nkernel="b.npz#w"\nbias="c.npy"\n'
    (folder / "sub").mkdir()
    for name in ("a.toml", "sub/a.toml"):
        Path(name).write_text(text)
        with pytest.raises(SpecError) as caught:
            read_value_files(load_spec_table(Path(name)))
        start = name.removesuffix("a.toml")
        found = {problem.where: (problem.what, problem.remedy) for problem in caught.value.problems}
        assert found["values.input"][0] == f'"{start}a.npy": there is no such file'
        assert found["values.kernel"][0] == f'"{start}b.npz#w": there is no such file'
        assert "ramp" in found["values.input"][1] and "sobel_x" in found["values.kernel"][1]
        assert found["values.bias"][1] == "Name one that is there"


def test_weights_of_a_chain_and_biases_are_read() -> None:
    np.savez("w.npz", kernel=np.ones((2, 1, 2, 2)), bias=np.array([1.0, 2.0]), mean=np.array([3.0, 4.0]))
    layers = [{"kernel": "w.npz#kernel", "bias": "w.npz#bias", "norm": {"mean": "w.npz#mean"}}, {}]
    chain = "nn.Sequential(nn.Conv2d(1, 2, 2), nn.MaxPool2d(2))"
    table, _ = read_value_files({"layer": chain, "input": [5, 5], "values": {"input": "ramp", "layers": layers}})
    values = spec_from_table(table).values
    assert values is not None and values.layers[0].norm is not None
    assert (values.layers[0].bias, values.layers[0].norm.mean) == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize("groups", [1, 2])
def test_pytorchs_transposed_kernels_are_turned_round(folder: Path, groups: int) -> None:
    # PyTorch: (inputs, outputs per group, ...); here: (outputs, inputs per group, ...)
    weight = np.arange(4 * (6 // groups) * 2, dtype="<f4").reshape(4, 6 // groups, 2)
    write_safetensors(folder / "w.safetensors", {"up.weight": tensor_entry(weight, "F32")}, weight.tobytes())
    layer = {"op": "conv_transpose", "input": [3], "kernel": 2, "in_channels": 4, "out_channels": 6, "groups": groups}
    kernel = np.array(values_of({"input": "ramp", "kernel": "w.safetensors#up.weight"}, layer).kernel)
    assert kernel.shape == (6, 4 // groups, 2)
    for source in range(4):
        group = source // (4 // groups)
        for target in range(6 // groups):
            own = kernel[group * (6 // groups) + target, source % (4 // groups)]
            assert np.array_equal(own, weight[source, target])


# Signals


def write_wav(path: Path, samples: np.ndarray[Any, Any], width: int) -> None:
    """Write samples (n, channels), whole numbers of `width` bytes."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(8000)
        data = samples + 128 if width == 1 else samples
        file.writeframes(b"".join(int(one).to_bytes(width, "little", signed=width > 1) for one in data.ravel()))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_a_sound_is_the_mean_of_its_channels_from_minus_1_to_1(folder: Path, width: int) -> None:
    top = 2 ** (8 * width - 1)
    write_wav(folder / "a.wav", np.array([[-top, -top], [0, top // 2], [top // 4, top // 4]]), width)
    layer = {"op": "conv", "input": [3], "kernel": 2}
    assert np.array(values_of({"input": "a.wav", "kernel": "box"}, layer).input).tolist() == [[-1, 0.25, 0.25]]


def test_a_sound_of_floats_may_have_the_longer_format(folder: Path) -> None:
    # WAVE_FORMAT_EXTENSIBLE, whose real format is in its second half: mmreg.h
    form = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 32000, 4, 32) + struct.pack("<HHI", 22, 32, 4)
    form += struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
    data = np.array([-1, 0.5, 0.125], "<f4").tobytes()
    chunks = b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)
        for name, part in ((b"LIST", b"odd"), (b"fmt ", form), (b"data", data))
    )
    (folder / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks)
    layer = {"op": "max_pool", "input": [3], "kernel": 2}
    assert values_of({"input": "a.wav"}, layer).input == ((-1.0, 0.5, 0.125),)


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.integers(-9, 9)), min_size=2, max_size=9), st.sampled_from(",;\t"))
def test_a_column_of_a_csv_is_read_by_its_name_or_number(rows: list[tuple[float, int]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([("time", "level"), *rows])
    Path("a.csv").write_text(text.getvalue())
    layer = {"op": "max_pool", "input": [len(rows)], "kernel": 2}
    for column, wanted in (("level", 1), ("2", 1), ("time", 0)):
        found = values_of({"input": f"a.csv#{column}"}, layer).input
        assert found == (tuple(float(row[wanted]) for row in rows),)


def test_a_csv_of_one_column_needs_no_name_and_no_first_row() -> None:
    Path("a.csv").write_text("1\n\n2.5\n-3e2\n")
    assert values_of({"input": "a.csv"}, {"op": "max_pool", "input": [3], "kernel": 2}).input == ((1.0, 2.5, -300.0),)


# Fit


def test_a_crop_is_the_middle_of_a_picture_and_the_beginning_of_a_signal() -> None:
    assert crop(np.arange(20).reshape(1, 4, 5), (2, 3)).tolist() == [[[6, 7, 8], [11, 12, 13]]]
    assert crop(np.arange(5)[None], (2,)).tolist() == [[0, 1]]


def test_scaling_by_a_whole_number_is_the_mean_of_boxes() -> None:
    values = np.random.default_rng(1).random((3, 8, 12))
    assert scale(values, (4, 6)) == pytest.approx(values.reshape(3, 4, 2, 6, 2).mean(axis=(2, 4)))
    assert scale(values, (4, 4)) == pytest.approx(values[:, :, 2:10].reshape(3, 4, 2, 4, 2).mean(axis=(2, 4)))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_scaling_keeps_a_plain_color_and_stays_in_its_range(height: int, width: int, high: int, wide: int) -> None:
    assert scale(np.full((2, height, width), 0.25), (high, wide)) == pytest.approx(np.full((2, high, wide), 0.25))
    ramp = scale(np.arange(height * width, dtype=float).reshape(1, height, width), (high, wide))
    assert ramp.shape == (1, high, wide)
    assert ramp.min() >= -1e-9 and ramp.max() <= height * width - 1 + 1e-9
    assert (np.diff(ramp, axis=2) >= -1e-9).all()


def test_what_was_fitted_is_told() -> None:
    np.save("a.npy", np.zeros((4, 6)))
    for fit, word in (("crop", "cropped"), ("scale", "scaled")):
        values = {"input": "a.npy", "kernel": "box", "fit": fit}
        table, notes = read_value_files({"layer": CONV, "values": values})
        assert notes == [f"a.npy: {word} from 4 × 6 to 2 × 3"]
        spec_from_table(table)
    Path("a.csv").write_text("1\n2\n3\n4\n")
    layer = {"op": "max_pool", "input": [3], "kernel": 2}
    table, notes = read_value_files({"layer": layer, "values": {"input": "a.csv", "fit": "crop"}})
    assert notes == ["a.csv: cropped to the first 3 numbers"] and len(table["values"]["input"][0]) == 3


# Pictures


def reader_of(pixels: Any) -> Callable[[Path, int], Any]:
    return lambda path, limit: np.array(pixels, np.float32)


def test_a_picture_becomes_the_channels_of_the_layer() -> None:
    Path("a.png").touch()
    red = [np.full((2, 3), value) for value in (1, 0, 0)]
    values = {"input": "a.png", "kernel": "box", "white": 255}
    color = {**CONV, "in_channels": 3}
    assert np.array(values_of(values, color, read_picture=reader_of(red)).input)[:, 0, 0].tolist() == [255, 0, 0]
    assert np.array(values_of(values, read_picture=reader_of(red)).input)[0, 0, 0] == pytest.approx(0.299 * 255)
    gray = np.array([np.arange(6).reshape(2, 3) / 255])
    found = np.array(values_of(values, color, read_picture=reader_of(gray)).input)
    assert np.array_equal(found, [np.arange(6).reshape(2, 3)] * 3), "levels of a picture are whole numbers again"
    assert "1 or 3 channels" in find_error(values, {**CONV, "in_channels": 2}, read_picture=reader_of(gray))
    assert "2 × 2, and the input is 2 × 3" in find_error(values, read_picture=reader_of(gray[:, :, :2]))
    assert "not read here" in find_error(values)


# Bad files

NPY = b"\x93NUMPY\x01\x00"


def npy(header: str, data: bytes = b"", version: bytes = NPY) -> bytes:
    text = header.encode()
    return version + struct.pack("<H", len(text)) + text + data


def saved(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def zipped(data: bytes, name: str = "a.npy", method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, data)
    return file.getvalue()


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }"
BAD_ARRAYS = {
    "empty": (b"", "no array of numpy"),
    "a text": (b"hello, this is no array", "no array of numpy"),
    "a cut header": (saved(GRID)[:30], "cut off"),
    "cut numbers": (saved(GRID)[:-8], "promises 48 bytes of numbers, and 40 are there"),
    "Python objects": (saved(np.array([{}, 1], object), allow_pickle=True), "running code"),
    "records": (saved(np.zeros(3, [("a", "<f4"), ("b", "<i4")])), "plain numbers"),
    "complex numbers": (saved(np.zeros(3, complex)), "plain numbers"),
    "texts": (saved(np.array(["a", "b"])), "plain numbers"),
    "dates": (saved(np.array(["2020-01-01"], "datetime64[D]")), "plain numbers"),
    "a huge shape": (npy(HUGE % "1000000000, 1000000000"), "1000000000000000000 numbers"),
    "a shape beyond integers": (npy(HUGE % ("9" * 5000)), "plain numbers"),
    "a negative shape": (npy(HUGE % "-1"), "plain numbers"),
    "no numbers": (saved(np.zeros((0, 3))), "is empty"),
    "many axes": (saved(np.zeros([1] * 20)), "20 axes"),
    "a lying shape": (npy(HUGE % "9", bytes(8)), "promises 72 bytes"),
    "a header that is code": (npy("__import__('os').system('true')"), "plain numbers"),
    "a deep header": (npy("(" * 9000), "plain numbers"),
    "a long header": (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1), "too long"),
    "NaN": (saved(np.array([[1, 2, 3], [4, np.nan, 6]])), "nan at [1, 1]"),
    "infinity": (saved(np.array([[1, 2, 3], [4, 5, -np.inf]])), "-inf at [1, 2]"),
    "another shape": (saved(GRID.T), "it is 3 × 2, and the input is 2 × 3"),
    "another number of axes": (saved(GRID[0]), "it is 3, and the input"),
}
BAD_ARCHIVES = {
    "no archive": (b"hello", "no .npz"),
    "a cut archive": (zipped(saved(GRID))[:-10], "no .npz"),
    "a cut array": (zipped(saved(GRID)[:-8]), "promises 48 bytes"),
    "a bomb": (zipped(npy(HUGE % "1000000000", bytes(50_000_000)), method=zipfile.ZIP_DEFLATED), "1000000000 numbers"),
    "Python objects": (zipped(saved(np.array([{}], object), allow_pickle=True)), "running code"),
    "another method": (zipped(saved(GRID), method=zipfile.ZIP_BZIP2), "another way"),
    "no arrays": (zipped(b"", name="a.txt"), "0 arrays"),
    "a broken checksum": (zipped(saved(GRID)).replace(b"\x00\x00\x16@", b"\x00\x00\x17@"), "no sound .npz"),
}
ENTRY = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
BAD_TENSORS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no safetensors"),
    "a huge length": (struct.pack("<Q", 2**63) + b"{}", "no safetensors"),
    "no JSON": (struct.pack("<Q", 5) + b"hello", "no JSON"),
    "a deep header": (struct.pack("<Q", 100_000) + b"[" * 100_000, "no JSON"),
    "a list": (struct.pack("<Q", 2) + b"[]", "no table"),
    "no tensors": (struct.pack("<Q", 2) + b"{}", "0 arrays"),
}
BAD_ENTRIES = {
    "no table": (3, "header is wrong"),
    "a type that is not read": ({**ENTRY, "dtype": "F8_E4M3"}, "F8_E4M3"),
    "a negative shape": ({**ENTRY, "shape": [-2, -3]}, "header is wrong"),
    "a shape of floats": ({**ENTRY, "shape": [2.0, 3]}, "header is wrong"),
    "a huge shape": ({**ENTRY, "shape": [10**9, 10**8]}, "100000000000000000 numbers"),
    "another shape": ({**ENTRY, "shape": [2, 4]}, "are not the 24 bytes"),
    "offsets turned round": ({**ENTRY, "data_offsets": [24, 0]}, "header is wrong"),
    "offsets behind the end": ({**ENTRY, "data_offsets": [24, 48]}, "promises 48 bytes, and 24"),
    "huge offsets": ({**ENTRY, "data_offsets": [0, 2**60 - 1]}, "promises"),
}
for _name, (_entry, _message) in BAD_ENTRIES.items():
    _header = json.dumps({"w": _entry}).encode()
    BAD_TENSORS[_name] = (struct.pack("<Q", len(_header)) + _header + bytes(24), _message)


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        *((".npy", name) for name in BAD_ARRAYS),
        *((".npz", name) for name in BAD_ARCHIVES),
        *((".safetensors", name) for name in BAD_TENSORS),
    ],
)
def test_a_bad_file_of_arrays_is_one_clear_error_in_little_memory(folder: Path, suffix: str, name: str) -> None:
    bad = {".npy": BAD_ARRAYS, ".npz": BAD_ARCHIVES, ".safetensors": BAD_TENSORS}[suffix]
    data, message = bad[name]
    (folder / f"bad{suffix}").write_bytes(data)
    tracemalloc.start()
    error = find_error({"input": f"bad{suffix}", "kernel": "box"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.startswith(f'values.input: "bad{suffix}"') and message in error
    assert peak < 10_000_000


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_arrays_with_any_bytes_changed_are_numbers_or_an_error(junk: bytes, at: int, byte: int) -> None:
    header = json.dumps({"w": ENTRY}).encode()
    tensors = struct.pack("<Q", len(header)) + header + bytes(24)
    for suffix, whole in ((".npy", saved(GRID)), (".npz", zipped(saved(GRID))), (".safetensors", tensors)):
        changed = bytearray(whole)
        changed[at % len(whole)] = byte
        path = Path(f"any{suffix}")
        for data in (changed, whole[:at], junk, whole[:at] + junk):
            path.write_bytes(data)
            try:
                assert read_tensor(path, "", LIMIT).size <= LIMIT
            except InvalidValue as error:
                assert error.remedy


def wav(*numbers: int) -> bytes:
    """Return the beginning of a sound, with the numbers of its format."""
    return b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", *numbers)


BAD_SIGNALS = {
    "no sound": ("a.wav", b"hello", "no .wav"),
    "a sound without an end": ("a.wav", b"RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff", "4,294,967,295 bytes"),
    "a sound without a format": ("a.wav", b"RIFF\x00\x00\x00\x00WAVE", "no sound"),
    "a packed sound": ("a.wav", wav(85, 1, 8, 8, 1, 8), "85"),
    "no channels": (
        "a.wav",
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 0, 8, 8, 0, 8),
        "0 channels",
    ),
    "an empty table": ("a.csv", b"\n\n", "no numbers"),
    "a word": ("a.csv", b"1\n2\nthree\n", 'line 3: "three"'),
    "not finite": ("a.csv", b"1\n2\nnan\n", 'line 3: "nan"'),
    "a missing cell": ("a.csv#b", b"a,b\n1,2\n3\n", 'line 3: ""'),
    "an unknown column": ("a.csv#c", b"a,b\n1,2\n", "a, b"),
    "several columns": ("a.csv", b"a,b\n1,2\n", "2 columns"),
    "no text": ("a.csv", b"\xff\xfe1\n", "UTF-8"),
    "a very long cell": ("a.csv", b"1" * 200_000, "field"),
    "another length": ("a.csv", b"1\n2\n", "it is 2, and the input is 3"),
}


@pytest.mark.parametrize("name", BAD_SIGNALS)
def test_a_bad_signal_is_one_clear_error(folder: Path, name: str) -> None:
    file, data, message = BAD_SIGNALS[name]
    (folder / file.partition("#")[0]).write_bytes(data)
    layer = {"op": "conv", "input": [3], "kernel": 2}
    assert message in find_error({"input": file, "kernel": "box"}, layer)


BAD_NAMES = {
    "none there": ("no.npy", "no such file"),
    "a number in quotes": ("0.5", "it is a text"),
    "a folder": ("folder.npy", "not a file"),
    "a web address": ("https://example.org/a.png", "Download"),
    "a file that runs code": ("weights.pt", "safetensors.torch.save_file"),
    "a long name": ("a" * 5000 + ".npy", "cannot be read"),
    "a NUL": ("a\0.npy", "no such file"),
    "a file without numbers": ("a.toml", "not read"),
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_wrong_name_is_one_clear_error(folder: Path, name: str) -> None:
    (folder / "folder.npy").mkdir()
    (folder / "a.toml").touch()
    file, message = BAD_NAMES[name]
    assert message in find_error({"input": "ramp", "kernel": file})


def test_all_bad_files_are_told_at_once_with_other_errors() -> None:
    values = {"input": "no.npy", "kernel": "no.npz", "bias": "no.npy", "seed": -1}
    with pytest.raises(SpecError) as caught:
        read_value_files({"layer": CONV, "walk": {"fps": 0}, "values": values})
    keys = [problem.where for problem in caught.value.problems]
    assert sorted(keys) == ["values.bias", "values.input", "values.kernel", "values.seed", "walk.fps"]


def test_files_beside_a_wrong_layer_leave_its_errors() -> None:
    with pytest.raises(SpecError, match=r"layer\.kernel"):
        read({"input": "no.npy", "kernel": "box"}, {**CONV, "kernel": 0})
