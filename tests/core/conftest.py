# SPDX-License-Identifier: GPL-3.0-or-later
"""How many random examples the core's tests try: more with --thorough."""

from __future__ import annotations

from hypothesis import settings

from .helpers import example_count

settings.register_profile("core", max_examples=example_count(50))
settings.load_profile("core")
