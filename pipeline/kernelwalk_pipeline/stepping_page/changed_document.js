// SPDX-License-Identifier: GPL-3.0-or-later
// The document of a layer whose parameters were changed on the page. It has the form that document.py writes.

import { ChangedGrids, toXyz } from "./changed_grids.js";
import { listLegend } from "./changed_legend.js";
import { layOutGrids, placeCell } from "./changed_layout.js";
import { describeLines } from "./changed_lines.js";
import { ChangedValues, ColorTable } from "./changed_looks.js";
import { axisNames, LayerError } from "./layer_parameters.js";
import { makeLayer, splitIndex } from "./layer_mapping.js";
import { describeStep, describeTile, describeWalkStep } from "./layer_sentences.js";
import { sizeEquation, summarizeLayer } from "./layer_equations.js";
import { makeSumWriter } from "./sum_text.js";
import { makeWalk, placeOf, positionAt } from "./walk_order.js";

const MOST_TILES = 20000;
const MOST_ACTIVE = 1500000;
const MOST_SUM_TERMS = 24;
const MOST_SUM_STEPS = 5000;

/** Return the document of a layer, drawn as the document `base` is. Throws LayerError if it is too large. */
export function changeDocument(base, layer) {
  checkTiles(layer, base);
  return new ChangedDocument(base, layer, findStretch(base)).make();
}

const stretches = new WeakMap();

/** Return how much higher the document's upper grid stands than it must, as core/plan/solver.py has decided. */
function findStretch(base) {
  if (!stretches.has(base)) {
    const usual = new ChangedDocument(base, makeLayer(base.mapping.tables, base.mapping.layers[0]), 1).layOut();
    const highest = Math.max(...usual[0].heights);
    const needed = usual[1].origin[2] - highest;
    const isFree = base.making.layout.gap === null && !base.making.layout.side && needed > 0;
    stretches.set(base, isFree ? Math.max(1, (base.grids[1].origin[2] - highest) / needed) : 1);
  }
  return stretches.get(base);
}

function checkTiles(layer, base) {
  const cells = layer.axes.reduce((product, axis) => product * axis.size, 1);
  const outputs = layer.output.reduce((product, size) => product * size, 1);
  const rows = layer.hasMatrixOutput ? layer.kernel.reduce((product, size) => product * size, 1) : 1;
  const { inputs, outputs: maps } = base.making.drawsAllChannels ? layer.drawnChannels : { inputs: 1, outputs: 1 };
  const tiles = cells * inputs + outputs * maps * rows;
  const window = layer.axes.reduce((product, axis) => product * axis.kernel, 1) * inputs + maps * rows;
  const what =
    tiles > MOST_TILES
      ? `its ${tiles} tiles are more than the ${MOST_TILES} that this page draws`
      : outputs * window > MOST_ACTIVE
        ? `its ${outputs} steps use ${window} tiles each, more than this page draws`
        : null;
  if (what) throw new LayerError([{ where: "layer", what, remedy: "Use smaller sizes" }]);
}

class ChangedDocument {
  constructor(base, layer, stretch) {
    Object.assign(this, { base, layer, making: base.making, stretch });
    this.walk = makeWalk(layer, base.mapping.walk);
    this.changed = new ChangedGrids(layer, this.walk, this.making);
    this.grids = this.changed.grids;
    this.output = this.walk.isScatter ? 0 : 1;
    this.colors = new ColorTable(base);
    this.values = base.mapping.values ? new ChangedValues(this.changed, base) : null;
    this.size = base.grids[0].size;
  }

  /** Find what each step uses, and return where the grids stand. */
  layOut() {
    const { base, walk, making, size } = this;
    this.positions = Array.from({ length: walk.stepCount }, (_, step) => positionAt(walk, step));
    this.active = this.positions.map((position) => this.changed.findActive(position));
    [this.bounds, this.valueBounds] = [false, true].map((valuesOnly) =>
      [0, 1].map((number) => this.active.map((each) => this.findBounds(number, each[number], valuesOnly))),
    );
    const settings = { making, size, azimuth: base.camera.azimuth, stretch: this.stretch };
    return layOutGrids(this.grids, this.bounds, this.valueBounds, settings);
  }

