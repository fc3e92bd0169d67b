# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a walk as property groups: layers, weights, values, setup, and the whole spec."""
