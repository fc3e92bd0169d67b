// SPDX-License-Identifier: GPL-3.0-or-later
// The words above the scene: the names of grids with their sizes, and the numbers of rows and columns.

/** Write the grids' names, and the numbers of rows and columns. */
export function drawWords(view, width, height, ratio) {
  const context = view.overlay.getContext("2d"),
    { data } = view.scene;
  if (view.overlay.width !== Math.round(width * ratio) || view.overlay.height !== Math.round(height * ratio)) {
    Object.assign(view.overlay, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.fillStyle = data.look.text;
  context.textBaseline = "middle";
  const { strong, regular } = view.marks.fonts;
  if (data.marks.length) {
    context.globalAlpha = 0.76;
    context.textAlign = "center";
    context.font = `${Math.max(9, Math.min(14, 0.36 * view.camera.unit))}px ${regular}`;
    for (const [text, ...place] of data.marks) context.fillText(text, ...view.camera.project(place));
    context.globalAlpha = 1;
  }
  for (const { text, size, x, y } of placeNames(view, width, height)) {
    context.textAlign = "left";
    context.font = `14px ${strong}`;
    const own = context.measureText(text + " ").width;
    context.font = `14px ${regular}`;
    const whole = own + context.measureText(size).width;
    const left = Math.max(6, Math.min(width - whole - 6, x - whole / 2));
    context.font = `14px ${strong}`;
    context.fillText(text, left, y);
    context.globalAlpha = 0.76;
    context.font = `14px ${regular}`;
    context.fillText(size, left + own, y);
    context.globalAlpha = 1;
  }
}

/** Return the places of the grids' names: above the highest grid, below the lowest one, beside those between. */
function placeNames(view, width, height) {
  const named = view.scene.grids.filter((grid) => grid.data.label);
  const boxes = named.map((grid) => {
    const [low, high] = view.scene.boxOf(grid),
      corners = [];
    for (const x of [low[0], high[0]])
      for (const y of [low[1], high[1]])
        for (const z of [low[2], high[2]]) {
          corners.push(view.camera.project([x, y, z]));
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
    return { text, size, x, y: Math.max(12, Math.min(height - 12, y)) };
  });
}
