# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk as USD: a scene in three dimensions that plays in viewers, on phones and in other programs."""
