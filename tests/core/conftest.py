# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis has no deadline in the core's tests: a busy machine is not a failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("core", deadline=None)
settings.load_profile("core")
