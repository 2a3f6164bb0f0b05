import type { FaultLine, OpLine } from "../record/lines.ts";
import type { Operation, Saw } from "../record/operations.ts";
import type { RunRecord } from "../record/record.ts";
import type { StoryStep } from "./finding.ts";

const STEPS_MAX = 14;
const VALUES_MAX = 6;

/** The operations of a finding and the faults around them, in order, as a person would tell it. */
export function tellStory(record: RunRecord, lines: readonly OpLine[], end: StoryStep | null): readonly StoryStep[] {
  const chosen = lines.length > STEPS_MAX ? [...lines.slice(0, STEPS_MAX - 4), ...lines.slice(-4)] : lines;
  const steps = [...new Set(chosen)].map((line) => ({ atMs: line.startedMs, text: tellOp(line) }));
  const faults = record.faults.map((fault) => ({ atMs: fault.atMs, text: tellFault(fault) }));
  const left = lines.length - chosen.length;
  const all = [...steps, ...faults.slice(0, STEPS_MAX)].toSorted((a, b) => a.atMs - b.atMs);
  if (left > 0) all.push({ atMs: end?.atMs ?? all.at(-1)!.atMs, text: `(${left} more operations on this key)` });
  return end === null ? all : [...all, end];
}

export function tellFault({ phase, title }: FaultLine): string {
  return phase === "begin" ? `fault: ${title}` : `healed: ${title}`;
}

export function tellOp(line: OpLine): string {
  const where = line.regionServed ?? line.regionAsked ?? "the router's choice";
  const took = Math.round(line.endedMs - line.startedMs);
  const outcome = {
    acked: `acknowledged after ${took} ms`,
    failed: `failed after ${took} ms`,
    unknown: `no answer within ${took} ms`,
  }[line.outcome];
  const confirmed = line.confirmedBy === null ? "" : `, durable in ${line.confirmedBy} other regions`;
  const saw = line.saw === null ? "" : `, saw ${tellSaw(line.saw)}`;
  return `#${line.id} ${where}: ${tellOperation(line.op)} — ${outcome}${confirmed}${saw}`;
}

function tellOperation(op: Operation): string {
  const what = op.kind.replace(".", " ");
  switch (op.kind) {
    case "session.login":
    case "session.save":
    case "hash.set":
      return `${what} ${op.key} ${op.field}=${op.value}`;
    case "session.touch":
      return `${what} ${op.key} for ${op.ttlMs} ms`;
    case "session.logout":
      return `${what} ${op.key}${op.final ? " for good" : ""}`;
    case "counter.add":
      return `${what} ${op.key} ${op.amount}`;
    case "set.add":
    case "set.remove":
      return `${what} ${op.key} ${op.member}`;
    case "hash.remove":
      return `${what} ${op.key} ${op.field}`;
    case "string.set":
      return `${what} ${op.key}=${op.value}`;
    case "pair.set":
      return `${what} ${op.keys.join(" and ")} to ${op.value}`;
    case "pair.read":
      return `${what} ${op.keys.join(" and ")}`;
    case "lock.acquire":
    case "lock.release":
      return `${what} ${op.key} by ${op.holder}`;
    case "limit.spend":
      return `${what} ${op.key} ${op.amount} of ${op.limit}`;
    default:
      return `${what} ${op.key}`;
  }
}

export function tellSaw(saw: Saw): string {
  switch (saw.type) {
    case "absent":
      return "nothing";
    case "string":
      return saw.value;
    case "hash":
      return few(Object.entries(saw.fields).map(([field, value]) => `${field}=${value}`));
    case "set":
      return few(saw.members);
    case "pair":
      return saw.values.map((value) => value ?? "nothing").join(" and ");
    case "lock":
      return saw.token === null ? "not granted" : `granted, fencing token ${saw.token}`;
    case "limit":
      return saw.granted ? "granted" : "not granted";
  }
}

function few(items: readonly string[]): string {
  const more = items.length > VALUES_MAX ? ` and ${items.length - VALUES_MAX} more` : "";
  return `{${items.slice(0, VALUES_MAX).join(", ")}${more}}`;
}
