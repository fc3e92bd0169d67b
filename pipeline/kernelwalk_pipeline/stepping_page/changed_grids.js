// SPDX-License-Identifier: GPL-3.0-or-later
// The two grids of a layer whose parameters were changed: their cells, and which of them each step uses, as
// core/geometry/grids.py and core/walk/dependencies.py have them. Cells and sizes are [x, y, z, channel].

import { countUp } from "./layer_axes.js";
import { inputsOf, outputsOf } from "./layer_channels.js";
import { combine, joinIndex, listTaps, listWindowCells, sourceOf, targetOf } from "./layer_mapping.js";
import { multiply } from "./window_layers.js";

const KIND_OUTPUT_PADDING = 4;
const KIND_CROPPED = 5;

/** Return [x, y, z] of [z, y, x] as far as there are axes, with 0 or `filling` for those that are missing. */
export function toXyz(zyx, filling = 0) {
  return [...zyx].reverse().concat(Array(3 - zyx.length).fill(filling));
}

/** Return the grid of `first` and `sizes`: all its cells, x fastest, and a function that finds their numbers. */
function makeCells(first, sizes) {
  const cells = combine([3, 2, 1, 0].map((axis) => countUp(sizes[axis]).map((at) => at + first[axis])));
  const find = (cell) => {
    const at = cell.map((each, axis) => each - first[axis]);
    if (at.some((each, axis) => each < 0 || each >= sizes[axis])) return -1;
    return joinIndex([at[3], at[2], at[1], at[0]], [sizes[3], sizes[2], sizes[1], sizes[0]]);
  };
  return { first, sizes, cells: cells.map((cell) => cell.reverse()), find };
}

/** Return the channels that have tiles: those of the layer, or one for all. */
export function findDrawnChannels(layer, drawsAll) {
  return drawsAll ? layer.drawnChannels : { inputs: 1, outputs: 1, groups: 1, isInterleaved: false };
}

/** Return the grid that a layer reads: cells of input, inserted zeros and padding, and the kind of each. */
function makeReadGrid(layer, channels) {
  const spans = layer.axes.map(({ cells }) => cells);
  const first = [...toXyz(spans.map(({ start }) => start)), 0];
  const sizes = [
    ...toXyz(
      spans.map(({ start, stop }) => stop - start),
      1,
    ),
    channels.inputs,
  ];
  const grid = makeCells(first, sizes);
  const kindOf = (cell) =>
    Math.max(...layer.axes.map((axis, at) => axis.kinds[cell[layer.dims - 1 - at] - axis.cells.start]));
  return { ...grid, kinds: grid.cells.map(kindOf) };
}

/** Return the grid of outputs, with those that are cropped if they are drawn. */
function makeOutputGrid(layer, channels, showsCropped) {
  if (layer.hasMatrixOutput) {
    const grid = makeCells([0, 0, 0, 0], [multiply(layer.output), channels.inputs * multiply(layer.kernel), 1, 1]);
    return { ...grid, kinds: grid.cells.map(() => 0) };
  }
  const borders = layer.outputBorders ?? layer.output.map(() => ({ before: 0, after: 0, outputPadding: 0 }));
  const [before, after] = ["before", "after"].map((end) =>
    borders.map((border) => (showsCropped ? Math.max(border[end], 0) : 0)),
  );
  const sizes = layer.output.map((size, axis) => size + before[axis] + after[axis]);
  const grid = makeCells([...toXyz(before.map((cells) => -cells)), 0], [...toXyz(sizes, 1), channels.outputs]);
  const kindOf = (cell) =>
    Math.max(
      ...layer.output.map((size, axis) => {
        const at = cell[layer.dims - 1 - axis];
        if (at < 0 || at >= size) return KIND_CROPPED;
        return at >= size - (borders[axis].outputPadding ?? 0) ? KIND_OUTPUT_PADDING : 0;
      }),
    );
  return { ...grid, kinds: grid.cells.map(kindOf), shifts: borders.map((border) => border.before) };
}

/** The grids of a layer, the lower one first, and what each step uses of them. */
export class ChangedGrids {
  /** making: of the document; walk: of the layer, as of makeWalk */
  constructor(layer, walk, making) {
    Object.assign(this, { layer, walk, copyShare: making.copyShare });
    this.channels = findDrawnChannels(layer, making.drawsAllChannels);
    const output = makeOutputGrid(layer, this.channels, making.showsCropped);
    if (walk.isScatter) {
      const input = makeCells([0, 0, 0, 0], [...toXyz(layer.input, 1), this.channels.inputs]);
      this.grids = [output, { ...input, kinds: input.cells.map(() => 0) }];
    } else {
      this.grids = [makeReadGrid(layer, this.channels), output];
    }
  }

