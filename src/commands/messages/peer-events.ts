import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import type { OneKeyOperation, Operation } from "../../crdt/operation.ts";
import { OP, type OperationKind } from "../../crdt/operations/operation-kind.ts";
import type { EventClass } from "./event-classes.ts";

/** Something that a batch of another region did to a key here. */
export interface PeerEvent {
  readonly kind: EventClass;
  readonly event: string;
  readonly key: BinaryString;
  readonly db: number;
}

/**
 * Batches carry effects and not commands, so only the plainest name of an effect is known: SETEX arrives as `set`, RENAME as `set`
 * or `hset` of the one key and `del` of the other. Kinds that are not named here tell nothing.
 */
const NAMES: Partial<Readonly<Record<OperationKind, readonly [EventClass, string]>>> = {
  [OP.stringSet]: ["string", "set"],
  [OP.stringAdd]: ["string", "incrby"],
  [OP.hashPut]: ["hash", "hset"],
  [OP.hashRemove]: ["hash", "hdel"],
  [OP.hashAdd]: ["hash", "hincrby"],
  [OP.setAdd]: ["set", "sadd"],
  [OP.setRemove]: ["set", "srem"],
  [OP.hashDeadline]: ["hash", "hexpire"],
  // At which end, is not known.
  [OP.listPut]: ["list", "rpush"],
  [OP.listRemove]: ["list", "lpop"],
  [OP.streamAdd]: ["stream", "xadd"],
  [OP.streamRemove]: ["stream", "xdel"],
  [OP.streamTrim]: ["stream", "xtrim"],
  [OP.streamGroupCreate]: ["stream", "xgroup-create"],
  [OP.streamGroupSet]: ["stream", "xgroup-setid"],
  [OP.streamGroupDestroy]: ["stream", "xgroup-destroy"],
  [OP.streamConsumerPut]: ["stream", "xgroup-createconsumer"],
  [OP.streamConsumerRemove]: ["stream", "xgroup-delconsumer"],
  [OP.documentChange]: ["module", "json.set"],
  [OP.keyDelete]: ["generic", "del"],
  [OP.keyEnd]: ["generic", "del"],
};

export function eventsOfOperations(operations: readonly Operation[]): readonly PeerEvent[] {
  const lastAt = new Map<string, number>();
  for (const [index, operation] of operations.entries()) {
    if (isOnOneKey(operation)) lastAt.set(`${operation.db}:${operation.key}`, index);
  }
  const events: PeerEvent[] = [];
  for (const [index, operation] of operations.entries()) {
    if (!isOnOneKey(operation)) continue;
    const name = nameOf(operation);
    if (name === null) continue;
    const { key, db } = operation;
    // What is deleted to be written anew is not gone.
    if (name[1] === "del" && lastAt.get(`${db}:${key}`) !== index) continue;
    const last = events.at(-1);
    if (last?.event === name[1] && last.key === key && last.db === db) continue;
    events.push({ kind: name[0], event: name[1], key, db });
  }
  return events;
}

function isOnOneKey(operation: Operation): operation is OneKeyOperation {
  return "key" in operation;
}

function nameOf(operation: OneKeyOperation): readonly [EventClass, string] | null {
  // That a new key has no deadline, or an old one keeps its own, is no event.
  if (operation.op === OP.deadline) {
    return operation.mode === "set" && operation.atMs !== NO_DEADLINE ? ["generic", "expire"] : null;
  }
  return NAMES[operation.op] ?? null;
}
