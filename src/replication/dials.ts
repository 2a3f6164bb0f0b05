import { backoffMs } from "../base/backoff.ts";
import type { Random } from "../base/random.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { LinkEnd } from "./link.ts";

/** Dialling again after a refusal that only a person can mend. */
const REFUSED_REDIAL_MS = 30_000;
/** A peer that has just reached us answers in less than this part of `freshDialMs`, or the dial to it hangs. */
const NUDGED_PART = 1 / 4;
/** Dials that hang since the same moment do not go on in step: up to this part is added to `freshDialMs`. */
const FRESH_JITTER = 1 / 4;
/** A link that ends as soon as it opens costs its peer more than a dial that nothing answers: the cap of its backoff is as much higher. */
const BROKEN_LINK_FACTOR = 3;

/**
 * When to dial whom. What a black hole swallowed of a dial is not sent again when the road is whole, or late (TCP doubles its pauses):
 * a dial that hangs tells nothing of the road. Cutting it short would shut out a peer that is far or busy, so another is begun beside
 * it, as browsers do with a host's addresses (RFC 8305).
 *
 * [DL1] A dial that failed is followed by another after a backoff with jitter, so that regions which lost a peer together do not come
 *       back together. It grows with every failure and is forgotten only by a link that stayed open: a peer whose stream breaks as soon
 *       as it begins must not be dialled as if each connection were a success.
 * [DL2] A dial that has brought nothing for `freshDialMs` goes on, and another is begun beside it; `dialsAtOnceMax` at once. Each ends
 *       when a step of it (the upgrade, the handshake) takes longer than `handshakeTimeoutMs`.
 * [DL3] The first that is welcomed is the one; the others are let go. Of two that prove themselves the peer keeps the later one, which is ours.
 * [DL4] A peer whose own link to us opens can be reached: it is dialled at once, beside a dial that hangs.
 * [DL5] What only a person can mend is tried rarely.
 */
export class Dials {
  readonly #limits: ReplicationLimits;
  readonly #random: Random;
  readonly #dials = new Map<RegionName, Dial>();

  constructor(peers: readonly RegionName[], limits: ReplicationLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    for (const peer of peers) {
      const state = { kind: "away", underWay: 0, nextMs: 0, notBeforeMs: 0, heardMs: 0 } as const;
      this.#dials.set(peer, { state, failures: 0, lastError: null, refused: false });
    }
  }

  /** Peers to be dialled now; each counts as being dialled from here on. */
  due(nowMs: number): readonly RegionName[] {
    const { freshDialMs, dialsAtOnceMax } = this.#limits;
    const due: RegionName[] = [];
    for (const [peer, dial] of this.#dials) {
      if (dial.state.kind === "open" || nowMs < Math.max(dial.state.nextMs, dial.state.notBeforeMs)) continue;
      const { underWay } = dial.state;
      if (underWay >= dialsAtOnceMax) continue;
      const nextMs = nowMs + freshDialMs * (underWay === 0 ? 1 : 1 + FRESH_JITTER * this.#random.next());
      dial.state = { kind: "away", underWay: underWay + 1, heardMs: nowMs, nextMs, notBeforeMs: 0 };
      due.push(peer);
    }
    return due;
  }

  /** A dial to `peer` came a step further. */
  heard(peer: RegionName, nowMs: number): void {
    const dial = this.#dials.get(peer)!;
    if (dial.state.kind === "open") return;
    dial.state = { ...dial.state, heardMs: nowMs, nextMs: nowMs + this.#limits.freshDialMs };
  }

  /** All dials to `peer` but one were let go. */
  letGo(peer: RegionName): void {
    const dial = this.#dials.get(peer)!;
    if (dial.state.kind === "away") dial.state = { ...dial.state, underWay: 1 };
  }

  /** The handshake with `peer` succeeded. */
  opened(peer: RegionName, nowMs: number): void {
    this.#dials.get(peer)!.state = { kind: "open", sinceMs: nowMs };
  }

  /** A dial failed or its link ended. `isNews` false when it is the same failure as last time. */
  ended(peer: RegionName, end: LinkEnd, nowMs: number): { readonly waitMs: number; readonly isNews: boolean } {
    const dial = this.#dials.get(peer)!;
    const { redialFirstMs, redialMaxMs, deadAfterMs } = this.#limits;
    const { state } = dial;
    if (state.kind === "open" && nowMs - state.sinceMs >= deadAfterMs) dial.failures = 0;
    if (end.retry && state.kind === "away" && nowMs < state.notBeforeMs) {
      // One that hung beside the one that was refused: the refusal is what there is to know.
      dial.state = { ...state, underWay: Math.max(0, state.underWay - 1) };
      return { waitMs: Math.round(state.notBeforeMs - nowMs), isNews: false };
    }
    const isNews = dial.failures === 0 || end.reason !== dial.lastError;
    const maxMs = state.kind === "open" ? redialMaxMs * BROKEN_LINK_FACTOR : redialMaxMs;
    const againMs = nowMs + backoffMs(dial.failures, { firstMs: redialFirstMs, maxMs }, this.#random);
    // One that hung and fails at last does not put off the next.
    const nextMs = state.kind === "away" ? Math.max(nowMs, Math.min(state.nextMs, againMs)) : againMs;
    const notBeforeMs = end.retry ? 0 : nowMs + REFUSED_REDIAL_MS;
    const underWay = state.kind === "open" ? 0 : Math.max(0, state.underWay - 1);
    dial.state = { kind: "away", underWay, heardMs: nowMs, nextMs, notBeforeMs };
    dial.failures++;
    dial.lastError = end.reason;
    dial.refused = end.code === "stranger";
    return { waitMs: Math.round(Math.max(nextMs, notBeforeMs) - nowMs), isNews };
  }

  /** It is there: it has just dialled us. */
  nudge(peer: RegionName, nowMs: number): void {
    const dial = this.#dials.get(peer);
    if (dial === undefined || dial.state.kind === "open") return;
    const { underWay, heardMs, nextMs } = dial.state;
    const patientUntilMs = underWay === 0 ? nowMs : heardMs + this.#limits.freshDialMs * NUDGED_PART;
    dial.state = { ...dial.state, nextMs: Math.min(nextMs, Math.max(nowMs, patientUntilMs)), notBeforeMs: 0 };
  }

  /** Somebody answered, and does not know of us. */
  get isRefused(): boolean {
    return [...this.#dials.values()].some(
      ({ state, refused }) => state.kind === "away" && (state.underWay === 0 || state.notBeforeMs > 0) && refused,
    );
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
    | {
        readonly kind: "away";
        /** Dials that are neither open nor ended. */
        readonly underWay: number;
        /** When the latest began, or one of them came a step further. */
        readonly heardMs: number;
        /** When another is due, whatever becomes of these … */
        readonly nextMs: number;
        /** … but not before, when one was refused [DL5]. */
        readonly notBeforeMs: number;
      }
    | { readonly kind: "open"; readonly sinceMs: number };
  failures: number;
  lastError: string | null;
  refused: boolean;
}
