# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis explores the core without a clock: a busy machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("core", deadline=None)
settings.load_profile("core")
