// SPDX-License-Identifier: GPL-3.0-or-later
// The picture of a walk at a step, or between two steps: shapes for GlPainter, and words on a canvas above it.

import { clearDigits } from "./clear_digits.js";
import { GlPainter, LINE_FLOATS } from "./gl_painter.js";
import { PageCamera } from "./page_camera.js";
import { findPane, fitCameras } from "./scene_panes.js";
import { drawWords } from "./scene_words.js";
import { parseColor } from "./walk_scene.js";

const NARROWEST_LINE = 1.1;
const ARCH_PIECES = 20;
const SMALLEST_SEEN = 0.004;
const SELECTED_RIM = 0.045,
  RELATED_RIM = 0.03;

const blendNumbers = (a, b, share) => a + (b - a) * share;
const easeTime = (time) => time * time * (3 - 2 * time);

/** Numbers that grow, as instances for the painter. */
class InstanceNumbers {
  constructor() {
    this.values = [];
  }
  add(...numbers) {
    for (const each of numbers) this.values.push(each);
  }
  get array() {
    return new Float32Array(this.values);
  }
  get isEmpty() {
    return this.values.length === 0;
  }
}

export class SceneView {
  /** marks: {symbols: {image, count, edge, names}, style: {cornerShare, hatch}, fonts: {strong, regular}}. */
  constructor(stage, marks) {
    [this.canvas, this.overlay] = stage.querySelectorAll("canvas");
    this.stage = stage;
    this.marks = marks;
    try {
      this.painter = new GlPainter(this.canvas, marks.symbols);
    } catch (error) {
      this.painter = null;
    }
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.painter.prepare();
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  /** Show a scene. keepsView: the camera stays as it has been turned. */
  show(scene, keepsView = false) {
    const before = this.camera;
    this.scene = scene;
    this.cameras = scene.walks.map(({ data }) => new PageCamera(data.camera));
    this.panes = [];
    if (keepsView && before) this.camera.follow(before);
    this.selected = null;
    this.related = [];
    this.moment = { from: 0, to: 0, share: 1 };
    this.draw();
  }

  /** The camera that is turned by hand, that of the first walk; others follow it. */
  get camera() {
    return this.cameras?.[0];
  }

  /** Return the tile that is seen at a pixel at a step: {grid, tile}; null for none. */
  pickAt(x, y, step) {
    if (!this.painter || !this.panes.length) return null;
    const number = findPane(this.panes, x, y);
    return this.scene.pick(this.scene.walks[number], this.cameras[number].findSight(x, y), step);
  }

  select(selected, related) {
    Object.assign(this, { selected, related });
    this.draw();
  }

  /** Draw what lies between two steps. share: 0 at the first, 1 at the second. */
  drawBetween(from, to, share) {
    this.moment = { from, to, share };
    this.draw();
  }

  draw() {
    if (!this.scene || !this.painter || this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.drawNow();
    });
  }

  drawNow() {
    const width = this.stage.clientWidth,
      height = this.stage.clientHeight;
    if (!width || !height) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    this.panes = fitCameras(this.cameras, this.scene.walks, { width, height });
    this.ratio = ratio;
    const background = parseColor(this.scene.data.look.background);
    this.painter.begin(Math.round(width * ratio), Math.round(height * ratio), background);
    this.scene.walks.forEach((walk, number) => this.drawWalk(walk, number));
    drawWords(this, width, height, ratio);
  }

  drawWalk(walk, number) {
    const { from, to, share } = this.moment,
      eased = easeTime(share),
      camera = this.cameras[number];
    this.painter.enter(this.panes[number], this.ratio, camera.matrix);
    const moments = walk.grids.map((grid) => this.readTiles(grid, from, to, eased));
    for (const moment of moments) this.drawTiles(moment, false);
    const lines = this.collectLines(walk, camera, from, to, eased);
    if (!lines.isEmpty) {
      this.painter.drawLines(lines.array);
      this.drawFrustum(walk, from, to, eased);
      const { seeThrough } = this.scene.data.look;
      if (seeThrough) {
        const behind = lines.array;
        for (let at = 9; at < behind.length; at += LINE_FLOATS) behind[at] *= seeThrough;
        this.painter.drawLines(behind, true);
      }
    }
    for (const moment of this.sortFarFirst(moments, camera)) this.drawTiles(moment, true);
    const rims = this.collectRims(walk, camera, to);
    if (!rims.isEmpty) this.painter.drawLines(rims.array);
  }

