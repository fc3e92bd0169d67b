# SPDX-License-Identifier: GPL-3.0-or-later
"""A figure that the writers' tests share."""

from __future__ import annotations

import pytest
from kernelwalk_pipeline.figures.figure import Figure, draw_step

from .drawn import plan_preset


@pytest.fixture(scope="package")
def figure() -> Figure:
    """Return a figure with digits, transparent lines and words."""
    return draw_step(plan_preset("max_pool_values"), 4)
