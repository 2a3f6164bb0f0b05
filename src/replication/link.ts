import type { OriginId, RegionName } from "../crdt/origin.ts";
import type { ReplicationLimits } from "./limits.ts";

/** The socket under a link, as thin as can be. */
export interface Wire {
  send(frame: Buffer): void;
  /** Bytes given to `send` that have not left yet. */
  bufferedBytes(): number;
  /** False while a cap on its bandwidth is reached; true where there is none. */
  mayBulk?(): boolean;
  /** Bytes that have arrived, frames or not, where the socket can tell: a large frame on a thin link is progress too. */
  receivedBytes?(): number;
  /** Ends the connection; `closed` follows. */
  close(): void;
}

/** Whether a wire takes more of what is sent in bulk: batches and rows. What keeps a link alive is not asked. */
export function takesBulk(wire: Wire, { linkBufferedBytesMax }: ReplicationLimits): boolean {
  return wire.bufferedBytes() < linkBufferedBytesMax && (wire.mayBulk?.() ?? true);
}

/** Why a link ended. `retry` false: dialling again is useless until a person has changed something; it is tried rarely. */
export interface LinkEnd {
  readonly reason: string;
  readonly retry: boolean;
  /** `superseded`: a newer node runs under the same name. `evicted`: the region has left the database.
   * `stranger`: it is no member yet. */
  readonly code?: LinkEndCode;
}

export const LINK_END_CODES = ["superseded", "evicted", "stranger"] as const;
export type LinkEndCode = (typeof LINK_END_CODES)[number];

export interface LinkIdentity {
  readonly region: RegionName;
  readonly incarnation: OriginId;
}

/** What the two sides of a link have agreed on: features both have, and the lower of both limits. */
export interface LinkTerms {
  readonly features: readonly string[];
  readonly frameBytesMax: number;
  readonly batchBytesMax: number;
}

/**
 * Life of a link, each state with its own facts only. A *dialled* link is the one on which we subscribe, an *accepted* one that on
 * which we provide; heartbeats and what is known of all go both ways on both, what has just become durable on one of them.
 */
export type LinkState =
  | { readonly kind: "greeting"; readonly sinceMs: number; readonly nonce: string }
  | {
      readonly kind: "proving";
      readonly sinceMs: number;
      readonly peer: LinkIdentity;
      readonly nonce: string;
      readonly peerNonce: string;
      readonly terms: LinkTerms;
    }
  | { readonly kind: "open"; readonly peer: LinkIdentity; readonly terms: LinkTerms }
  | { readonly kind: "closed"; readonly end: LinkEnd };

/** One `lastProgress` clock decides that a link is dead: what was received is progress, nothing else is. */
export function isDead(state: LinkState, lastProgressMs: number, nowMs: number, limits: ReplicationLimits): boolean {
  switch (state.kind) {
    case "greeting":
    case "proving":
      return nowMs - state.sinceMs > limits.handshakeTimeoutMs;
    case "open":
      return nowMs - lastProgressMs > limits.deadAfterMs;
    case "closed":
      return false;
    default:
      return state satisfies never;
  }
}
