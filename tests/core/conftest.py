# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis has no deadline in the core's tests: a busy machine is not a failure. --thorough tries more examples."""

from __future__ import annotations

from hypothesis import settings

from .helpers import example_count

settings.register_profile("core", deadline=None, max_examples=example_count(50))
settings.load_profile("core")
