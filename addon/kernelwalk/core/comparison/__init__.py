# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers on one input: the outputs that differ, and how the windows lie to each other."""
