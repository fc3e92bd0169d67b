// SPDX-License-Identifier: GPL-3.0-or-later
// Draws tiles, squares and digits on them, lines and bodies by WebGL 2. Each kind of shape is one call for many instances.

import { TILE_VERTEX, TILE_FRAGMENT } from "./gl_shaders.js";
import { PLATE_VERTEX, PLATE_FRAGMENT } from "./gl_shaders.js";
import { DIGIT_VERTEX, DIGIT_FRAGMENT } from "./gl_shaders.js";
import { LINE_VERTEX, LINE_FRAGMENT } from "./gl_shaders.js";
import { BODY_VERTEX, BODY_FRAGMENT } from "./gl_shaders.js";

const UNIT_SQUARE = new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]);

const TILE_PARTS = [
  ["center", 3],
  ["thickness", 1],
  ["color", 4],
  ["shadeShare", 1],
];
const PLATE_PARTS = [
  ["center", 3],
  ["size", 1],
  ["color", 4],
  ["hatched", 1],
];
const DIGIT_PARTS = [
  ["center", 3],
  ["right", 4],
  ["up", 4],
  ["color", 4],
];
const LINE_PARTS = [
  ["start", 3],
  ["end", 3],
  ["color", 4],
  ["width", 1],
];

/** Numbers of each line. */
export const LINE_FLOATS = 11;

const LINE_BIAS = 0.0015;

