import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from "../../resp/request-decoder.ts";

/** Limits of one Redis-protocol connection, with their units. */
export interface RespLimits {
  readonly request: RequestLimits;
  /** Replies a client has not taken: beyond it the connection is closed, as `client-output-buffer-limit` does. */
  readonly outputBytesMax: number;
  /** Reading pauses while this much output waits, for durability or for the client. */
  readonly outputBytesPause: number;
  /** Commands decoded from one chunk before others get a turn. */
  readonly commandsPerTurnMax: number;
  /** Bytes received behind a command that waits before reading pauses. */
  readonly pendingBytesMax: number;
  /** A connection silent for so long is closed; 0: never. */
  readonly idleTimeoutMs: number;
}

export const DEFAULT_RESP_LIMITS: RespLimits = {
  request: DEFAULT_REQUEST_LIMITS,
  outputBytesMax: 1024 * 1024 * 1024,
  outputBytesPause: 16 * 1024 * 1024,
  commandsPerTurnMax: 20_000,
  pendingBytesMax: 4 * 1024 * 1024,
  idleTimeoutMs: 0,
};
