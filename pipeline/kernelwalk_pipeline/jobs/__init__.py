# SPDX-License-Identifier: GPL-3.0-or-later
"""From specs to results, going on where an earlier run was stopped."""
