# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks USD files by the rules of usdchecker --arkit, and prints as JSON what fails.

The rules are those of the USD in Blender's package: usd-core has left them out, and both do not fit into one process.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from pathlib import Path

package = importlib.util.find_spec("bpy")
assert package is not None
assert package.origin is not None
sys.path[:0] = map(str, Path(package.origin).parent.glob("*/python/lib/python*/site-packages"))

from pxr import UsdUtils  # noqa: E402

warnings.simplefilter("ignore")
failed = {}
for path in sys.argv[1:]:
    checker = UsdUtils.ComplianceChecker(arkit=True)
    checker.CheckCompliance(path)
    failed[path] = [*checker.GetErrors(), *checker.GetFailedChecks(), *checker.GetWarnings()]
print(json.dumps(failed))