  /** Return what [filter, ...position] uses of the lower and of the upper grid: a Map from tile to share, for each. */
  findActive([filter, ...position]) {
    return this.walk.isScatter ? this.findStamped(filter, position) : this.findGathered(filter, position);
  }

  findGathered(filter, position) {
    const [below, above] = [new Map(), new Map()];
    const { layer, channels, walk } = this;
    const outputs = walk.filterCount > 1 ? [filter] : countUp(channels.outputs);
    if (layer.hasMatrixOutput) {
      const column = joinIndex(position, layer.output);
      for (let row = 0; row < this.grids[1].sizes[1]; row++) this.light(1, above, [column, row, 0, 0]);
    } else {
      for (const channel of outputs) this.light(1, above, [...toXyz(position), channel]);
    }
    if (layer.movesCells && channels.inputs * channels.outputs > 1) {
      for (const channel of outputs) {
        const source = sourceOf(layer, channel, position);
        this.light(0, below, [...toXyz(source.position), source.channel]);
      }
    } else if (layer.hasTapChannels && channels.inputs > 1) {
      this.findAdded(below, outputs, position);
    } else {
      const inputs = walk.filterCount > 1 ? inputsOf(channels, filter) : countUp(channels.inputs);
      this.findWindow(below, inputs, position);
    }
    return [below, above];
  }

  /** Light what the taps of outputs read, each in the channel of its own. */
  findAdded(below, outputs, position) {
    const { layer } = this;
    for (const channel of outputs) {
      for (const { kernel, input } of listTaps(layer, position)) {
        if (!input) continue;
        const cell = input.map((at, axis) => at * layer.axes[axis].inputDilation);
        this.light(0, below, [...toXyz(cell), joinIndex([channel, ...kernel], [channel + 1, ...layer.kernel])]);
      }
    }
  }

  findWindow(below, inputs, position) {
    const { layer } = this;
    const windows = listWindowCells(layer, position).map((cells, axis) =>
      cells.map((cell, tap) => {
        const weight = layer.tapWeights ? layer.tapWeights[axis](position[axis])[tap] : 1;
        return [cell, Math.sqrt(Math.min(Math.abs(weight), 1))];
      }),
    );
    for (const pairs of combine(windows)) {
      const share = multiply(pairs.map(([, strength]) => strength));
      for (const channel of inputs) this.light(0, below, [...toXyz(pairs.map(([cell]) => cell)), channel], share);
    }
    if (layer.axes.every((axis) => axis.paddingMode == "zeros")) return;
    for (const pairs of combine(windows)) {
      // an input that is read through a copy of it in the padding
      const sources = pairs.map(([cell], at) => layer.axes[at].sources[cell - layer.axes[at].cells.start]);
      if (Math.min(...sources) < 0) continue;
      for (const channel of inputs) this.light(0, below, [...toXyz(sources), channel], this.copyShare);
    }
  }

  findStamped(filter, position) {
    const [below, above] = [new Map(), new Map()];
    const { layer, channels, walk } = this;
    const inputs = walk.filterCount > 1 ? [filter] : countUp(channels.inputs);
    for (const channel of inputs) this.light(1, above, [...toXyz(position), channel]);
    if (layer.hasTapChannels && channels.inputs > 1) {
      for (const channel of inputs) {
        const target = targetOf(layer, channel, position);
        this.light(0, below, [...toXyz(target.position), target.channel]);
      }
      return [below, above];
    }
    const outputs = walk.filterCount > 1 ? outputsOf(channels, filter) : countUp(channels.outputs);
    const stamped = layer.axes.map((axis, at) =>
      countUp(axis.kernel).map(
        (tap) => position[at] * axis.inputDilation - this.grids[0].shifts[at] + tap * axis.dilation,
      ),
    );
    for (const cell of combine(stamped)) {
      for (const channel of outputs) this.light(0, below, [...toXyz(cell), channel]);
    }
    return [below, above];
  }

  /** Note that a cell is active by a share, if it has a tile and is not more active already. */
  light(number, active, cell, share = 1) {
    const tile = this.grids[number].find(cell);
    if (tile >= 0 && !(active.get(tile) >= share)) active.set(tile, share);
  }
}
