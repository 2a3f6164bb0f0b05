import type { HashFacet } from "./hash-facet.ts";
import type { HashView } from "./hash-port.ts";

/** Hashes up to this many fields are answered whole by HSCAN, as Redis does for its compact encoding. */
const HSCAN_WHOLE_FIELDS_MAX = 128;

/** A hash as commands see it: fields and shown values, at one instant. */
export function hashView(facet: HashFacet, nowMs: number): HashView {
  return {
    get size() {
      return facet.size - facet.expiredCount(nowMs);
    },
    get: (field) => facet.visibleField(field, nowMs)?.text() ?? null,
    has: (field) => facet.visibleField(field, nowMs) !== undefined,
    deadlineOf: (field) => (facet.visibleField(field, nowMs) === undefined ? undefined : facet.fieldDeadline(field)),
    *fields() {
      for (const [field] of facet.visibleEntries(nowMs)) yield field;
    },
    *entries() {
      for (const [field, register] of facet.visibleEntries(nowMs)) yield [field, register.text()!];
    },
    scan(cursor, count, visit) {
      if (facet.size <= HSCAN_WHOLE_FIELDS_MAX) {
        if (cursor === 0) for (const [field, register] of facet.visibleEntries(nowMs)) visit(field, register.text()!);
        return 0;
      }
      return facet.scan(cursor, count, (field, register) => {
        if (!facet.hasExpired(field, nowMs)) visit(field, register.text()!);
      });
    },
  };
}
