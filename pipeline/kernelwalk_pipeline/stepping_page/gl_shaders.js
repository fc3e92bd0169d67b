// SPDX-License-Identifier: GPL-3.0-or-later
// The shaders of GlPainter, in OpenGL ES 3: of tiles, squares and digits on them, lines and bodies.

export const TILE_VERTEX = `#version 300 es
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

export const TILE_FRAGMENT = `#version 300 es
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

export const PLATE_VERTEX = `#version 300 es
in vec2 corner;
in vec3 center; in float size; in vec4 color; in float hatched;
uniform mat4 camera;
out vec4 plateColor; out vec2 place; out float isHatched;
void main() {
  gl_Position = camera * vec4(center + vec3((corner - 0.5) * size, 0), 1);
  plateColor = color; place = corner - 0.5; isHatched = hatched;
}`;

export const PLATE_FRAGMENT = `#version 300 es
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

export const DIGIT_VERTEX = `#version 300 es
in vec2 corner;
in vec3 center; in vec4 right; in vec4 up; in vec4 color;
uniform mat4 camera; uniform float symbolCount;
out vec4 digitColor; out vec2 place;
void main() {
  vec2 at = corner - 0.5;
  gl_Position = camera * vec4(center + vec3(at.x * right.xy + at.y * up.xy, 0), 1);
  digitColor = color; place = vec2((right.z + corner.x) / symbolCount, 1.0 - corner.y);
}`;

export const DIGIT_FRAGMENT = `#version 300 es
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

export const LINE_VERTEX = `#version 300 es
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

export const LINE_FRAGMENT = `#version 300 es
precision highp float;
in vec4 lineColor; in float across; in float halfWidth;
out vec4 result;
void main() {
  float alpha = clamp(halfWidth + 0.5 - abs(across), 0.0, 1.0);
  if (alpha < 0.02) discard;
  result = vec4(lineColor.rgb, lineColor.a * alpha);
}`;

export const BODY_VERTEX = `#version 300 es
in vec3 vertex;
uniform mat4 camera;
void main() { gl_Position = camera * vec4(vertex, 1); }`;

export const BODY_FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 color;
out vec4 result;
void main() { result = color; }`;
