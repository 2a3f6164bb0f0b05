import type { KeyClass, OpLine } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import { keysOf, putsOf, removalOf, shownBy, ttlOf, type Removal } from "./effects.ts";
import type { StoryStep } from "./finding.ts";
import { Knowledge } from "./knowledge.ts";
import { tellStory } from "./story.ts";

/** A write with what is known of when it took effect. */
export interface Write {
  readonly line: OpLine;
  readonly value: string;
  readonly element: string;
  /** Null: not known. */
  readonly place: string | null;
}

export interface Remove {
  readonly line: OpLine;
  readonly removal: Removal;
  readonly place: string | null;
}

/** All that happened to one key, in the order of the record. What surely did not happen (failed) is left out. */
export interface KeyHistory {
  readonly key: string;
  readonly class: KeyClass;
  readonly writes: readonly Write[];
  readonly removes: readonly Remove[];
  /** Operations with a deadline. */
  readonly deadlines: readonly OpLine[];
  readonly adds: readonly OpLine[];
  readonly reads: readonly OpLine[];
  /** Writes by element and value: more than one where a client repeated itself. */
  readonly byValue: ReadonlyMap<string, readonly Write[]>;
}

interface Growing {
  readonly writes: Write[];
  readonly removes: Remove[];
  readonly deadlines: OpLine[];
  readonly adds: OpLine[];
  readonly reads: OpLine[];
  readonly byValue: Map<string, Write[]>;
}

/** A run that fails does so thousands of times; this many findings tell their story. */
const STORIES_MAX = 300;

const valueName = (element: string, value: string): string => `${element}\u0000${value}`;

/** Around its deadline a key may be shown or not: clocks, and the way of a request, decide. */
const EXPIRY_SLACK_MS = 1_500;
/** In a run that moves clocks a deadline says little: two hours are more than any scenario moves one. */
const MOVED_CLOCK_SLACK_MS = 7_200_000;

/** The index over a record that all checkers share. */
export class History {
  readonly record: RunRecord;
  readonly knowledge: Knowledge;
  readonly keys: ReadonlyMap<string, KeyHistory>;
  /** How far from its deadline a key must be for anything to be held against it. */
  readonly slackMs: number;
  #stories = 0;
  /** When a write was first seen by a read, by place: by then it had happened, and was there. */
  readonly #seenMs = new Map<OpLine, Map<string, number>>();

  constructor(record: RunRecord) {
    this.record = record;
    this.knowledge = new Knowledge(record.faults);
    const clocksMove = record.faults.some(({ kind }) => kind.startsWith("clock"));
    this.slackMs = clocksMove ? MOVED_CLOCK_SLACK_MS : EXPIRY_SLACK_MS;
    this.keys = this.#index(record);
    this.#learn(record);
  }

  key(key: string): KeyHistory | undefined {
    return this.keys.get(key);
  }

  writersOf(key: string, element: string, value: string): readonly Write[] {
    return this.keys.get(key)?.byValue.get(valueName(element, value)) ?? [];
  }

