# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as Blender holds them: properties made of a spec's fields, packed numbers, walks, preferences."""
