// SPDX-License-Identifier: GPL-3.0-or-later
// Where the grids of changed parameters stand, and the lines between them, as core/geometry/layout.py and
// core/lines/connectors.py have them for an orthographic camera. Places are in units of the tile pitch.

import { toXyz } from "./changed_grids.js";
import { countUp } from "./layer_axes.js";
import { inputsOf, outputsOf } from "./layer_channels.js";

const CORNER_SIGNS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const LINE_UNIT = 1000;
const MOST_SAMPLES = 41;

/** Return offsets from cell to cell along x, y, z and the channels. sizes: of the grid, [x, y, z, channel] */
function findCellOffsets([columns, rows, slices, channels], layout) {
  const offsets = [
    [1, 0, 0],
    [0, layout.down, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  const beside = columns + layout.sliceGap * layout.spread;
  if (slices > 1) offsets[2] = layout.isStacked ? [0, 0, layout.sliceHeight] : [beside, 0, 0];
  if (channels < 2) return offsets;
  if (rows == 1 && slices == 1 && !layout.isStacked) offsets[3][1] = layout.down * (1 + layout.rowGap * layout.spread);
  else if (layout.isStacked) offsets[3][2] = layout.sliceHeight * (offsets[2][2] ? slices : 1);
  else if (offsets[2][0]) offsets[3][1] = layout.down * (rows + layout.sliceGap * layout.spread);
  else offsets[3][0] = beside;
  return offsets;
}

/** Return the place of a cell in a layout {origin, offsets}. */
export function placeCell({ origin, offsets }, cell) {
  return origin.map((start, axis) => start + cell.reduce((sum, at, number) => sum + at * offsets[number][axis], 0));
}

const findMiddle = (numbers) => (Math.min(...numbers) + Math.max(...numbers)) / 2;

/** Return the box of a grid's undersides. */
function findBox(grid, layout, half) {
  const ends = [0, 1].map((end) => grid.first.map((at, axis) => at + end * (grid.sizes[axis] - 1)));
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let corner = 0; corner < 16; corner++) {
    const place = placeCell(
      layout,
      grid.first.map((_, axis) => ends[(corner >> axis) & 1][axis]),
    );
    place.forEach((at, axis) => {
      low[axis] = Math.min(low[axis], at - (axis < 2 ? half : 0));
      high[axis] = Math.max(high[axis], at + (axis < 2 ? half : 0));
    });
  }
  return [low, high];
}

/** Return the layouts {origin, offsets, heights: of the box of undersides} of both grids.
 *
 * bounds: of each grid, the ends of the active cells at each step [low, high], or null
 * stretch: factor on the height of the upper grid above the lower one
 */
export function layOutGrids(grids, bounds, valueBounds, { making, size, azimuth, stretch }) {
  const { layout } = making;
  const widest = [0, 1, 2].map((axis) => Math.max(...grids.map((grid) => grid.sizes[axis])));
  const hasEqualChannels = grids[0].sizes[3] == grids[1].sizes[3];
  const layouts = grids.map((grid) => {
    const sizes = hasEqualChannels ? [...widest, grid.sizes[3]] : grid.sizes;
    return { origin: [0, 0, layout.base], offsets: findCellOffsets(sizes, layout) };
  });
  const cellsOf = (number, axis, list) =>
    list[number].flatMap((pair) => pair && pair.map((cell) => cell[axis])).filter((at) => at !== null);
  const middleChannel = (grid) => (grid.sizes[3] - 1) / 2;
  const inputs = [0, 1, 2].map((axis) =>
    findMiddle(grids[0].cells.filter((_, tile) => [0, 4].includes(grids[0].kinds[tile])).map((cell) => cell[axis])),
  );
  const setFirst = (number, place, cell) => {
    const shift = placeCell({ origin: [0, 0, 0], offsets: layouts[number].offsets }, cell);
    for (const axis of [0, 1]) layouts[number].origin[axis] = place[axis] - shift[axis];
  };
  setFirst(0, [0, 0], [...inputs, middleChannel(grids[0])]);
  const ends = (numbers) => (making.isCausal ? Math.min(...numbers) : findMiddle(numbers));
  const reads = bounds[0].some(Boolean);
  const lowers = making.isCausal ? bounds[0].map((pair) => pair && [pair[1]]) : bounds[0];
  const read = [0, 1, 2].map((axis) =>
    reads
      ? ends(cellsOf(0, axis, [lowers]))
      : findMiddle([grids[0].first[axis], grids[0].first[axis] + grids[0].sizes[axis] - 1]),
  );
  const uppers = making.isCausal ? valueBounds[1].map((pair) => pair && [pair[0]]) : valueBounds[1];
  const computed = [0, 1, 2].map((axis) => ends(cellsOf(0, axis, [uppers])));
  setFirst(1, placeCell(layouts[0], [...read, middleChannel(grids[0])]), [...computed, middleChannel(grids[1])]);
  const boxes = grids.map((grid, number) => findBox(grid, layouts[number], size / 2));
  if (layout.side) {
    const { axis, sign } = layout.side;
    const leading = sign > 0 ? 1 : 0;
    layouts[1].origin[axis] += boxes[0][leading][axis] + sign * layout.sideGap - boxes[1][1 - leading][axis];
  } else {
    const top = boxes[0][1][2];
    const raised = layout.gap ?? stretch * (findRise(grids[0], layouts[0], bounds[0], boxes, making, azimuth) - top);
    layouts[1].origin[2] = top + raised;
  }
  return layouts.map((each, number) => ({ ...each, heights: boxes[number].map((corner) => corner[2]) }));
}

/** Return the height of the upper grid at which it hides no active tile of the lower one. */
function findRise(grid, place, bounds, boxes, { layout, thickness, lift }, azimuth) {
  const used = bounds.filter(Boolean);
  if (!used.length) return boxes[0][1][2] + layout.minGap;
  const samples = [0, 1, 2, 3].map((axis) => {
    const low = Math.min(...used.map(([cell]) => cell[axis]));
    const high = Math.max(...used.map(([, cell]) => cell[axis]));
    const count = Math.min(high - low + 1, MOST_SAMPLES);
    return countUp(count).map((at) => (count > 1 ? low + (at * (high - low)) / (count - 1) : low));
  });
  const along = (axis) =>
    samples.reduce(
      (places, cells, number) =>
        place.offsets[number][axis]
          ? places.flatMap((at) => cells.map((cell) => at + cell * place.offsets[number][axis]))
          : places,
      [place.origin[axis]],
    );
  const [xs, ys, zs] = [0, 1, 2].map(along);
  const direction = [Math.sin((azimuth * Math.PI) / 180), -Math.cos((azimuth * Math.PI) / 180)];
  const spans = [xs, ys].map((places, axis) =>
    places.map((start) => {
      const [low, high] = [boxes[1][0][axis] - layout.sight, boxes[1][1][axis] + layout.sight];
      if (Math.abs(direction[axis]) < 1e-9)
        return start > low && start < high ? [-Infinity, Infinity] : [Infinity, -Infinity];
      const ends = [(low - start) / direction[axis], (high - start) / direction[axis]];
      return [Math.min(...ends), Math.max(...ends)];
    }),
  );
  let furthest = 0;
  for (const [enterX, leaveX] of spans[0]) {
    for (const [enterY, leaveY] of spans[1]) {
      const [enter, leave] = [Math.max(enterX, enterY), Math.min(leaveX, leaveY)];
      if (leave > Math.max(enter, 0)) furthest = Math.max(furthest, leave);
    }
  }
  const top = Math.max(...zs) + thickness + lift;
  return Math.max(top + layout.slope * furthest, boxes[0][1][2] + layout.minGap);
}

/** Return the pairs of channels [output, input] that have lines of their own at a step; null for one bundle. */
export function findPairs({ layer, channels, walk, grids }, [filter], making) {
  if (channels.inputs * channels.outputs == 1 || layer.hasMatrixOutput || layer.hasTapChannels) return null;
  if (channels.groups == 1 && layer.dims == 1 && !making.layout.isStacked && !layer.movesCells) return null;
  const uppers = walk.filterCount > 1 ? [filter] : countUp(grids[1].sizes[3]);
  const read = walk.isScatter ? outputsOf : inputsOf;
  const pairs = uppers.flatMap((upper) => read(channels, upper).map((lower) => [upper, lower]));
  return pairs.length && pairs.length <= making.lines.maxPairs ? pairs : null;
}

/** Return the points of the lines between what a step computes and what it reads, in thousandths. */
export function connectBounds(above, below, pairs, kindOfBelow, making, size) {
  const { corner, top } = making.lines;
  const isBeside = Boolean(making.layout.side);
  const ends = [above, below].map(
    ({ bounds, layout }, number) =>
      (channel, end) =>
        CORNER_SIGNS.map(([x, y]) => {
          const cell = [bounds[x][0], bounds[y][1], 0, 0];
          for (const axis of [2, 3]) {
            const offset = layout.offsets[axis];
            cell[axis] = bounds[offset[2] > 0 ? end : offset[1] ? y : x][axis];
          }
          if (channel !== null) cell[3] = channel;
          const place = placeCell(layout, cell);
          place[0] += (2 * x - 1) * corner;
          place[1] += (2 * y - 1) * corner * making.layout.down;
          const height = isBeside
            ? making.thickness
            : number == 0
              ? 0
              : top * making.thickness * (kindOfBelow(cell) ? making.lowShare : 1);
          place[2] += making.lift + height;
          return place;
        }),
  );
  const points = [];
  for (const [upper, lower] of pairs ?? [[null, null]]) {
    const [from, to] = [ends[0](upper, 0), ends[1](lower, 1)];
    from.forEach((place, at) => points.push(...place, ...to[at]));
  }
  return points.map((each) => Math.round(each * LINE_UNIT));
}

/** Return the arches from padding to the inputs that it holds copies of, at a step, in thousandths. */
export function makeArches(layer, windows, layout, channel, making) {
  const [height, perCell] = making.lines.arch;
  const tops = [making.thickness + making.copyShare * making.lift, making.lowShare * making.thickness + making.lift];
  const points = [];
  for (const cell of windows) {
    const source = cell.map((at, axis) => layer.axes[axis].sources[at - layer.axes[axis].cells.start]);
    if (Math.min(...source) < 0 || source.every((at, axis) => at == cell[axis])) continue;
    const [start, end] = [source, cell].map((each) => placeCell(layout, [...toXyz(each), channel]));
    const middle = [0, 1].map((axis) => (start[axis] + end[axis]) / 2);
    const reach = Math.hypot(end[0] - start[0], end[1] - start[1], end[2] + tops[1] - start[2] - tops[0]);
    middle.push(Math.max(start[2], end[2]) + Math.max(...tops) + height + perCell * reach);
    points.push(start[0], start[1], start[2] + tops[0], ...middle, end[0], end[1], end[2] + tops[1]);
  }
  return points.length <= 9 * making.lines.maxArches ? points.map((each) => Math.round(each * LINE_UNIT)) : [];
}
