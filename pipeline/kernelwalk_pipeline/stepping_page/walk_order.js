// SPDX-License-Identifier: GPL-3.0-or-later
// The order in which a walk visits positions, as core/walk/order.py has it.

import { multiply } from "./window_layers.js";

/** Return the walk of a layer, from the document's settings: over its output, or in scatter over its input. */
export function makeWalk(layer, { isScatter, order, filters, drawsChannels, first, every }) {
  const sizes = isScatter ? layer.input : layer.output;
  const channels = drawsChannels ? layer.drawnChannels[isScatter ? "inputs" : "outputs"] : 1;
  const filterCount = filters == "each" ? channels : 1;
  const positionCount = filterCount * multiply(sizes);
  const line = order == "columns" ? sizes[0] : sizes[sizes.length - 1];
  const shown = Math.min(first ?? line, positionCount);
  const stepCount = shown + Math.ceil((positionCount - shown) / every);
  return { isScatter, order, sizes, filterCount, positionCount, first: first ?? line, every, stepCount };
}

function listFastestFirst(walk) {
  const axes = [...walk.sizes.keys()];
  return walk.order == "columns" ? axes : axes.reverse();
}

/** Return the index along one axis after `lines` complete lines; a serpentine reverses every second line. */
function findIndexInLine(walk, index, lines, size) {
  return walk.order == "serpentine" && lines % 2 ? size - 1 - index : index;
}

/** Map a step to its place among all positions: the first ones, then every nth, and always the last. */
function findPlace({ first, every, positionCount }, step) {
  const place = step < first ? step : step + (step - first + 1) * (every - 1);
  return Math.min(place, positionCount - 1);
}

/** Return [filter, ...position] at a step. */
export function positionAt(walk, step) {
  const place = findPlace(walk, step);
  const count = walk.positionCount / walk.filterCount;
  let lines = place % count;
  const position = [];
  for (const axis of listFastestFirst(walk)) {
    const size = walk.sizes[axis];
    const index = lines % size;
    lines = Math.floor(lines / size);
    position[axis] = findIndexInLine(walk, index, lines, size);
  }
  return [Math.floor(place / count), ...position];
}

/** Return the place of a position in the full order, in which none is skipped. */
export function placeOf(walk, position) {
  let lines = 0;
  for (const axis of listFastestFirst(walk).reverse())
    lines = lines * walk.sizes[axis] + findIndexInLine(walk, position[axis], lines, walk.sizes[axis]);
  return lines;
}

/** Return the step at which [filter, ...position] is visited; -1 if it is skipped. */
export function stepAt(walk, [filter, ...position]) {
  const { first, every, stepCount } = walk;
  const place = filter * (walk.positionCount / walk.filterCount) + placeOf(walk, position);
  const wanted = place < first ? place : first - Math.floor((first - 1 - place) / every) - 1;
  const step = Math.min(wanted, stepCount - 1);
  return findPlace(walk, step) == place ? step : -1;
}
