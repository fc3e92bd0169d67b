// SPDX-License-Identifier: GPL-3.0-or-later
// Draws tiles, squares and digits on them, lines and bodies by WebGL 2. Each kind of shape is one call for many instances.

const TILE_VERTEX = `#version 300 es
in vec3 vertex; in vec2 shades;
in vec3 center; in float thickness; in vec4 color; in float shadeShare;
uniform mat4 camera;
out vec4 tileColor; out float shade; out vec2 place;
void main() {
  gl_Position = camera * vec4(center + vertex * vec3(1, 1, thickness), 1);
  tileColor = color; shade = mix(shades.x, shades.y, shadeShare); place = vertex.xy;
}`;

const COLOR_FUNCTIONS = `
uniform bool isLinear;
vec3 decode(vec3 c) { return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c)); }
vec3 encode(vec3 c) { return mix(c * 12.92, 1.055 * pow(max(c, 1e-5), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c)); }
float roundedSquare(vec2 p, float half_, float radius) {
  vec2 q = abs(p) - half_ + radius;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}`;

const TILE_FRAGMENT = `#version 300 es
precision highp float;
in vec4 tileColor; in float shade; in vec2 place;
uniform float halfSize; uniform float rounding; uniform vec4 outline;
${COLOR_FUNCTIONS}
out vec4 result;
void main() {
  float inside = -roundedSquare(place, halfSize, rounding);
  float soft = max(fwidth(inside), 1e-4);
  float edge = outline.w > 0.0 ? 1.0 - smoothstep(outline.w - soft, outline.w + soft, inside) : 0.0;
  vec3 own = mix(tileColor.rgb, outline.rgb, edge);
  vec3 seen = isLinear ? encode(clamp(decode(own) * shade, 0.0, 1.0)) : clamp(own * shade, 0.0, 1.0);
  result = vec4(seen, tileColor.a);
}`;

const PLATE_VERTEX = `#version 300 es
in vec2 corner;
in vec3 center; in float size; in vec4 color; in float hatched;
uniform mat4 camera;
out vec4 plateColor; out vec2 place; out float isHatched;
void main() {
  gl_Position = camera * vec4(center + vec3((corner - 0.5) * size, 0), 1);
  plateColor = color; place = corner - 0.5; isHatched = hatched;
}`;

const PLATE_FRAGMENT = `#version 300 es
precision highp float;
in vec4 plateColor; in vec2 place; in float isHatched;
uniform float cornerShare; uniform vec2 hatch;
${COLOR_FUNCTIONS}
out vec4 result;
void main() {
  float outside = roundedSquare(place, 0.5, isHatched > 0.5 ? 0.0 : cornerShare);
  float alpha = 1.0 - smoothstep(-fwidth(outside), 0.0, outside);
  if (isHatched > 0.5) {
    float across = (place.x - place.y) / hatch.x;
    float distance_ = abs(fract(across + 0.5) - 0.5) - hatch.y / 2.0;
    float soft = fwidth(across);
    alpha *= 1.0 - smoothstep(-soft / 2.0, soft / 2.0, distance_);
  }
  if (alpha < 0.01) discard;
  result = vec4(plateColor.rgb, plateColor.a * alpha);
}`;

const DIGIT_VERTEX = `#version 300 es
in vec2 corner;
in vec3 center; in vec4 right; in vec4 up; in vec4 color;
uniform mat4 camera; uniform float symbolCount;
out vec4 digitColor; out vec2 place;
void main() {
  vec2 at = corner - 0.5;
  gl_Position = camera * vec4(center + vec3(at.x * right.xy + at.y * up.xy, 0), 1);
  digitColor = color; place = vec2((right.z + corner.x) / symbolCount, 1.0 - corner.y);
}`;

const DIGIT_FRAGMENT = `#version 300 es
precision highp float;
in vec4 digitColor; in vec2 place;
uniform sampler2D symbols; uniform float edgeLevel;
out vec4 result;
void main() {
  float level = texture(symbols, place).r;
  float soft = max(fwidth(level), 1e-3) * 0.7;
  float alpha = smoothstep(edgeLevel - soft, edgeLevel + soft, level);
  if (alpha < 0.01) discard;
  result = vec4(digitColor.rgb, digitColor.a * alpha);
}`;

