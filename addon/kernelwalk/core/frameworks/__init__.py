# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as code of frameworks: parsing, and emitting."""
