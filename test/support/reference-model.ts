import { Big } from "big.js";
import { decodeBatch } from "../../src/crdt/batch-decoder.ts";
import { ruleFor } from "../../src/crdt/key-class.ts";
import { isDatabaseOperation, type Operation } from "../../src/crdt/operation.ts";
import { ALL_DATABASES, OP, type KeyType } from "../../src/crdt/operations/operation-kind.ts";
import { OriginTable } from "../../src/crdt/origin.ts";
import { VersionVector } from "../../src/crdt/version-vector.ts";
import { retireIn } from "./reference/retired.ts";
import type { Batch } from "../../src/crdt/batch.ts";
import { compareModelPositions, positionsPut, removesPosition, type ModelPosition } from "./reference/lists.ts";
import { MAP_TYPES, mapTypeOf, namesOf, type MapType } from "./reference/map-types.ts";

/**
 * What the contract says, as directly as it can be said: a pure function of the *set* of batches, with no memory of the order
 * in which they came, nothing folded, nothing purged. Quadratic and proud of it. The engine must agree with it everywhere.
 */
export interface ModelKey {
  readonly type: KeyType;
  readonly deadlineMs: number;
  readonly value: string | readonly string[] | Readonly<Record<string, string>>;
  /** Fields that expire, of a hash. */
  readonly fieldDeadlines?: Readonly<Record<string, number>>;
}

const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";

interface Effect {
  readonly batch: Batch;
  readonly index: number;
  readonly operation: Operation;
}

export class ReferenceModel {
  readonly #origins = new OriginTable();
  readonly #batches = new Map<string, Batch>();

