# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of a walk among a user's objects and other walks, its scale, and a scene of its own."""
