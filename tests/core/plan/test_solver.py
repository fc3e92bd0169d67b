# SPDX-License-Identifier: GPL-3.0-or-later
"""The solver searches no more than it needs."""

from __future__ import annotations

from typing import Any

import pytest
from kernelwalk.core import load_preset
from kernelwalk.core.geometry.grids import make_grids
from kernelwalk.core.plan import solver
from kernelwalk.core.plan.visible_scene import VisibleScene


@pytest.mark.parametrize(("preset", "searches"), [("dilation", 1), ("padding_strides", 2)])
def test_labels_are_searched_again_only_where_lines_stand_out(
    preset: str, searches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connectors that begin at padding, which is lower than other tiles, stand out. A second search finds the same."""
    spec = load_preset(preset)
    grids, found = make_grids(spec), []
    options = solver.list_layout_options(spec.show, spec.look, spec.camera)[:1]

    def choose(*values: Any) -> Any:
        found.append(search(*values))
        return found[-1]

    search = solver.choose_labels
    monkeypatch.setattr(solver, "choose_labels", choose)
    solution = solver.settle_margins(spec, grids, options[0], float("inf"))
    assert len(found) == searches
    monkeypatch.setattr(VisibleScene, "looks_like", lambda *_: False)
    again = solver.settle_margins(spec, grids, options[0], float("inf"))
    assert solution is not None and again is not None
    assert solution.composition.labels == again.composition.labels
    assert solution.composition.view == again.composition.view
