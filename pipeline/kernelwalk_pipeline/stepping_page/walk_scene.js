// SPDX-License-Identifier: GPL-3.0-or-later
// A document's grids, lines and steps: what stands where at each step, what a tile is read by, and what it reads.

import { hitBox } from "./page_camera.js";

const LINE_UNITS = 1000;
const SMALLEST_OPACITY = 0.004;

/** The tiles of a grid, at any step. */
export class GridScene {
  constructor(data) {
    this.data = data;
    this.count = data.kinds.length;
    this.centers = new Float64Array(3 * this.count);
    this.cells = [];
    const [nx, ny, nz, nc] = data.sizes;
    let tile = 0;
    for (let c = 0; c < nc; c++)
      for (let z = 0; z < nz; z++)
        for (let y = 0; y < ny; y++)
          for (let x = 0; x < nx; x++) {
            for (let axis = 0; axis < 3; axis++) {
              this.centers[3 * tile + axis] =
                data.origin[axis] +
                x * data.offsets[0][axis] +
                y * data.offsets[1][axis] +
                z * data.offsets[2][axis] +
                c * data.offsets[3][axis];
            }
            this.cells.push([x, y, z, c].map((at, axis) => at + data.first[axis]));
            tile++;
          }
    this.looks = Int32Array.from(data.start);
    this.step = 0;
  }

  /** Return the number of the look of each tile at a step. */
  looksAt(step) {
    if (step < this.step) {
      this.looks.set(this.data.start);
      this.step = 0;
    }
    while (this.step < step) {
      const changes = this.data.changes[this.step];
      for (let at = 0; at < changes.length; at += 2) this.looks[changes[at]] = changes[at + 1];
      this.step++;
    }
    return this.looks;
  }

  slideAt(step) {
    return this.data.slides ? this.data.slides[step] : [0, 0, 0];
  }

  /** Return for each tile the steps at which it is active. */
  get activeSteps() {
    if (!this.stepsOfTiles) {
      this.stepsOfTiles = Array.from({ length: this.count }, () => []);
      const current = Int32Array.from(this.data.start),
        active = new Set();
      const note = (tile) => (this.data.looks[current[tile]][3] ? active.add(tile) : active.delete(tile));
      for (let tile = 0; tile < this.count; tile++) note(tile);
      for (let step = 0; ; step++) {
        for (const tile of active) this.stepsOfTiles[tile].push(step);
        if (step >= this.data.changes.length) break;
        const changes = this.data.changes[step];
        for (let at = 0; at < changes.length; at += 2) {
          current[changes[at]] = changes[at + 1];
          note(changes[at]);
        }
      }
    }
    return this.stepsOfTiles;
  }

  /** Return the tile of a cell [x, y, z, c]; -1 if there is none. */
  findTile(cell) {
    const at = cell.map((each, axis) => each - this.data.first[axis]);
    if (at.some((each, axis) => each < 0 || each >= this.data.sizes[axis])) return -1;
    return at.reduceRight((sum, each, axis) => sum * this.data.sizes[axis] + each, 0);
  }

  thicknessOf(tile) {
    return this.data.thicknesses[this.data.kinds[tile]] ?? 0;
  }
}

export class WalkScene {
  constructor(data) {
    this.data = data;
    this.grids = data.grids.map((each) => new GridScene(each));
    this.output = Math.max(
      0,
      data.grids.findIndex((each) => each.role === "output"),
    );
    this.stepCount = data.steps.length;
    this.colors = data.colors.map(parseColor);
    this.corners = this.findCorners();
  }

