import type { DocumentEdit, Place } from "../../crdt/document/edit.ts";
import type { JsonValue } from "../../crdt/document/json-value.ts";
import { MapNode } from "../../crdt/document/view.ts";
import type { DocumentSight } from "../../keyspace/types/document/document-port.ts";
import type { CommandCall } from "../command-call.ts";
import { checkDepth, matchesOf } from "./json-documents.ts";
import { INDEX_OUT_OF_RANGE, NOT_STATIC, NO_KEY_AT_END } from "./json-refusals.ts";
import { findMatches, type Match } from "./path-evaluator.ts";
import { isStatic, type JsonPath } from "./path.ts";

/** Where a value goes: what a path finds, or else the one key that its last step names. */
export interface SetPlan {
  readonly matches: readonly Match[];
  readonly added: readonly Place[];
}

/** Null when nothing is to be written: NX or XX forbids it, or the path leads nowhere. */
export function planSet(
  sight: DocumentSight,
  path: JsonPath,
  value: JsonValue,
  condition: "NX" | "XX" | null,
  call: CommandCall,
): SetPlan | null {
  const matches = matchesOf(sight, path, call);
  if (matches.length > 0) {
    if (condition === "NX") return null;
    for (const match of matches) checkDepth(match, value);
    return { matches: shallowFirst(matches), added: [] };
  }
  if (condition === "XX") return null;
  if (!isStatic(path.steps)) throw NOT_STATIC;
  const last = path.steps.at(-1);
  if (last === undefined) throw NO_KEY_AT_END;
  if (last.kind !== "keys") throw INDEX_OUT_OF_RANGE;
  const added: Place[] = [];
  for (const parent of findMatches(sight, path.steps.slice(0, -1))) {
    checkDepth(parent, value, 1);
    if (parent.node instanceof MapNode) added.push({ map: parent.node, key: last.keys[0]! });
  }
  return added.length === 0 ? null : { matches: [], added };
}

export function applyPlan(edit: DocumentEdit, plan: SetPlan, value: JsonValue): void {
  for (const { place } of plan.matches) edit.set(place, value);
  for (const place of plan.added) edit.set(place, value);
}

/** What contains another comes before it: the inner one is then written into what the outer one has become. */
function shallowFirst(matches: readonly Match[]): readonly Match[] {
  if (matches.length < 2) return matches;
  return matches.toSorted((left, right) => (left.route?.depth ?? 0) - (right.route?.depth ?? 0));
}
