# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks of a scene: their list, their places, and the user's objects around them."""
