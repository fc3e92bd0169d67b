# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of specs, steps and tiles, and the step that represents a walk."""
