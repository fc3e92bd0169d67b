# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames on disk: decoding, writing, the manifest and the lock."""