  add(bytes: Buffer): void {
    const batch = decodeBatch(bytes, this.#origins);
    const name = `${batch.origin}:${batch.sequence}`;
    if (this.#batches.has(name)) return;
    retireIn(this.#origins, batch);
    this.#batches.set(name, batch);
  }

  /** Visible keys of database 0 at `nowMs`, after the batches that `vector` (by origin id) covers. */
  stateAt(vector: Readonly<Record<string, number>>, nowMs: number): Record<string, ModelKey> {
    const effects: Effect[] = [];
    const known = VersionVector.fromNamed(vector, this.#origins);
    for (const batch of this.#batches.values()) {
      if (!known.covers(batch.origin, batch.sequence)) continue;
      for (const [index, operation] of batch.operations.entries()) effects.push({ batch, index, operation });
    }
    const keys = new Set<string>();
    for (const { operation } of effects) {
      if (!isDatabaseOperation(operation) && operation.db === 0) keys.add(operation.key);
    }
    const state: Record<string, ModelKey> = {};
    for (const key of [...keys].toSorted()) {
      const relevant = effects.filter(({ operation }) =>
        isDatabaseOperation(operation)
          ? operation.db === 0 || operation.db === ALL_DATABASES
          : operation.db === 0 && operation.key === key,
      );
      const ends = [...relevant.filter(({ operation }) => endsKey(operation, key)), ...this.#revocations(effects, key)];
      // Rows R1–R6: nothing counts that had not observed a delete that wins.
      const counted = relevant.filter((effect) => ends.every((end) => end === effect || this.#observed(effect, end)));
      const visible = this.#visible(counted, nowMs);
      if (visible !== null) state[key] = visible;
    }
    return state;
  }

  /** Revocations of the key's owner concurrent to the key's OWN: together they end it. */
  #revocations(effects: readonly Effect[], key: string): Effect[] {
    return effects.flatMap((own) => {
      const { operation } = own;
      if (operation.op !== OP.keyOwn || operation.sessionDb !== 0 || operation.session !== key) return [];
      const revocations = effects.filter(
        (other) =>
          other.operation.op === OP.userRevoke &&
          other.operation.key === operation.key &&
          !this.#observed(own, other) &&
          !this.#observed(other, own),
      );
      return revocations.length === 0 ? [] : [own, ...revocations];
    });
  }

  #visible(effects: readonly Effect[], nowMs: number): ModelKey | null {
    const facets = (["string", "list", ...MAP_TYPES.map((mapType) => mapType.type)] as const)
      .map((type) => ({ type, live: this.#liveElements(effects, type) }))
      .filter((facet) => facet.live.length > 0);
    const newest = (live: readonly Effect[]): Effect => live.toSorted((left, right) => this.#compare(right, left))[0]!;
    const winner = facets.toSorted((left, right) => this.#compare(newest(right.live), newest(left.live)))[0];
    if (winner === undefined) return null;
    const deadlineMs = this.#deadline(effects, winner.type, winner.live);
    if (deadlineMs !== 0 && deadlineMs <= nowMs) return null;
    const { type } = winner;
    if (type === "string") return { type, deadlineMs, value: this.#register(winner.live) };
    if (type === "list") return { type, deadlineMs, value: this.#list(effects, winner.live) };
    const mapType = mapTypeOf(type);
    const fields = [...new Set(winner.live.flatMap(({ operation }) => namesOf(mapType, operation)))].toSorted();
    const value: Record<string, string> = {};
    const fieldDeadlines: Record<string, number> = {};
    for (const field of fields) {
      const live = winner.live.filter((effect) => this.#elementLives(effects, effect, mapType, field));
      const endsMs =
        live.length === 0 || type !== "hash"
          ? 0
          : this.#longest(effects, fieldDeadlineRules(field), shownOrAll(live, this.#compare));
      if (live.length === 0 || (endsMs !== 0 && endsMs <= nowMs)) continue;
      value[field] = mapType.shown(this.#register(live, mapType, field));
      if (endsMs !== 0) fieldDeadlines[field] = endsMs;
    }
    if (Object.keys(value).length === 0) return null;
    return type === "hash" ? { type, deadlineMs, value, fieldDeadlines } : { type, deadlineMs, value };
  }

  #liveElements(effects: readonly Effect[], type: KeyType): Effect[] {
    return effects.filter((effect) => {
      const { operation } = effect;
      if (type === "string") {
        if (operation.op !== OP.stringSet && operation.op !== OP.stringAdd) return false;
        return !effects.some((other) => removesString(other.operation) && this.#observed(other, effect));
      }
      if (type === "list") return this.#livePositions(effects, effect).length > 0;
      const mapType = mapTypeOf(type);
      return namesOf(mapType, operation).some((name) => this.#elementLives(effects, effect, mapType, name));
    });
  }

  /** Rows L1–L9: of what is at one position the latest is shown, and positions have an order of their own. */
  #list(effects: readonly Effect[], live: readonly Effect[]): string[] {
    const elements = live.flatMap((effect) => {
      const { values } = effect.operation as { readonly values: readonly string[] };
      return this.#livePositions(effects, effect).map(([position, index]) => ({
        effect,
        position,
        value: values[index]!,
      }));
    });
    elements.sort(
      (left, right) => compareModelPositions(left.position, right.position) || this.#compare(right.effect, left.effect),
    );
    return elements
      .filter((one, at) => at === 0 || compareModelPositions(elements[at - 1]!.position, one.position) !== 0)
      .map(({ value }) => value);
  }

  /** Of the positions where the effect put something: those where nobody who saw it replaced or removed it. */
  #livePositions(effects: readonly Effect[], effect: Effect): (readonly [ModelPosition, number])[] {
    const originOf = (index: number): string => this.#origins.id(index);
    const placed = positionsPut(effect.operation, effect.batch, originOf).map((one, index) => [one, index] as const);
    if (placed.length === 0) return [];
    const observers = effects.filter((other) => this.#observed(other, effect));
    return placed.filter(
      ([position]) =>
        !observers.some(
          ({ operation, batch }) =>
            (operation.op === OP.keyKeep && operation.type !== "list") ||
            removesAll(operation) ||
            removesPosition(operation, batch, originOf, position),
        ),
    );
  }

  #elementLives(effects: readonly Effect[], effect: Effect, mapType: MapType, name: string): boolean {
    if (!namesOf(mapType, effect.operation).includes(name)) return false;
    return !effects.some((other) => removesElement(other.operation, mapType, name) && this.#observed(other, effect));
  }

  #deadline(effects: readonly Effect[], type: KeyType, live: readonly Effect[]): number {
    // A string's deadline belongs to the value shown; a collection's to anything in it.
    const elements = type === "string" ? shownOrAll(live, this.#compare) : live;
    return this.#longest(effects, deadlineRules(type), elements);
  }

  /** Of the deadlines that nothing replaced and that observed a live element: the longest set, else the longest re-asserted. */
  #longest(effects: readonly Effect[], rules: DeadlineRules, elements: readonly Effect[]): number {
    const said = effects.flatMap((effect) => {
      const says = rules.says(effect.operation);
      if (says === null) return [];
      const replaced = effects.some((other) => rules.replaces(other.operation) && this.#observed(other, effect));
      return !replaced && elements.some((element) => this.#covers(effect.batch, element.batch)) ? [says] : [];
    });
    const counted = said.some((one) => one.set) ? said.filter((one) => one.set) : said;
    if (counted.length === 0 || counted.some((one) => one.atMs === 0)) return 0;
    return Math.max(...counted.map((one) => one.atMs));
  }

  /** Of the string, or of one element. */
  #register(live: readonly Effect[], mapType?: MapType, name?: string): string {
    const newestFirst = live.toSorted((left, right) => this.#compare(right, left));
    const text = newestFirst.map(({ operation }) => baseText(operation, mapType, name)).find((one) => one !== null);
    const deltas = live.flatMap(({ operation }) => {
      const added = mapType?.adds(operation) ?? null;
      if (operation.op === OP.stringAdd) return [String(operation.delta)];
      return added === null ? [] : [added.delta];
    });
    if (deltas.length === 0) return text!;
    if (text !== undefined && !/^-?[0-9.]+$/u.test(text)) return text;
    const sum = deltas.reduce((total, delta) => total.plus(delta), new Big(text ?? "0"));
    // C10: of integers a sum that no region can have written is shown saturated.
    const areIntegers = [text ?? "0", ...deltas].every((one) => !one.includes("."));
    if (areIntegers && sum.gt(INT64_MAX)) return INT64_MAX;
    return areIntegers && sum.lt(INT64_MIN) ? INT64_MIN : sum.toFixed();
  }

  /** Rule 5: (stamp, origin, index). */
  readonly #compare = (left: Effect, right: Effect): number =>
    left.batch.stamp - right.batch.stamp ||
    this.#origins.compare(left.batch.origin, right.batch.origin) ||
    left.index - right.index;

  #covers(observer: Batch, other: Batch): boolean {
    if (observer.origin === other.origin) return other.sequence <= observer.sequence;
    return observer.others.covers(other.origin, other.sequence);
  }

  #observed(observer: Effect, other: Effect): boolean {
    if (observer.batch === other.batch) return other.index < observer.index;
    return this.#covers(observer.batch, other.batch);
  }
}

function endsKey(operation: Operation, key: string): boolean {
  if (operation.op === OP.keyEnd) return true;
  if (operation.op !== OP.flushEnd) return false;
  return (ruleFor(operation.rules, key)?.keyClass ?? "update-wins") !== "update-wins";
}

function removesAll(operation: Operation): boolean {
  return operation.op === OP.keyDelete || operation.op === OP.keyEnd || isDatabaseOperation(operation);
}

/** Which operations say a deadline, and which replace what was said. */
interface DeadlineRules {
  says(operation: Operation): { readonly set: boolean; readonly atMs: number } | null;
  replaces(operation: Operation): boolean;
}

function deadlineRules(type: KeyType): DeadlineRules {
  return {
    says(operation) {
      if (operation.op === OP.deadline && operation.type === type) {
        return { set: operation.mode === "set", atMs: operation.atMs };
      }
      return operation.op === OP.stringSet && type === "string" ? { set: true, atMs: operation.deadlineMs } : null;
    },
    replaces: (operation) => replacesDeadline(operation, type),
  };
}

const HASHES = mapTypeOf("hash");

/** Row E8: a field that is put has no deadline but one of its own. */
function fieldDeadlineRules(field: string): DeadlineRules {
  const names = (operation: Operation): boolean => operation.op === OP.hashDeadline && operation.fields.includes(field);
  return {
    says(operation) {
      if (operation.op === OP.hashDeadline && names(operation)) {
        return { set: operation.mode === "set", atMs: operation.atMs };
      }
      return HASHES.puts(operation)?.has(field) === true ? { set: true, atMs: 0 } : null;
    },
    replaces: (operation) => names(operation) || removesElement(operation, HASHES, field),
  };
}

/** The base that is shown, or without one all increments. */
function shownOrAll(live: readonly Effect[], compare: (left: Effect, right: Effect) => number): readonly Effect[] {
  const bases = live.filter(({ operation }) => operation.op === OP.stringSet || operation.op === OP.hashPut);
  const shown = bases.toSorted((left, right) => compare(right, left))[0];
  return shown === undefined ? live : [shown];
}

function removesString(operation: Operation): boolean {
  if (operation.op === OP.keyKeep) return operation.type !== "string";
  return operation.op === OP.stringSet || removesAll(operation);
}

function removesElement(operation: Operation, mapType: MapType, name: string): boolean {
  if (operation.op === OP.keyKeep) return operation.type !== mapType.type;
  if (mapType.removes(operation).includes(name) || mapType.puts(operation)?.has(name) === true) return true;
  return removesAll(operation);
}

function replacesDeadline(operation: Operation, type: KeyType): boolean {
  if (operation.op === OP.keyKeep) return operation.type !== type;
  if (operation.op === OP.deadline) return operation.type === type;
  if (operation.op === OP.stringSet) return type === "string";
  return removesAll(operation);
}

/** The base value that the operation writes; null for others. */
function baseText(operation: Operation, mapType: MapType | undefined, name: string | undefined): string | null {
  if (operation.op === OP.stringSet) return operation.value;
  return mapType?.puts(operation)?.get(name!) ?? null;
}
