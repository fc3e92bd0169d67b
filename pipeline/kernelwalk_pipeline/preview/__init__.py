# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview: a picture of a spec that follows its file, in a browser or as a file."""
