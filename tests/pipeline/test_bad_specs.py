# SPDX-License-Identifier: GPL-3.0-or-later
"""Every problem of a spec, of arguments or of the output is reported in one clear line, before Blender starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk_pipeline import source
from kernelwalk_pipeline.failures import UsageError

BASE = {"layer.op": '"conv"', "layer.input": "5", "layer.kernel": "3"}


def but(*lines: str) -> str:
    """Return a valid spec with some lines (KEY = VALUE, with the section in the key) replaced."""
    table = dict(BASE)
    for line in lines:
        key, _, value = line.partition("=")
        table[key.strip()] = value
    return "\n".join(f"{key} = {value}" for key, value in table.items() if value)


TRANSPOSED = 'layer.op = "conv_transpose"'
HUGE = "1" + "0" * 400
WHOLE = "Write a whole number from 1 to 1000000"

VALUES: dict[str, tuple[str, list[str]]] = {
    # name of the problem: the spec, and what the message must contain: key, value, remedy
    "no layer": ('title = "Nothing"', ["layer", "no layer", "[layer]", "input"]),
    "layer is no table": ("layer = 5", ["layer", "5", "[layer]"]),
    "layer is a list of tables": ('[[layer]]\nop = "conv"', ["layer", "is not a table", "[layer]"]),
    "no op": (but("layer.op="), ["layer.op", "missing", '"conv"', '"conv_transpose"']),
    "an op that there is not": (but('layer.op = "deconv"'), ["layer.op", '"deconv"', '"conv_transpose"']),
    "an op that is a number": (but("layer.op = 3"), ["layer.op", "3", '"conv"']),
    "an op that is a list": (but('layer.op = ["conv"]'), ["layer.op", "conv", "Write"]),
    "no input": (but("layer.input="), ["layer.input", "missing", "one per axis"]),
    "no kernel": (but("layer.kernel="), ["layer.kernel", "missing", "one per axis"]),
    "negative size": (but("layer.input = -5"), ["layer.input", "-5", "too small", WHOLE]),
    "no size": (but("layer.kernel = 0"), ["layer.kernel", "0", "too small", WHOLE]),
    "a stride of nothing": (but("layer.stride = 0"), ["layer.stride", "0", WHOLE]),
    "a dilation of nothing": (but("layer.dilation = 0"), ["layer.dilation", "0", WHOLE]),
    "negative padding": (but("layer.padding = -1"), ["layer.padding", "-1", "from 0 to 1000000"]),
    "a truth as a size": (but("layer.input = true"), ["layer.input", "true", "not a whole number"]),
    "a truth as a padding": (but("layer.padding = false"), ["layer.padding", "false", "not a whole number"]),
    "a fraction as a size": (but("layer.input = 5.5"), ["layer.input", "5.5", "not a whole number"]),
    "a whole float as a size": (but("layer.kernel = 3.0"), ["layer.kernel", "3.0", "not a whole number"]),
    "text as a number": (but('layer.input = "5"'), ["layer.input", '"5"', "not a whole number", WHOLE]),
    "a date as a number": (but("layer.stride = 2024-01-01"), ["layer.stride", "2024-01-01", "not a whole number"]),
    "a table as a number": (but("layer.stride = { y = 1 }"), ["layer.stride", "a table", "not a whole number"]),
    "four sizes": (but("layer.input = [5, 5, 5, 5]"), ["layer.input", "[5, 5, 5, 5]", "4 entries", "1 to 3 axes"]),
    "no sizes": (but("layer.input = []"), ["layer.input", "[]", "0 entries", "1 to 3 axes"]),
    "a list in the sizes": (but("layer.input = [[5], 5]"), ["layer.input[0]", "[5]", "not a whole number"]),
    "one bad size of two": (but("layer.kernel = [3, -3]"), ["layer.kernel[1]", "-3", WHOLE]),
    "three sides of an axis": (but("layer.padding = [[1, 1, 1], [1, 1]]"), ["layer.padding[0]", "[1, 1, 1]", "before"]),
    "one side of an axis": (but("layer.padding = [[1], 0]"), ["layer.padding[0]", "[1]", "[before, after]"]),
    "other axes of pairs": (
        but("layer.input = [5, 5]", "layer.padding = [[1, 1], [1, 1], [1, 1]]"),
        ["layer.padding", "3", "layer.input", "2"],
    ),
    "a bad side": (but('layer.padding = [[0, 0], [0, "1"]]'), ["layer.padding[1][1]", '"1"', "not a whole number"]),
    "a padding without a meaning": (but('layer.padding = "Same"'), ["layer.padding", '"Same"', '"same"', '"full"']),
    "same padding and a stride": (but('layer.padding = "same"', "layer.stride = 2"), ["layer.padding", '"same"', "1"]),
    "output padding of a convolution": (but("layer.output_padding = 1"), ["layer.output_padding", "no such key"]),
    "too much output padding": (
        but(TRANSPOSED, "layer.stride = 2", "layer.output_padding = [2, 0]"),
        ["layer.output_padding[0]", "2", "stride 2", "at most 1"],
    ),
    "padding that crops all": (
        but(TRANSPOSED, "layer.padding = [[4, 3], 0]"),
        ["layer.padding[0]", "4 + 3", "crops", "less padding"],
    ),
    "a kernel too large": (but("layer.kernel = [3, 6]"), ["layer.kernel[1]", "6", "only 5", "smaller kernel"]),
    "a kernel too far apart": (
        but("layer.kernel = [1, 3]", "layer.dilation = 3"),
        ["layer.kernel[1]", "dilation 3", "spans 7 cells", "smaller kernel or dilation"],
    ),
    "a huge size": (but(f"layer.input = {HUGE}"), ["layer.input", "1000", "too large", WHOLE]),
    "a size beyond what is read": (but("layer.input = 1" + "0" * 5000), ["not TOML", "a number too long"]),
    "a thousand million tiles": (
        but("layer.input = 31700", "layer.kernel = 31700"),
        ["layer.input", "1,004,890,001 tiles", "2,000,000", "smaller layer"],
    ),
    "too many tile objects": (but("layer.input = 150", 'look.tiles = "objects"'), ["layer.input", "20,000", "look"]),
    "too many frames": (
        but("layer.input = 50", "walk.frames_per_step = 100000"),
        ["walk.frames_per_step", "230,400,024 frames", "1,048,574", "--set walk.every="],
    ),
    "an order that there is not": (but('walk.order = "spiral"'), ["walk.order", '"spiral"', '"serpentine"']),
    "no frames of a step": (but("walk.frames_per_step = 0"), ["walk.frames_per_step", "0", "from 1 to 100000"]),
    "a hold beyond the step": (
        but("walk.hold = 9", "walk.frames_per_step = 4"),
        ["walk.hold", "9", "4", "fewer frames", "walk.frames_per_step"],
    ),
    "a hold of another word": (but('walk.hold = "all"'), ["walk.hold", '"all"', '"auto"']),
    "an easing that there is not": (but('walk.easing = "bounce"'), ["walk.easing", '"bounce"', '"smooth"']),
    "a truth as a rate": (but("walk.fps = true"), ["walk.fps", "true", "number from 1 to 240"]),
    "a rate that is no fraction": (but("walk.fps = 24.0004"), ["walk.fps", "24.0004", '"30000/1001"']),
    "a rate divided by nothing": (but('walk.fps = "30/0"'), ["walk.fps", '"30/0"', "number from 1 to 240"]),
    "an endless rate": (but("walk.fps = inf"), ["walk.fps", "inf", "number from 1 to 240"]),
    "not a number": (but("camera.azimuth = nan"), ["camera.azimuth", "nan", "from -180 to 180"]),
    "an endless number": (but("look.thickness = inf"), ["look.thickness", "inf", "from 0 to 1"]),
    "a huge number for a length": (but(f"look.gap = {HUGE}"), ["look.gap", "1000", "from 0 to 10000"]),
    "a truth for a length": (but("look.tile_size = true"), ["look.tile_size", "true", "from 0.1 to 1"]),
    "a number for a truth": (but("look.shadows = 1"), ["look.shadows", "1", "true or false"]),
    "text for a truth": (but('look.shadows = "true"'), ["look.shadows", '"true"', "without quotes"]),
    "a name for a color": (but('look.colors.input = "blue"'), ["look.colors.input", '"blue"', "#RRGGBB"]),
    "a short color": (but('look.colors.input = "#12F"'), ["look.colors.input", '"#12F"', "#RRGGBB"]),
    "a color of two lines": (but(r'look.colors.input = "#123456\n"'), ["look.colors.input", r"#123456\n", "#RRGGBB"]),
    "a color that does not exist": (but('look.colors.inputs = "#123456"'), ["look.colors.inputs", "mean input?"]),
    "colors that are no table": (but('look.colors = "#123456"'), ["look.colors", "#123456", "[look.colors]"]),
    "a camera from below": (but("camera.elevation = -10"), ["camera.elevation", "-10", "from 5 to 90"]),
    "a template that there is not": (but('look.template = "pape"'), ["look.template", '"pape"', "paper", ".blend"]),
    "a template's file that there is not": (but('look.template = "no.blend"'), ["look.template", "no.blend", "paper"]),
    "a template that is a number": (but("look.template = 1"), ["look.template", "1", "quotes"]),
    "a size of one side": (but("render.resolution = 720"), ["render.resolution", "720", "[width, height]"]),
    "a size of three sides": (but("render.resolution = [1, 2, 3]"), ["render.resolution", "[1, 2, 3]", "[width,"]),
    "a size without width": (but("render.resolution = [0, 720]"), ["render.resolution", "0", "from 16 to 16384"]),
    "a size of half pixels": (but("render.resolution = [1280.5, 720]"), ["render.resolution", "1280.5", "whole"]),
    "no samples": (but("render.samples = 0"), ["render.samples", "0", "from 1 to 65536"]),
    "an engine that there is not": (but('render.engine = "workbench"'), ["render.engine", '"workbench"', '"eevee"']),
    "a title on two lines": (but(r'title = "a\nb"'), ["title", r"a\nb", "one line"]),
    "a title that turns round": (but(r'title = "a\u202Eb"'), ["title", "cannot be shown", "plain text"]),
    "a title that clears the screen": (but(r'title = "a\u001B[2Jb"'), ["title", "cannot be shown", "plain text"]),
    "an op of two lines": (but(r'layer.op = "conv\rconv"'), ["layer.op", "is no operation", '"conv"']),
    "an op of a framework": (but('layer.op = "MaxPool2d"'), ["layer.op", "is no operation", 'Write "max_pool"']),
    "the name of an option": (but("render.size = [640, 360]"), ["render.size", "Write it as render.resolution"]),
    "a key that clears the screen": (but(r'"\u001B[2J" = 1'), ["no such key"]),
    "a long title": (but(f'title = "{"x" * 121}"'), ["title", "121 characters", "at most 120"]),
    "a title that is a number": (but("title = 5"), ["title", "5", "quotes"]),
    "an unknown key": (but("walk.speed = 2"), ["walk.speed", "no such key", "frames_per_step"]),
    "an old key": (but('show.channels = "all"'), ["show.channels", "renamed", 'Write show.all_channels = "on"']),
    "an old section": (but("words.title = false"), ["words", "renamed", "Write [labels]"]),
    "a section in the wrong place": (but("colors.input = '#FF0000'"), ["colors", "no such key", "as look.colors"]),
    "a key in the wrong section": (but("walk.samples = 4"), ["walk.samples", "no such key", "as render.samples"]),
    "a slip of the pen": (but("walk.ordr = 'rows'"), ["walk.ordr", "no such key", "mean order?"]),
    "an unknown section": (but("export.path = 'a'"), ["export", "no such key", "render"]),
    "a key of two lines": (but(r'"a\nb" = 1'), [r"a\nb", "no such key"]),
    "a key without an end": (but(f"{'k' * 5000} = 1"), ["kkkk…", "no such key"]),
    "a section that is a list": (but("walk = [1, 2]"), ["walk", "[1, 2]", "[walk]"]),
    "lists in lists": (but(f"render.samples = {'[' * 100}{']' * 100}"), ["render.samples", "[[[", "whole number"]),
    "many lists in lists": (but(f"title = {'[' * 400}{']' * 400}"), ["title", "[[[", "quotes"]),
    "endless lists in lists": (but(f"title = {'[' * 60_000}"), ["not TOML"]),
}  # fmt: skip


@pytest.mark.parametrize("wrong", VALUES)
def test_a_wrong_value_is_reported_with_key_and_remedy(call, tmp_path, blender_started, wrong):
    text, says = VALUES[wrong]
    (tmp_path / "wrong.toml").write_text(text)
    ran = call("render", "wrong.toml", "-o", "film.mp4")
    assert ran.code == 2, ran.err
    (complaint,) = ran.complaints
    assert complaint.startswith("kernelwalk: wrong.toml: ")
    for words in says:
        assert words in complaint
    assert len(complaint) < 300
    assert complaint.isprintable()
    assert not ran.out
    assert not blender_started()
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.toml"]


FILES: dict[str, tuple[bytes, list[str]]] = {
    "an empty file": (b"", ["empty", "[layer]"]),
    "a blank file": (b" \n\t\n", ["empty", "[layer]"]),
    "only a comment": (b"# later\n", ["layer", "[layer]"]),
    "not TOML": (b"layer: {op: conv}\n", ["not TOML", "line 1", "toml.io"]),
    "text without quotes": (b"[layer]\nop = conv  # a word\n", ["not TOML", "line 2", 'in quotes: op = "conv"']),
    "words without quotes": (
        b"title = Half padding\n",
        [": title = Half padding.", 'in quotes: title = "Half padding"'],
    ),
    "a list in parentheses": (b"input = (5, 7)\n", ["not TOML", "in brackets: input = [5, 7]"]),
    "a comma at the end": (b"[layer]\npadding = 1,\n", ["not TOML", "the comma: padding = 1"]),
    "half a file": (b'[layer]\nop = "con', ["not TOML", "Unterminated string", "toml.io"]),
    "a key twice": (b'[layer]\nop = "conv"\nop = "conv"\n', ["line 3", ': op = "conv". Give each key']),
    "a section twice": (b"[layer]\n[layer]\n", ["line 2", ": [layer]. Give each key and each section once"]),
    "a zero byte": (b'title = "a\0b"', ["not TOML", "line 1"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["not text in UTF-8", "Save it as UTF-8"]),
    "text of an old Windows": ('title = "Möbius"'.encode("cp1252"), ["not text in UTF-8", "Save it as UTF-8"]),
    "text of two bytes": (but().encode("utf-16"), ["not text in UTF-8", "Save it as UTF-8"]),
    "too long a file": (b"#" * (1 << 16) + b"\n" + but().encode(), ["65,536 bytes", "short file"]),
}


@pytest.mark.parametrize("wrong", FILES)
def test_a_file_that_is_no_spec_is_reported(call, tmp_path, blender_started, wrong):
    data, says = FILES[wrong]
    (tmp_path / "wrong.toml").write_bytes(data)
    ran = call("render", "wrong.toml", "-o", "film.mp4")
    assert ran.code == 2, ran.err
    (complaint,) = ran.complaints
    assert complaint.startswith("kernelwalk: wrong.toml: ")
    for words in says:
        assert words in complaint
    assert not ran.out
    assert not blender_started()


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Return a folder with files, folders, pipes and links of many kinds."""
    (tmp_path / "good.toml").write_text(but())
    (tmp_path / "odd.toml").write_text(but("render.resolution = [97, 54]"))
    (tmp_path / "fast.toml").write_text(but("walk.fps = 240"))
    (tmp_path / "bad.toml").write_text(but("walk.fps = 0"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "good.toml").write_text(but())
    (tmp_path / "films" / "good.mp4").mkdir(parents=True)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "folder.blend").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other").write_bytes(b"\x7fELF\0\0\0\0")
    (tmp_path / "shell").write_text("#!/no/such/shell\n")
    for name in ("other", "shell"):
        (tmp_path / name).chmod(0o755)
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "frame_00001.png").write_text("mine")
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "own.blend").write_text("BLENDER")
    (tmp_path / "looks" / "own.toml").write_text("[look]\nglow = 3\n[camera]\nelevation = 100\n")
    (tmp_path / "looks" / "templated.toml").write_text(but('look.template = "own.blend"'))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        os.mkfifo(tmp_path / "fifo.png")
        (tmp_path / "circle.toml").symlink_to("circle.toml")
        (tmp_path / "link.mp4").symlink_to("file")
    return tmp_path


