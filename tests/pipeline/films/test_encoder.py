# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoding: films of every format show every frame at its time and in its colors, and animations loop."""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from kernelwalk_pipeline.failures import OutputError
from kernelwalk_pipeline.films.encoder import encode_film
from kernelwalk_pipeline.films.formats import FILM_FORMATS
from PIL import Image, ImageSequence

SIZE = (64, 48)
PATCHES = ["#C9DCF2", "#1F63B5", "#FBE0C3", "#E36A0C", "#00AAAA", "#FFFFFF", "#20262E", "#5555FF", "#C81E1E"]
"""Colors of the templates, and a red: a wrong matrix or range would change them."""

COLOR_OFF = {".mp4": 4, ".webm": 6, ".mov": 2, ".gif": 0, ".webp": 4, ".png": 0}
"""Largest mean difference, of 255, between the middle of a flat patch and its color: the encoder's rounding."""

ANIMATIONS = [".gif", ".webp", ".png"]
MOVING = [".mp4", ".webm", ".mov"]
EVERY = pytest.mark.parametrize("suffix", FILM_FORMATS)

TICK = {".gif": 0.01, ".webp": 0.001, ".png": 1e-6, ".mp4": 1e-3, ".webm": 0.001, ".mov": 1e-3}
"""The format's unit of time in seconds."""


def board(turn):
    """Return a picture of nine patches, whose colors move on by one each turn."""
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for number in range(9):
        y, x = divmod(number, 3)
        color = PATCHES[(number + turn) % 9]
        picture[y * 16 : y * 16 + 16, x * 22 : x * 22 + 22] = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return picture


SHOWN = [0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 8, 8]
"""The turn that each frame of the film shows."""


@pytest.fixture
def pictures(tmp_path):
    """Return the files of SHOWN; equal frames share a file."""
    for turn in set(SHOWN):
        Image.fromarray(board(turn)).save(tmp_path / f"{turn}.png")
    return [tmp_path / f"{turn}.png" for turn in SHOWN]


@EVERY
def test_every_frame_shows_its_picture_in_its_colors(pictures, tmp_path, watch, suffix):
    encode_film(pictures, 10, tmp_path / f"film{suffix}", suffix)
    film = watch(tmp_path / f"film{suffix}")
    for number, turn in enumerate(SHOWN):
        result, wanted = film.at((number + 0.5) / 10), board(turn).astype(int)
        assert result.shape == wanted.shape
        off = [np.abs((result - wanted)[y : y + 8, x : x + 8].mean((0, 1))) for y in (4, 20, 36) for x in (6, 28, 50)]
        assert np.max(off) <= COLOR_OFF[suffix], f"frame {number}"


@EVERY
@pytest.mark.parametrize("fps", [1, 7, 24, Fraction(24000, 1001), 25, Fraction(30000, 1001), 30, 50, 60])
def test_a_film_lasts_as_long_as_its_frames(pictures, tmp_path, watch, suffix, fps):
    path = tmp_path / f"film{suffix}"
    encode_film(pictures, fps, path, suffix)
    film = watch(path)
    # an animation's durations are rounded to whole ticks
    assert film.seconds == pytest.approx(len(SHOWN) / fps, abs=TICK[suffix] * (len(SHOWN) / 4 + 1))
    if suffix in MOVING:
        assert len(film.pictures) == len(SHOWN)
    for number, turn in enumerate(SHOWN[:-1]):
        if turn != SHOWN[number + 1]:
            change = min(abs(time - (number + 1) / fps) for time in film.times)
            assert change <= TICK[suffix] + 1e-9


def test_gif_and_apng_have_a_picture_for_every_frame(pictures, tmp_path, watch):
    for suffix in (".gif", ".png"):
        encode_film(pictures, 10, tmp_path / f"film{suffix}", suffix)
        assert len(watch(tmp_path / f"film{suffix}").pictures) == len(SHOWN)


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_animations_loop_forever(pictures, tmp_path, watch, suffix):
    encode_film(pictures, 10, tmp_path / f"film{suffix}", suffix)
    assert watch(tmp_path / f"film{suffix}").loops == 0


def test_a_gif_of_few_colors_is_exact(pictures, tmp_path, watch):
    encode_film(pictures, 10, tmp_path / "film.gif", ".gif")
    film = watch(tmp_path / "film.gif")
    assert all(np.array_equal(film.pictures[number], board(turn)) for number, turn in enumerate(SHOWN))


def test_a_gif_of_many_colors_suits_all_its_frames(tmp_path, watch):
    """All frames share a palette: none may get the colors of another."""
    files = []
    for number, channel in enumerate((0, 1, 2)):
        ramp = np.zeros((48, 256, 3), np.uint8)
        ramp[:, :, channel] = np.arange(256)
        files.append(tmp_path / f"{number}.png")
        Image.fromarray(ramp).save(files[-1])
    encode_film(files, 10, tmp_path / "film.gif", ".gif")
    for path, result in zip(files, watch(tmp_path / "film.gif").pictures, strict=True):
        assert np.abs(result - np.asarray(Image.open(path)).astype(int)).mean() < 3


