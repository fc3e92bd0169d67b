# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that teach a shell to complete kernelwalk. They ask `kernelwalk completion SHELL --line LINE`."""

from __future__ import annotations

from pathlib import Path

SHELLS = ("bash", "zsh", "fish")


def read_script(shell: str) -> str:
    """Return the script for one of SHELLS."""
    return (Path(__file__).parent / f"kernelwalk.{shell}").read_text(encoding="utf-8")