LONG = "n" * 300

COMMANDS: dict[str, tuple[list[str], int, list[str]]] = {
    # name of the problem: the arguments, the exit code, and what the message must contain
    "a file that is not there": (["render", "no.toml", "-o", "a.mp4"], 2, ["no.toml", "not there", "presets"]),
    "a preset that is not there": (["inspect", "mathematic"], 2, ["mathematic", "not there", "kernelwalk presets"]),
    "a layer without arguments": (["inspect", "Conv2D"], 2, ["not there", "layers.Conv2D(...)"]),
    "a folder": (["render", "folder", "-o", "a.mp4"], 2, ["folder", "not a file"]),
    "a pipe": (["render", "fifo", "-o", "a.mp4"], 2, ["fifo", "not a file"]),
    "an endless device": (["render", "/dev/zero", "-o", "a.mp4"], 2, ["/dev/zero", "not a file"]),
    "a link to itself": (["render", "circle.toml", "-o", "a.mp4"], 2, ["circle.toml"]),
    "nothing": (["render", "", "-o", "a.mp4"], 2, ["not a file"]),
    "a name beyond what can be": (["render", LONG, "-o", "a.mp4"], 2, [LONG, "name too long"]),
    "a file in a file": (["render", "file/good.toml", "-o", "a.mp4"], 2, ["file/good.toml", "not there"]),
    "an unknown suffix": (["render", "good.toml", "-o", "a.avi"], 2, ["a.avi", ".avi", ".mp4", "folder"]),
    "a second unknown suffix": (["render", "good.toml", "-o", "a.mp4.gz"], 2, [".gz", ".mp4"]),
    "two specs, one film": (["render", "good.toml", "odd.toml", "-o", "a.gif"], 2, ["a.gif", "2 specs", "folder"]),
    "two of a name": (["render", "good.toml", "folder/good.toml", "-o", "out"], 2, ["good", "two specs", "Rename one"]),
    "the same twice": (["render", "good.toml", "good.toml", "-o", "out"], 2, ["good", "two specs", "alone"]),
    "a format for a film": (["render", "good.toml", "-o", "a.mp4", "--format", "gif"], 2, ["a.mp4", "--format"]),
    "an odd size": (["render", "odd.toml", "-o", "a.mp4"], 2, ["odd", "render.resolution", "97x54", "98x54"]),
    "an odd size, set": (
        ["render", "good.toml", "-o", "a.webm", "--set", "render.resolution=[96,55]"],
        2,
        ["WebM", "96x55", "96x56"],
    ),
    "an odd size in a folder": (["render", "odd.toml", "-o", "out", "--format", "mp4"], 2, ["97x54", "98x54"]),
    "a rate that GIF has not": (["render", "fast.toml", "-o", "a.gif"], 2, ["walk.fps", "240", "GIF"]),
    "a set without a value": (["render", "good.toml", "-o", "a.mp4", "--set", "walk.fps"], 2, ["walk.fps", "=VALUE"]),
    "a set without a key": (["render", "good.toml", "-o", "a.mp4", "--set", "=5"], 2, ['"=5"', "KEY=VALUE"]),
    "a set key that ends in a dot": (["inspect", "good.toml", "--set", "walk.=5"], 2, ["walk."]),
    "a set key with a hole": (["inspect", "good.toml", "--set", "walk..fps=5"], 2, ["walk..fps"]),
    "a set key that begins with a dot": (["inspect", "good.toml", "--set", ".fps=5"], 2, [".fps"]),
    "a set key below a value": (["inspect", "good.toml", "--set", "layer.op.x=1"], 2, ["layer.op.x", "op", "section"]),
    "a set value that cannot be": (["inspect", "good.toml", "--set", "walk.fps=x"], 2, ["walk.fps", '"x"', "240"]),
    "a step beyond the last": (["still", "good.toml", "-o", "a.png", "--step", "9"], 2, ["--step", "9", "0 to 8"]),
    "a step before the first": (["still", "good.toml", "-o", "a.png", "--step=-10"], 2, ["--step", "-10", "0 to 8"]),
    "a still of another kind": (["still", "good.toml", "-o", "a.jpg"], 2, ["a.jpg", ".png", "Use a.png"]),
    "a still without a kind": (["still", "good.toml", "-o", "a"], 2, [".png", "Use a.png"]),
    "a scene of another kind": (["blend", "good.toml", "-o", "a.obj"], 2, ["a.obj", ".blend", "Use a.blend"]),
    "a film in a file": (["render", "good.toml", "-o", "file/a.mp4"], 4, ["file", "cannot be written", "another"]),
    "frames in a file": (["render", "good.toml", "-o", "file/out"], 4, ["file/out", "cannot be written"]),
    "frames as a file": (["render", "good.toml", "-o", "file"], 4, ["file", "cannot be written"]),
    "a still in a file": (["still", "good.toml", "-o", "file/a.png"], 4, ["file", "cannot be written"]),
    "a scene in a file": (["blend", "good.toml", "-o", "file/a.blend"], 4, ["file", "cannot be written"]),
    "films in a file": (["render", "good.toml", "-o", "file", "--format", "mp4"], 4, ["file", "cannot be written"]),
    "a film in a system's folder": (["render", "good.toml", "-o", "/proc/no/a.mp4"], 4, ["/proc/no", "cannot be"]),
    "frames in a system's folder": (["render", "good.toml", "-o", "/proc/no"], 4, ["/proc/no", "cannot be written"]),
    "a film that is a folder": (["render", "good.toml", "-o", "films/good.mp4"], 4, ["good.mp4", "not a plain file"]),
    "one film that is a folder": (["render", "good.toml", "-o", "films", "--format=mp4"], 4, ["not a plain file"]),
    "a film that is a link": (["render", "good.toml", "-o", "link.mp4"], 4, ["link.mp4", "not a plain file"]),
    "a still that is a folder": (["still", "good.toml", "-o", "folder.png"], 4, ["folder.png", "not a plain file"]),
    "a still that is a pipe": (["still", "good.toml", "-o", "fifo.png"], 4, ["fifo.png", "not a plain file"]),
    "a scene that is a folder": (["blend", "good.toml", "-o", "folder.blend"], 4, ["folder.blend", "not a plain file"]),
    "a film of too long a name": (["render", "good.toml", "-o", f"{LONG}.mp4"], 4, [LONG, "name too long"]),
    "a folder of too long a name": (["render", "good.toml", "-o", LONG], 4, [LONG, "name too long"]),
    "a still of too long a name": (["still", "good.toml", "-o", f"{LONG}.png"], 4, [LONG, "name too long"]),
    "a film of frames of too long a name": (["encode", "good.toml", LONG, "-o", "a.mp4"], 4, [LONG, "no frames"]),
    "a check of too long a name": (["verify", LONG], 4, [LONG, "is not an output"]),
    "a preview of too long a name": (["preview", LONG], 2, [LONG, "name too long"]),
    "frames of somebody": (["render", "good.toml", "-o", "frames"], 4, ["frames", "did not make", "--restart"]),
    "no Blender of that name": (["render", "good.toml", "-o", "a.mp4", "--blender", "no/b"], 3, ["--blender", "no/b"]),
    "a Blender that is a folder": (["blend", "good.toml", "-o", "a.blend", "--blender", "./folder"], 3, ["./folder"]),
    "a Blender that cannot run": (["still", "good.toml", "-o", "a.png", "--blender", "./file"], 3, ["./file"]),
    "a Blender of another machine": (["still", "good.toml", "-o", "a.png", "--blender", "./other"], 3, ["./other"]),
    "a Blender without its shell": (["blend", "good.toml", "-o", "a.blend", "--blender", "./shell"], 3, ["./shell"]),
}  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="names pipes, links and devices")
@pytest.mark.parametrize("wrong", COMMANDS)
def test_a_command_that_cannot_be_carried_out_is_reported(call, places, blender_started, wrong):
    arguments, code, says = COMMANDS[wrong]
    before = sorted(places.rglob("*"))
    ran = call(*arguments)
    assert ran.code == code, ran.err
    (complaint,) = ran.complaints
    for each in says:
        assert each.lower() in complaint.lower()
    assert not ran.out
    assert not blender_started()
    left = {path.name for path in set(places.rglob("*")) - set(before)}
    assert not {name for name in left if not name.startswith(("a.", "out", "blender.log"))}
    assert (places / "file").read_text() == (places / "frames" / "frame_00001.png").read_text() == "mine"