  make() {
    const { base, layer, walk } = this;
    const layouts = this.layOut();
    const { positions, bounds, valueBounds } = this;
    const counts = this.countVisits(positions);
    const grids = [0, 1].map((number) => this.describeGrid(number, layouts[number], counts));
    const kernel = this.describeKernel(bounds[0], layouts[0], grids[0]);
    const lines = describeLines(this, positions, bounds, valueBounds, layouts);
    const names = axisNames(layer.dims);
    const equations = layer.output.map((_, axis) => sizeEquation(layer, axis).replaceAll(" - ", " − "));
    const isOne = new Set(equations).size == 1;
    const sums =
      this.values && walk.stepCount <= MOST_SUM_STEPS
        ? makeSumWriter([layer], this.values.values, walk, MOST_SUM_TERMS)
        : null;
    return {
      ...base,
      summary: summarizeLayer(layer),
      caption: summarizeLayer(layer),
      equations: isOne
        ? [`Output = ${equations[0]}`]
        : equations.map((text, axis) => `Output ${names[axis]} = ${text}`),
      dims: layer.dims,
      legend: listLegend(this),
      grids: kernel ? [...grids, kernel] : grids,
      lines,
      frustum: base.frustum && {
        ...base.frustum,
        steps: lines[0].steps,
        sides: listSides(lines[0].steps[0].length / 24),
      },
      marks: [],
      steps: positions.map((_, step) => describeWalkStep(layer, walk, step)),
      sums: sums && positions.map((_, step) => sums(step)),
      colors: this.colors.colors,
      shadeShares: this.colors.shares,
      texts: this.colors.texts,
    };
  }

  /** Return [low, high], the ends of the cells of active tiles; null for none. valuesOnly: without padding and zeros */
  findBounds(number, active, valuesOnly) {
    const grid = this.grids[number];
    const isValue = (kind) => kind == 0 || kind == 4;
    let low = null;
    let high = null;
    for (const tile of active.keys()) {
      if (valuesOnly && !isValue(grid.kinds[tile])) continue;
      const cell = grid.cells[tile];
      if (active.get(tile) == this.making.copyShare && this.isCopied) continue;
      low = low ? low.map((at, axis) => Math.min(at, cell[axis])) : [...cell];
      high = high ? high.map((at, axis) => Math.max(at, cell[axis])) : [...cell];
    }
    return low && [low, high];
  }

  get isCopied() {
    return !this.walk.isScatter && this.layer.axes.some((axis) => axis.paddingMode != "zeros");
  }

  /** Return for each step a Map of the outputs whose visits it counts, with their number so far. */
  countVisits(positions) {
    const whole = { ...this.walk, first: this.walk.positionCount };
    const counts = new Map();
    let place = 0;
    return positions.map((position) => {
      const perFilter = this.walk.positionCount / this.walk.filterCount;
      const until = position[0] * perFilter + placeOf(this.walk, position.slice(1));
      const changed = new Map();
      for (; place <= until; place++) {
        for (const tile of this.changed.findActive(positionAt(whole, place))[this.output].keys()) {
          counts.set(tile, (counts.get(tile) ?? 0) + 1);
          changed.set(tile, counts.get(tile));
        }
      }
      return changed;
    });
  }

  describeGrid(number, { origin, offsets }, counts) {
    const { making, base, layer } = this;
    const grid = this.grids[number];
    const isOutput = number == this.output;
    const before = base.grids[number];
    const looks = [];
    const numbers = new Map();
    const thickness = (kind) => making.thickness * ([0, 4].includes(kind) ? 1 : making.lowShare);
    const most = isOutput
      ? Math.max(
          1,
          ...counts.flatMap((each) => [...each].filter(([tile]) => grid.kinds[tile] != 5).map(([, count]) => count)),
        )
      : 1;
    if (isOutput) this.mostVisits = most;
    const visits = new Int32Array(grid.cells.length);
    const findLook = (tile, share) => {
      const idle = this.findIdleColor(number, tile, visits[tile], most);
      const color = this.colors.blend(idle, this.paletteOf(number)[grid.kinds[tile]][1], share);
      const rise = making.lift * share;
      const entries = this.values
        ? this.values.listEntries(number, tile, visits[tile], color, this.colors, making.text)
        : [];
      const key = [color, rise, share > 0, ...entries].join();
      if (!numbers.has(key)) {
        numbers.set(key, looks.length);
        looks.push([this.colors.find(color), making.opacity, rise, share > 0 ? 1 : 0, ...entries]);
      }
      return numbers.get(key);
    };
    const current = [];
    const changes = [];
    this.active.forEach((each, step) => {
      const active = each[number];
      const touched = new Set([...active.keys(), ...(step ? this.active[step - 1][number].keys() : grid.cells.keys())]);
      if (isOutput) for (const [tile, count] of counts[step]) [visits[tile]] = [count, touched.add(tile)];
      const own = [];
      for (const tile of touched) {
        const look = findLook(tile, active.get(tile) ?? 0);
        if (current[tile] !== look) own.push(tile, look);
        current[tile] = look;
      }
      if (step) changes.push(own);
      else this.start = [...current];
    });
    const isRead = !isOutput;
    const sizes = (isOutput ? layer.output : layer.input).join("×");
    const channels = this.changed.channels[isOutput ? "outputs" : "inputs"];
    const size =
      isOutput && layer.hasMatrixOutput
        ? `${grid.sizes[1]}×${grid.sizes[0]}`
        : channels > 1
          ? `${channels}×${sizes}`
          : sizes;
    return {
      ...before,
      label: before.label && [before.label[0], size],
      origin: placeCell({ origin, offsets }, grid.first),
      offsets,
      first: grid.first,
      sizes: grid.sizes,
      kinds: grid.kinds,
      thicknesses: [0, 1, 2, 3, 4, 5].map(thickness),
      kindNames: making.kindNames[isRead ? "input" : "output"],
      looks,
      start: this.start,
      changes,
      slides: null,
      digits: before.digits && this.values && { ...before.digits, decimals: this.values.grids[number].decimals },
      sentences: grid.cells.map((cell, tile) => this.describeCell(number, cell, tile)),
    };
  }

