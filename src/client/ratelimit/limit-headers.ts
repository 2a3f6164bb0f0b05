import type { RateLimitResult } from "./rate-limiter.ts";

/** Header fields of an answer: those that clients know (`RateLimit-*`), and Retry-After for one that was refused. Whole seconds. */
export function limitHeaders({
  allowed,
  limit,
  remainingEverywhere,
  resetMs,
}: RateLimitResult): Record<string, string> {
  const resetS = String(Math.ceil(resetMs / 1000));
  return {
    "RateLimit-Limit": String(limit),
    "RateLimit-Remaining": String(Math.min(limit, remainingEverywhere)),
    "RateLimit-Reset": resetS,
    ...(allowed ? {} : { "Retry-After": resetS }),
  };
}