  /**
   * By when a write had surely taken effect for the last time. Infinity for what was never answered: it may have been waiting in a buffer all
   * along. Also for what went through a router, which may have sent it to a second region when the first did not answer.
   */
  lastEffectMs(line: OpLine): number {
    const isRouted = line.via === "router-rest" || line.via === "router-resp";
    if (line.outcome === "acked" && !isRouted) return line.endedMs;
    return isRouted ? Infinity : Math.min(...(this.#seenMs.get(line)?.values() ?? []));
  }

  /** Whether `later` surely had observed `earlier`: its region had it when it began. */
  observed(later: { line: OpLine; place: string | null }, earlier: { line: OpLine; place: string | null }): boolean {
    const doneMs = this.lastEffectMs(earlier.line);
    if (earlier.place === null || later.place === null || doneMs > later.line.startedMs) return false;
    if (this.#saw(later.place, later.line.startedMs, earlier.line)) return true;
    return this.knowledge.had(later.place, later.line.startedMs, earlier.place, doneMs);
  }

  /** Whether `region` surely had an acknowledged operation at `atMs`. */
  had(region: string | null, atMs: number, { line, place }: { line: OpLine; place: string | null }): boolean {
    if (region === null || place === null || line.outcome !== "acked") return false;
    const here = this.knowledge.placeAt(region, atMs);
    return this.#saw(here, atMs, line) || this.knowledge.had(here, atMs, place, line.endedMs);
  }

  /** Whether a key may have been absent at some moment until `untilMs` because its time was up. */
  mayHaveExpired({ deadlines }: KeyHistory, untilMs: number): boolean {
    return deadlines.some((line) => line.startedMs + ttlOf(line.op)! - this.slackMs < untilMs);
  }

  /** Whether the key's time was surely up at `atMs`, and nothing was written to it afterwards. */
  hasSurelyExpired(history: KeyHistory, atMs: number): boolean {
    const { deadlines, writes } = history;
    if (deadlines.length === 0) return false;
    const latest = Math.max(...deadlines.map((line) => this.lastEffectMs(line) + ttlOf(line.op)!)) + this.slackMs;
    const earliest = Math.min(...deadlines.map((line) => line.startedMs + ttlOf(line.op)!)) - this.slackMs;
    return latest < atMs && writes.every(({ line }) => ttlOf(line.op) !== null || this.lastEffectMs(line) < earliest);
  }

  /** The story of a finding; empty once very many have been told. */
  tell(lines: readonly OpLine[], end: StoryStep | null): readonly StoryStep[] {
    return ++this.#stories > STORIES_MAX ? [] : tellStory(this.record, lines, end);
  }

  #saw(place: string, atMs: number, line: OpLine): boolean {
    return (this.#seenMs.get(line)?.get(place) ?? Infinity) <= atMs;
  }

  #index(record: RunRecord): Map<string, KeyHistory> {
    const keys = new Map<string, Growing & { key: string; class: KeyClass }>();
    for (const line of record.ops) {
      if (line.outcome === "failed") continue;
      for (const key of keysOf(line.op)) {
        let growing = keys.get(key);
        if (growing === undefined) {
          const empty = { writes: [], removes: [], deadlines: [], adds: [], reads: [], byValue: new Map() };
          growing = { key, class: classOf(record, key), ...empty };
          keys.set(key, growing);
        }
        this.#add(growing, key, line);
      }
    }
    return keys;
  }

  #add(growing: Growing, key: string, line: OpLine): void {
    const place = this.knowledge.placeOf(line);
    for (const put of putsOf(line.op)) {
      if (put.key !== key) continue;
      const write = { line, value: put.value, element: put.element, place };
      growing.writes.push(write);
      const name = valueName(put.element, put.value);
      const same = growing.byValue.get(name);
      if (same === undefined) growing.byValue.set(name, [write]);
      else same.push(write);
    }
    const removal = removalOf(line.op);
    if (removal !== null) growing.removes.push({ line, removal, place });
    // A touch that found no key has set nothing.
    if (ttlOf(line.op) !== null && line.saw?.type !== "absent") growing.deadlines.push(line);
    if (line.op.kind === "counter.add") growing.adds.push(line);
    if (shownBy(line).length > 0 || line.op.kind === "counter.read") growing.reads.push(line);
  }

  /** What every read taught about its region, in the order in which the answers came. */
  #learn(record: RunRecord): void {
    for (const line of record.ops.toSorted((left, right) => left.endedMs - right.endedMs)) {
      for (const [key, elements] of shownBy(line)) {
        for (const [element, value] of elements) {
          const writers = this.writersOf(key, element, value);
          if (writers.length !== 1) continue;
          const { line: writer, place: from } = writers[0]!;
          const place = this.knowledge.placeOf(line);
          if (place === null) continue;
          const seen = this.#seenMs.get(writer) ?? new Map<string, number>();
          if (!seen.has(place)) this.#seenMs.set(writer, seen.set(place, line.endedMs));
          // Of a write that was routed it is not known which of its effects this is.
          if (from === null || place === from || writer.via.startsWith("router")) continue;
          this.knowledge.learn(place, line.endedMs, from, writer.startedMs);
        }
      }
    }
  }
}

function classOf(record: RunRecord, key: string): KeyClass {
  const fitting = record.header.classes.filter(({ prefix }) => key.startsWith(prefix));
  return fitting.toSorted((left, right) => right.prefix.length - left.prefix.length)[0]?.class ?? "update-wins";
}
