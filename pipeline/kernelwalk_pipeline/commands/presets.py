# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk presets: the list of presets."""

from __future__ import annotations


def presets() -> None:
    """List the presets."""
    from kernelwalk.core.describe.summary import summarize_layers
    from kernelwalk.core.spec.presets import group_presets

    groups = group_presets()
    width = max(len(name) for members in groups.values() for name in members)
    for group, members in groups.items():
        print(group)
        for name, spec in members.items():
            print(f"  {name:<{width}}  {spec.title}: {summarize_layers(spec)}")
