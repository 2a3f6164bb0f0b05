import type { KeyEntry } from "./key-entry.ts";
import type { Keyspace } from "./keyspace.ts";

/** Entries looked at in one slice, and estimated bytes of those that were tried to be packed, each at least so many: about a millisecond. */
const LOOK_SLICE_KEYS = 8192;
const PACK_SLICE_BYTES = 192 * 1024;
const TRIED_BYTES_MIN = 768;
/** What is larger stays as it is, or is packed where it is: little is done for it. */
const TRIED_BYTES_MAX = 24 * 1024;
/** A pass over all keys begins so often while keys are not used long enough to be packed. */
const PASSES_PER_WAIT = 4;
/** So many packed entries leave some 20 MB to the collector. */
const RESTED_KEYS_MIN = 32_768;
/** It goes through the heap so often for them, so far apart: where it found little left it moves that together at the next time. */
const COLLECTIONS = 8;
const COLLECT_EVERY_S = 2;

/**
 * Packs the entries that nobody used for a while (`packAfterS`): of a store of sessions that is most of them. One is some ten objects
 * of V8, half of what a key takes and all that its collector has to go through; packed it is a string and a number. Where all entries
 * take no more than `packFromBytes` none is. Passes over all keys in slices: slowly while clients are served, as fast as it can while nothing is asked.
 */
export class EntryPacker {
  readonly #keyspace: Keyspace;
  #hand: Iterator<KeyEntry | null> | null = null;
  #nextPassS = 0;
  #nextCollectionS = 0;
  /** What clients and peers had asked for at the last slice. */
  #askedBefore = 0;
  #packedSince = 0;
  /** Since the collector could have been told last. */
  #wasAsked = false;
  #collectionsLeft = 0;
  /** Many entries were packed, and nothing is asked for: their objects could be collected now. */
  onRested: () => void = () => {};

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** True: nobody is kept waiting by more of it. */
  tick(): boolean {
    const { limits, nowS } = this.#keyspace;
    if (limits.packAfterS === null) return false;
    const isAsked = this.#isAsked();
    this.#wasAsked ||= isAsked;
    if (this.#hand === null) {
      if (nowS >= this.#nextCollectionS) this.#collect(nowS);
      if (nowS < this.#nextPassS) return false;
      this.#nextPassS = nowS + Math.ceil(limits.packAfterS / PASSES_PER_WAIT);
      const { table, memoryUsedBytes } = this.#keyspace.state;
      if (table.packedKeys === table.residentKeys || memoryUsedBytes < limits.packFromBytes) return false;
      this.#hand = table.unpacked();
    }
    return this.#packSome(this.#hand, nowS - limits.packAfterS) && !isAsked;
  }

  #collect(nowS: number): void {
    this.#nextCollectionS = nowS + COLLECT_EVERY_S;
    const isQuiet = !this.#wasAsked;
    this.#wasAsked = false;
    if (!isQuiet) return;
    if (this.#packedSince >= RESTED_KEYS_MIN) {
      this.#packedSince = 0;
      this.#collectionsLeft = COLLECTIONS;
    }
    if (this.#collectionsLeft === 0) return;
    this.#collectionsLeft--;
    this.onRested();
  }

  /** Packs some of what was not used since then. True: there is more to look at. */
  #packSome(hand: Iterator<KeyEntry | null>, sinceS: number): boolean {
    const { state, checkpointer, limits } = this.#keyspace;
    if (state.memoryUsedBytes < limits.packFromBytes) {
      this.#hand = null;
      return false;
    }
    let tried = 0;
    for (let looked = 0; looked < LOOK_SLICE_KEYS && tried < PACK_SLICE_BYTES; looked++) {
      const next = hand.next();
      if (next.done === true) {
        this.#hand = null;
        return false;
      }
      const entry = next.value;
      if (entry === null || entry.usedAtS > sinceS || !checkpointer.isClean(entry)) continue;
      tried += Math.min(TRIED_BYTES_MAX, Math.max(TRIED_BYTES_MIN, entry.bytes));
      if (state.pack(entry)) this.#packedSince++;
    }
    return true;
  }

  #isAsked(): boolean {
    const { counters, appendedBytes } = this.#keyspace;
    const asked = counters.hits + counters.misses + appendedBytes;
    const isAsked = asked !== this.#askedBefore;
    this.#askedBefore = asked;
    return isAsked;
  }
}
