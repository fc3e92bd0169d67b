# SPDX-License-Identifier: GPL-3.0-or-later
"""Dask: orders to many machines, and what comes back."""
