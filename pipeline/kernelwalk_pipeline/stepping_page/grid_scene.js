// SPDX-License-Identifier: GPL-3.0-or-later
// The tiles of a grid: where they stand, how they look, and at which steps they are active.

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
