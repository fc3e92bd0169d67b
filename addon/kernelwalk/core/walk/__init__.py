# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk: its order and timing, and the tiles that each position activates."""
