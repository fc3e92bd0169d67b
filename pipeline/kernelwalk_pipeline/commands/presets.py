# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk presets: the list of presets."""

from __future__ import annotations


def presets() -> None:
    """List the presets."""
    from kernelwalk.core.spec.presets import list_presets, load_preset

    from ..report import summarize_spec

    width = max(map(len, list_presets()))
    for name in list_presets():
        print(f"{name:<{width}}  {summarize_spec(load_preset(name))}")
