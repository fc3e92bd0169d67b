# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender processes: starting them, giving them tasks, reading their events, and ending them."""
