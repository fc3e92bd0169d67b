# SPDX-License-Identifier: GPL-3.0-or-later
"""In what order outputs are visited, and what each position lights."""
