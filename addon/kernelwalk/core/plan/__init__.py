# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a scene, and the solver that lays it out."""
