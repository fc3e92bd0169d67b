# SPDX-License-Identifier: GPL-3.0-or-later
"""The words with which an unfinished command line can go on, found in the commands themselves."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typer
from kernelwalk.core.spec.presets import list_presets
from kernelwalk.core.spec.templates import list_templates

from ..cli import PANELS, build_app
from .scripts import SHELLS
from .setting_words import list_settings

Candidates = Iterable[tuple[str, str]]
"""Words with their meanings."""

FILE_PATTERNS = {
    "SPEC": "*.toml",
    "A.toml": "*.toml",
    "MODEL": "*",
    "A.png": "*.png",
    "A.blend": "*.blend",
    "A.js": "*.js",
    "OUT": "*",
    "FIGURE": "*",
    "A.html": "*.html",
    "A.glb": "*.glb",
    "A.usdz": "*.usd*",
    "PATH": "*",
    "FILE": "*",
    "DIR": "/",
    "FRAMES": "/",
    "BUNDLE": "/",
}
"""Patterns of the files that a value can name, by its metavar."""

FILES = ""
"""The word that stands for files; its meaning is their pattern, or "/" for folders."""

HELP = ("--help", "Show this message and exit.")


def complete_line(line: str) -> list[str]:
    """Return the candidates for the last word of a command line, one a line: the word, a tab and its meaning.

    A line that begins with a tab holds a pattern of files.

    >>> complete_line("kernelwalk render padding_strides --quality dr")
    ['draft\\t']
    """
    *words, incomplete = split_line(line)
    known = _list_candidates(words[1:], incomplete)
    return [f"{word}\t{meaning}" for word, meaning in known if not word or word.startswith(incomplete)]


def split_line(line: str) -> list[str]:
    """Return the words of an unfinished command line as the shell would; the last one may be empty or lack its quote.

    >>> split_line("kernelwalk inspect 'nn.Conv2d(1, ")
    ['kernelwalk', 'inspect', 'nn.Conv2d(1, ']
    >>> split_line("kernelwalk inspect ")
    ['kernelwalk', 'inspect', '']
    """
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        for word in lexer:
            words.append(word)
    except ValueError:  # a quote or an escape is not finished
        return [*words, lexer.token]
    return [*words, ""] if not words or (line[-1].isspace() and not line.endswith("\\ ")) else words


def _list_candidates(words: Sequence[str], incomplete: str) -> Candidates:
    """Return the candidates for the word after `words`, those of the command without its name."""
    command, rest = _find_command(words)
    if command is None:
        return ()
    if hasattr(command, "commands"):
        named = [(name, each.get_short_help_str(100)) for name, each in command.commands.items()]
        return [HELP] if incomplete.startswith("-") else named
    options = {name: each for each in command.params if each.param_type_name == "option" for name in each.opts}
    position, pending, is_literal = _follow(rest, options)
    if pending is not None:
        return _list_values(pending, incomplete)
    name, equals, value = incomplete.partition("=")
    if name in options and equals and not is_literal:
        return [(f"{name}={word}" if word else FILES, text) for word, text in _list_values(options[name], value)]
    if incomplete.startswith("-") and not is_literal:
        return [(name, each.help) for name, each in options.items() if not each.hidden] + [HELP]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    if position >= len(arguments) and arguments and arguments[-1].nargs == -1:
        position = len(arguments) - 1
    return _list_values(arguments[position], incomplete) if position < len(arguments) else ()


def _find_command(words: Sequence[str]) -> tuple[Any, Sequence[str]]:
    """Return the command that the words name, None if there is none, and the words after its name."""
    is_known = bool(words) and any(words[0] in names for names in PANELS.values())
    command: Any = typer.main.get_command(build_app(only=words[0] if is_known else None))
    if is_known:
        return command, words[1:]
    while words and hasattr(command, "commands"):
        command, words = command.commands.get(words[0]), words[1:]
    return command, words


def _follow(words: Sequence[str], options: dict[str, Any]) -> tuple[int, Any, bool]:
    """Return where the words lead: the number of arguments, the option that lacks its value, and whether "--" has
    ended the options."""
    position, pending = 0, None
    for number, word in enumerate(words):
        if pending is not None:
            pending = None
        elif word == "--":
            return position + len(words) - number - 1, None, True
        elif word in options:
            pending = None if options[word].is_flag else options[word]
        elif not word.startswith("-"):
            position += 1
    return position, pending, False


def _list_values(parameter: Any, incomplete: str) -> Iterator[tuple[str, str]]:
    """Return the words that an option or an argument can have as its value."""
    metavar = parameter.metavar or ""
    if metavar.startswith("<"):
        yield from ((name, "") for name in metavar.strip("<>").split("|"))
    if metavar in WORDS:
        yield from WORDS[metavar](incomplete)
    if metavar in FILE_PATTERNS:
        yield FILES, FILE_PATTERNS[metavar]


def _list_looks(incomplete: str) -> Candidates:
    """Return the templates with which a list such as "dark,pa" can go on."""
    before = "".join(incomplete.rpartition(",")[:2])
    return [(before + name, "") for name in (*list_templates(), *(() if before else ("all",)))]


WORDS: dict[str, Callable[[str], Candidates]] = {
    "SPEC": lambda _: [(name, "preset") for name in list_presets()],
    "A,B": _list_looks,
    "KEY=VALUE": list_settings,
    "SHELL": lambda _: [(name, "") for name in SHELLS],
}
"""The words that a value can be, by its metavar."""
