import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from "../../resp/request-limits.ts";

/** Limits of one Redis-protocol connection, with their units. */
export interface RespLimits {
  readonly request: RequestLimits;
  /** Replies a client has not taken: beyond it the connection is closed, as by the hard limit of `client-output-buffer-limit`. */
  readonly outputBytesMax: number;
  /** Its soft limit: a connection that is above `outputSoftBytes` for `outputSoftMs` without a break is closed; 0 bytes: never. */
  readonly outputSoftBytes: number;
  readonly outputSoftMs: number;
  /** The same for a connection that listens to messages, whose number nobody but their publishers decides. */
  readonly listenerBytesMax: number;
  readonly listenerSoftBytes: number;
  /** While this much output waits, for durability or for the client, no command is run and nothing is read. */
  readonly outputBytesPause: number;
  /** Commands of one connection before others get a turn. */
  readonly commandsPerTurnMax: number;
  /** Bytes received behind a command that waits before reading pauses. */
  readonly pendingBytesMax: number;
  /** A connection silent for so long is closed; 0: never. One that waits for its reply is not silent. */
  readonly idleTimeoutMs: number;
  /** After our last byte: how long a client may take nothing and not hang up before it is cut off. */
  readonly lingerMs: number;
  /** How often the three times above are looked at; they are kept to within one such step. */
  readonly sweepEveryMs: number;
}

export const DEFAULT_RESP_LIMITS: RespLimits = {
  request: DEFAULT_REQUEST_LIMITS,
  outputBytesMax: 1024 * 1024 * 1024,
  outputSoftBytes: 256 * 1024 * 1024,
  outputSoftMs: 60_000,
  listenerBytesMax: 32 * 1024 * 1024,
  listenerSoftBytes: 8 * 1024 * 1024,
  outputBytesPause: 16 * 1024 * 1024,
  commandsPerTurnMax: 2_000,
  pendingBytesMax: 1024 * 1024,
  idleTimeoutMs: 0,
  lingerMs: 1_000,
  sweepEveryMs: 250,
};