NONSENSE: dict[str, list[str]] = {
    "an unknown command": ["walk"],
    "an unknown option": ["render", "good.toml", "-o", "a.mp4", "--quality", "9"],
    "no spec": ["render", "-o", "a.mp4"],
    "no output": ["render", "good.toml"],
    "an unknown format": ["render", "good.toml", "-o", "out", "--format", "avi"],
    "a step that is no number": ["still", "good.toml", "-o", "a.png", "--step", "first"],
    "a step that is a fraction": ["still", "good.toml", "-o", "a.png", "--step", "1.5"],
    "an option without its value": ["render", "good.toml", "-o"],
    "an output without a name": ["render", "good.toml", "-o", ""],
    "a still without a name": ["still", "good.toml", "-o", ""],
    "a spec too many": ["still", "good.toml", "odd.toml", "-o", "a.png"],
}


@pytest.mark.parametrize("wrong", NONSENSE)
def test_invalid_arguments_get_a_hint(call, places, blender_started, wrong):
    ran = call(*NONSENSE[wrong])
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert ran.err.strip()
    assert not ran.out
    assert not blender_started()


def test_no_arguments_get_the_help(call):
    ran = call()
    assert ran.code == 2
    assert "render" in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_a_layer_beyond_all_bounds_is_reported(call, tmp_path, blender_started):
    (tmp_path / "wrong.toml").write_text(but(TRANSPOSED, "layer.input = 1000000", "layer.stride = 1000000"))
    ran = call("still", "wrong.toml", "-o", "a.png")
    assert ran.code == 2
    assert any("layer.input" in line and "2,000,000" in line for line in ran.complaints)


