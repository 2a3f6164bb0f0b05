import type { Batch } from "../../../src/crdt/batch.ts";
import { decodeBatch } from "../../../src/crdt/batch-decoder.ts";
import { isDatabaseOperation, type Operation } from "../../../src/crdt/operation.ts";
import { ALL_DATABASES, OP } from "../../../src/crdt/operations/operation-kind.ts";
import type { StreamMark } from "../../../src/crdt/operations/stream-operations.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";
import { retireIn } from "./retired.ts";
import { unpackWords } from "../../../src/crdt/packed-words.ts";
import { formatStreamId, STREAM_ID_MIN, type StreamId } from "../../../src/crdt/stream-id.ts";

/**
 * Rows T1–T4 and T6 as directly as they can be said: what a stream is, as a pure function of the *set* of batches. What is late
 * (T5) is no such function, and is judged by what readers were given.
 */
export interface ModelStream {
  readonly deadlineMs: number;
  readonly lastId: string;
  readonly added: number;
  readonly entries: readonly (readonly string[])[];
  readonly groups: readonly ModelGroup[];
}

export interface ModelGroup {
  readonly name: string;
  readonly last: string;
  readonly entriesRead: number | null;
  readonly consumers: readonly string[];
  /** Id, consumer, time, deliveries. */
  readonly pending: readonly (readonly [string, string, number, number])[];
}

interface Effect {
  readonly batch: Batch;
  readonly index: number;
  readonly operation: Operation;
}

type Named<Op extends Operation["op"]> = Effect & { readonly operation: Extract<Operation, { readonly op: Op }> };

export class StreamModel {
  readonly #origins = new OriginTable();
  readonly #batches = new Map<string, Batch>();

  add(bytes: Buffer): void {
    const batch = decodeBatch(bytes, this.#origins);
    const name = `${batch.origin}:${batch.sequence}`;
    if (this.#batches.has(name)) return;
    retireIn(this.#origins, batch);
    this.#batches.set(name, batch);
  }

  /** The stream at a key of database 0 that holds nothing but streams; null when nothing is visible. */
  streamAt(key: string, vector: Readonly<Record<string, number>>, nowMs: number): ModelStream | null {
    const effects: Effect[] = [];
    const known = VersionVector.fromNamed(vector, this.#origins);
    for (const batch of this.#batches.values()) {
      if (!known.covers(batch.origin, batch.sequence)) continue;
      for (const [index, operation] of batch.operations.entries()) {
        const concerns = isDatabaseOperation(operation)
          ? operation.db === 0 || operation.db === ALL_DATABASES
          : operation.db === 0 && operation.key === key;
        if (concerns) effects.push({ batch, index, operation });
      }
    }
    const one = new OneStream(effects, this.#origins);
    return one.visible(nowMs);
  }
}

class OneStream {
  readonly #effects: readonly Effect[];
  readonly #origins: OriginTable;

  constructor(effects: readonly Effect[], origins: OriginTable) {
    this.#effects = effects;
    this.#origins = origins;
  }

  visible(nowMs: number): ModelStream | null {
    const marks = this.#marks();
    if (marks.length === 0) return null;
    const entries = this.#entries();
    const creations = this.#creations();
    const deadlineMs = this.#deadline([...marks, ...entries.values(), ...creations]);
    if (deadlineMs !== 0 && deadlineMs <= nowMs) return null;
    const regions = new Set(marks.map(({ batch }) => this.#origins.region(batch.origin)));
    let added = 0;
    for (const region of regions) {
      const own = marks.filter(({ batch }) => this.#origins.region(batch.origin) === region);
      added += Math.max(...own.map(({ operation }) => Number((operation as StreamMark).added)));
    }
    const names = [...new Set(creations.map(({ operation }) => operation.group))].toSorted();
    return {
      deadlineMs,
      lastId: formatStreamId(
        marks
          .map(({ operation }) => (operation as StreamMark).lastId)
          .toSorted()
          .at(-1)!,
      ),
      added,
      entries: [...entries.keys()].toSorted().map((id) => {
        const put = entries.get(id)!.operation.entries.findLast((one) => one.id === id)!;
        return [formatStreamId(id), ...unpackWords(put.packed)!];
      }),
      groups: names.map((name) => this.#group(name, creations)),
    };
  }

  #marks(): Effect[] {
    const isOwn = (op: number): boolean => op === OP.streamAdd || op === OP.streamGroupCreate;
    return this.#effects.filter((effect) => {
      const { op } = effect.operation;
      if (!isOwn(op) && op !== OP.streamMark) return false;
      const region = this.#origins.region(effect.batch.origin);
      return !this.#isUndone(effect, ({ batch, operation }) => {
        if (operation.op === OP.streamMark) return true;
        return isOwn(operation.op) && this.#origins.region(batch.origin) === region;
      });
    });
  }

  #entries(): Map<StreamId, Named<typeof OP.streamAdd>> {
    const shown = new Map<StreamId, Named<typeof OP.streamAdd>>();
    for (const effect of this.#named(OP.streamAdd)) {
      for (const { id } of effect.operation.entries) {
        const isGone = this.#isUndone(effect, ({ operation }) => {
          if (operation.op === OP.streamRemove) return operation.ids.includes(id);
          if (operation.op === OP.streamTrim) return id < operation.below;
          return operation.op === OP.streamAdd && operation.entries.some((one) => one.id === id);
        });
        const best = shown.get(id);
        if (!isGone && (best === undefined || this.#compare(effect, best) > 0)) shown.set(id, effect);
      }
    }
    return shown;
  }

  #creations(): Named<typeof OP.streamGroupCreate>[] {
    return this.#named(OP.streamGroupCreate).filter(
      (effect) =>
        !this.#isUndone(
          effect,
          ({ operation }) =>
            (operation.op === OP.streamGroupDestroy || operation.op === OP.streamGroupCreate) &&
            operation.group === effect.operation.group,
        ),
    );
  }

