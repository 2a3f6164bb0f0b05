import { regionOfOrigin, type RegionName } from "../crdt/origin.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";

export interface PeerProgress {
  /** Batches this region is known to have issued that are not applied here. */
  readonly behindBatches: number;
  /** How long something of it has been missing, milliseconds; 0 when nothing is. */
  readonly lagMs: number;
}

/** How far behind each region's own word we are. */
export class Progress {
  readonly #latest = new Map<RegionName, MemberReport>();
  readonly #behindSinceMs = new Map<RegionName, number>();
  /** When each region's arrears last shrank. */
  readonly #moved = new Map<RegionName, { readonly behind: number; readonly atMs: number }>();
  #missing = false;
  readonly #behind = new Map<RegionName, number>();

  reported(report: MemberReport): void {
    const known = this.#latest.get(report.region);
    if (known === undefined || report.clockMs >= known.clockMs) this.#latest.set(report.region, report);
  }

  get heardFrom(): number {
    return this.#latest.size;
  }

  /** True when nothing that anyone said it has is missing here. */
  get caughtUp(): boolean {
    return !this.#missing;
  }

  /** Compares what was reported with what is applied; call now and then. */
  observe(replica: Replica, nowMs: number): void {
    this.#missing = false;
    for (const [region, report] of this.#latest) {
      let behind = 0;
      for (const [origin, sequence] of Object.entries(report.vector)) {
        const lacking = Math.max(0, sequence - replica.sequenceOf(origin));
        if (lacking > 0) this.#missing = true;
        if (regionOfOrigin(origin) === region) behind += lacking;
      }
      this.#behind.set(region, behind);
      if (behind === 0) this.#behindSinceMs.delete(region);
      else if (!this.#behindSinceMs.has(region)) this.#behindSinceMs.set(region, nowMs);
      const moved = this.#moved.get(region);
      if (moved === undefined || moved.behind > behind || behind === 0)
        this.#moved.set(region, { behind, atMs: nowMs });
      else if (moved.behind < behind) this.#moved.set(region, { behind, atMs: moved.atMs });
    }
  }

  /** Regions of which something is missing and nothing has come for so long: their stream is asked for anew. */
  stalled(nowMs: number, afterMs: number): readonly RegionName[] {
    const stalled: RegionName[] = [];
    for (const [region, { behind, atMs }] of this.#moved) {
      if (behind === 0 || nowMs - atMs < afterMs) continue;
      stalled.push(region);
      this.#moved.set(region, { behind, atMs: nowMs });
    }
    return stalled;
  }

  of(region: RegionName, nowMs: number): PeerProgress {
    const sinceMs = this.#behindSinceMs.get(region);
    return { behindBatches: this.#behind.get(region) ?? 0, lagMs: sinceMs === undefined ? 0 : nowMs - sinceMs };
  }
}