def test_all_problems_of_a_spec_are_reported_together(call, tmp_path):
    lines = ["layer.input = 0", "layer.stride = true", "walk.fps = 0", "look.shadow = true", 'render.engine = "povray"']
    (tmp_path / "wrong.toml").write_text(but(*lines, 'title = ["a"]'))
    complaints = call("render", "wrong.toml", "-o", "a.mp4").complaints
    keys = ["title", "layer.input", "layer.stride", "walk.fps", "look.shadow", "render.engine"]
    assert sorted(line.split(": ")[2] for line in complaints) == sorted(keys)


def test_the_problems_of_all_specs_are_reported_together(call, places):
    complaints = call("render", "bad.toml", "good.toml", "no.toml", "folder/good.toml", "-o", "out").complaints
    assert [line.split(": ")[1] for line in complaints] == ["bad.toml", "no.toml", "good"]


def test_problems_of_a_template_name_the_template(call, places, blender_started):
    ran = call("render", "looks/templated.toml", "-o", "a.mp4")
    assert ran.code == 2
    glow, elevation = ran.complaints
    assert "own.blend" in glow
    assert "look.glow: there is no such key" in glow
    assert "own.blend" in elevation
    assert "camera.elevation: 100 is too large" in elevation
    assert not blender_started()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["render", "bad.toml", "-o", "a.mp4"], 2),
        (["render", "fifo", "-o", "a.mp4"], 2),
        (["still", "good.toml", "-o", "a.png", "--step", "99"], 2),
        (["render", "good.toml", "-o", "file/a.mp4"], 4),
        (["render", "frames/frame_00001.png", "-o", "a.mp4"], 2),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="names pipes")
