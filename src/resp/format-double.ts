/** Whole numbers up to here are printed digit by digit: half of the largest 64-bit integer, as a double. */
const PLAIN_INTEGER_MAX = 2 ** 62;

/**
 * A double as Redis 7.2 prints it: `inf`, `-inf`, `nan`, whole numbers in full up to 2^62, and for the rest the shortest
 * digits that read back the same, with an exponent where its printer would have one. That is not where JavaScript has it:
 * `1.5e-6`, `1.2345678901234e+4`.
 */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (Object.is(value, -0)) return "-0";
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) <= PLAIN_INTEGER_MAX) return BigInt(value).toString();
  return shortest(value);
}

/** Source of the rules: the printer that Redis uses since 7.2, fpconv. Its digits are JavaScript's; its layout is not. */
function shortest(value: number): string {
  const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  /** The value is `digits` · 10^scale. */
  const scale = exponent - digits.length + 1;
  const sign = value < 0 ? "-" : "";
  if (scale >= 0 && exponent < digits.length + 7) return sign + digits + "0".repeat(scale);
  if (scale < 0 && (scale > -7 || Math.abs(exponent) < 4)) {
    const whole = digits.length + scale;
    if (whole <= 0) return `${sign}0.${"0".repeat(-whole)}${digits}`;
    return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
  }
  return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
}
