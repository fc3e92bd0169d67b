# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the pipeline: commands in this process or in one of their own, with real renders of a few pixels."""