/** A picture on a canvas. Throws an Error where there is no WebGL 2. */
export class GlPainter {
  constructor(canvas, symbols) {
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: false, preserveDrawingBuffer: false });
    if (!gl) throw new Error("WebGL 2 is missing");
    this.gl = gl;
    this.canvas = canvas;
    this.symbols = symbols;
    this.meshes = new Map();
    this.prepare();
  }

  prepare() {
    const gl = this.gl;
    this.meshes.clear();
    this.square = this.makeBuffer(UNIT_SQUARE);
    this.instances = gl.createBuffer();
    this.bodyVertices = gl.createBuffer();
    this.tiles = this.makeProgram(TILE_VERTEX, TILE_FRAGMENT);
    this.plates = this.makeProgram(PLATE_VERTEX, PLATE_FRAGMENT);
    this.digits = this.makeProgram(DIGIT_VERTEX, DIGIT_FRAGMENT);
    this.lines = this.makeProgram(LINE_VERTEX, LINE_FRAGMENT);
    this.bodies = this.makeProgram(BODY_VERTEX, BODY_FRAGMENT);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, this.symbols.image);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  makeBuffer(values, target = this.gl.ARRAY_BUFFER) {
    const buffer = this.gl.createBuffer();
    this.gl.bindBuffer(target, buffer);
    this.gl.bufferData(target, values, this.gl.STATIC_DRAW);
    return buffer;
  }

  makeProgram(vertexSource, fragmentSource) {
    const gl = this.gl,
      program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, vertexSource],
      [gl.FRAGMENT_SHADER, fragmentSource],
    ]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program) || "a shader cannot be linked");
    }
    const uniforms = {},
      count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) || 0;
    for (let number = 0; number < count; number++) {
      const { name } = gl.getActiveUniform(program, number);
      uniforms[name] = gl.getUniformLocation(program, name);
    }
    return { program, uniforms, array: gl.createVertexArray() };
  }

  /** Begin a picture. width, height: in pixels of the device; background: [r, g, b] from 0 to 1. */
  begin(width, height, background) {
    const gl = this.gl;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    gl.viewport(0, 0, width, height);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(...background, 1);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** Draw what follows in a pane alone. pane: {left, top, width, height}, in pixels of which each has `ratio` of the
   * device; camera: a matrix. */
  enter({ left, top, width, height }, ratio, camera) {
    const gl = this.gl,
      [begin, end] = [left, left + width].map((each) => Math.round(each * ratio)),
      [upper, lower] = [top, top + height].map((each) => Math.round(each * ratio));
    this.camera = camera;
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(begin, this.canvas.height - lower, end - begin, lower - upper);
  }

  use(kind) {
    this.gl.useProgram(kind.program);
    this.gl.bindVertexArray(kind.array);
    this.gl.uniformMatrix4fv(kind.uniforms.camera, false, this.camera);
  }

  /** Bind the parts of instances, one after the other in each. */
  bindInstances(kind, parts, values) {
    const gl = this.gl,
      stride = parts.reduce((sum, [, size]) => sum + size, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.instances);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    let offset = 0;
    for (const [name, size] of parts) {
      const place = gl.getAttribLocation(kind.program, name);
      if (place >= 0) {
        gl.enableVertexAttribArray(place);
        gl.vertexAttribPointer(place, size, gl.FLOAT, false, 4 * stride, 4 * offset);
        gl.vertexAttribDivisor(place, 1);
      }
      offset += size;
    }
    return values.length / stride;
  }

  bindVertices(kind, name, buffer, size, stride = 0, offset = 0) {
    const gl = this.gl,
      place = gl.getAttribLocation(kind.program, name);
    if (place < 0) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
    gl.vertexAttribDivisor(place, 0);
  }

  findMesh(mesh) {
    if (!this.meshes.has(mesh)) {
      this.meshes.set(mesh, {
        vertices: this.makeBuffer(new Float32Array(mesh.vertices)),
        shades: this.makeBuffer(new Float32Array(mesh.shades)),
        triangles: new Uint16Array(mesh.triangles),
      });
      const own = this.meshes.get(mesh);
      this.gl.bindVertexArray(this.tiles.array);
      own.buffer = this.makeBuffer(own.triangles, this.gl.ELEMENT_ARRAY_BUFFER);
    }
    return this.meshes.get(mesh);
  }

  /** shape: {mesh, size, rounding, outline: [r, g, b, width], isLinear}; values: TILE_PARTS for each tile. */
  drawTiles(shape, values) {
    const gl = this.gl,
      kind = this.tiles,
      mesh = this.findMesh(shape.mesh);
    this.use(kind);
    gl.enable(gl.CULL_FACE);
    gl.uniform1f(kind.uniforms.halfSize, shape.size / 2);
    gl.uniform1f(kind.uniforms.rounding, shape.rounding);
    gl.uniform4fv(kind.uniforms.outline, shape.outline);
    gl.uniform1i(kind.uniforms.isLinear, shape.isLinear ? 1 : 0);
    this.bindVertices(kind, "vertex", mesh.vertices, 3);
    this.bindVertices(kind, "shades", mesh.shades, 2);
    const count = this.bindInstances(kind, TILE_PARTS, values);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, mesh.buffer);
    gl.drawElementsInstanced(gl.TRIANGLES, mesh.triangles.length, gl.UNSIGNED_SHORT, 0, count);
    gl.disable(gl.CULL_FACE);
  }

  drawSquares(kind, parts, values) {
    const gl = this.gl;
    this.bindVertices(kind, "corner", this.square, 2);
    const count = this.bindInstances(kind, parts, values);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
  }

  /** On tops of tiles, which they must not fight with: they are drawn a little nearer, and hide nothing. */
  drawOnTops(draw) {
    const gl = this.gl;
    gl.enable(gl.POLYGON_OFFSET_FILL);
    gl.polygonOffset(-1, -2);
    gl.depthMask(false);
    draw();
    gl.depthMask(true);
    gl.disable(gl.POLYGON_OFFSET_FILL);
  }

  /** style: {cornerShare, hatch: [period, width]}; values: PLATE_PARTS for each square. */
  drawPlates(style, values) {
    this.drawOnTops(() => {
      this.use(this.plates);
      this.gl.uniform1f(this.plates.uniforms.cornerShare, style.cornerShare);
      this.gl.uniform2fv(this.plates.uniforms.hatch, style.hatch);
      this.drawSquares(this.plates, PLATE_PARTS, values);
    });
  }

  /** values: DIGIT_PARTS for each symbol. */
  drawDigits(values) {
    this.drawOnTops(() => {
      const gl = this.gl;
      gl.polygonOffset(-2, -4);
      this.use(this.digits);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, this.texture);
      gl.uniform1i(this.digits.uniforms.symbols, 0);
      gl.uniform1f(this.digits.uniforms.symbolCount, this.symbols.count);
      gl.uniform1f(this.digits.uniforms.edgeLevel, this.symbols.edge);
      this.drawSquares(this.digits, DIGIT_PARTS, values);
    });
  }

  /** isBehind: draw only what is hidden; values: LINE_PARTS for each line, widths in pixels of the device. */
  drawLines(values, isBehind = false) {
    const gl = this.gl;
    this.use(this.lines);
    gl.uniform2f(this.lines.uniforms.pixels, this.canvas.width / 2, this.canvas.height / 2);
    gl.uniform1f(this.lines.uniforms.bias, isBehind ? 0 : LINE_BIAS);
    gl.depthFunc(isBehind ? gl.GREATER : gl.LEQUAL);
    gl.depthMask(!isBehind);
    this.drawSquares(this.lines, LINE_PARTS, values);
    gl.depthFunc(gl.LEQUAL);
    gl.depthMask(true);
  }

  /** triangles: coordinates of corners; color: [r, g, b, opacity]. */
  drawBody(triangles, color) {
    const gl = this.gl;
    this.use(this.bodies);
    gl.uniform4fv(this.bodies.uniforms.color, color);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.bodyVertices);
    gl.bufferData(gl.ARRAY_BUFFER, triangles, gl.DYNAMIC_DRAW);
    this.bindVertices(this.bodies, "vertex", this.bodyVertices, 3);
    gl.depthMask(false);
    gl.drawArrays(gl.TRIANGLES, 0, triangles.length / 3);
    gl.depthMask(true);
  }
}
