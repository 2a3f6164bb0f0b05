import type { Random } from "../../src/base/random.ts";
import type { WriteConcern } from "../record/lines.ts";
import type { Operation } from "../record/operations.ts";
import type { Shape } from "../record/shape.ts";
import { readWords } from "../scenario/words.ts";

/** One operation of an open loop: due at its time, whatever became of those before. */
export interface PlannedOp {
  /** Milliseconds after the workload's start. */
  readonly atMs: number;
  /** Null: through the router. */
  readonly region: string | null;
  /** Whose it is: keeps one person on one client. */
  readonly person: number;
  /** Reads and writes of one name belong together for read-your-writes; null: nobody's. */
  readonly session: string | null;
  readonly op: Operation;
  readonly concern: WriteConcern;
  /** Whether the session's sync token goes along. */
  readonly usesToken: boolean;
  /** Sent again through the router when its region does not answer, as an application would; only what may happen twice. */
  readonly asksRouterNext: boolean;
}

export interface PlanShape {
  readonly random: Random;
  readonly regions: readonly string[];
  readonly durationMs: number;
  /** Unique in the run: begins every key and value, so that two workloads never meet. */
  readonly prefix: string;
}

interface WorkloadDefinition<Words> {
  readonly words: Shape<Words>;
  readonly defaults: Partial<Words>;
  readonly summary: string;
  plan(words: Words, shape: PlanShape): readonly PlannedOp[];
}

/** A workload as a scenario says it. */
export interface Workload {
  plan(shape: PlanShape): readonly PlannedOp[];
}

export interface WorkloadKind {
  readonly summary: string;
  readonly words: readonly (readonly [word: string, fallback: unknown])[];
  /** Throws ShapeError where the words are wrong. */
  read(words: unknown, path: string): Workload;
}

export function defineWorkload<Words>(kind: WorkloadDefinition<Words>): WorkloadKind {
  const defaults = new Map(Object.entries(kind.defaults));
  return {
    summary: kind.summary,
    words: Object.keys(kind.words.schema["properties"] as object).map((word) => [word, defaults.get(word)]),
    read(given, path) {
      const words = readWords(kind.words, kind.defaults, given, path);
      return { plan: (shape) => kind.plan(words, shape) };
    },
  };
}

/** What most operations are: nobody's session, no token, no second try. */
export const PLAIN = { session: null, concern: "local", usesToken: false, asksRouterNext: false } as const;

/** Calls `each` once for every operation of an open loop at a fixed rate, with its number and when it is due. */
export function* ticks(durationMs: number, perSecond: number): Generator<readonly [index: number, atMs: number]> {
  const count = Math.round((durationMs / 1000) * perSecond);
  for (let index = 0; index < count; index++) yield [index, (index / count) * durationMs];
}

/** One of the regions, or now and then the router. */
export function somewhere({ random, regions }: PlanShape, routerShare: number): string | null {
  return random.next() < routerShare ? null : regions[random.below(regions.length)]!;
}

/** The share of traffic that comes through the router where a workload leaves it to chance. */
export const ROUTER_SHARE = 0.2;
/** People of a workload without sessions: as many as keep every client of every door busy. */
export const PEOPLE = 1_000;