  /** Return the tiles of a grid: {grid, tiles: [{center, thickness, color, opacity, shade, look}]}. */
  readTiles(grid, from, to, share) {
    const { data } = grid,
      colors = this.scene.colors,
      shades = this.scene.data.shadeShares;
    const before = share < 1 && from !== to ? Int32Array.from(grid.looksAt(from)) : null;
    const after = grid.looksAt(to),
      [slideFrom, slideTo] = [grid.slideAt(from), grid.slideAt(to)];
    const slide = slideTo.map((each, axis) => (before ? blendNumbers(slideFrom[axis], each, share) : each));
    const tiles = [];
    for (let tile = 0; tile < grid.count; tile++) {
      const look = data.looks[after[tile]];
      const earlier = before && before[tile] !== after[tile] ? data.looks[before[tile]] : look;
      const opacity = blendNumbers(earlier[1], look[1], share);
      if (opacity <= SMALLEST_SEEN) continue;
      const [one, other] = [colors[earlier[0]], colors[look[0]]];
      tiles.push({
        center: [0, 1, 2].map(
          (axis) =>
            grid.centers[3 * tile + axis] + slide[axis] + (axis === 2 ? blendNumbers(earlier[2], look[2], share) : 0),
        ),
        thickness: grid.thicknessOf(tile),
        color: earlier === look ? other : other.map((each, part) => blendNumbers(one[part], each, share)),
        shade: blendNumbers(shades[earlier[0]], shades[look[0]], share),
        opacity,
        look: share < 0.5 ? earlier : look,
      });
    }
    return { grid, tiles };
  }

  sortFarFirst(moments, camera) {
    const back = camera.axes[2];
    const depth = (center) => center.reduce((sum, each, axis) => sum + each * back[axis], 0);
    const sorted = moments.map(({ grid, tiles }) => {
      const own = tiles.filter((tile) => tile.opacity < 0.999).map((tile) => ({ ...tile, depth: depth(tile.center) }));
      own.sort((a, b) => a.depth - b.depth);
      return { grid, tiles: own, depth: own.length ? own.reduce((sum, each) => sum + each.depth, 0) / own.length : 0 };
    });
    return sorted.sort((a, b) => a.depth - b.depth);
  }

  drawTiles({ grid, tiles }, isTransparent) {
    const bodies = new InstanceNumbers(),
      plates = new InstanceNumbers(),
      digits = new InstanceNumbers();
    const { data } = grid,
      { look } = this.scene.data,
      colors = this.scene.colors;
    for (const tile of tiles) {
      if (tile.opacity < 0.999 !== isTransparent) continue;
      bodies.add(...tile.center, tile.thickness, ...tile.color, tile.opacity, tile.shade);
      if (tile.look.length <= 4) continue;
      const [text, plate, ink, hatched] = tile.look.slice(4);
      const top = [tile.center[0], tile.center[1], tile.center[2] + tile.thickness];
      if (plate >= 0) plates.add(...top, data.plate, ...colors[plate], tile.opacity, hatched);
      if (text >= 0 && data.digits) {
        this.addDigits(digits, this.scene.data.texts[text], data.digits, top, [...colors[ink], tile.opacity]);
      }
    }
    if (bodies.isEmpty) return;
    const [width, color] = look.outline;
    this.painter.drawTiles(
      {
        mesh: data.mesh,
        size: data.size,
        rounding: Math.min(look.rounding, data.size / 2),
        isLinear: look.isLinear,
        outline: [...colors[color], width],
      },
      bodies.array,
    );
    if (!plates.isEmpty) this.painter.drawPlates(this.marks.style, plates.array);
    if (!digits.isEmpty) this.painter.drawDigits(digits.array);
  }