def test_the_command_ends_with_one_line_and_its_exit_code(run, places, blender_started, words, code):
    ran = run(*words, env={**os.environ})
    assert ran.code == code
    assert len(ran.complaints) == 1
    assert not ran.out
    assert not blender_started()


hostile = st.recursive(
    st.one_of(
        st.none().map(lambda _: []),
        st.booleans(),
        st.integers(-3, 12),
        st.sampled_from([10**6, 10**9, 10**30, 10**400, -(10**400)]),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["conv", "conv_transpose", "same", "full", "auto", "step", "objects", "#12AB9F", "paper"]),
        st.dates(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=6,
)
KEYS = {
    "layer": ["op", "input", "kernel", "stride", "padding", "dilation", "output_padding"],
    "walk": ["order", "frames_per_step", "hold", "easing", "fps", "lead_in", "lead_out"],
    "look": ["template", "tiles", "tile_size", "thickness", "gap", "shadows", "colors", "first_row"],
    "camera": ["azimuth", "elevation", "margin"],
    "render": ["resolution", "samples", "engine"],
}
tables = st.fixed_dictionaries(
    {"layer": st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS["layer"], hostile)) | hostile},
    optional={
        "title": hostile,
        "extra": hostile,
        **{
            name: st.fixed_dictionaries({}, optional=dict.fromkeys(keys, hostile)) | hostile
            for name, keys in KEYS.items()
            if name != "layer"
        },
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables)
def test_any_values_make_a_spec_or_one_line_for_each_problem(monkeypatch, table):
    monkeypatch.setattr(source, "load_spec_table", lambda _: table)
    _read_or_reject()


