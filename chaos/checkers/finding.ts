import type { OpLine, WriteConcern } from "../record/lines.ts";
import { list, nullable, number, object, text, word, type Shape } from "../record/shape.ts";

/** What a checker holds against a run. */
export type FindingKind =
  /** An acknowledged write is not there, and nothing explains why. */
  | "lost"
  /** Deleted, logged out or expired, and shown all the same. */
  | "ghost"
  /** A value nobody wrote, or one that was refused. */
  | "invented"
  /** A counter outside of what was acknowledged and what may have happened. */
  | "wrong-count"
  /** Regions show different states after the deadline. */
  | "diverged"
  /** Half of a transaction was shown. */
  | "half-transaction"
  /** A region did not show what it surely had, or an effect without its cause. */
  | "causality"
  | "read-your-writes"
  | "monotonic-reads"
  | "two-holders"
  | "fencing"
  | "limit-exceeded";

export interface StoryStep {
  readonly atMs: number;
  readonly text: string;
}

export interface Finding {
  readonly kind: FindingKind;
  /** `healed`: after all was healed. `survivors`: if a region never came back. `during`: seen by a client during the run. */
  readonly when: "healed" | "survivors" | "during";
  /** Whether the contract promises that this does not happen: a client that changes regions without a token is told so, and counted apart. */
  readonly promised: "yes" | "no";
  /** One sentence. */
  readonly title: string;
  readonly key: string | null;
  readonly region: string | null;
  /** Ids of the operations it is about, the accused first. */
  readonly ops: readonly number[];
  /** Of a lost write: when it was acknowledged, and how many other regions were known to have it. */
  readonly ackedMs: number | null;
  readonly concern: WriteConcern | null;
  readonly story: readonly StoryStep[];
}

export const FINDING: Shape<Finding> = object<Finding>({
  kind: word(
    "lost",
    "ghost",
    "invented",
    "wrong-count",
    "diverged",
    "half-transaction",
    "causality",
    "read-your-writes",
    "monotonic-reads",
    "two-holders",
    "fencing",
    "limit-exceeded",
  ),
  when: word("healed", "survivors", "during"),
  promised: word("yes", "no"),
  title: text,
  key: nullable(text),
  region: nullable(text),
  ops: list(number),
  ackedMs: nullable(number),
  concern: nullable(word("local", "one", "all")),
  story: list(object<StoryStep>({ atMs: number, text })),
});

type Told = Pick<Finding, "kind" | "when" | "title"> & Partial<Finding>;

/** A finding with what is usual left out. */
export function finding(told: Told): Finding {
  return { promised: "yes", key: null, region: null, ops: [], ackedMs: null, concern: null, story: [], ...told };
}

/** The concern a write can count on: what was confirmed, not what was asked for. */
export function concernOf(line: OpLine, regions: number): WriteConcern {
  const confirmed = line.confirmedBy ?? 0;
  if (confirmed === 0) return "local";
  return confirmed >= regions - 1 ? "all" : "one";
}
