# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers: their parameters, their axes and the taps of each output."""
