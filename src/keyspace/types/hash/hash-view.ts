import type { HashFacet } from "./hash-facet.ts";
import type { HashView } from "./hash-port.ts";

/** Hashes up to this many fields are answered whole by HSCAN, as Redis does for its compact encoding. */
const HSCAN_WHOLE_FIELDS_MAX = 128;

/** A hash as commands see it: fields and shown values. */
export function hashView(facet: HashFacet): HashView {
  return {
    size: facet.size,
    get: (field) => facet.get(field)?.text() ?? null,
    has: (field) => facet.get(field) !== undefined,
    *fields() {
      for (const [field] of facet.entries()) yield field;
    },
    *entries() {
      for (const [field, register] of facet.entries()) yield [field, register.text()!];
    },
    scan(cursor, count, visit) {
      if (facet.size <= HSCAN_WHOLE_FIELDS_MAX) {
        if (cursor === 0) for (const [field, register] of facet.entries()) visit(field, register.text()!);
        return 0;
      }
      return facet.scan(cursor, count, (field, register) => visit(field, register.text()!));
    },
  };
}
