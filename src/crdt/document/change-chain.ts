import { createHash } from "node:crypto";
import {
  decodeAutomergeChange,
  encodeAutomergeChange,
  type AutomergeChange,
  type AutomergeHandle,
  type AutomergeOp,
} from "./automerge.ts";

/** In an encoded change: where its type stands, and the type that is not compressed. Automerge's hash is of all from there on. */
const TYPE_OFFSET = 8;
const TYPE_PLAIN = 1;
/** Changes, and operations in them, that wait: handing over more at once would hold everybody up. */
const PENDING_MAX = 256;
const PENDING_OPS_MAX = 4096;

/**
 * Automerge changes one after the other, each depending on the one before, encoded and handed over together when somebody asks
 * Automerge something: it looks through all it has with every call, so a hundred changes in one call cost little more than one.
 */
export class ChangeChain {
  readonly #handle: AutomergeHandle;
  readonly #sequences = new Map<string, number>();
  #head: readonly string[];
  #pending: { readonly actor: string; readonly startOp: number; readonly ops: readonly AutomergeOp[] }[] = [];
  #pendingOps = 0;

  constructor(handle: AutomergeHandle) {
    this.#handle = handle;
    this.#head = handle.getHeads();
    for (const { actor, seq } of handle.getChangesMeta([])) {
      this.#sequences.set(actor, Math.max(seq, this.#sequences.get(actor) ?? 0));
    }
  }

  /** Operations of one actor with consecutive counters. */
  add(actor: string, startOp: number, ops: readonly AutomergeOp[]): void {
    if (ops.length === 0) return;
    this.#pending.push({ actor, startOp, ops });
    this.#pendingOps += ops.length;
  }

  /** Enough waits: it is time to flush. */
  get isFull(): boolean {
    return this.#pending.length >= PENDING_MAX || this.#pendingOps >= PENDING_OPS_MAX;
  }

  /** When it throws, the handle and this are worth nothing any more. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const encoded = this.#pending.map((change) => this.#encode(change));
    this.#pending = [];
    this.#pendingOps = 0;
    this.#handle.applyChanges(encoded);
  }

  #encode({ actor, startOp, ops }: Pick<AutomergeChange, "actor" | "startOp" | "ops">): Uint8Array {
    const seq = (this.#sequences.get(actor) ?? 0) + 1;
    this.#sequences.set(actor, seq);
    const bytes = encodeAutomergeChange({ actor, seq, startOp, time: 0, message: null, deps: this.#head, ops });
    this.#head = [hashOf(bytes)];
    return bytes;
  }
}

function hashOf(bytes: Uint8Array): string {
  if (bytes[TYPE_OFFSET] !== TYPE_PLAIN) return decodeAutomergeChange(bytes).hash;
  return createHash("sha256").update(bytes.subarray(TYPE_OFFSET)).digest("hex");
}
