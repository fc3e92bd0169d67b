# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames on disk: what is whole, what is recorded, who may write."""
