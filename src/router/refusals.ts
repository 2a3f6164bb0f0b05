/**
 * Everything the router itself refuses over HTTP, in one place. The body is `{"error": text}`, as regions answer, so a client
 * needs no second way to read errors. What was done or not done is said: "nothing was done" is a promise.
 */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  /** The outcome's name in logs and metrics. */
  readonly code: string;
  /** Whether `Retry-After` is sent. */
  readonly retryLater: boolean;
}

export function unknownRegion(name: string, known: readonly string[]): Refusal {
  const text = `ERR unknown region '${name.slice(0, 64)}'; known: ${known.join(", ")}`;
  return { status: 400, text, code: "unknown-region", retryLater: false };
}

export function forcedRegionDown(name: string): Refusal {
  const text = `ERR region '${name}' is down and the request is pinned to it; nothing was done`;
  return { status: 503, text, code: "forced-region-down", retryLater: true };
}

export function outOfBounds(name: string, within: readonly string[]): Refusal {
  const text = `ERR region '${name}' may not serve this token, which is bound to ${within.join(", ")}; nothing was done`;
  return { status: 403, text, code: "out-of-bounds", retryLater: false };
}

export function contradiction(one: string, other: string): Refusal {
  const text = `ERR the request is pinned to two regions, '${one.slice(0, 64)}' and '${other.slice(0, 64)}'`;
  return { status: 400, text, code: "contradiction", retryLater: false };
}

export function bodyTooLarge(most: number): Refusal {
  const text = `ERR max request size exceeded. Limit: ${most} bytes`;
  return { status: 413, text, code: "body-too-large", retryLater: false };
}

export function tooManyConnections(most: number): Refusal {
  const text = `ERR max connections from one address exceeded. Limit: ${most}`;
  return { status: 503, text, code: "too-many-from-one", retryLater: true };
}

export function unreachable(tried: readonly string[]): Refusal {
  const text = `ERR no region could be reached (tried ${tried.join(", ")}); nothing was done`;
  return { status: 503, text, code: "unreachable", retryLater: true };
}

export function outcomeUnknown(region: string, why: string): Refusal {
  const text = `ERR region '${region}' failed after it was sent the request (${why}); the outcome is unknown`;
  return { status: 502, text, code: "outcome-unknown", retryLater: false };
}

/** For requests that change nothing when repeated: there is no outcome to be unsure of. */
export function regionFailed(region: string, why: string): Refusal {
  const text = `ERR region '${region}' failed (${why}); the request may safely be sent again`;
  return { status: 502, text, code: "region-failed", retryLater: true };
}

export function noAnswer(region: string, waitedMs: number): Refusal {
  const text = `ERR region '${region}' did not answer within ${waitedMs} ms; the outcome is unknown`;
  return { status: 504, text, code: "no-answer", retryLater: false };
}

export function tooManyInFlight(region: string, most: number): Refusal {
  const text = `ERR max requests in flight to region '${region}' exceeded. Limit: ${most}; nothing was done`;
  return { status: 503, text, code: "too-many-in-flight", retryLater: true };
}

export function badRequest(why: string): Refusal {
  return { status: 400, text: `ERR bad request: ${why}`, code: "bad-request", retryLater: false };
}

export function headersTooLarge(most: number): Refusal {
  const text = `ERR max header size exceeded. Limit: ${most} bytes; send large values in a body`;
  return { status: 431, text, code: "headers-too-large", retryLater: false };
}

export function requestTimedOut(): Refusal {
  return { status: 408, text: "ERR the request did not arrive in time", code: "request-timed-out", retryLater: false };
}

export function methodNotAllowed(method: string): Refusal {
  return {
    status: 405,
    text: `ERR method ${method.slice(0, 32)} is not allowed`,
    code: "method-not-allowed",
    retryLater: false,
  };
}

export function refusalBody(refusal: Refusal): string {
  return JSON.stringify({ error: refusal.text });
}
