// SPDX-License-Identifier: GPL-3.0-or-later
// The sign before a result, as core/values/written_sums.py chooses it: whether the numbers before it give it, as they
// are written. A written number is [a whole number, a power of ten].

import { MINUS } from "./written_numbers.js";

const EQUAL = "=";
const APPROXIMATE = "≈";

/** Return the sign between terms, numbers or products "2·(−0.5)", and a result. Of several terms the greatest one gives
 * the result with `takesMaximum`, otherwise their sum by the divisor. */
export function chooseSign(terms, result, { divisor = 1, takesMaximum = false } = {}) {
  const given = terms.map(readProduct);
  const expected = multiplyExactly(readExactly(result), [BigInt(Number.isNaN(divisor) ? 0 : divisor), 0]);
  if (!expected || given.includes(null) || (takesMaximum && !given.length)) return EQUAL;
  const power = Math.min(expected[1], ...given.map((number) => number[1]));
  const scale = ([whole, own]) => whole * 10n ** BigInt(own - power);
  const scaled = given.map(scale);
  const combine = takesMaximum ? (one, other) => (one > other ? one : other) : (one, other) => one + other;
  const total = scaled.length ? scaled.reduce(combine) : 0n;
  return total == scale(expected) ? EQUAL : APPROXIMATE;
}

/** Return the sign before a result that was computed from numbers of this size and may be rounded. */
export function chooseSignOfRounding(value, result, size) {
  if (!readExactly(result)) return EQUAL;
  return Math.abs(Number(result.replaceAll(MINUS, "-")) - value) <= 1e-9 * size ? EQUAL : APPROXIMATE;
}

function readProduct(term) {
  return term.split("·").map(readExactly).reduce(multiplyExactly);
}

/** Return a written number; null if it is not finite. */
function readExactly(text) {
  const parts = /^\(?(-?\d+)\.?(\d*)(?:e([-+]?\d+))?\)?$/.exec(text.replaceAll(MINUS, "-"));
  if (!parts) return null;
  const [, whole, decimals, power = "0"] = parts;
  return [BigInt(whole + decimals), Number(power) - decimals.length];
}

function multiplyExactly(one, other) {
  return one && other && [one[0] * other[0], one[1] + other[1]];
}
