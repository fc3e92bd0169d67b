# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of steps and tiles in sentences."""
