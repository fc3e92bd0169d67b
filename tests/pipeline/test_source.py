# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of specs: files, presets and code, with settings applied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import typer
from kernelwalk.core.layers.receptive_field import receptive_fields
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.templates import DEFAULT_TEMPLATE, find_blend_file
from kernelwalk_pipeline.commands import options
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.source import read_spec, read_specs, refuse_pair

MINE = '[look]\ntile_size = 0.5\n[look.colors]\ninput = "#010203"\n'


def test_a_preset_is_read_by_its_name():
    result = read_spec("mathematica")
    assert result.name == "mathematica"
    assert result.spec == presets.load_preset("mathematica")


def test_a_source_is_named_as_its_file_without_suffix(spec):
    result = read_spec(str(spec("half padding")))
    assert result.name == "half padding"
    assert result.spec.layer.input == (3, 4)


SETTINGS = {
    "a number": ("walk.fps=25", lambda spec: spec.walk.fps == 25),
    "a number with spaces": (" walk . fps = 25 ", lambda spec: spec.walk.fps == 25),
    "a list": ("render.resolution=[64, 32]", lambda spec: spec.render.resolution == (64, 32)),
    "pairs": ("layer.padding=[[1,0],[0,1]]", lambda spec: spec.layer.padding == ((1, 0), (0, 1))),
    "a word": ("walk.order=columns", lambda spec: spec.walk.order == "columns"),
    "a word in quotes": ('walk.order="columns"', lambda spec: spec.walk.order == "columns"),
    "a truth": ("look.shadows=false", lambda spec: spec.look.shadows is False),
    "a color": ("look.colors.connector=#112233", lambda spec: spec.look.colors.connector == "#112233"),
    "a section that was not there": ("camera.elevation=50", lambda spec: spec.camera.elevation == 50),
    "a title": ("title=3 by 3 = 9", lambda spec: spec.title == "3 by 3 = 9"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_value_may_be_set(spec, setting):
    arguments, holds = SETTINGS[setting]
    assert holds(read_spec(str(spec()), [arguments]).spec)


@pytest.mark.parametrize("written", ["True", "true"])
def test_true_may_be_written_as_in_python(spec, written):
    set_so = read_spec(str(spec()), [f"walk.loop={written}", f"labels.title={written}"]).spec
    assert (set_so.walk.loop, set_so.labels.title) == (True, True)


def test_the_last_of_two_settings_counts(spec):
    assert read_spec(str(spec()), ["walk.fps=5", "walk.fps=6"]).spec.walk.fps == 6


def test_settings_change_every_spec():
    result = read_specs(["mathematica", "dilation"], ["walk.fps=5"])
    assert [(item.name, item.spec.walk.fps) for item in result] == [("mathematica", 5), ("dilation", 5)]


@pytest.mark.parametrize("setting", ["walk.fps", "=5", "", "walk.=5", "walk..fps=5", ".walk.fps=5", "title.x=1"])
def test_a_setting_without_key_or_value_is_refused_and_named(spec, setting):
    with pytest.raises(UsageError) as refused:
        read_spec(str(spec(title="Tiny")), [setting])
    assert f'--set "{setting}"' in str(refused.value)


def test_a_key_of_the_layer_may_be_set_beside_its_code():
    settings = ["input=[7, 8]", "layer.stride=2", "layer.padding='same_upper'"]
    layer = read_spec("nn.Conv2d(1, 1, 3)", settings).spec.layer
    assert (layer.input, layer.output) == ((7, 8), (4, 4))


def test_setting_code_replaces_the_layer_except_its_input():
    layer = read_spec("mathematica", ["layer.code=nn.MaxPool2d(3, 2, 1)"]).spec.layer
    assert (layer.op, layer.input, layer.kernel, layer.stride) == ("max_pool", (9, 9), (3, 3), (2, 2))
    layer = read_spec(
        "mathematica", ["layer.code='nn.MaxPool2d(3, 2, 1)'", "layer.input=[5,7]", "layer.stride=1"]
    ).spec.layer
    assert (layer.input, layer.stride) == ((5, 7), (1, 1))
    assert read_spec("mathematica", ["layer=nn.Conv2d(1, 1, 3)", "input=4"]).spec.layer.output == (2, 2)
    with pytest.raises(UsageError, match=r"mathematica: layer\.code: column 17: .*Conv2d\(1, 1, \^kernel\)"):
        read_spec("mathematica", ["layer.code=nn.Conv2d(1, 1, kernel)", "walk.fps=30"])


INPUTS = {
    "a layer as code": ("nn.Conv2d(1, 1, 3)", "28x28", (28, 28)),
    "one number for two axes": ("nn.Conv2d(1, 1, 3)", "12", (12, 12)),
    "one axis": ("nn.Conv1d(1, 1, 3)", "12", (12,)),
    "three axes": ("nn.Conv3d(1, 1, 3)", "4x5×6", (4, 5, 6)),
    "a preset": ("dilation", "8x9", (8, 9)),
    "a preset of one axis": ("conv1d", "20", (20,)),
    "a preset of three axes": ("conv3d", "5", (5, 5, 5)),
    "a chain": ("conv_pool_conv", "20X18", (20, 18)),
    "a chain of one axis": ("causal_dilated", "24", (24,)),
}


@pytest.mark.parametrize("case", INPUTS)
def test_the_input_may_be_set_alone(case):
    argument, text, size = INPUTS[case]
    assert read_spec(argument, [options.parse_input(text)]).spec.layers[0].input == size


def test_the_input_of_a_chain_is_the_first_layers_wherever_it_stands(tmp_path):
    path = tmp_path / "chain.toml"
    path.write_text('[[layers]]\nop = "conv"\ninput = [9, 9]\nkernel = 3\n[[layers]]\nop = "conv"\nkernel = 3\n')
    assert read_spec(str(path), [options.parse_input("7x8")]).spec.layer.output == (3, 4)
    path.write_text('layers = ["nn.Conv2d(1, 1, 3)", "nn.MaxPool2d(2)"]\n')
    assert read_spec(str(path), [options.parse_input("8x10")]).spec.layer.output == (3, 4)


def test_own_options_override_set():
    inputs = options.collect_settings(
        ["render.resolution=[64, 64]", "input=5"], options.parse_input("8x9"), options.parse_size("320x180"), True
    )
    spec = read_spec("dilation", inputs, "draft").spec
    assert (spec.layer.input, spec.render.resolution, spec.render.transparent) == ((8, 9), (320, 180), True)


@pytest.mark.parametrize("text", ["", "x", "28x", "x28", "2 8", "-1x3", "1.5", "4x5x6x7", "²x3", "9999999999"])
def test_a_text_that_is_not_a_size_is_refused(text):
    for wanted in (options.parse_input, options.parse_size):
        with pytest.raises(typer.BadParameter, match=r"not a size\. Write for example"):
            wanted(text)


def test_an_impossible_input_is_reported_with_its_key():
    with pytest.raises(UsageError, match=r"dilation: layer\.kernel: a kernel of 3 with dilation 2 spans 5 cells"):
        read_spec("dilation", [options.parse_input("4x4")])
    with pytest.raises(UsageError, match=r"dilation: layer\.input\[1\]: 0 is too small"):
        read_spec("dilation", [options.parse_input("8x0")])


def test_a_quality_does_not_ask_for_an_input_before_it_is_set():
    spec = read_spec("nn.Conv2d(1, 1, 3)", [options.parse_input("5x5")], "draft").spec
    assert (spec.layer.output, spec.render.resolution, spec.render.samples) == ((3, 3), (640, 360), 1)


def test_a_quality_has_all_its_samples_also_of_a_spec_with_a_noise(spec):
    noisy = str(spec("noisy", render={"noise": 0.1}))
    assert read_spec(noisy, [], "final").spec.render[1:3] == (128, 0)
    assert read_spec(noisy, ["render.noise=0.2"], "final").spec.render[1:3] == (128, 0.2)


def test_problems_of_all_specs_are_reported_together(tmp_path, spec):
    bad = spec("bad", walk={"fps": 0})
    with pytest.raises(UsageError) as refused:
        read_specs([str(bad), "mathematica", str(tmp_path / "no.toml")])
    first, second = str(refused.value).splitlines()
    assert first.startswith(f"{bad}: walk.fps: 0 is too small")
    assert second.startswith(f"{tmp_path / 'no.toml'}: the file is not there")


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        ("sobell", r"sobell: the file is not there. Did you mean sobel\? Name a TOML file"),
        ("nothing-like-it", "nothing-like-it: the file is not there. Name a TOML file"),
        ("nn.Conv2d(1, 1, 3)", r"nn.Conv2d\(1, 1, 3\): layer.input: it is missing. Add --input with a size per axis"),
    ],
)
def test_remedies_are_those_of_the_command_line(argument, wanted):
    with pytest.raises(UsageError, match=f"^{wanted}"):
        read_spec(argument)


