import { regionOfOrigin, type RegionName } from "../../../src/crdt/origin.ts";
import type { Coverage } from "./batch-book.ts";
import type { NamedDot } from "./door.ts";
import type { UniqueHow } from "./steps.ts";

/** The database that the checkers' own keys are in. */
export const LEDGER_DB = 9;

/** Something written once that nobody removes. */
export interface UniqueWrite {
  readonly how: UniqueHow | "follow";
  readonly value: string;
  readonly dot: NamedDot;
  /** Its writer was told so, or a reader was shown it: it may never go. */
  isPromised: boolean;
}

/** What the clients of a history know. */
export class Ledger {
  readonly uniques = new Map<string, UniqueWrite>();
  /** Effects, by the name of their cause. */
  readonly causes = new Map<string, string>();
  readonly counts: { readonly counter: string; readonly by: number; readonly dot: NamedDot }[] = [];
  readonly acknowledged: NamedDot[] = [];
  /** Batches of limits and locks, whether or not anybody was told. */
  readonly told: NamedDot[] = [];
  /** Lost with a disk before anybody else had it: no fault of the database. */
  readonly #excused = new Set<string>();
  #excusedRegions: ReadonlySet<RegionName> = new Set();

  wrote(name: string, write: Omit<UniqueWrite, "isPromised">): void {
    this.uniques.set(name, { ...write, isPromised: false });
  }

  promised(name: string): void {
    const write = this.uniques.get(name);
    if (write !== undefined) write.isPromised = true;
  }

  /** A disk is gone: what none of these covers is nowhere any more. */
  diskLost(held: readonly Coverage[]): void {
    const isHeld = (dot: NamedDot): boolean => held.some((covers) => covers(dot));
    const dots = [...this.acknowledged, ...this.told, ...[...this.uniques.values()].map(({ dot }) => dot)];
    for (const dot of dots) if (!isHeld(dot)) this.#excused.add(nameOf(dot));
  }

  /** Whatever these regions took may be missing. */
  excuseRegions(regions: ReadonlySet<RegionName>): void {
    this.#excusedRegions = regions;
  }

  isExcused(dot: NamedDot): boolean {
    if (this.#excusedRegions.has(regionOfOrigin(dot.origin))) return true;
    return this.isLost(dot);
  }

  /** Its only disk is gone. */
  isLost(dot: NamedDot): boolean {
    return this.#excused.has(nameOf(dot));
  }
}

function nameOf({ origin, sequence }: NamedDot): string {
  return `${origin}:${sequence}`;
}
