# SPDX-License-Identifier: GPL-3.0-or-later
"""Values: the numbers that a layer reads, weighs and computes, from the same tables that light its tiles."""
