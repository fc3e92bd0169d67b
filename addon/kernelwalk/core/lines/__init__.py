# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors, padding arches, frustums, and lines that show through tiles."""
