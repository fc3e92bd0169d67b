# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the add-on: registered by a script, installed from its zip, and used in a window."""