sizes = st.one_of(st.integers(1, 9), st.sampled_from([10**3, 10**6]))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    layer=st.fixed_dictionaries(
        {"op": st.sampled_from(["conv", "conv_transpose"]), "input": sizes, "kernel": sizes},
        optional={"stride": sizes, "dilation": sizes, "padding": sizes},
    ),
    frames_per_step=st.sampled_from([1, 12, 100_000]),
)
def test_any_sizes_make_a_spec_or_one_line_for_each_problem(monkeypatch, layer, frames_per_step):
    table: dict[str, Any] = {"layer": layer, "walk": {"frames_per_step": frames_per_step}}
    monkeypatch.setattr(source, "load_spec_table", lambda _: table)
    _read_or_reject()


def _read_or_reject() -> None:
    try:
        source.read_spec("any.toml")
    except UsageError as error:
        for line in str(error).splitlines():
            assert line.startswith("any.toml: ")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode(errors="ignore"))))
def test_any_bytes_make_a_spec_or_one_line(tmp_path, data):
    path = tmp_path / "any.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError) as refused:
        source.read_spec(str(path))
    assert len(str(refused.value).splitlines()) >= 1


def test_lists_of_any_depth_are_rejected(tmp_path):
    path = tmp_path / "deep.toml"
    for deep in range(20, 520, 20):
        path.write_text(but(f"walk.hold = {'[' * deep}{']' * deep}"))
        with pytest.raises(UsageError):
            source.read_spec(str(path))
