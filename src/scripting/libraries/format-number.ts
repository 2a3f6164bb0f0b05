/** Digits that JavaScript computes exactly, to see whether a rounding was a tie. */
const EXACT_DIGITS = 60;

/** C's `%.<precision>g`, the way Lua and its libraries print numbers. */
export function formatGeneral(value: number, precision: number): string {
  if (Number.isNaN(value)) return "-nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(precision, 15)) return String(value);
  const sign = value < 0 ? "-" : "";
  const { digits, exponent } = rounded(Math.abs(value), Math.max(1, precision));
  const significant = digits.replace(/0+$/u, "");
  if (exponent < -4 || exponent >= precision) {
    const mantissa = significant.length > 1 ? `${significant[0]!}.${significant.slice(1)}` : significant;
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
  const whole = digits.slice(0, exponent + 1);
  const fraction = significant.slice(exponent + 1);
  return sign + (fraction === "" ? whole : `${whole}.${fraction}`);
}

/** To `precision` digits, ties to even as C does; JavaScript rounds those up. */
function rounded(value: number, precision: number): { readonly digits: string; readonly exponent: number } {
  const exact = parts(value.toExponential(EXACT_DIGITS));
  const isTie = /^50*$/u.test(exact.digits.slice(precision));
  const isEven = Number(exact.digits[precision - 1]) % 2 === 0;
  if (isTie && isEven) return { digits: exact.digits.slice(0, precision), exponent: exact.exponent };
  return parts(value.toExponential(precision - 1));
}

function parts(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa, power] = text.split("e") as [string, string];
  return { digits: mantissa.replace(".", ""), exponent: Number(power) };
}