const LINE_VERTEX = `#version 300 es
in vec2 corner;
in vec3 start; in vec3 end; in vec4 color; in float width;
uniform mat4 camera; uniform vec2 pixels; uniform float bias;
out vec4 lineColor; out float across; out float halfWidth;
void main() {
  vec4 a = camera * vec4(start, 1), b = camera * vec4(end, 1);
  vec2 along = (b.xy / b.w - a.xy / a.w) * pixels;
  float length_ = length(along);
  vec2 direction = length_ > 0.0 ? along / length_ : vec2(1, 0);
  vec2 normal = vec2(-direction.y, direction.x);
  vec4 here = mix(a, b, corner.x);
  float reach = width / 2.0 + 0.75;
  vec2 shift = normal * (corner.y - 0.5) * 2.0 * reach + direction * (corner.x - 0.5) * width * 0.5;
  here.xy += shift / pixels * here.w;
  here.z -= bias * here.w;
  gl_Position = here; lineColor = color; across = (corner.y - 0.5) * 2.0 * reach; halfWidth = width / 2.0;
}`;

const LINE_FRAGMENT = `#version 300 es
precision highp float;
in vec4 lineColor; in float across; in float halfWidth;
out vec4 result;
void main() {
  float alpha = clamp(halfWidth + 0.5 - abs(across), 0.0, 1.0);
  if (alpha < 0.02) discard;
  result = vec4(lineColor.rgb, lineColor.a * alpha);
}`;

const BODY_VERTEX = `#version 300 es
in vec3 vertex;
uniform mat4 camera;
void main() { gl_Position = camera * vec4(vertex, 1); }`;

const BODY_FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 color;
out vec4 result;
void main() { result = color; }`;

const UNIT_SQUARE = new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]);

const TILE_PARTS = [["center", 3], ["thickness", 1], ["color", 4], ["shadeShare", 1]];
const PLATE_PARTS = [["center", 3], ["size", 1], ["color", 4], ["hatched", 1]];
const DIGIT_PARTS = [["center", 3], ["right", 4], ["up", 4], ["color", 4]];
const LINE_PARTS = [["start", 3], ["end", 3], ["color", 4], ["width", 1]];

// Numbers of each line
export const LINE_FLOATS = 11;

const LINE_BIAS = 0.0015;

// A picture on a canvas. Throws an Error where there is no WebGL 2.
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
    const gl = this.gl, program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertexSource], [gl.FRAGMENT_SHADER, fragmentSource]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program) || "a shader cannot be linked");
    }
    const uniforms = {}, count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) || 0;
    for (let number = 0; number < count; number++) {
      const { name } = gl.getActiveUniform(program, number);
      uniforms[name] = gl.getUniformLocation(program, name);
    }
    return { program, uniforms, array: gl.createVertexArray() };
  }

  // Begin a picture. width, height: in pixels of the device; background: [r, g, b] from 0 to 1
  begin(width, height, background, camera) {
    const gl = this.gl;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.camera = camera;
    gl.viewport(0, 0, width, height);
    gl.clearColor(...background, 1);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  use(kind) {
    this.gl.useProgram(kind.program);
    this.gl.bindVertexArray(kind.array);
    this.gl.uniformMatrix4fv(kind.uniforms.camera, false, this.camera);
  }

  // Bind the parts of instances, one after the other in each
  bindInstances(kind, parts, values) {
    const gl = this.gl, stride = parts.reduce((sum, [, size]) => sum + size, 0);
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
    const gl = this.gl, place = gl.getAttribLocation(kind.program, name);
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

  // shape: {mesh, size, rounding, outline: [r, g, b, width], isLinear}; values: TILE_PARTS for each tile
  drawTiles(shape, values) {
    const gl = this.gl, kind = this.tiles, mesh = this.findMesh(shape.mesh);
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

  // On tops of tiles, which they must not fight with: they are drawn a little nearer, and hide nothing
  drawOnTops(draw) {
    const gl = this.gl;
    gl.enable(gl.POLYGON_OFFSET_FILL);
    gl.polygonOffset(-1, -2);
    gl.depthMask(false);
    draw();
    gl.depthMask(true);
    gl.disable(gl.POLYGON_OFFSET_FILL);
  }

  // style: {cornerShare, hatch: [period, width]}; values: PLATE_PARTS for each square
  drawPlates(style, values) {
    this.drawOnTops(() => {
      this.use(this.plates);
      this.gl.uniform1f(this.plates.uniforms.cornerShare, style.cornerShare);
      this.gl.uniform2fv(this.plates.uniforms.hatch, style.hatch);
      this.drawSquares(this.plates, PLATE_PARTS, values);
    });
  }

  // values: DIGIT_PARTS for each symbol
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

  // isBehind: draw only what is hidden; values: LINE_PARTS for each line, widths in pixels of the device
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

  // triangles: coordinates of corners; color: [r, g, b, opacity]
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