  #group(name: string, creations: readonly Named<typeof OP.streamGroupCreate>[]): ModelGroup {
    const own = creations.filter(({ operation }) => operation.group === name);
    const stands = (effect: Effect): boolean => own.some((one) => one === effect || this.#observed(effect, one));
    const position = this.#position(name, stands);
    const pending = this.#pending(name, stands);
    const consumers = new Set([...pending.values()].map(({ operation }) => operation.consumer));
    for (const put of this.#named(OP.streamConsumerPut)) {
      const { group, consumer } = put.operation;
      const isGone = this.#isUndone(
        put,
        ({ operation }) =>
          operation.op === OP.streamConsumerRemove && operation.group === group && operation.consumer === consumer,
      );
      if (group === name && stands(put) && !isGone) consumers.add(consumer);
    }
    return {
      name,
      ...position,
      consumers: [...consumers].toSorted(),
      pending: [...pending.keys()].toSorted().map((id) => {
        const { consumer, deliveredMs, ids, counts } = pending.get(id)!.operation;
        return [formatStreamId(id), consumer, deliveredMs, counts[ids.lastIndexOf(id)]!] as const;
      }),
    };
  }

  #position(name: string, stands: (effect: Effect) => boolean): Pick<ModelGroup, "last" | "entriesRead"> {
    const said = this.#effects.filter(
      (effect) =>
        positionOf(effect.operation, name) !== null &&
        stands(effect) &&
        !this.#isUndone(effect, (other) => positionOf(other.operation, name) !== null),
    );
    const reached = said.filter(({ operation }) => operation.op !== OP.streamGroupCreate);
    const counted = (reached.length > 0 ? reached : said).map(({ operation }) => positionOf(operation, name)!);
    counted.sort((left, right) => {
      if (left.id !== right.id) return left.id < right.id ? -1 : 1;
      return Number(left.entriesRead ?? -1) - Number(right.entriesRead ?? -1);
    });
    const shown = reached.length > 0 ? counted.at(-1) : counted[0];
    const entriesRead = shown?.entriesRead ?? null;
    return {
      last: formatStreamId(shown?.id ?? STREAM_ID_MIN),
      entriesRead: entriesRead === null ? null : Number(entriesRead),
    };
  }

  #pending(name: string, stands: (effect: Effect) => boolean): Map<StreamId, Named<typeof OP.streamDeliver>> {
    const shown = new Map<StreamId, Named<typeof OP.streamDeliver>>();
    for (const effect of this.#named(OP.streamDeliver)) {
      const { group, consumer, ids } = effect.operation;
      if (group !== name || !stands(effect)) continue;
      for (const id of ids) {
        const isGone = this.#isUndone(effect, ({ operation }) => {
          if (operation.op === OP.streamAck) return operation.group === name && operation.ids.includes(id);
          if (operation.op === OP.streamDeliver) return operation.group === name && operation.ids.includes(id);
          return (
            operation.op === OP.streamConsumerRemove && operation.group === name && operation.consumer === consumer
          );
        });
        const best = shown.get(id);
        if (!isGone && (best === undefined || this.#compare(effect, best) > 0)) shown.set(id, effect);
      }
    }
    return shown;
  }

  #deadline(live: readonly Effect[]): number {
    const said = this.#effects.flatMap((effect) => {
      const { operation } = effect;
      if (operation.op !== OP.deadline || operation.type !== "stream") return [];
      const isGone = this.#isUndone(
        effect,
        (other) => other.operation.op === OP.deadline && other.operation.type === "stream",
      );
      const isLive = live.some((element) => this.#covers(effect.batch, element.batch));
      return isGone || !isLive ? [] : [operation];
    });
    const set = said.filter(({ mode }) => mode === "set");
    const counted = set.length > 0 ? set : said;
    if (counted.length === 0 || counted.some(({ atMs }) => atMs === 0)) return 0;
    return Math.max(...counted.map(({ atMs }) => atMs));
  }

  /** Some write that had observed it removes everything, or is one that `undoes` names. */
  #isUndone(effect: Effect, undoes: (other: Effect) => boolean): boolean {
    return this.#effects.some(
      (other) => other !== effect && this.#observed(other, effect) && (removesAll(other.operation) || undoes(other)),
    );
  }

  #named<Op extends Operation["op"]>(op: Op): Named<Op>[] {
    return this.#effects.filter((effect): effect is Named<Op> => effect.operation.op === op);
  }

  #compare(left: Effect, right: Effect): number {
    return (
      left.batch.stamp - right.batch.stamp ||
      this.#origins.compare(left.batch.origin, right.batch.origin) ||
      left.index - right.index
    );
  }

  #covers(observer: Batch, other: Batch): boolean {
    if (observer.origin === other.origin) return other.sequence <= observer.sequence;
    return observer.others.covers(other.origin, other.sequence);
  }

  #observed(observer: Effect, other: Effect): boolean {
    if (observer.batch === other.batch) return other.index < observer.index;
    return this.#covers(observer.batch, other.batch);
  }
}

function removesAll(operation: Operation): boolean {
  if (operation.op === OP.keyKeep) return operation.type !== "stream";
  return operation.op === OP.keyDelete || operation.op === OP.keyEnd || isDatabaseOperation(operation);
}

function positionOf(
  operation: Operation,
  group: string,
): { readonly id: StreamId; readonly entriesRead: number | bigint | null } | null {
  if (!("group" in operation) || operation.group !== group) return null;
  if (operation.op === OP.streamGroupCreate) return { id: operation.start, entriesRead: operation.entriesRead };
  if (operation.op === OP.streamGroupSet) return { id: operation.last, entriesRead: operation.entriesRead };
  if (operation.op !== OP.streamDeliver || operation.advance === null) return null;
  return { id: operation.advance.to, entriesRead: operation.advance.entriesRead };
}
