# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion: the candidates for the last word of a line, and real shells in which the Tab key is pressed."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from kernelwalk.core.spec import presets, templates
from kernelwalk_pipeline.cli import PANELS, build_app
from kernelwalk_pipeline.completion.candidates import FILE_PATTERNS, WORDS, complete_line
from kernelwalk_pipeline.completion.scripts import SHELLS
from kernelwalk_pipeline.films.formats import FORMAT_NAMES
from kernelwalk_pipeline.quality import QUALITIES

from .conftest import environment
from .patience import wait_for

FREE = {
    *("28x28", "WxH", "N", "A-B", "A-B,C", "SECONDS", "ADDRESS"),
    *("NAME", "FROM..TO", "0,5,9", "0:6,10:16", "NAME=VALUE", "NUMBER", "NUMBERS"),  # of models
}
"""Values that cannot be listed, by metavar."""


def words_after(line: str) -> list[str]:
    """Return the candidates for the last word of `kernelwalk LINE`, without their meanings."""
    return [candidate.partition("\t")[0] for candidate in complete_line(f"kernelwalk {line}")]


@pytest.mark.parametrize(
    ("line", "words"),
    {
        "": [*(name for names in PANELS.values() for name in names), "export"],
        "sti": ["still"],
        "export ": ["glb", "usd", "values", "openjd", "flamenco"],
        "render ": [*presets.list_presets(), ""],
        "render mathematica -o a.mp4 max": ["max_pool", "max_pool_values", ""],
        "inspect mathematica ": [],
        "encode mathematica ": [""],
        "export openjd chan": ["channel_shuffle", "channels", ""],
        "render --restart max": ["max_pool", "max_pool_values", ""],
        "render -- -": [""],
        "inspect --j": ["--json"],
        "layers --": [
            *("--input", "--json", "--image", "--feed", "--white", "--mean", "--std", "--bgr", "--help"),
        ],
        "still x --quality ": list(QUALITIES),
        "still --quality=d": ["--quality=draft"],
        "render --format ": ["frames", *FORMAT_NAMES],
        "gallery --looks dark,p": ["dark,paper"],
        "gallery --looks ": [*templates.list_templates(), "all"],
        "new --from max": ["max_pool", "max_pool_values", ""],
        "blend --set walk.fp": ["walk.fps="],
        "blend --set camera.projection=p": ["camera.projection=perspective"],
        "blend --set look.template=d": ["look.template=dark"],
        "blend --set walk.loop=": ["walk.loop=true", "walk.loop=false"],
        "blend 'nn.Conv2d(1, 1, 3)' --set layer.padding=sa": [
            "layer.padding=same",
            "layer.padding=same_upper",
            "layer.padding=same_lower",
        ],
        "still --size ": [],
        "completion ": list(SHELLS),
        "nothing ": [],
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_candidates_are_those_of_the_command(line: str, words: list[str]) -> None:
    assert words_after(line) == words


def test_every_value_of_every_option_is_completed_or_free() -> None:
    def parameters(command):
        inner = getattr(command, "commands", {})
        return [*command.params, *(each for name in inner for each in parameters(inner[name]))]

    for each in parameters(typer.main.get_command(build_app())):
        takes_value = each.param_type_name == "argument" or not each.is_flag
        if takes_value and not getattr(each, "hidden", False):
            assert each.metavar.startswith("<") or {each.metavar} <= {*FREE, *FILE_PATTERNS, *WORDS}, each.name


PROGRAM = """\
[ "$1" != completion ] || exec "{python}" -m kernelwalk_pipeline "$@"
"{python}" -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$@" >"{record}.part" && mv "{record}.part" "{record}"
"""
"""Stands for kernelwalk: completes, but only records the words of other commands."""

START = {
    "bash": (["--norc", "--noprofile", "-i"], 'eval "$(kernelwalk completion bash)"'),
    "zsh": (["-f", "-i"], 'autoload -U compinit && compinit -u -D && eval "$(kernelwalk completion zsh)"'),
    "fish": (["--private", "-i"], "kernelwalk completion fish | source"),
}
"""Arguments with which each shell starts without the user's files, and the line that the help tells to add."""

TYPED = 'kernelwalk rend\tpadding_strides_odd_\town\t"own\tinsi\tinn\t-o film.mp4 --qual\tdra\t--set walk.eas\tsmo\t'
READ = [
    *("render", "padding_strides_odd_transposed", "own spec.toml", "own spec.toml", "inside/inner.toml"),
    *("-o", "film.mp4", "--quality", "draft", "--set", "walk.easing=smooth"),
]


@pytest.mark.parametrize(
    "shell", [pytest.param(shell, marks=[] if shell == "bash" else pytest.mark.thorough) for shell in SHELLS]
)
def test_the_tab_key_completes_commands_presets_files_options_and_values(shell: str, tmp_path: Path, program) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    record = tmp_path / "record.json"
    program("kernelwalk", PROGRAM.format(python=sys.executable, record=record))
    (tmp_path / "inside").mkdir()
    for name in ("own spec.toml", "own film.mp4", "inside/inner.toml"):
        (tmp_path / name).touch()
    arguments, setup = START[shell]
    keyboard, screen = pty.openpty()
    path = f"{tmp_path}:{os.environ['PATH']}"
    process = subprocess.Popen(
        # who opens a terminal first is controlled by it, as an interactive shell must be
        ["sh", "-c", 'exec "$@" <>"$TERMINAL" >&0 2>&0', "sh", shell, *arguments],
        env={**environment(), "PATH": path, "HOME": str(tmp_path), "TERM": "dumb", "TERMINAL": os.ttyname(screen)},
        cwd=tmp_path,
        start_new_session=True,
    )
    os.set_blocking(keyboard, False)
    os.write(keyboard, f"{setup}\n{TYPED}\n".encode())
    shown = b""

    def is_recorded() -> bool:
        nonlocal shown
        with contextlib.suppress(BlockingIOError):
            shown += os.read(keyboard, 65536)  # a shell waits once its screen is full
        return record.exists()

    try:
        wait_for(is_recorded)
        assert json.loads(record.read_text()) == READ, shown
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
        os.close(screen)
