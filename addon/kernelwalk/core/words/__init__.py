# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in the picture, and where it has room."""
