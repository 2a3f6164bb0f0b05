import type { DeadlineMs } from "../../../crdt/deadline.ts";
import type { HashFacet } from "./hash-facet.ts";
import type { HashView } from "./hash-port.ts";

/** Hashes up to this many fields are answered whole by HSCAN, as Redis does for its compact encoding. */
const HSCAN_WHOLE_FIELDS_MAX = 128;

/** A hash as commands see it: fields and shown values, at one instant. Made at every look, so it is one small object. */
export class HashFacetView implements HashView {
  readonly #facet: HashFacet;
  readonly #nowMs: number;

  constructor(facet: HashFacet, nowMs: number) {
    this.#facet = facet;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#facet.size - this.#facet.expiredCount(this.#nowMs);
  }

  get(field: string): string | null {
    return this.#facet.visibleField(field, this.#nowMs)?.text() ?? null;
  }

  has(field: string): boolean {
    return this.#facet.visibleField(field, this.#nowMs) !== undefined;
  }

  deadlineOf(field: string): DeadlineMs | undefined {
    return this.has(field) ? this.#facet.fieldDeadline(field) : undefined;
  }

  *fields(): Generator<string> {
    for (const [field] of this.#facet.visibleEntries(this.#nowMs)) yield field;
  }

  *entries(): Generator<readonly [string, string]> {
    for (const [field, register] of this.#facet.visibleEntries(this.#nowMs)) yield [field, register.text()!];
  }

  scan(cursor: number, count: number, visit: (field: string, value: string) => void): number {
    const facet = this.#facet;
    if (facet.size <= HSCAN_WHOLE_FIELDS_MAX) {
      if (cursor === 0) for (const [field, value] of this.entries()) visit(field, value);
      return 0;
    }
    return facet.scan(cursor, count, (field, register) => {
      if (!facet.hasExpired(field, this.#nowMs)) visit(field, register.text()!);
    });
  }
}
