// SPDX-License-Identifier: GPL-3.0-or-later
// What is told about a tile: its place and kind, its value, what it reads or who reads it, and its steps.

import { makeElement } from "./page_elements.js";

const MOST_STEP_BUTTONS = 12;
const PLAIN_KIND = "0";

/** Return the words on a tile at a step: [where, value or null, sentence, sum or null]. */
export function describeTileAt(scene, place, step) {
  const grid = scene.grids[place.grid],
    { data } = grid,
    [x, y, z, c] = grid.cells[place.tile];
  const walk = scene.walkOf(place.grid),
    dims = walk.data.dims,
    index = [x, y, z].slice(0, dims).reverse();
  const kind = String(data.kinds[place.tile]);
  const name = kind === PLAIN_KIND ? data.name : `${data.name}, ${(data.kindNames[kind] ?? "").toLowerCase()}`;
  const channel = data.sizes[3] > 1 ? `, channel ${c}` : "";
  const steps = scene.stepsOf(place);
  const { sums } = walk.data,
    sum = sums && scene.isOutput(place.grid) && steps.length === 1 ? sums[steps[0]] : null;
  return [`${scene.nameWalk(walk)}${name} (${index.join(", ")})${channel}`, scene.textOf(place, step), data.sentences[place.tile] ?? "", sum];
}

/** Fill an element with the words on a tile, and a button for each of its steps. */
export function showTile(element, scene, place, step, go) {
  const [where, value, sentence, sum] = describeTileAt(scene, place, step);
  const children = [makeElement("p", { className: "where", textContent: where })];
  if (value !== null) children.push(makeElement("p", { className: "value", textContent: `Value: ${value}` }));
  if (sentence) children.push(makeElement("p", { textContent: sentence }));
  if (sum) children.push(makeElement("p", { className: "value", textContent: sum }));
  const steps = scene.stepsOf(place);
  if (steps.length) {
    const row = makeElement("div", { className: "goto" });
    row.append(makeElement("span", { textContent: steps.length === 1 ? "Step" : "Steps" }));
    for (const each of steps.slice(0, MOST_STEP_BUTTONS)) {
      const button = makeElement("button", { textContent: String(each), type: "button" });
      button.setAttribute("aria-label", `Go to step ${each}`);
      button.addEventListener("click", () => go(each));
      row.append(button);
    }
    if (steps.length > MOST_STEP_BUTTONS) row.append(makeElement("span", { textContent: `… ${steps.at(-1)}` }));
    children.push(row);
  }
  element.replaceChildren(...children);
}

/** Return the tile beside a tile, so many columns and rows on; the next slice or channel beyond an end. */
export function findNeighbor(scene, place, columns, rows) {
  const grid = scene.grids[place.grid],
    { first, sizes } = grid.data,
    cell = [...grid.cells[place.tile]];
  cell[1] += rows;
  cell[0] += columns;
  for (const axis of [2, 3]) {
    if (columns && (cell[0] < first[0] || cell[0] >= first[0] + sizes[0]) && sizes[axis] > 1) {
      cell[0] = columns > 0 ? first[0] : first[0] + sizes[0] - 1;
      cell[axis] += columns;
    }
  }
  const tile = grid.findTile(cell);
  return tile < 0 ? place : { grid: place.grid, tile };
}
