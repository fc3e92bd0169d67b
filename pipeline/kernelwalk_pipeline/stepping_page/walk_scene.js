// SPDX-License-Identifier: GPL-3.0-or-later
// A document's walks, one or two side by side, with their grids, lines and steps: what stands where at each step, what a
// tile is read by, and what it reads.

import { GridScene } from "./grid_scene.js";
import { hitBox } from "./page_camera.js";

const LINE_UNITS = 1000;
const SMALLEST_OPACITY = 0.004;

/** The walk of a layer. */
class Walk {
  /** firstGrid: number of its lowest grid among those of all walks */
  constructor(data, firstGrid) {
    this.data = data;
    this.firstGrid = firstGrid;
    this.grids = data.grids.map((each) => new GridScene(each));
    const output = data.grids.findIndex((each) => each.role === "output");
    this.output = firstGrid + Math.max(0, output);
    this.rests = new Set(data.rests);
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
}

export class WalkScene {
  /** grids: those of all walks; a tile's place is {grid, tile}, with the number of its grid among these. */
  constructor(data) {
    this.data = data;
    this.walks = [];
    this.grids = [];
    for (const each of data.beside ? [data, data.beside] : [data]) {
      this.walks.push(new Walk(each, this.grids.length));
      this.grids.push(...this.walks.at(-1).grids);
    }
    this.stepCount = data.steps.length;
    this.colors = data.colors.map(parseColor);
  }

  /** Return the walk that a grid belongs to. */
  walkOf(grid) {
    return this.walks.findLast((walk) => walk.firstGrid <= grid);
  }

  isOutput(grid) {
    return this.walkOf(grid).output === grid;
  }

  /** Return the words on a step: a line of each walk, named where there are two, of "steps" or of "sums". */
  tell(step, what = "steps") {
    const told = this.walks.filter((walk) => walk.data[what]);
    return told.map((walk) => this.nameWalk(walk) + walk.data[what][step]);
  }

  /** Return the name of a walk as the beginning of a line; nothing if it is the only one. */
  nameWalk(walk) {
    return this.walks.length > 1 ? `${walk.data.walkTitle}: ` : "";
  }

  /** Return the tile of a walk that a line of sight meets first at a step: {grid, tile}; null for none. */
  pick(walk, sight, step) {
    let best = null,
      nearest = Infinity;
    walk.grids.forEach((grid, at) => {
      if (grid.data.role === "kernel") return;
      const looks = grid.looksAt(step),
        slide = grid.slideAt(step),
        half = grid.data.size / 2;
      for (let tile = 0; tile < grid.count; tile++) {
        const look = grid.data.looks[looks[tile]];
        if (look[1] <= 0.3) continue; // a tile that has faded is clicked through
        const [x, y, z] = [0, 1, 2].map((axis) => grid.centers[3 * tile + axis] + slide[axis]);
        const bottom = z + look[2];
        const distance = hitBox(sight, [x - half, y - half, bottom], [x + half, y + half, bottom + grid.thicknessOf(tile)]);
        if (distance < nearest) [nearest, best] = [distance, { grid: walk.firstGrid + at, tile }];
      }
    });
    return best;
  }

  /** Return the tiles related to a tile: what reads it, or what it reads: [{grid, tile}]. */
  findRelated({ grid, tile }) {
    const walk = this.walkOf(grid),
      steps = new Set(this.grids[grid].activeSteps[tile]);
    const related = [];
    walk.grids.forEach((other, at) => {
      const number = walk.firstGrid + at;
      if (number === grid || other.data.role === "kernel" || (grid !== walk.output && number !== walk.output)) return;
      other.activeSteps.forEach((own, tile) => {
        if (own.some((step) => steps.has(step))) related.push({ grid: number, tile });
      });
    });
    return related;
  }

  /** Return the steps at which a tile is active, without those at which its walk rests. */
  stepsOf({ grid, tile }) {
    const { rests } = this.walkOf(grid);
    return this.grids[grid].activeSteps[tile].filter((step) => !rests.has(step));
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
