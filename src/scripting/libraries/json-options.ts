/** cjson's settings, with its defaults. A script that changes them changes them for the scripts after it, as in Redis. */
export interface JsonOptions {
  sparseConvert: boolean;
  /** A table counts as sparse when its highest index is more than this many times its items; 0: never. */
  sparseRatio: number;
  /** Up to this highest index it never counts as sparse. */
  sparseSafe: number;
  encodeDepthMax: number;
  decodeDepthMax: number;
  /** Significant digits. */
  precision: number;
  keepBuffer: boolean;
  invalidNumbers: "off" | "on" | "null";
  decodeInvalidNumbers: boolean;
}

export function defaultJsonOptions(): JsonOptions {
  return {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeDepthMax: 1000,
    decodeDepthMax: 1000,
    precision: 14,
    keepBuffer: true,
    invalidNumbers: "off",
    decodeInvalidNumbers: true,
  };
}
