import type { OriginTable, RegionName } from "../crdt/origin.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { MemberReport } from "./replica-port.ts";

/**
 * What is *stable*: covered by the acknowledged vector of every member, when we have also applied all that each member had
 * issued by then. Nothing concurrent to a stable dot can still arrive, so what was kept only for concurrency may go.
 *
 * A report says "I have this vector durably, my own batches included, and my wall clock reads that". It counts once its
 * reporter's own batches in it are applied here. A report that never becomes usable under steady traffic must not starve, so
 * one candidate waits while newer ones replace each other behind it.
 */
export class Stability {
  readonly #origins: OriginTable;
  readonly #members = new Map<RegionName, MemberState>();
  readonly #own: RegionName;
  #gone: ReadonlySet<RegionName> = new Set();

  constructor(own: RegionName, members: readonly RegionName[], origins: OriginTable) {
    this.#own = own;
    this.#origins = origins;
    for (const region of members) if (region !== own) this.#members.set(region, emptyState());
  }

  /** The region has left, and all that will ever come of it is applied here. */
  hasLeft(region: RegionName): boolean {
    return this.#gone.has(region);
  }

  /** Whose word is needed from now on, and who is gone; what is known of those who stay is kept. */
  setMembers(members: readonly RegionName[], gone: readonly RegionName[]): void {
    this.#gone = new Set(gone);
    for (const region of this.#members.keys()) if (!members.includes(region)) this.#members.delete(region);
    for (const region of members) {
      if (region !== this.#own && !this.#members.has(region)) this.#members.set(region, emptyState());
    }
  }

  /**
   * Takes a report; older ones than what is known are ignored. Unknown regions are not members and change nothing. `begins`: the first
   * word of another process counts in any case. If it has less, its disk was lost, and what was acknowledged is not any more: else
   * nothing would ever be stable again, because no later word would contain what nobody has.
   */
  report(report: MemberReport, applied: VersionVector, begins = false): boolean {
    const state = this.#members.get(report.region);
    if (state === undefined) return false;
    const latest = state.newest ?? state.candidate ?? state.usable;
    const parsed = { report, vector: VersionVector.fromNamed(report.vector, this.#origins) };
    if (latest !== null && !isNewer(parsed, latest)) {
      if (!begins || parsed.vector.includes(latest.vector)) return false;
      state.usable = state.candidate = state.newest = null;
    }
    if (state.candidate === null) state.candidate = parsed;
    else state.newest = parsed;
    this.advance(applied);
    return true;
  }

  /** Looks again which candidates have become usable: after batches were applied. */
  advance(applied: VersionVector): void {
    for (const [region, state] of this.#members) {
      while (state.candidate !== null && this.#isUsable(region, state.candidate, applied)) {
        state.usable = state.candidate;
        state.candidate = state.newest;
        state.newest = null;
      }
    }
  }

  /**
   * Nothing is called stable. So it is while a region does not serve yet: what it was started with may name one member of many, and
   * what that one has says nothing of what the others still send.
   */
  isHeld = false;

  /** The stable frontier, given what is durable here. */
  frontier(durable: VersionVector): VersionVector {
    if (this.isHeld) return new VersionVector();
    let frontier = durable;
    for (const state of this.#members.values()) {
      if (state.usable === null) return new VersionVector();
      frontier = VersionVector.intersection(frontier, state.usable.vector);
    }
    return frontier.copy();
  }

  /** The lowest wall clock among members at their usable reports; ours when alone. */
  clockMs(ownMs: number): number {
    let clockMs = ownMs;
    for (const state of this.#members.values()) clockMs = Math.min(clockMs, state.usable?.report.clockMs ?? 0);
    return clockMs;
  }

  otherRegions(): readonly RegionName[] {
    return [...this.#members.keys()];
  }

  /** How long ago the slowest member's word was that counts; 0 when alone. Infinity before its first. */
  ageMs(nowMs: number): number {
    let ageMs = 0;
    for (const { usable } of this.#members.values()) {
      ageMs = Math.max(ageMs, usable === null ? Number.POSITIVE_INFINITY : nowMs - usable.report.clockMs);
    }
    return ageMs;
  }

  /** Latest report of every member but ourselves. */
  reports(): readonly MemberReport[] {
    const reports: MemberReport[] = [];
    for (const state of this.#members.values()) {
      const latest = state.newest ?? state.candidate ?? state.usable;
      if (latest !== null) reports.push(latest.report);
    }
    return reports;
  }

  /** What each other member said last that it has durably; nothing of those that have not spoken. */
  acknowledged(): readonly VersionVector[] {
    return [...this.#members.values()].map(
      ({ newest, candidate, usable }) => (newest ?? candidate ?? usable)?.vector ?? VersionVector.empty,
    );
  }

  get ownRegion(): RegionName {
    return this.#own;
  }

  #isUsable(region: RegionName, parsed: ParsedReport, applied: VersionVector): boolean {
    return parsed.vector.everyBeyond(
      applied.known,
      (origin, sequence) => this.#origins.region(origin) !== region || applied.covers(origin, sequence),
    );
  }
}

interface ParsedReport {
  readonly report: MemberReport;
  readonly vector: VersionVector;
}

interface MemberState {
  usable: ParsedReport | null;
  candidate: ParsedReport | null;
  newest: ParsedReport | null;
}

function emptyState(): MemberState {
  return { usable: null, candidate: null, newest: null };
}

/** By vector first: wall clocks may be set back, vectors never shrink. */
function isNewer({ report, vector }: ParsedReport, known: ParsedReport): boolean {
  if (!vector.includes(known.vector)) return false;
  return report.clockMs > known.report.clockMs || !known.vector.includes(vector);
}
