# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs for render farms, which schedule by themselves."""
