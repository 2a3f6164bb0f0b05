import { backoffMs } from "../base/backoff.ts";
import type { Random } from "../base/random.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { LinkEnd } from "./link.ts";

/** Dialling again after a refusal that only a person can mend. */
const REFUSED_REDIAL_MS = 30_000;

/**
 * When to dial whom. Backoff with jitter grows with every failure, and is forgotten only by a link that stayed open: a peer
 * whose stream breaks as soon as it begins must not be dialled as if each connection were a success.
 */
export class Dials {
  readonly #limits: ReplicationLimits;
  readonly #random: Random;
  readonly #dials = new Map<RegionName, Dial>();

  constructor(peers: readonly RegionName[], limits: ReplicationLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    for (const peer of peers)
      this.#dials.set(peer, { state: { kind: "waiting", atMs: 0 }, attempt: 0, lastError: null, refused: false });
  }

  /** Peers to be dialled now; each counts as being dialled from here on. */
  due(nowMs: number): readonly RegionName[] {
    const due: RegionName[] = [];
    for (const [peer, dial] of this.#dials) {
      if (dial.state.kind !== "waiting" || nowMs < dial.state.atMs) continue;
      dial.state = { kind: "dialling" };
      due.push(peer);
    }
    return due;
  }

  /** The handshake with `peer` succeeded. */
  opened(peer: RegionName, nowMs: number): void {
    this.#dials.get(peer)!.state = { kind: "open", sinceMs: nowMs };
  }

  /** A dial failed or its link ended. `isNews` false when it is the same failure as last time. */
  ended(peer: RegionName, end: LinkEnd, nowMs: number): { readonly waitMs: number; readonly isNews: boolean } {
    const dial = this.#dials.get(peer)!;
    const { redialFirstMs, redialMaxMs, deadAfterMs } = this.#limits;
    if (dial.state.kind === "open" && nowMs - dial.state.sinceMs >= deadAfterMs) dial.attempt = 0;
    const isNews = dial.attempt === 0 || end.reason !== dial.lastError;
    const waitMs = end.retry
      ? backoffMs(dial.attempt, { firstMs: redialFirstMs, maxMs: redialMaxMs }, this.#random)
      : REFUSED_REDIAL_MS;
    dial.state = { kind: "waiting", atMs: nowMs + waitMs };
    dial.attempt++;
    dial.lastError = end.reason;
    dial.refused = end.code === "stranger";
    return { waitMs, isNews };
  }

  /** It is there: it has just dialled us. */
  nudge(peer: RegionName, nowMs: number): void {
    const dial = this.#dials.get(peer);
    if (dial?.state.kind === "waiting") dial.state = { kind: "waiting", atMs: nowMs };
  }

  /** Somebody answered, and does not know of us. */
  get isRefused(): boolean {
    return [...this.#dials.values()].some(({ state, refused }) => state.kind === "waiting" && refused);
  }

  /** It was tried, and is not open. */
  hasFailed(peer: RegionName): boolean {
    const dial = this.#dials.get(peer)!;
    return dial.state.kind !== "open" && dial.lastError !== null;
  }

  lastError(peer: RegionName): string | null {
    return this.#dials.get(peer)!.lastError;
  }
}

interface Dial {
  state:
    | { readonly kind: "waiting"; readonly atMs: number }
    | { readonly kind: "dialling" }
    | { readonly kind: "open"; readonly sinceMs: number };
  attempt: number;
  lastError: string | null;
  refused: boolean;
}
