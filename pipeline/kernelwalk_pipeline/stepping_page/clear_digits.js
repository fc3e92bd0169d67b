// SPDX-License-Identifier: GPL-3.0-or-later
// Connectors that keep clear of the digits of the fields that they connect, as core/lines/clear_digits.py has them, for
// the camera as it is turned.

const SMALLEST_AREA = 1e-9;

const CORNERS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
];

/** Return the shares at which a line enters and leaves a field (four corners), in order; null if it does not. */
function findCrossing([start, end], field) {
  let [enter, leave, area] = [0, 1, 0];
  field.forEach((corner, at) => {
    const next = field[(at + 1) % 4];
    area += (corner[0] * next[1] - corner[1] * next[0]) / 2;
  });
  if (Math.abs(area) <= SMALLEST_AREA) return null;
  field.forEach((corner, at) => {
    const next = field[(at + 1) % 4];
    const inward = [corner[1] - next[1], next[0] - corner[0]].map((each) => each * Math.sign(area));
    const depth = (start[0] - corner[0]) * inward[0] + (start[1] - corner[1]) * inward[1];
    const growth = (end[0] - start[0]) * inward[0] + (end[1] - start[1]) * inward[1];
    if (growth > 0) enter = Math.max(enter, -depth / growth);
    else if (growth < 0) leave = Math.min(leave, -depth / growth);
    else if (depth < 0) enter = Infinity;
  });
  return enter < leave ? [enter, leave] : null;
}

/** Return the ends of lines, six numbers each, without what covers digits.
 *
 * fields: {down: 1 or -1, groups: [rise, inset of the upper field, of the lower field] of each four lines}; an inset
 *     is null for a field without digits
 * camera: {project: pixel of a point, depthOf: its distance, the same for all where nothing looks smaller further away}
 */
export function clearDigits(points, fields, camera) {
  const cleared = [...points];
  fields.groups.forEach(([rise, ...insets], group) => {
    const ends = CORNERS.map((_, at) => [0, 3].map((end) => points.slice(24 * group + 6 * at + end).slice(0, 3)));
    const seen = insets.map((inset, end) =>
      inset === null
        ? null
        : CORNERS.map(([x, y], at) => {
            const place = ends[at][end];
            return camera.project([
              place[0] + x * inset,
              place[1] + y * fields.down * inset,
              place[2] + (end === 0 ? rise : 0),
            ]);
          }),
    );
    ends.forEach((line, at) => {
      const pixels = line.map((place) => camera.project(place)),
        [near, far] = line.map((place) => camera.depthOf(place));
      const [above, below] = seen.map((field) => field && findCrossing(pixels, field));
      const begin = above ? above[1] : 0;
      [begin, Math.max(begin, below ? below[0] : 1)].forEach((share, end) => {
        const along = (share * near) / (far + share * (near - far));
        for (let axis = 0; axis < 3; axis++) {
          cleared[24 * group + 6 * at + 3 * end + axis] = line[0][axis] + along * (line[1][axis] - line[0][axis]);
        }
      });
    });
  });
  return cleared;
}
