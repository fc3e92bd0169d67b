# SPDX-License-Identifier: GPL-3.0-or-later
"""Setup of a scene around a walk: its template, camera, lights and views, and the settings that a build replaces."""
