// SPDX-License-Identifier: GPL-3.0-or-later
// The words above the scene: the names of grids with their sizes, and the numbers of rows and columns.

import { placeTitle } from "./scene_panes.js";

const TITLE_MIDDLE = 19;

/** Write the grids' names, and the numbers of rows and columns; of two walks, also their titles. */
export function drawWords(view, width, height, ratio) {
  const context = view.overlay.getContext("2d");
  if (view.overlay.width !== Math.round(width * ratio) || view.overlay.height !== Math.round(height * ratio)) {
    Object.assign(view.overlay, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.fillStyle = view.scene.data.look.text;
  context.textBaseline = "middle";
  view.scene.walks.forEach((walk, number) => {
    const pane = view.panes[number];
    context.save();
    context.beginPath();
    context.rect(pane.left, pane.top, pane.width, pane.height);
    context.clip();
    drawMarks(context, view, walk, view.cameras[number]);
    drawNames(context, view, walk, view.cameras[number], pane);
    if (view.scene.walks.length > 1) drawTitle(context, view, walk, pane);
    context.restore();
  });
}

/** Write the numbers of rows and columns. */
function drawMarks(context, view, { data }, camera) {
  if (!data.marks.length) return;
  context.globalAlpha = 0.76;
  context.textAlign = "center";
  context.font = `${Math.max(9, Math.min(14, 0.36 * camera.unit))}px ${view.marks.fonts.regular}`;
  for (const [text, ...place] of data.marks) context.fillText(text, ...camera.project(place));
  context.globalAlpha = 1;
}

/** Write the names of grids, each with its size. */
function drawNames(context, view, walk, camera, pane) {
  const { strong, regular } = view.marks.fonts;
  context.textAlign = "left";
  for (const { text, size, x, y } of placeNames(walk, camera, pane)) {
    context.font = `14px ${strong}`;
    const own = context.measureText(text + " ").width;
    context.font = `14px ${regular}`;
    const whole = own + context.measureText(size).width;
    const left = Math.max(pane.left + 6, Math.min(pane.left + pane.width - whole - 6, x - whole / 2));
    context.font = `14px ${strong}`;
    context.fillText(text, left, y);
    context.globalAlpha = 0.76;
    context.font = `14px ${regular}`;
    context.fillText(size, left + own, y);
    context.globalAlpha = 1;
  }
}

/** Write the title of a walk at the top of its pane, shortened where it has no room beside the buttons. */
function drawTitle(context, view, { data }, pane) {
  const { below, free } = placeTitle();
  context.textAlign = "center";
  context.font = `15px ${view.marks.fonts.strong}`;
  let letters = [...data.walkTitle],
    text = data.walkTitle;
  while (letters.length > 1 && context.measureText(text).width > pane.width - free) {
    letters = letters.slice(0, -1);
    text = `${letters.join("").trimEnd()}…`;
  }
  context.fillText(text, pane.left + pane.width / 2, pane.top + below + TITLE_MIDDLE);
}

/** Return the places of the grids' names: above the highest grid, below the lowest one, beside those between. */
function placeNames(walk, camera, pane) {
  const named = walk.grids.filter((grid) => grid.data.label);
  const boxes = named.map((grid) => {
    const [low, high] = walk.boxOf(grid),
      corners = [];
    for (const x of [low[0], high[0]])
      for (const y of [low[1], high[1]])
        for (const z of [low[2], high[2]]) {
          corners.push(camera.project([x, y, z]));
        }
    return { corners, level: low[2], label: grid.data.label };
  });
  const levels = boxes.map((each) => each.level),
    lowest = Math.min(...levels),
    highest = Math.max(...levels);
  return boxes.map(({ corners, level, label: [text, size] }) => {
    const xs = corners.map((each) => each[0]),
      ys = corners.map((each) => each[1]);
    const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
    let [x, y] = [middle, Math.max(...ys) + 17];
    if (level > lowest && level === highest) y = Math.min(...ys) - 17;
    else if (level > lowest) [x, y] = [Math.max(...xs) + 70, (Math.min(...ys) + Math.max(...ys)) / 2];
    return { text, size, x, y: Math.max(pane.top + 12, Math.min(pane.top + pane.height - 12, y)) };
  });
}
