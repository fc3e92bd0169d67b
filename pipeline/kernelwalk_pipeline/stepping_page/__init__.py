# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on which a walk can be stepped through, turned and changed, without Blender and without a network."""

from .page_builder import SteppingPage, make_page

__all__ = ["SteppingPage", "make_page"]