  /** Return the corners of boxes around all that a step may show. */
  findCorners() {
    const corners = [];
    for (const grid of this.grids) {
      const looks = grid.looksAt(0),
        half = grid.data.size / 2,
        slide = grid.slideAt(0);
      const low = [Infinity, Infinity, Infinity],
        high = [-Infinity, -Infinity, -Infinity];
      const rise = Math.max(...grid.data.looks.map((look) => look[2]));
      for (let tile = 0; tile < grid.count; tile++) {
        if (grid.data.looks[looks[tile]][1] <= SMALLEST_OPACITY) continue;
        const top = grid.thicknessOf(tile) + rise;
        for (let axis = 0; axis < 3; axis++) {
          const at = grid.centers[3 * tile + axis] + slide[axis];
          low[axis] = Math.min(low[axis], at - (axis < 2 ? half : 0));
          high[axis] = Math.max(high[axis], at + (axis < 2 ? half : top));
        }
      }
      if (grid.data.role === "kernel" && grid.data.slides) {
        for (let axis = 0; axis < 3; axis++) {
          const moved = grid.data.slides.map((each) => each[axis] - slide[axis]);
          low[axis] += Math.min(0, ...moved);
          high[axis] += Math.max(0, ...moved);
        }
      }
      if (low[0] > high[0]) continue;
      for (const x of [low[0], high[0]])
        for (const y of [low[1], high[1]])
          for (const z of [low[2], high[2]]) {
            corners.push([x, y, z]);
          }
    }
    return corners.length
      ? corners
      : [
          [0, 0, 0],
          [1, 1, 1],
        ];
  }

  /** Return the eight corners of a grid, at rest. */
  boxOf(grid) {
    const ends = grid.data.sizes.map((size) => [0, size - 1]);
    const low = [Infinity, Infinity, Infinity],
      high = [-Infinity, -Infinity, -Infinity];
    for (const x of ends[0])
      for (const y of ends[1])
        for (const z of ends[2])
          for (const c of ends[3]) {
            for (let axis = 0; axis < 3; axis++) {
              const at =
                grid.data.origin[axis] + [x, y, z, c].reduce((sum, n, i) => sum + n * grid.data.offsets[i][axis], 0);
              low[axis] = Math.min(low[axis], at);
              high[axis] = Math.max(high[axis], at);
            }
          }
    const half = grid.data.size / 2;
    return [
      low.map((each, axis) => each - (axis < 2 ? half : 0)),
      high.map((each, axis) => each + (axis < 2 ? half : 0)),
    ];
  }

  /** Return the tile that a line of sight meets first at a step: {grid, tile}; null for none. */
  pick(sight, step) {
    let best = null,
      nearest = Infinity;
    this.grids.forEach((grid, number) => {
      if (grid.data.role === "kernel") return;
      const looks = grid.looksAt(step),
        slide = grid.slideAt(step),
        half = grid.data.size / 2;
      for (let tile = 0; tile < grid.count; tile++) {
        const look = grid.data.looks[looks[tile]];
        if (look[1] <= 0.3) continue; // a tile that has faded is clicked through
        const [x, y, z] = [0, 1, 2].map((axis) => grid.centers[3 * tile + axis] + slide[axis]);
        const bottom = z + look[2];
        const at = hitBox(sight, [x - half, y - half, bottom], [x + half, y + half, bottom + grid.thicknessOf(tile)]);
        if (at < nearest) [nearest, best] = [at, { grid: number, tile }];
      }
    });
    return best;
  }

  /** Return the tiles related to a tile: what reads it, or what it reads: [{grid, tile}]. */
  findRelated({ grid, tile }) {
    const steps = new Set(this.grids[grid].activeSteps[tile]);
    const others = grid === this.output ? this.grids.map((_, number) => number) : [this.output];
    const related = [];
    for (const number of others) {
      const other = this.grids[number];
      if (number === grid || other.data.role === "kernel") continue;
      other.activeSteps.forEach((own, at) => {
        if (own.some((step) => steps.has(step))) related.push({ grid: number, tile: at });
      });
    }
    return related;
  }

  stepsOf({ grid, tile }) {
    return this.grids[grid].activeSteps[tile];
  }

  /** Return what a tile shows at a step, as text; null for none. */
  textOf({ grid, tile }, step) {
    const own = this.grids[grid],
      look = own.data.looks[own.looksAt(step)[tile]];
    return look.length > 4 && look[4] >= 0 ? this.data.texts[look[4]] : null;
  }

  /** Return the points of the lines of a set at a step, in units of the tile pitch. */
  pointsAt(set, step) {
    return set.steps[step].map((each) => each / LINE_UNITS);
  }
}

export function parseColor(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
}
