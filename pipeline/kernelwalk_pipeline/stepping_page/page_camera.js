// SPDX-License-Identifier: GPL-3.0-or-later
// The camera of the page: turned by hand, and always so near that the whole scene is in the picture.
// Its directions are those of core/camera/framing.py.

const FIT_ROUNDS = 8;
const SMALLEST_SIZE = 0.5;
const LOWEST_ELEVATION = 6,
  HIGHEST_ELEVATION = 90;

const dotProduct = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Return the camera's right, up and backward directions, for angles in degrees. */
export function findCameraAxes(azimuth, elevation) {
  const turn = (azimuth * Math.PI) / 180,
    tilt = ((90 - elevation) * Math.PI) / 180;
  const [s, c, st, ct] = [Math.sin(turn), Math.cos(turn), Math.sin(tilt), Math.cos(tilt)];
  return [
    [c, s, 0],
    [-s * ct, c * ct, st],
    [s * st, -c * st, ct],
  ];
}

export class PageCamera {
  /** settings: {azimuth, elevation, distance: of the camera, in widths of the picture; 0 for an orthographic one}. */
  constructor(settings) {
    this.settings = settings;
    this.reset();
  }

  reset() {
    this.azimuth = this.settings.azimuth;
    this.elevation = this.settings.elevation;
    this.zoom = 1;
  }

  get isReset() {
    return this.azimuth === this.settings.azimuth && this.elevation === this.settings.elevation && this.zoom === 1;
  }

  turnBy(across, up) {
    this.azimuth = ((((this.azimuth + across + 180) % 360) + 360) % 360) - 180;
    this.elevation = Math.min(HIGHEST_ELEVATION, Math.max(LOWEST_ELEVATION, this.elevation + up));
  }

  zoomBy(factor) {
    this.zoom = Math.min(8, Math.max(0.5, this.zoom * factor));
  }

  /** Look from where another camera does. */
  follow({ azimuth, elevation, zoom }) {
    Object.assign(this, { azimuth, elevation, zoom });
  }

  /** Fit corners [[x, y, z]] into a pane {left, top, width, height} of the picture, with margins {left, right, top,
   * bottom}, all in pixels. picture: {width, height}; mostUnit: pixels that a unit's length has at most. */
  fit(corners, pane, margins, picture = pane, mostUnit = Infinity) {
    this.axes = findCameraAxes(this.azimuth, this.elevation);
    const low = [0, 1, 2].map((axis) => Math.min(...corners.map((each) => each[axis])));
    const high = [0, 1, 2].map((axis) => Math.max(...corners.map((each) => each[axis])));
    this.center = low.map((each, axis) => (each + high[axis]) / 2);
    this.reach = Math.max(SMALLEST_SIZE, Math.hypot(...low.map((each, axis) => high[axis] - each)));
    const seen = corners.map((each) => this.toViewSpace(each));
    const room = [
      Math.max(40, pane.width - margins.left - margins.right),
      Math.max(40, pane.height - margins.top - margins.bottom),
    ];
    let unit = 1; // pixels of a unit's length at the middle
    this.inverseDistance = 0;
    let box = null;
    for (let round = 0; round < FIT_ROUNDS; round++) {
      box = this.findBox(seen);
      const size = [0, 1].map((axis) => Math.max(SMALLEST_SIZE, box.high[axis] - box.low[axis]));
      unit = Math.min(mostUnit, room[0] / size[0], room[1] / size[1]);
      if (!this.settings.distance) break;
      const distance = Math.max((this.settings.distance * pane.width) / unit, this.reach * 0.75);
      this.inverseDistance = 1 / distance;
    }
    this.fittedUnit = unit;
    this.unit = unit * this.zoom;
    this.picture = picture;
    this.middle = [0, 1].map((axis) => (box.low[axis] + box.high[axis]) / 2);
    this.place = [pane.left + margins.left + room[0] / 2, pane.top + margins.top + room[1] / 2]; // of the middle, in pixels
  }

  findBox(seen) {
    const low = [Infinity, Infinity],
      high = [-Infinity, -Infinity];
    for (const point of seen) {
      const nearness = 1 / (1 - point[2] * this.inverseDistance);
      for (const axis of [0, 1]) {
        low[axis] = Math.min(low[axis], point[axis] * nearness);
        high[axis] = Math.max(high[axis], point[axis] * nearness);
      }
    }
    return { low, high };
  }

  toViewSpace(point) {
    const offset = [0, 1, 2].map((axis) => point[axis] - this.center[axis]);
    return this.axes.map((axis) => dotProduct(offset, axis));
  }

  /** Return how far away a point is, in distances of the middle. */
  depthOf(point) {
    return 1 - this.toViewSpace(point)[2] * this.inverseDistance;
  }

  /** Return the pixel [x, y], from the upper left corner, at which a point is seen. */
  project(point) {
    const [right, up, back] = this.toViewSpace(point);
    const nearness = 1 / (1 - back * this.inverseDistance);
    return [
      this.place[0] + (right * nearness - this.middle[0]) * this.unit,
      this.place[1] - (up * nearness - this.middle[1]) * this.unit,
    ];
  }

  /** Return the matrix of WebGL, column after column. */
  get matrix() {
    const { width, height } = this.picture;
    const [sx, sy] = [(2 * this.unit) / width, (2 * this.unit) / height];
    const [px, py] = [(2 * this.place[0]) / width - 1, 1 - (2 * this.place[1]) / height];
    const inverse = this.inverseDistance;
    const far = inverse ? Math.min(1.5 * this.reach, 0.95 / inverse) : 1.5 * this.reach;
    const [right, up, back] = this.axes;
    const shift = this.axes.map((axis) => -dotProduct(axis, this.center));
    const rows = [0, 1, 2, 3].map((column) => {
      const [r, u, b] = column < 3 ? [right[column], up[column], back[column]] : shift;
      const one = column === 3 ? 1 : 0;
      const w = one - b * inverse;
      return [
        sx * r + (px - sx * this.middle[0]) * w,
        sy * u + (py - sy * this.middle[1]) * w,
        far * inverse * one - b / far,
        w,
      ];
    });
    return new Float32Array(rows.flat());
  }

  /** Return the line of sight through a pixel: {start, direction}. */
  findSight(x, y) {
    const across = [(x - this.place[0]) / this.unit + this.middle[0], (this.place[1] - y) / this.unit + this.middle[1]];
    const toWorld = (view) =>
      [0, 1, 2].map(
        (axis) => this.center[axis] + view.reduce((sum, each, number) => sum + each * this.axes[number][axis], 0),
      );
    if (!this.inverseDistance) {
      return { start: toWorld([...across, 2 * this.reach]), direction: this.axes[2].map((each) => -each) };
    }
    const start = toWorld([0, 0, 1 / this.inverseDistance]),
      through = toWorld([...across, 0]);
    return { start, direction: through.map((each, axis) => each - start[axis]) };
  }
}

/** Return how far along a line of sight a box [low, high] begins; Infinity if the line misses it. */
export function hitBox(sight, low, high) {
  let enter = -Infinity,
    leave = Infinity;
  for (let axis = 0; axis < 3; axis++) {
    const step = sight.direction[axis],
      start = sight.start[axis];
    if (Math.abs(step) < 1e-12) {
      if (start < low[axis] || start > high[axis]) return Infinity;
      continue;
    }
    const ends = [(low[axis] - start) / step, (high[axis] - start) / step];
    enter = Math.max(enter, Math.min(...ends));
    leave = Math.min(leave, Math.max(...ends));
  }
  return enter <= leave && leave > 0 ? enter : Infinity;
}
