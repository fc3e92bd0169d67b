// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of changed parameters at each step: connectors, arches from padding, and frames around winners.

import { toXyz } from "./changed_grids.js";
import { connectBounds, findPairs, makeArches, placeCell } from "./changed_layout.js";
import { combine, listTaps, listWindowCells, sourceOf } from "./layer_mapping.js";

export function describeLines(made, positions, bounds, valueBounds, layouts) {
  const { base, making, layer, walk, grids } = made;
  const kindOf = (cell) => {
    const kind = grids[0].kinds[grids[0].find(cell)] ?? 0;
    return ![0, 4].includes(kind);
  };
  const steps = positions.map((position, step) => {
    const above = { bounds: valueBounds[1][step] ?? bounds[1][step], layout: layouts[1] };
    const below = { bounds: bounds[0][step], layout: layouts[0] };
    if (!above.bounds || !below.bounds) return [];
    return connectBounds(above, below, listPairs(made, position), kindOf, making, made.size);
  });
  const sets = [{ ...base.lines[0], steps, fields: findFields(made, steps) }];
  if (making.lines.arches && made.isCopied) {
    const own = base.lines.find((each) => each.isArched);
    const channelOf = (step) => bounds[0][step][0][3];
    sets.push({
      ...(own ?? { ...base.lines[0], width: 0.6 * base.lines[0].width }),
      name: "arches",
      isArched: true,
      steps: positions.map((position, step) =>
        bounds[0][step]
          ? makeArches(layer, combine(listWindowCells(layer, position.slice(1))), layouts[0], channelOf(step), making)
          : [],
      ),
    });
  }
  if (layer.takesMaximum && made.values) {
    const color = made.colors.find(making.winnerColor);
    const steps = listWinnerFrames(made, positions, layouts[0]);
    sets.push({ name: "winners", width: winnerWidth(made), color, isArched: false, steps });
  }
  return sets;
}

/** Return the fields of digits that connectors lead to, as SceneGeometry has them; null without any. */
function findFields({ base, making, size, values }, steps) {
  if (!base.lines[0].fields || !values) return null;
  const [lower, upper] = base.grids.map((grid) => grid.digits && size / 2 - making.lines.corner);
  const group = [making.layout.side ? 0 : making.thickness, upper, lower];
  const count = Math.max(...steps.map((each) => each.length)) / 24;
  return { ...base.lines[0].fields, groups: Array(count).fill(group) };
}

function listPairs(made, position) {
  const { layer, changed } = made;
  if (!layer.movesCells || changed.channels.inputs * changed.channels.outputs == 1) {
    return findPairs({ ...changed, grids: made.grids }, position, made.making);
  }
  const outputs = made.walk.filterCount > 1 ? [position[0]] : [...Array(changed.channels.outputs).keys()];
  if (outputs.length > made.making.lines.maxPairs) return null;
  return outputs.map((channel) => [channel, sourceOf(layer, channel, position.slice(1)).channel]);
}

/** Return for each step the frames around the inputs that win a max pooling, in thousandths. */
function listWinnerFrames(made, positions, layout) {
  const { layer, making } = made;
  const width = winnerWidth(made);
  const reach = (made.size - width) / 2;
  const channels = [...Array(made.changed.channels.outputs).keys()];
  return positions.map(([filter, ...position]) =>
    (made.walk.filterCount > 1 ? [filter] : channels).flatMap((channel) => {
      const read = listTaps(layer, position)
        .filter(({ input }) => input)
        .map(({ input }) => input);
      if (!read.length) return [];
      const valueOf = (input) => made.values.inputAt([channel, ...input]);
      const winner = read.reduce((best, input) => (valueOf(input) > valueOf(best) ? input : best));
      const [x, y, z] = placeCell(layout, [...toXyz(winner), channel]);
      const top = z + making.thickness + making.lift + width / 2;
      const corners = [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ].map(([a, b]) => [x + a * reach, y + b * reach, top]);
      return corners
        .flatMap((from, at) => {
          const to = corners[(at + 1) % 4];
          const along = from.map((start, axis) => (Math.sign(Math.round((to[axis] - start) * 1e6)) * width) / 2);
          return [...from.map((start, axis) => start - along[axis]), ...to.map((end, axis) => end + along[axis])];
        })
        .map((each) => Math.round(1000 * each));
    }),
  );
}

function winnerWidth(made) {
  const [share, most] = made.making.winner;
  const width = made.base.lines[0].width;
  return Math.min(share * width, most * made.size);
}
