import { createRequire } from "node:module";
import type * as Automerge from "@automerge/automerge";

/**
 * The one door to Automerge. Its module compiles 3.6 MB of WebAssembly, synchronously, in about 25 ms: it is loaded by the first
 * document that is opened, so that regions without documents pay nothing, and recovery may open documents in the middle of
 * a synchronous `apply`.
 *
 * Only the low-level handle is used: no proxies, no materialized copies, no clocks, no chance (actors and times are ours).
 */
export interface AutomergeHandle {
  applyChanges(changes: readonly Uint8Array[]): void;
  /** Heads of the change graph; ours is a chain, so one. */
  getHeads(): string[];
  getAll(object: string, at: string | number): readonly AutomergeValue[];
  keys(object: string): string[];
  length(object: string): number;
  objInfo(object: string): { readonly type: string };
  getChangesMeta(
    have: readonly string[],
  ): readonly { readonly actor: string; readonly seq: number; readonly maxOp: number }[];
  loadIncremental(saved: Uint8Array): number;
  save(): Uint8Array;
  stats(): { readonly numOps: number; readonly numChanges: number };
  /** Gives the memory back; the handle is dead afterwards. */
  free(): void;
}

/** A scalar with its operation, or a container, whose name is its operation. */
export type AutomergeValue =
  | readonly [type: string, value: unknown, operation: string]
  | readonly [type: string, object: string];

export interface AutomergeOp {
  readonly action: "set" | "makeMap" | "makeList" | "del";
  readonly obj: string;
  readonly key?: string;
  readonly elemId?: string;
  readonly insert?: boolean;
  readonly value?: string;
  readonly pred: readonly string[];
}

export interface AutomergeChange {
  readonly actor: string;
  readonly seq: number;
  readonly startOp: number;
  readonly time: number;
  readonly message: null;
  readonly deps: readonly string[];
  readonly ops: readonly AutomergeOp[];
}

interface AutomergeModule {
  init(options: { readonly actor: string }): object;
  getBackend(document: object): AutomergeHandle;
  encodeChange(change: AutomergeChange): Uint8Array;
  decodeChange(change: Uint8Array): { readonly hash: string };
}

interface HandleClass {
  new: (actor: string) => AutomergeHandle;
}

interface Loaded {
  readonly module: AutomergeModule;
  readonly handles: HandleClass;
}

/** Never writes by itself, so its name is nobody's. */
const IDLE_ACTOR = "00";

let loaded: Loaded | null = null;

function load(): Loaded {
  if (loaded !== null) return loaded;
  const whole = createRequire(import.meta.url)("@automerge/automerge") as typeof Automerge;
  const module = whole as unknown as AutomergeModule;
  const first = module.getBackend(module.init({ actor: IDLE_ACTOR }));
  loaded = { module, handles: first.constructor as unknown as HandleClass };
  return loaded;
}

/** An empty document, or the one that `save` wrote. */
export function openAutomerge(saved: Uint8Array | null): AutomergeHandle {
  const handle = load().handles.new(IDLE_ACTOR);
  if (saved !== null) handle.loadIncremental(saved);
  return handle;
}

export function encodeAutomergeChange(change: AutomergeChange): Uint8Array {
  return load().module.encodeChange(change);
}

export function decodeAutomergeChange(change: Uint8Array): { readonly hash: string } {
  return load().module.decodeChange(change);
}
