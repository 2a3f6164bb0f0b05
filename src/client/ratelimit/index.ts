/**
 * `antipode/ratelimit`: limits that hold in all regions together, decided in the region that is asked. It imports no framework and no
 * client library: the caller hands over what it uses.
 */
export { fixedWindow, slidingWindow, tokenBucket, type RateAlgorithm } from "./algorithms.ts";
export { RateLimiter, type RateLimiterOptions, type RateLimitResult } from "./rate-limiter.ts";
export { RateLimitOptionError, RateLimitUnavailableError } from "./rate-limit-errors.ts";
export { ClientOptionError } from "../callers/client-option-error.ts";
export { limitHeaders } from "./limit-headers.ts";
export { expressRateLimit, fastifyRateLimit, type RateLimitMiddlewareOptions } from "./middleware.ts";
