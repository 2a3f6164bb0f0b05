/** Headers of some answers, as Node takes them: name, value, name, value. */

/** What a browser may send, for a day. */
export const PREFLIGHT: readonly string[] = [
  "access-control-allow-methods",
  "GET, HEAD, POST, PUT, OPTIONS",
  "access-control-allow-headers",
  "*, Authorization",
  "access-control-max-age",
  "86400",
];

/** `x-accel-buffering` is nginx' word for "do not collect". A stream is the last thing on its connection. */
export const STREAM_HEAD: readonly string[] = [
  "content-type",
  "text/event-stream",
  "cache-control",
  "no-cache",
  "x-accel-buffering",
  "no",
  "connection",
  "close",
];

/** The answer was given before, to a request with the same idempotency key. */
export const REPLAYED: readonly string[] = ["x-antipode-idempotent-replay", "1"];

/** Whoever asks often may take an answer that is two seconds old. */
export const CACHED_SHORTLY: readonly string[] = ["cache-control", "public, max-age=2"];
