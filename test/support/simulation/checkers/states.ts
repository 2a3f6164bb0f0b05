import { canonicalKey, digestOf } from "../../../../src/keyspace/digest.ts";
import type { Keyspace } from "../../../../src/keyspace/keyspace.ts";
import { STORED_DATABASES } from "../../../../src/crdt/operations/operation-kind.ts";
import { namedIncludes, type NamedVector } from "../../../../src/crdt/version-vector.ts";
import type { ReferenceModel } from "../../reference-model.ts";
import { visibleState } from "../../visible-state.ts";
import type { NamedDot } from "../door.ts";
import { Violation } from "../violation.ts";

/** What states of regions may be compared with: each other, and the model. */

/** A region as these checkers see it. */
export interface JudgedRegion {
  readonly name: string;
  readonly keyspace: Keyspace;
}

/** Equal vectors, equal bytes. */
export function checkConvergence(regions: readonly JudgedRegion[], atMs: number): number {
  let compared = 0;
  for (const [index, left] of regions.entries()) {
    for (const right of regions.slice(index + 1)) {
      if (!areEqual(left.keyspace.vector(), right.keyspace.vector())) continue;
      compared++;
      if (digestOf(left.keyspace, atMs).digest === digestOf(right.keyspace, atMs).digest) continue;
      throw new Violation("convergence", differences(left, right, atMs).join("; "));
    }
  }
  return compared;
}

/** After quiescence everybody has everything. */
export function checkDelivery(regions: readonly JudgedRegion[]): void {
  for (const left of regions) {
    for (const right of regions) {
      const lacks = Object.entries(left.keyspace.vector()).filter(
        ([id, sequence]) => !right.keyspace.covers(id, sequence),
      );
      if (lacks.length === 0) continue;
      const wanted = lacks.map(([id, sequence]) => `${id}:${sequence}`).join(", ");
      throw new Violation("delivery", `${right.name} still lacks ${wanted} of ${left.name}'s`);
    }
  }
}

/** Every batch whose writer was told that it is durable is here. */
export function checkAcknowledged(
  { name, keyspace }: JudgedRegion,
  acknowledged: readonly NamedDot[],
  isExcused: (dot: NamedDot) => boolean,
): void {
  const lost = acknowledged.find((dot) => !keyspace.covers(dot.origin, dot.sequence) && !isExcused(dot));
  if (lost === undefined) return;
  throw new Violation(
    "acknowledged writes",
    `${name} lacks batch ${lost.origin}:${lost.sequence}, which was acknowledged`,
  );
}

/** The visible state of database 0 is what the contract says of the set of batches; `skip`: keys it has no model for. */
export function checkModel(
  { name, keyspace }: JudgedRegion,
  model: ReferenceModel,
  atMs: number,
  skip: ReadonlySet<string>,
): void {
  const expected = model.stateAt(keyspace.vector(), atMs);
  const seen = visibleState(
    keyspace,
    [...new Set([...keyspaceKeys(keyspace), ...Object.keys(expected)])].filter((key) => !skip.has(key)),
  );
  for (const key of new Set([...Object.keys(seen), ...Object.keys(expected)])) {
    if (skip.has(key)) continue;
    const [shown, wanted] = [canonicalText(seen[key]), canonicalText(expected[key])];
    if (shown !== wanted)
      throw new Violation("reference model", `${name} shows ${key} as ${shown}, the model ${wanted}`);
  }
}

function* keyspaceKeys(keyspace: Keyspace): Generator<string> {
  keyspace.state.table.loadAll(0);
  for (const entry of keyspace.state.table.resident(0)) if (entry.facet !== null) yield entry.key;
}

/** The same text whatever the order of an object's keys. */
function canonicalText(value: unknown): string {
  const sorted = (_key: string, one: unknown): unknown =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : one;
  return JSON.stringify(value, sorted) ?? "nothing";
}

function areEqual(left: NamedVector, right: NamedVector): boolean {
  return namedIncludes(left, right) && namedIncludes(right, left);
}

function differences(left: JudgedRegion, right: JudgedRegion, atMs: number): string[] {
  const [ours, theirs] = [canonicalKeys(left.keyspace, atMs), canonicalKeys(right.keyspace, atMs)];
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  return [...names]
    .filter((name) => ours.get(name) !== theirs.get(name))
    .slice(0, 3)
    .map(
      (name) =>
        `${name}: ${left.name} has ${ours.get(name) ?? "nothing"}, ${right.name} ${theirs.get(name) ?? "nothing"}`,
    );
}

function canonicalKeys({ state }: Keyspace, atMs: number): Map<string, string> {
  const keys = new Map<string, string>();
  for (let db = 0; db < STORED_DATABASES; db++) {
    for (const entry of state.table.resident(db)) {
      if (entry.visible(atMs) === null) continue;
      keys.set(`${db}/${entry.key}`, JSON.stringify(canonicalKey(entry, state.origins, atMs).toString("latin1")));
    }
  }
  return keys;
}
