# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as parts that are placed, turned and scaled, for the files of viewers, which know no shaders."""
