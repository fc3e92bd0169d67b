// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as they are written on tiles and in sums, as core/values/digits.py and sum_text.py write them: halves are rounded
// to even digits, as Python does.

export const MINUS = "−";

const MAX_CELLS = 10;
const MAX_DECIMALS = 6;
const USUAL_DECIMALS = 2;
const USUAL_CELLS = 6;
const LARGEST_LOSS = 0.01;
const ALL_DIGITS = 100; // as many as JavaScript writes; a half has far fewer

/** Return a number with `decimals`, by toFixed or toExponential, which alone would round halves up. */
function roundToEven(value, decimals, method) {
  const [digits, power] = value[method](ALL_DIGITS).split("e");
  const kept = digits.slice(0, digits.length - ALL_DIGITS + decimals).replace(/\.$/, "");
  const isHalf = /^50*$/.test(digits.slice(digits.length - ALL_DIGITS + decimals));
  if (isHalf && /[02468]$/.test(kept)) return power ? `${kept}e${power}` : kept;
  return value[method](decimals);
}

/** Return a number with three significant digits, as Python's format .3g writes it. */
export function formatShort(value) {
  const [digits, power] = roundToEven(value, 2, "toExponential").split("e");
  if (power < -4 || power >= 3) return `${trimZeros(digits)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  return trimZeros(roundToEven(value, 2 - power, "toFixed"));
}

function trimZeros(digits) {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/** Return the decimals with which all values of a tensor are written. */
export function findDecimals({ numbers }) {
  const finite = [...numbers].filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest == 0 || largest >= 10 ** USUAL_CELLS) return 0;
  const power = Math.floor(Math.log10(largest));
  let most = largest >= 0.1 ? USUAL_DECIMALS : Math.min(1 - power, MAX_DECIMALS);
  const hasMinus = finite.some((value) => value < 0);
  most = Math.max(Math.min(most, USUAL_CELLS - Math.max(power + 1, 1) - hasMinus), 0);
  for (let count = 0; count < most; count++) {
    const fits = (value) => Math.abs(Math.round(value * 10 ** count) / 10 ** count - value) <= 1e-9 * largest;
    if (finite.every(fits)) return count;
  }
  return most;
}

/** Return a number with a fixed number of decimals, or with an exponent if it is too large or too small for them. */
export function writeNumber(value, decimals) {
  if (Number.isNaN(value)) return "?";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  let text = Math.abs(value) < 1e21 ? roundToEven(value, decimals, "toFixed") : "0".repeat(MAX_CELLS + 1);
  const isZero = /^-?[0.]*$/.test(text);
  const isLost = value != 0 && decimals >= USUAL_CELLS - 1 && isZero;
  if (text.replace(".", "").length > MAX_CELLS || isLost) {
    const [mantissa, power] = roundToEven(value, 0, "toExponential").split("e");
    text = `${mantissa}e${Number(power)}`;
  } else if (isZero) text = text.replace("-", ""); // no minus before a zero
  return text.replaceAll("-", MINUS);
}

/** Return a number with so many decimals, or with three significant digits where these lose more than a hundredth. */
export function writeFactor(value, decimals) {
  if (Number.isFinite(value) && Math.abs(value) < 1e21) {
    const loss = Math.abs(Number(roundToEven(value, decimals, "toFixed")) - value);
    if (loss > LARGEST_LOSS * Math.abs(value)) return formatShort(value).replaceAll("-", MINUS);
  }
  return writeNumber(value, decimals);
}