def test_two_specs_with_one_name_are_refused(spec, tmp_path):
    path = spec("mathematica")
    with pytest.raises(UsageError, match="mathematica: two specs with this name"):
        read_specs([str(path), "mathematica"])


def test_layers_as_code_of_one_name_are_numbered(spec):
    conv = "nn.Conv2d(1, 1, 3)"
    arguments = [conv, "nn.MaxPool2d(2)", "layers.Conv2D(1, 3)", conv, str(spec("Conv2d_1")), str(spec("Conv2D"))]
    names = [source.name for source in read_specs(arguments, ["input=[6, 6]"])]
    assert names == ["Conv2d_2", "MaxPool2d", "Conv2D_1", "Conv2d_3", "Conv2d_1", "Conv2D"]


def test_a_byte_order_mark_is_read_over(tmp_path):
    for name, text in {
        "a.toml": 'layer = "nn.Conv1d(1, 1, 3)"\ninput = [3]\n[look]\ntemplate = "own.blend"\n'
        '[values]\ninput = "a.csv"\nkernel = [1, 0, 0]\n',
        "own.toml": MINE,
        "a.csv": "1\n2\n3\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
    shutil.copyfile(find_blend_file(DEFAULT_TEMPLATE), tmp_path / "own.blend")
    spec = read_spec(str(tmp_path / "a.toml")).spec
    assert (spec.look.colors.input, spec.values.input) == ("#010203", ((1.0, 2.0, 3.0),))
    assert read_spec("\ufeffnn.Conv2d(1, 1, 3)", ["input=5"]).spec.layer.output == (3, 3)


def test_code_is_parsed_once(monkeypatch):
    from kernelwalk.core.frameworks.parsing import sequential

    texts = []
    read_steps = sequential.read_steps
    monkeypatch.setattr(sequential, "read_steps", lambda text: texts.append(text) or read_steps(text))
    code = "nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Conv2d(1, 1, 5))"
    spec = read_spec(code, [options.parse_input("19x17")]).spec
    assert (spec.layer.output, texts) == ((13, 11), [code])


def test_code_may_be_longer_than_the_name_of_a_file():
    pairs = ", ".join(["nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(inplace=True)"] * 5)
    spec = read_spec(f"nn.Sequential({pairs})", [options.parse_input("32x32")]).spec
    assert (spec.layer.output, receptive_fields(spec.layers)[-1][0].size) == ((32, 32), 11)


@pytest.fixture
def own_template(tmp_path: Path) -> Path:
    """Return a folder with a template of the user's, a copy of the default one."""
    folder = tmp_path / "looks"
    folder.mkdir()
    shutil.copy(find_blend_file(DEFAULT_TEMPLATE), folder / "mine.blend")
    (folder / "mine.toml").write_text(MINE)
    return folder


def test_a_template_is_looked_for_beside_the_spec(own_template, spec):
    shutil.move(spec(look={"template": "mine.blend"}), own_template / "tiny.toml")
    result = read_spec(str(own_template / "tiny.toml")).spec.look
    assert find_blend_file(result.template) == own_template / "mine.blend"
    assert (result.tile_size, result.colors.input) == (0.5, "#010203")


@pytest.mark.parametrize("written", ["../no.blend", "no.blend"])
def test_a_file_that_is_not_there_is_named_as_it_was_written(tmp_path, spec, written):
    own = spec(look={"template": written}, labels={"font": written.replace("blend", "ttf")})
    with pytest.raises(UsageError) as caught:
        read_spec(str(own))
    lines = str(caught.value).splitlines()
    assert [line.partition(": there is")[0].rpartition(" ")[2] for line in lines] == [
        f'"{written.replace("blend", "ttf")}"',
        f'"{written}"',
    ]


def test_the_default_template_completes_another(own_template, spec):
    result = read_spec(str(spec(look={"template": "looks/mine.blend", "tile_size": 0.75}))).spec.look
    default = read_spec(str(spec())).spec.look
    assert (result.tile_size, result.colors.input) == (0.75, "#010203")
    assert (result.thickness, result.colors.output) == (default.thickness, default.colors.output)


def test_a_template_may_lie_in_the_home_folder(own_template, spec, monkeypatch):
    monkeypatch.setenv("HOME", str(own_template))
    monkeypatch.setenv("USERPROFILE", str(own_template))
    result = read_spec(str(spec(look={"template": "~/mine.blend"}))).spec.look
    assert result.tile_size == 0.5


def test_a_spec_does_not_depend_on_the_current_folder(own_template, spec, monkeypatch):
    """Otherwise a render could not continue after a change of folder."""
    path = own_template / "tiny.toml"
    shutil.move(spec(look={"template": "mine.blend"}), path)
    absolute = read_spec(str(path)).spec
    monkeypatch.chdir(own_template)
    assert read_spec("tiny.toml").spec == absolute
    monkeypatch.chdir(own_template.parent)
    assert read_spec("looks/tiny.toml").spec == absolute


def test_what_shows_one_layer_refuses_two():
    settings = ['compare="nn.Conv2d(1, 1, 2)"', 'beside="B"', "input=4"]
    source = read_spec("nn.Conv2d(1, 1, 3)", settings)
    with pytest.raises(UsageError, match=r"beside: a USD file shows one layer\. Leave the key out"):
        refuse_pair(source.name, source.spec, "a USD file")
    refuse_pair(source.name, read_spec("nn.Conv2d(1, 1, 3)", settings[::2]).spec, "a USD file")
