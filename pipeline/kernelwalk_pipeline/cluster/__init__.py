# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering on a Dask cluster; needs the package distributed. Only `connection` is imported without it."""
