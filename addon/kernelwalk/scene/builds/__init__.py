# SPDX-License-Identifier: GPL-3.0-or-later
"""Data of a build in a file: tags, objects by their roles, its spec and extent, and a user's changes by hand."""
