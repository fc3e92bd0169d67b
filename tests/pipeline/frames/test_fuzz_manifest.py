# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a manifest raises no error whatever its bytes, and ignores invalid lines.

KERNELWALK_FUZZ_EXAMPLES sets the number of manifests that each test tries.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core.walk.timing import MAX_FRAME
from kernelwalk_pipeline.frames.manifest import MANIFEST_NAME, Manifest, frame_path
from PIL import Image

EXAMPLES = int(os.environ.get("KERNELWALK_FUZZ_EXAMPLES", "200"))

FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SIZE, COLOR = (8, 6), (10, 20, 30)


def saved():
    file = io.BytesIO()
    Image.new("RGB", SIZE, COLOR).save(file, "PNG")
    return file.getvalue()


PIXELS = hashlib.sha256(bytes([*COLOR, 255]) * (SIZE[0] * SIZE[1])).hexdigest()
PICTURE = saved()
FILE = f"{zlib.crc32(PICTURE):08x}"
JOB = {"spec": "a", "template": "b", "blender": "4.5.15"}
DEEPER = 100_000
"""More levels than any JSON parser follows."""


def line(text):
    """Return a line with the right checksum."""
    return b"%08x %s" % (zlib.crc32(text), text)


def entry_line(entry):
    return line(json.dumps(entry).encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with frame 1; each example writes its manifest."""
    created = tmp_path_factory.mktemp("fuzz")
    frame_path(created, 1).write_bytes(PICTURE)
    return created


def read(folder, data):
    """Read a manifest of these bytes, and check that it can be asked for a frame."""
    (folder / MANIFEST_NAME).write_bytes(data)
    result = Manifest(folder, SIZE)
    assert result.is_done(1) == (result.pixel_hashes.get(1) == PIXELS or result.checksums.get(1) == FILE)
    return result


# Bytes

FRAGMENTS = st.one_of(
    st.binary(max_size=9),
    st.sampled_from(
        [b"\n", b"\r", b" ", b"00000000", b"00000000 ", b"d202ef8d \0", b"{", b"}", b'"job": ', b'"frame": 1']
    ),
)
VALID = [
    entry_line({"job": JOB}),
    *(entry_line({"frame": frame, "pixels": PIXELS, "file": FILE}) for frame in (1, 2, 3)),
]


@FUZZ
@given(data=st.one_of(st.binary(max_size=200), st.lists(FRAGMENTS).map(b"".join)))
def test_random_bytes_hold_no_entries(folder, data):
    result = read(folder, data)
    assert (result.job, result.pixel_hashes) == (None, {})


@FUZZ
@given(
    lines=st.lists(st.sampled_from(VALID), max_size=3).flatmap(lambda more: st.permutations(VALID + more)),
    edits=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 3), st.just(b"") | FRAGMENTS), max_size=4),
)
def test_a_manifest_with_changed_bytes_and_lines_holds_no_new_entries(folder, lines, edits):
    data = b"".join(text + b"\n" for text in lines)
    for at, gone, new in edits:
        at %= len(data)
        data = data[:at] + new + data[at + gone :]
    result = read(folder, data)
    assert result.job in (None, JOB)
    assert result.pixel_hashes.items() <= dict.fromkeys([1, 2, 3], PIXELS).items()


# Lines with the right checksum

NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -(10**4000), 1e308, 1.0, -0.0]))
STRINGS = st.one_of(
    st.text(max_size=9), st.sampled_from(["job", "frame", "pixels", "file", "1", "\ud800", "\0", PIXELS, FILE])
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, STRINGS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=5,
)
FRAMES = st.one_of(st.integers(0, 3), st.integers(0, MAX_FRAME), st.just(MAX_FRAME))
FORMS = ({"job"}, {"frame", "pixels", "file"})


def but(*types):
    """Return any value that is not of these types."""
    return ANYTHING.filter(lambda value: type(value) not in types)


ENTRIES = st.one_of(
    st.fixed_dictionaries({"job": st.just(JOB) | st.dictionaries(STRINGS, ANYTHING, max_size=3)}),
    st.fixed_dictionaries({"frame": FRAMES, "pixels": st.just(PIXELS) | STRINGS, "file": st.just(FILE) | STRINGS}),
)
MARKS = {"pixels": STRINGS, "file": STRINGS}
OF_NO_FORM = st.one_of(
    but(dict),
    st.dictionaries(STRINGS, ANYTHING, max_size=3).filter(lambda entry: set(entry) not in FORMS),
    st.fixed_dictionaries({"job": but(dict)}),
    st.fixed_dictionaries({"job": ANYTHING, "frame": FRAMES, "pixels": STRINGS}),
    st.fixed_dictionaries({"frame": but(int), **MARKS}),
    st.fixed_dictionaries({"frame": st.integers(max_value=-1) | st.integers(MAX_FRAME + 1), **MARKS}),
    st.fixed_dictionaries({"frame": st.just(10**400), **MARKS}),
    st.fixed_dictionaries({"frame": FRAMES, **MARKS, "pixels": but(str)}),
    st.fixed_dictionaries({"frame": FRAMES, **MARKS, "file": but(str)}),
    st.fixed_dictionaries({"frame": FRAMES, "pixels": STRINGS}),
).map(entry_line)
"""JSON that is neither a job nor a frame."""

OPENED = ["[", '{"a": ', '{"job": ', '{"job": {}, "a": ', '{"frame": 1, "pixels": ']
DEEP = st.tuples(st.sampled_from(OPENED), st.booleans()).map(
    lambda drawn: drawn[0] * DEEPER + ("1" + ("]" if drawn[0] == "[" else "}") * DEEPER if drawn[1] else "")
)
HUGE = st.sampled_from(["%s", "[-%s]", '{"frame": %s, "pixels": ""}', '{"job": {"spec": %s}}']).map(
    lambda text: text % ("1" * 5000)
)
NO_JSON = [
    b"",
    b"{",
    b'{"job": {}',
    b'{"job": {}} {}',
    b"{'job': {}}",
    b'{"frame": 01, "pixels": ""}',
    b"\xef\xbb\xbf1",
]
NO_UTF_8 = [
    b'{"job": {"a": "\xff"}}',
    b'{"frame": 1, "pixels": "\xc3"}',
    b"\xed\xa0\x80",
    '{"job": {}}'.encode("utf-16"),
]
UNREADABLE = st.one_of(
    st.binary(max_size=9), st.sampled_from(NO_JSON + NO_UTF_8), DEEP.map(str.encode), HUGE.map(str.encode)
).map(line)
"""Text that JSON parsers refuse, or on which they differ."""


@FUZZ
@given(
    lines=st.lists(st.one_of(ENTRIES, ENTRIES, OF_NO_FORM, UNREADABLE), max_size=8),
    end=st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
)
def test_lines_of_another_form_are_ignored(folder, lines, end):
    job, frames, files = None, {}, {}
    for entry in lines:
        if isinstance(entry, bytes):
            continue
        if "job" in entry:
            job = entry["job"] if job is None else job
        elif job is not None:
            frames[entry["frame"]], files[entry["frame"]] = entry["pixels"], entry["file"]
    result = read(folder, end.join(entry_line(entry) if isinstance(entry, dict) else entry for entry in lines))
    assert json.dumps(result.job) == json.dumps(job)  # as text, since NaN does not equal NaN
    assert (result.pixel_hashes, result.checksums) == (frames, files)


@FUZZ
@given(strange=st.one_of(OF_NO_FORM, UNREADABLE))
def test_an_invalid_line_does_not_affect_the_others(folder, strange):
    result = read(folder, b"\n".join(text for valid in VALID for text in (strange, valid)))
    assert result.job == JOB
    assert result.pixel_hashes == dict.fromkeys([1, 2, 3], PIXELS)
    assert result.is_done(1)
