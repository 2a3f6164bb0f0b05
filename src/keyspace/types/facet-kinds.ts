import type { KeyType } from "../../crdt/operations/operation-kind.ts";
import { DOCUMENT_KIND } from "./document/document-facet.ts";
import type { FacetKind } from "./facet.ts";
import { HASH_KIND } from "./hash/hash-facet.ts";
import { LIMIT_KIND } from "./limit/limit-facet.ts";
import { LIST_KIND } from "./list/list-facet.ts";
import { SET_KIND } from "./set/set-facet.ts";
import { STREAM_KIND } from "./stream/stream-facet.ts";
import { SKETCH_KIND } from "./sketch/sketch-facet.ts";
import { STRING_KIND } from "./string/string-facet.ts";
import { SORTED_SET_KIND } from "./zset/sorted-set-facet.ts";

/** Every type of value. A new type does not compile until it is here. */
export const FACET_KINDS: Readonly<Record<KeyType, FacetKind>> = {
  string: STRING_KIND,
  hash: HASH_KIND,
  set: SET_KIND,
  sketch: SKETCH_KIND,
  "ReJSON-RL": DOCUMENT_KIND,
  limit: LIMIT_KIND,
  list: LIST_KIND,
  stream: STREAM_KIND,
  zset: SORTED_SET_KIND,
};
