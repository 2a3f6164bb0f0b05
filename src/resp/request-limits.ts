/** Limits on what a client may send, with their units, and with Redis' names where it has them. */
export interface RequestLimits {
  /** Bytes of one argument (`proto-max-bulk-len`). A JavaScript string ends just below 512 MB. */
  readonly bulkBytesMax: number;
  /** Bytes of one inline command or of a length line. */
  readonly inlineBytesMax: number;
  /**
   * Arguments of one command. Redis took a million until 6.2 and takes 2³¹-1 since; such an array would cost gigabytes
   * before the first of its commands ran.
   */
  readonly argumentsMax: number;
  /** Bytes of one command, all its arguments together (Redis bounds its buffer by `client-query-buffer-limit`). */
  readonly commandBytesMax: number;
  /** Before a client has authenticated: arguments, and bytes of each. */
  readonly strangerArgumentsMax: number;
  readonly strangerBulkBytesMax: number;
}

/** The longest string of V8 on 64 bits, 2²⁹-24 characters: no argument can be longer, whatever is configured. */
export const STRING_BYTES_MAX = 2 ** 29 - 24;

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  bulkBytesMax: STRING_BYTES_MAX,
  inlineBytesMax: 64 * 1024,
  argumentsMax: 1024 * 1024,
  commandBytesMax: 1024 * 1024 * 1024,
  strangerArgumentsMax: 10,
  strangerBulkBytesMax: 16 * 1024,
};

/** The same limits, with those that this machine cannot keep brought down to what it can. */
export function clampLimits(limits: RequestLimits): RequestLimits {
  return { ...limits, bulkBytesMax: Math.min(limits.bulkBytesMax, STRING_BYTES_MAX) };
}