  /** Add the symbols of a number, each in its cell, as core/values/digits.py writes them. */
  addDigits(digits, text, style, top, color) {
    const [width, height] = style.cell,
      point = style.decimals ? style.point : 0;
    const cells = [...text].filter((each) => each !== "."),
      left = -(cells.length + point) / 2;
    const whole = cells.length - style.decimals,
      turn = (style.quarterTurns * Math.PI) / 2;
    const along = [Math.cos(turn), Math.sin(turn)],
      across = [-along[1], along[0]];
    const add = (symbol, middle) => {
      const number = this.marks.symbols.names.indexOf(symbol);
      if (number < 0) return;
      digits.add(
        top[0] + along[0] * middle * width,
        top[1] + along[1] * middle * width,
        top[2],
        along[0] * width,
        along[1] * width,
        number,
        0,
        across[0] * height,
        across[1] * height,
        0,
        0,
        ...color,
      );
    };
    cells.forEach((symbol, at) => add(symbol, left + at + 0.5 + (point && at >= whole ? point : 0)));
    if (text.includes(".")) add(".", left + whole + point / 2);
  }

  /** Collect the lines of a walk between two steps, as its camera sees them. */
  collectLines(walk, camera, from, to, share) {
    const lines = new InstanceNumbers();
    for (const set of walk.data.lines) {
      const after = this.scene.pointsAt(set, to),
        before = this.scene.pointsAt(set, from);
      const glides = share < 1 && from !== to && set.name === "connectors" && before.length === after.length;
      const whole = glides
        ? after.map((each, at) => blendNumbers(before[at], each, share))
        : share < 0.5
          ? before
          : after;
      const points = set.fields && whole.length ? clearDigits(whole, set.fields, camera) : whole;
      const width = Math.max(set.width * camera.unit, NARROWEST_LINE) * this.ratio;
      const color = [...this.scene.colors[set.color], 1];
      if (set.isArched) {
        for (let at = 0; at < points.length; at += 9) this.addArch(lines, points.slice(at, at + 9), color, width);
      } else {
        for (let at = 0; at < points.length; at += 6) lines.add(...points.slice(at, at + 6), ...color, width);
      }
    }
    return lines;
  }

  addArch(lines, [ax, ay, az, bx, by, bz, cx, cy, cz], color, width) {
    let last = [ax, ay, az];
    for (let piece = 1; piece <= ARCH_PIECES; piece++) {
      const t = piece / ARCH_PIECES,
        s = 1 - t;
      const next = [
        [ax, bx, cx],
        [ay, by, cy],
        [az, bz, cz],
      ].map(([a, b, c]) => s * s * a + 2 * s * t * b + t * t * c);
      lines.add(...last, ...next, ...color, width);
      last = next;
    }
  }

  drawFrustum(walk, from, to, share) {
    const { frustum } = walk.data;
    if (!frustum) return;
    const before = this.scene.pointsAt(frustum, from);
    const points = this.scene.pointsAt(frustum, to).map((each, at) => blendNumbers(before[at], each, share));
    const corner = (number) => points.slice(3 * number, 3 * number + 3);
    const triangles = frustum.sides.flatMap(([a, b, c, d]) => [a, b, c, a, c, d].flatMap(corner));
    this.painter.drawBody(new Float32Array(triangles), [...this.scene.colors[frustum.color], frustum.opacity]);
  }

  /** Collect the rims around the tile that is selected, and thinner ones around those related to it. */
  collectRims(walk, camera, step) {
    const rims = new InstanceNumbers();
    if (!this.selected || this.scene.walkOf(this.selected.grid) !== walk) return rims;
    const color = [...parseColor(this.scene.data.look.text), 1];
    for (const [place, share] of [...this.related.map((each) => [each, RELATED_RIM]), [this.selected, SELECTED_RIM]]) {
      const grid = this.scene.grids[place.grid],
        look = grid.data.looks[grid.looksAt(step)[place.tile]];
      if (!look || look[1] <= SMALLEST_SEEN) continue;
      const slide = grid.slideAt(step),
        half = grid.data.size / 2;
      const [x, y, z] = [0, 1, 2].map((axis) => grid.centers[3 * place.tile + axis] + slide[axis]);
      const top = z + look[2] + grid.thicknessOf(place.tile) + 0.01;
      const corners = [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ].map(([a, b]) => [x + a * half, y + b * half, top]);
      const width = Math.max(share * camera.unit, 1.5) * this.ratio;
      corners.forEach((each, at) => rims.add(...each, ...corners[(at + 1) % 4], ...color, width));
    }
    return rims;
  }
}