  describeCell(number, cell, tile) {
    const { layer, walk } = this;
    const position = cell.slice(0, layer.dims).reverse();
    const isOutput = number == this.output;
    if (isOutput && layer.hasMatrixOutput) return describeStep(layer, splitIndex(cell[0], layer.output));
    if (isOutput && this.grids[number].kinds[tile] == 5)
      return `cropped: output (${position.join(", ")}) would be outside`;
    const prefix = this.grids.some((grid) => grid.sizes[3] > 1) ? `channel ${cell[3]}: ` : "";
    if (isOutput) return prefix + describeStep(layer, position);
    return (
      prefix +
      describeTile(layer, walk.isScatter ? position.map((at, axis) => at * layer.axes[axis].inputDilation) : position)
    );
  }

  paletteOf(number) {
    if (number == this.output) return this.making.palettes.output;
    return this.making.palettes[this.isCopied ? "copies" : "input"];
  }

  /** Return the color of a tile that is not active. count: its visits; most: those of any tile */
  findIdleColor(number, tile, count, most) {
    const { visits } = this.making;
    const kind = this.grids[number].kinds[tile];
    const own = this.paletteOf(number)[kind][0];
    if (number != this.output || !visits || kind == 5) return own;
    const [visited, unvisited] = visits;
    if (count < 1) return unvisited ?? own;
    return visited ? this.colors.blend(visited[0], visited[1], (count - 1) / Math.max(most - 1, 1)) : own;
  }

  /** Return the kernel's block, which moves with what each step reads; null if it is not shown. */
  describeKernel(bounds, layout, below) {
    const before = this.base.grids.find((each) => each.role == "kernel");
    const first = bounds.find(Boolean);
    if (!before || !first || !this.layer.hasWeights) return null;
    const { layer } = this;
    const sizes = [...toXyz(layer.kernel, 1), first[1][3] - first[0][3] + 1];
    const height = before.origin[2] - this.base.grids[0].origin[2];
    const spread = [...toXyz(layer.dilation, 1), 1];
    const start = placeCell(layout, first[0]);
    const count = sizes.reduce((product, size) => product * size, 1);
    const looks = [];
    const states = this.positions.map(([filter], step) => {
      if (step && (this.walk.filterCount == 1 || filter == this.positions[step - 1][0])) return null;
      return [...Array(count).keys()].map((tile) => {
        const entries = this.values
          ? this.values.listKernelEntries(splitIndex(tile, [...sizes].reverse()), filter, this.colors)
          : [];
        return looks.push([...before.looks[0].slice(0, 3), 0, ...entries]) - 1;
      });
    });
    return {
      ...before,
      looks,
      sizes,
      first: [0, 0, 0, 0],
      kinds: Array(count).fill(0),
      start: states[0],
      origin: [start[0], start[1], start[2] + height],
      offsets: layout.offsets.map((offset, axis) => offset.map((each) => each * spread[axis])),
      changes: states.slice(1).map((each) => (each ? each.flatMap((look, tile) => [tile, look]) : [])),
      slides: bounds.map((each) => placeCell(layout, (each ?? first)[0]).map((at, axis) => at - start[axis])),
    };
  }
}

/** Return the corners around the sides of so many frustums, as core/lines/frustum.py has them. */
function listSides(count) {
  const sides = [
    [0, 1, 3, 2],
    [2, 3, 5, 4],
    [4, 5, 7, 6],
    [6, 7, 1, 0],
  ];
  return [...Array(Math.floor(count)).keys()].flatMap((body) => sides.map((side) => side.map((at) => at + 8 * body)));
}
