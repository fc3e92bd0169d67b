# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors of a page end where those of the plan do, for the plan's camera, and cover no digits for any other."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan
from kernelwalk_pipeline.source import read_spec
from kernelwalk_pipeline.stepping_page.document import make_document
from kernelwalk_pipeline.stepping_page.scripts import join_scripts
from kernelwalk_pipeline.stepping_page.walk_tables import LINE_UNITS

quickjs = pytest.importorskip("quickjs", reason="needs kernelwalk[farms]")

CLEAR = """
function clearAll(text, view) {
  const set = JSON.parse(text), { azimuth, elevation, center, inverseDistance } = JSON.parse(view);
  const camera = new PageCamera({ azimuth, elevation, distance: 0 });
  const pane = { left: 0, top: 0, width: 640, height: 360 };
  camera.fit([[0, 0, 0], [1, 1, 1]], pane, { left: 0, right: 0, top: 0, bottom: 0 });
  Object.assign(camera, { center, inverseDistance });
  return JSON.stringify(set.steps.map((points) => clearDigits(points.map((each) => each / 1000), set.fields, camera)));
}
"""


def describe_view(plan: Plan) -> dict[str, Any]:
    """Return the camera of a plan as the page has it."""
    view, camera = plan.view, plan.spec.camera
    away = 0.0 if view.distance is None else view.distance
    center = np.array(view.location) - away * view.axes[2]
    angles = {"azimuth": camera.azimuth, "elevation": camera.elevation}
    return angles | {"center": center.tolist(), "inverseDistance": 1 / away if away else 0}


@pytest.mark.parametrize("name", ["max_pool_values", "digit", "stamps"])
@pytest.mark.parametrize("projection", ["orthographic", "perspective"])
def test_connectors_end_where_those_of_the_plan_do(name: str, projection: str) -> None:
    context = quickjs.Context()
    context.eval(join_scripts(["page_camera.js", "clear_digits.js"]) + CLEAR)
    settings = [f"camera.projection={projection}", "values.digits=true"]
    spec = read_spec(name, settings).spec
    plan, connectors = make_plan(spec), make_document(name, spec)["lines"][0]
    found = context.get("clearAll")(json.dumps(connectors), json.dumps(describe_view(plan)))
    wanted = plan.lines[0].points.reshape(spec.step_count, -1)
    whole = np.array(connectors["steps"]) / LINE_UNITS
    assert np.abs(wanted - whole).max() > 0.1  # some are shortened
    assert np.abs(np.array(json.loads(found)) - wanted).max() < 0.01
