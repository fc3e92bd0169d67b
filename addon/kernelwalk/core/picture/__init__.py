# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: stage, words and camera in one; where its frames differ, what its camera sees, what its tiles are."""
