# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer computes: its parameters, its axes and the taps of each output."""
