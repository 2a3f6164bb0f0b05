import type { Bag, Placed } from "../../base/bag.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { Confirmations } from "../../commands/confirmations.ts";
import type { Executor } from "../../commands/executor.ts";
import type { AddressRanges } from "../../sockets/address-ranges.ts";
import type { AccessTokens } from "./access-tokens.ts";
import type { EventStream } from "./event-stream.ts";
import type { RememberedAnswers } from "./remembered-answers.ts";
import type { ReplyGate } from "./reply-gate.ts";
import type { RequestBodies } from "./request-bodies.ts";
import type { RestLimits } from "./rest-limits.ts";
import type { SyncTokens } from "../../commands/sync-token.ts";

/** What the router is told of a region. */
export interface Readiness {
  readonly ready: boolean;
  /** `ready`, `starting`, `joining`, `draining` … */
  readonly state: string;
  readonly lagMs: number;
}

/** What is not over yet: a run of commands, a wait for other regions. */
export interface UnderWay extends Placed {
  /** The server drains: it ends with what it has. */
  hurry(): void;
}

/** What all requests of the door share. */
export interface RestDoor {
  readonly executor: Executor;
  readonly gate: ReplyGate;
  readonly tokens: AccessTokens;
  readonly bodies: RequestBodies;
  readonly syncTokens: SyncTokens;
  readonly remembered: RememberedAnswers;
  readonly limits: RestLimits;
  readonly region: string;
  readonly proxies: AddressRanges;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readiness: () => Readiness;
  /** What `GET /regions` answers: the regions and the addresses they announce. */
  readonly regions: () => unknown;
  readonly nextClientId: () => number;
  /** Answers end their connection from now on: one left open would hold up the end until its time is over. */
  isDraining: boolean;
  readonly confirmations: Confirmations;
  /** What is not over yet, and ends early when the server drains. */
  readonly runs: Bag<UnderWay>;
  /** Event streams that are open. */
  readonly streams: Set<EventStream>;
  /** Counts a stream that was cut because its reader did not read. */
  readonly streamCut: () => void;
  /** Counts an answer by its status. */
  readonly answered: (status: number) => void;
}
