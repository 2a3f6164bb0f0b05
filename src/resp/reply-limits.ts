/** Limits on what a server may answer, with their units. */
export interface ReplyLimits {
  /** Bytes of one string. */
  readonly bulkBytesMax: number;
  /** Bytes of a line: a status, an error, a number, a length. */
  readonly lineBytesMax: number;
  /** Members of one array, set, map or push. */
  readonly membersMax: number;
  /** Arrays inside arrays. */
  readonly depthMax: number;
}

export const DEFAULT_REPLY_LIMITS: ReplyLimits = {
  bulkBytesMax: 2 ** 29 - 24,
  lineBytesMax: 64 * 1024,
  membersMax: 16 * 1024 * 1024,
  depthMax: 128,
};
