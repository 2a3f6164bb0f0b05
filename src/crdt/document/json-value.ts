/**
 * JSON as clients write it, before it is part of a document. Objects are Maps: any key is allowed and their order is kept.
 * Numbers keep what RedisJSON keeps of them: integers up to 64 bits are exact, all others are doubles.
 */
export type JsonValue = JsonScalar | readonly JsonValue[] | JsonObject;
export type JsonScalar = null | boolean | string | JsonNumber;
export type JsonObject = ReadonlyMap<string, JsonValue>;

const INTEGER = /^-?[0-9]+$/u;
const UINT64_MAX = 18_446_744_073_709_551_615n;
const INT64_MIN = -9_223_372_036_854_775_808n;

/** A number in canonical text: `12`, `-0.5`, `3.0`, `1e100`. The text says whether it is an integer or a double. */
export class JsonNumber {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Of canonical text, as this class wrote it. */
  static ofText(text: string): JsonNumber {
    return new JsonNumber(text);
  }

  static ofInteger(value: number | bigint): JsonNumber {
    const big = BigInt(value);
    return big > UINT64_MAX || big < INT64_MIN ? JsonNumber.ofDouble(Number(big)) : new JsonNumber(String(big));
  }

  /** Finite. */
  static ofDouble(value: number): JsonNumber {
    return new JsonNumber(formatJsonDouble(value));
  }

  get isInteger(): boolean {
    return INTEGER.test(this.text);
  }

  get value(): number {
    return Number(this.text);
  }
}

/**
 * The shortest digits that read back as the same double, always with a point or an exponent, in the form Rust's serializer
 * prints: plain between 1e-5 and 1e16, scientific beyond.
 */
export function formatJsonDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const sign = value < 0 ? "-" : "";
  const [mantissa, exponentText] = Math.abs(value).toExponential().split("e") as [string, string];
  const digits = mantissa.replace(".", "");
  const point = Number(exponentText) + 1;
  if (point > 16 || point <= -5) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
