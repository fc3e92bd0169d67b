// SPDX-License-Identifier: GPL-3.0-or-later
// Padding by name, as in core/layers/padding.py and crops.py: i is the input's size, k the kernel's extent, s the stride.
// Which rule a framework has for which name is in the core's table of conventions.

/** Return cells to crop before and after; missing cells, which are a negative total, are all added after. */
export function halveTotal(total, lower = false) {
  return total < 0 ? [0, total] : splitTotal(total, lower);
}

/** Return cells to crop before and after, or missing cells in halves. */
function splitTotal(total, lower = false) {
  const half = Math.floor(total / 2);
  return lower ? [total - half, half] : [half, total - half];
}

const makeBorder = ([before, after], outputPadding) => ({ before, after, outputPadding: outputPadding ?? 0 });

/** The cells before and after that "same" pads a convolution with. */
function padSame(i, k, s, lower) {
  return halveTotal(Math.max((Math.ceil(i / s) - 1) * s + k - i, 0), lower);
}

const CROP_RULES = {
  crop_nothing: ({ extra }) => makeBorder([0, 0], extra),
  crop_all: ({ k, extra }) => makeBorder([k - 1, k - 1], extra),
  crop_as_convolution: ({ k, extra }) => makeBorder(halveTotal(k - 1), extra),
  crop_to_multiple: ({ k, s, extra, lower }) => makeBorder(halveTotal(k - s + (extra ?? 0), lower), extra),
  split_to_multiple: ({ k, s, extra, lower }) => makeBorder(splitTotal(k - s + (extra ?? 0), lower), extra),
  crop_down_to_multiple: ({ k, s, extra, lower }) =>
    makeBorder(splitTotal(Math.max(k - s + (extra ?? 0), 0), lower), extra),
  crop_keras_valid: ({ k, s, extra }) => makeBorder([0, 0], extra ?? Math.max(s - k, 0)),
  crop_keras_same({ k, s, extra }) {
    const border = extra === null ? s + k - 2 : k + (k % 2) - 2 + extra;
    const left = Math.min(border - Math.floor(border / 2), k - 1);
    return makeBorder([k - 1 - left, k - 1 - (border - left) + (extra ?? 0)], extra);
  },
  crop_shrinking({ k, s, extra, lower }) {
    const [before, after] = halveTotal(k - s + (extra ?? 0), lower);
    return makeBorder([before, after + (extra ?? 0)], extra);
  },
  crop_as_same_pads: ({ i, k, s, extra }) => makeBorder(padSame(i, k, s, false), extra),
};

/** Return the cells that a named padding crops off a transposed convolution, and its output padding (extra or null). */
export function cropByName(convention, name, i, k, s, extra) {
  const { rule, lower } = convention.crops[name];
  return CROP_RULES[rule]({ i, k, s, extra, lower });
}

const SHAPE_CROPS = {
  _crop_to_shape: (name, total) => halveTotal(total, name != "same_upper"),
  _split_to_shape: (name, total) =>
    isOneSided(name) ? splitTotal(total, name == "same_lower") : SHAPE_CROPS._crop_to_shape(name, total),
  _crop_lower_to_shape: (name, total) => (isOneSided(name) ? halveTotal(total, name == "same_upper") : [0, total]),
};

/** Return the cells to crop so that the output has a given size. */
export function cropToShape(convention, name, total) {
  return SHAPE_CROPS[convention.cropToShape](name, total);
}

const SHAPE_RANGES = {
  _list_haiku_shapes: (name, i, k, s) => (name ? [(i - 1) * s + 1, i * s] : [(i - 1) * s + k, i * s + k - 1]),
  _list_cropped_shapes: (name, i, k, s) => [1, (i - 1) * s + k],
};

/** Return the least and the greatest size that an output may have; null where it may have any. */
export function findShapeRange(convention, name, i, k, s) {
  return convention.shapeRange && SHAPE_RANGES[convention.shapeRange](name, i, k, s);
}

const OUTPUT_PADDING_LIMITS = {
  _limit_by_reach: (stride, dilation) => Math.max(stride, dilation) - 1,
  _limit_by_stride: (stride) => stride - 1,
};

/** Return the largest output padding; null where any is taken. */
export function findOutputPaddingLimit(convention, stride, dilation) {
  return convention.outputPaddingLimit && OUTPUT_PADDING_LIMITS[convention.outputPaddingLimit](stride, dilation);
}

/** Return true for the two names that say at which side an odd cell is. */
export function isOneSided(name) {
  return name == "same_upper" || name == "same_lower";
}

/** Return the padding name that means the same in every convention; add a problem if there is none. */
export function findCanonicalName(parser, name, convention, strides) {
  if (name != "same") return name;
  const meant = parser.tables.conventions[convention]?.same;
  if (meant) return meant;
  if (strides.some((stride) => stride != 1))
    parser.addProblem("padding", "same_with_stride", { stride: `[${strides.join(", ")}]` });
  return name;
}

/** Return the padding [before, after] of a convolution or a pooling on each axis. */
export function resolvePadding(name, sizes, kernel, strides, dilations) {
  return sizes.map((i, axis) => {
    const k = dilations[axis] * (kernel[axis] - 1) + 1;
    switch (name) {
      case "valid":
        return [0, 0];
      case "full":
        return [k - 1, k - 1];
      case "same":
        return halveTotal(k - 1);
      case "causal":
        return [k - 1, 0];
    }
    return padSame(i, k, strides[axis], name == "same_lower");
  });
}