def test_apng_loses_nothing(tmp_path, watch):
    noise = np.random.default_rng(0).integers(0, 256, (3, 33, 47, 3), np.uint8)
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for path, picture in zip(files, noise, strict=True):
        Image.fromarray(picture).save(path)
    encode_film(files, 10, tmp_path / "film.png", ".png")
    assert np.array_equal(watch(tmp_path / "film.png").pictures, noise)


def decoded(path):
    """Return the frames of a transparent film, RGBA, shape (frames, height, width, 4)."""
    if path.suffix == ".webm":
        import av

        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert {key.lower(): value for key, value in stream.metadata.items()}["alpha_mode"] == "1"
            decoder = av.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own decoder ignores alpha
            frames = [frame for packet in container.demux(stream) for frame in decoder.decode(packet)]
            return np.array([frame.reformat(format="rgba", src_colorspace="ITU709").to_ndarray() for frame in frames])
    if path.suffix == ".mov":
        import av

        with av.open(str(path)) as container:
            context = container.streams.video[0].codec_context
            assert (context.name, context.profile, context.codec_tag) == ("prores", "4444", "ap4h")
            assert context.pix_fmt in ("yuva444p10le", "yuva444p12le")
            frames = list(container.decode(video=0))
            return np.array([frame.reformat(format="rgba", src_colorspace="ITU709").to_ndarray() for frame in frames])
    with Image.open(path) as film:
        return np.array([np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(film)])


@pytest.mark.parametrize("suffix", [".webm", ".mov", ".webp", ".png"])
def test_transparency_is_kept(tmp_path, suffix):
    """Alpha is kept to within two units, and so are the colors of opaque pixels."""
    files, wanted = [], []
    for turn in range(3):
        alpha = np.repeat(np.array([0, 60, 128, 255], np.uint8), SIZE[0] // 4)
        wanted.append(np.dstack([board(turn), np.tile(alpha, (SIZE[1], 1))]))
        files.append(tmp_path / f"{turn}.png")
        Image.fromarray(wanted[-1]).save(files[-1])
    encode_film(files, 10, tmp_path / f"film{suffix}", suffix, transparent=True)
    result = decoded(tmp_path / f"film{suffix}")
    assert result.shape == (3, SIZE[1], SIZE[0], 4)
    if suffix == ".png":
        assert np.array_equal(result, wanted)
    off = np.abs(result.astype(int) - np.array(wanted))
    middles = np.arange(8, SIZE[0], 16)
    assert off[:, :, middles, 3].max() <= 2
    patch = off[:, 4:12, 52:60, :3]  # opaque
    assert patch.mean(axis=(1, 2)).max() <= COLOR_OFF[suffix]


@pytest.mark.parametrize("suffix", MOVING)
def test_videos_are_tagged_as_bt709_in_studio_range(pictures, tmp_path, suffix):
    import av

    encode_film(pictures, 10, tmp_path / f"film{suffix}", suffix)
    with av.open(str(tmp_path / f"film{suffix}")) as container:
        next(container.decode(video=0))  # a decoder takes the tags of the frames, where they have some
        context = container.streams.video[0].codec_context
        assert context.pix_fmt == ("yuv444p12le" if suffix == ".mov" else "yuv420p")
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert container.streams.video[0].average_rate == 10


def boxes(data):
    """Return the kinds of the top-level boxes of an MP4 (ISO/IEC 14496-12), in order."""
    at, kinds = 0, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        assert size >= 8
        kinds.append(kind.decode())
        at += size
    return kinds


def test_an_mp4_plays_while_it_loads(pictures, tmp_path):
    encode_film(pictures, 10, tmp_path / "film.mp4", ".mp4")
    kinds = boxes((tmp_path / "film.mp4").read_bytes())
    assert kinds.index("moov") < kinds.index("mdat")


@pytest.mark.parametrize("suffix", [*ANIMATIONS, ".mov"])
def test_films_of_full_color_keep_odd_sizes(tmp_path, watch, suffix):
    picture = board(0)[:47, :63]
    Image.fromarray(picture).save(tmp_path / "odd.png")
    encode_film([tmp_path / "odd.png"] * 3, 10, tmp_path / f"film{suffix}", suffix)
    film = watch(tmp_path / f"film{suffix}")
    assert all(item.shape == (47, 63, 3) for item in film.pictures)


@EVERY
def test_a_single_frame_is_a_film(pictures, tmp_path, watch, suffix):
    encode_film(pictures[:1], 10, tmp_path / f"film{suffix}", suffix)
    assert len(watch(tmp_path / f"film{suffix}").pictures) == 1


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_the_same_pictures_make_the_same_animation(pictures, tmp_path, suffix):
    for name in ("one", "two"):
        encode_film(pictures, 10, tmp_path / f"{name}{suffix}", suffix)
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


@EVERY
def test_times_increase(pictures, tmp_path, watch, suffix):
    encode_film(pictures, 24, tmp_path / f"film{suffix}", suffix)
    times = watch(tmp_path / f"film{suffix}").times
    assert times[0] == 0
    assert all(before < after for before, after in pairwise(times))


@EVERY
def test_a_film_that_cannot_be_written_is_an_output_error(pictures, tmp_path, suffix):
    with pytest.raises(OutputError, match="the film cannot be written"):
        encode_film(pictures, 10, tmp_path / "nowhere" / f"film{suffix}", suffix)
