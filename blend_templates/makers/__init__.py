# SPDX-License-Identifier: GPL-3.0-or-later
"""A look per file, of parts that looks share."""
