import type { OriginId } from "../origin.ts";

/**
 * Names of operations inside a document, as Automerge writes them: `counter@actor`, the actor in hexadecimal. A container is named by
 * the operation that made it, an element of a list by the one that inserted it. Names are never used twice: an actor is an
 * incarnation of a region and its count of documents it began to write to, so that a document made anew under an old key shares
 * no name with the one before.
 */
export type OpId = string;

/** Automerge's root map. The document's value is its only key. */
export const ROOT: OpId = "_root";
export const ROOT_KEY = "r";
/** Before the first element of a list. */
export const HEAD: OpId = "_head";

/** Automerge counts operations in 32 bits. */
export const OP_COUNTER_MAX = 4_000_000_000;
/** A document whose counters come so far is made anew by its next writer, under names that start over. Tests turn it down. */
export const NAMING = { startOverAt: 3_900_000_000 };

export function actorOf(origin: OriginId, epoch: number): string {
  return Buffer.from(`${origin}/${epoch}`, "latin1").toString("hex");
}

export function opId(counter: number, actor: string): OpId {
  return `${counter}@${actor}`;
}

export function counterOf(id: OpId): number {
  return Number(id.slice(0, id.indexOf("@")));
}

export function actorPart(id: OpId): string {
  return id.slice(id.indexOf("@") + 1);
}

/** Automerge's order: by counter, then by actor. The highest of concurrent values is shown. */
export function compareOpIds(left: OpId, right: OpId): number {
  const byCounter = counterOf(left) - counterOf(right);
  if (byCounter !== 0) return byCounter;
  const [leftActor, rightActor] = [actorPart(left), actorPart(right)];
  if (leftActor === rightActor) return 0;
  return leftActor < rightActor ? -1 : 1;
}
