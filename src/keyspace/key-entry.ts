import { assert } from "../base/assert.ts";
import { NO_DEADLINE, type DeadlineMs } from "../crdt/deadline.ts";
import type { KeyType } from "../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../crdt/origin.ts";
import type { Facet } from "./types/facet.ts";

/** Estimated bytes of a key's entry besides its facets: object, Map slot, key string. */
const ENTRY_OVERHEAD_BYTES = 160;

// Two flags, above them the upper word of the indexed deadline, above that the database.
const HAS_DEADLINE = 1;
const HAS_CONFLICT = 2;
const INDEXED_SHIFT = 2;
const INDEXED_MASK = (2 ** 21 - 1) << INDEXED_SHIFT;
const DB_SHIFT = 23;
/** The lower word of a deadline. */
const WORD = 2 ** 32;

/** Names of elements: a few as a list, which takes a quarter of what a Set takes; more as a Set. */
export type ChangedElements = readonly string[] | Set<string>;

/**
 * One key in memory: its facets and what the house needs to know about it. An entry without facets is an *absence*: the key
 * was deleted and its rows on disk, if any, are not gone yet.
 */
export class KeyEntry {
  readonly key: string;
  /** The facet shown; null in an absence. */
  facet: Facet | null = null;
  /** Facets of other types that lost to it. */
  hidden: Facet[] | null = null;
  /** Log position of the last batch that changed this key: who reads it waits for that. */
  lsn = 0;
  /** Coarse time of last use, seconds since the process started. */
  usedAtS = 0;
  /** The checkpoint generation that its latest change belongs to. */
  generation = 0;
  /** Elements changed since the last checkpoint; "all" when rows must be rewritten whole; null when clean. */
  changed: ChangedElements | "all" | null = null;
  // There are as many of these as keys in memory. A number beyond 31 bits and a sign is an object of its own to V8, and a flag
  // takes a word: so the hash is kept signed, the deadline in two parts, and small things share one number.
  readonly #signedHash: number;
  #packed: number;
  #indexedLow = 0;

  constructor(db: number, key: string, hash: number) {
    this.key = key;
    this.#signedHash = hash | 0;
    this.#packed = db << DB_SHIFT;
  }

  get db(): number {
    return this.#packed >> DB_SHIFT;
  }

  /** 32 bits, unsigned. */
  get hash(): number {
    return this.#signedHash >>> 0;
  }

  /** It counts among the keys that have a deadline. */
  get hasDeadline(): boolean {
    return (this.#packed & HAS_DEADLINE) !== 0;
  }

  set hasDeadline(has: boolean) {
    this.#packed = has ? this.#packed | HAS_DEADLINE : this.#packed & ~HAS_DEADLINE;
  }

  /** It counts among the keys with something concurrent in them. */
  get hasConflict(): boolean {
    return (this.#packed & HAS_CONFLICT) !== 0;
  }

  set hasConflict(has: boolean) {
    this.#packed = has ? this.#packed | HAS_CONFLICT : this.#packed & ~HAS_CONFLICT;
  }

  /** The deadline its row in the expiry index was last written for; NO_DEADLINE when there is none. */
  get indexedDeadlineMs(): DeadlineMs {
    return ((this.#packed & INDEXED_MASK) >> INDEXED_SHIFT) * WORD + (this.#indexedLow >>> 0);
  }

  set indexedDeadlineMs(deadlineMs: DeadlineMs) {
    assert(deadlineMs >= 0 && deadlineMs <= Number.MAX_SAFE_INTEGER, "a deadline is out of its range");
    this.#packed = (this.#packed & ~INDEXED_MASK) | (Math.floor(deadlineMs / WORD) << INDEXED_SHIFT);
    this.#indexedLow = deadlineMs | 0;
  }

  get bytes(): number {
    let bytes = ENTRY_OVERHEAD_BYTES + this.key.length;
    if (this.facet !== null) bytes += this.facet.bytes;
    if (this.hidden !== null) for (const facet of this.hidden) bytes += facet.bytes;
    return bytes;
  }

  /** What was read back: the facet that is shown first. */
  hold(facets: readonly Facet[]): void {
    this.facet = facets[0] ?? null;
    this.hidden = facets.length > 1 ? facets.slice(1) : null;
    this.hasDeadline = this.endsSomeday;
    this.hasConflict = this.isConflicted;
  }

  /** What it shows has a deadline. */
  get endsSomeday(): boolean {
    return this.facet !== null && this.facet.deadline() !== NO_DEADLINE;
  }

  facets(): readonly Facet[] {
    if (this.facet === null) return [];
    return this.hidden === null ? [this.facet] : [this.facet, ...this.hidden];
  }

  facetOf(type: KeyType): Facet | null {
    if (this.facet?.type === type) return this.facet;
    return this.hidden?.find((facet) => facet.type === type) ?? null;
  }

  /** The facet shown at `nowMs`: the winner is chosen first and expiry applied then, so nothing hidden comes back by expiry. */
  visible(nowMs: number): Facet | null {
    const facet = this.facet;
    if (facet === null) return null;
    return facet.isVisible(nowMs) ? facet : null;
  }

  addFacet(facet: Facet): void {
    if (this.facet === null) this.facet = facet;
    else (this.hidden ??= []).push(facet);
  }

  /** Drops empty facets and shows the type whose newest write has the highest (stamp, origin). */
  settle(origins: OriginTable): void {
    if (this.hidden === null) {
      if (this.facet !== null && this.facet.isEmpty) this.facet = null;
      return;
    }
    const live = this.facets().filter((facet) => !facet.isEmpty);
    let winner: Facet | null = null;
    for (const facet of live) {
      if (winner === null || isNewer(facet, winner, origins)) winner = facet;
    }
    this.facet = winner;
    const hidden = live.filter((facet) => facet !== winner);
    this.hidden = hidden.length === 0 ? null : hidden;
  }

  /** A hidden type, or values beside the one shown (rows K1, S1, H1). */
  get isConflicted(): boolean {
    return this.hidden !== null || (this.facet?.isConflicted ?? false);
  }

  get isUnfolded(): boolean {
    return this.facet !== null && (this.facet.isUnfolded || (this.hidden?.some((facet) => facet.isUnfolded) ?? false));
  }
}

function isNewer(left: Facet, right: Facet, origins: OriginTable): boolean {
  const newestLeft = left.newest(origins);
  const newestRight = right.newest(origins);
  if (newestLeft.stamp !== newestRight.stamp) return newestLeft.stamp > newestRight.stamp;
  const byOrigin = origins.compare(newestLeft.origin, newestRight.origin);
  // Two types in one batch: the operations' order decided at the origin, and only one can have survived there.
  return byOrigin === 0 ? left.type > right.type : byOrigin > 0;
}
