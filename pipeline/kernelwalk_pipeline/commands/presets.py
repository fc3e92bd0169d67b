# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk presets: the list of presets."""

from __future__ import annotations


def presets() -> None:
    """List the presets."""
    from kernelwalk.core.spec.presets import load_preset, preset_names

    from ..report import summarize_spec

    width = max(map(len, preset_names()))
    for name in preset_names():
        print(f"{name:<{width}}  {summarize_spec(load_preset(name))}")
