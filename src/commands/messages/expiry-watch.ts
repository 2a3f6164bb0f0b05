import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Timers } from "../../base/timers.ts";
import { DATABASE_COUNT } from "../../crdt/operations/operation-kind.ts";
import type { ServedDatabase } from "../server-context.ts";

/** How exactly an expiry is noticed. */
const STEP_MS = 100;
/** Keys watched at once: beyond it further ones expire without a word. */
const KEYS_MAX = 1_000_000;
/** Keys looked at in one step while all of them are gone through. */
const SCAN_SLICE_KEYS = 5_000;

interface Watched {
  readonly db: number;
  readonly key: BinaryString;
  /** The deadline it is watched for; 0: not looked at yet. */
  atMs: number;
  /** When it was first changed since it was looked at; null: it was not. */
  changedAtMs: number | null;
}

type Expired = (db: number, key: BinaryString) => void;

/**
 * Expiry is a function of state and time: nobody does it, so nobody hears of it. Where somebody wants to (events of the class
 * `expired`, clients that cache what they read), keys with a deadline are kept here by the step in which they end, and looked at
 * again then: who was written, lengthened or deleted meanwhile says so by its own deadline.
 *
 * Watched are either all keys (those there are, found by going through them, and every one that changes) or only those named.
 */
export class ExpiryWatch {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #database: () => ServedDatabase;
  readonly #onExpired: Expired;
  readonly #watched = new Map<string, Watched>();
  readonly #steps = new Map<number, Set<string>>();
  #unseen = new Set<Watched>();
  #lastStep = 0;
  #watchesAll = false;
  /** Where going through the keys has come to; null: it is done. */
  #scan: { db: number; cursor: number } | null = null;
  #isArmed = false;

  constructor(clock: Clock, timers: Timers, database: () => ServedDatabase, onExpired: Expired) {
    this.#clock = clock;
    this.#timers = timers;
    this.#database = database;
    this.#onExpired = onExpired;
  }

  /** Watches every key from now on, or only those that are named. */
  set watchesAll(all: boolean) {
    if (all && !this.#watchesAll) this.#scan = { db: 0, cursor: 0 };
    if (!all) this.#scan = null;
    this.#watchesAll = all;
    this.#arm();
  }

  /** Whoever reads or has changed it wants to know when it ends. */
  watch(db: number, key: BinaryString): void {
    const name = `${db}:${key}`;
    let watched = this.#watched.get(name);
    if (watched === undefined) {
      if (this.#watched.size >= KEYS_MAX) return;
      this.#watched.set(name, (watched = { db, key, atMs: 0, changedAtMs: null }));
    }
    watched.changedAtMs ??= this.#clock.wallMs();
    this.#unseen.add(watched);
    this.#arm();
  }

  /** A key was changed, by anyone; null: a database was emptied. */
  changed(db: number, key: BinaryString | null): void {
    if (!this.#watchesAll && this.#watched.size === 0) return;
    if (key === null || db >= DATABASE_COUNT) return;
    if (this.#watchesAll || this.#watched.has(`${db}:${key}`)) this.watch(db, key);
  }

  #arm(): void {
    if (this.#isArmed || (this.#watched.size === 0 && this.#scan === null)) return;
    this.#isArmed = true;
    this.#timers.after(STEP_MS, () => {
      this.#isArmed = false;
      this.#step();
      this.#arm();
    });
  }

  #step(): void {
    const nowMs = this.#clock.wallMs();
    this.#scanSome();
    const unseen = this.#unseen;
    this.#unseen = new Set();
    for (const watched of unseen) this.#look(watched, nowMs);
    for (const step of this.#dueSteps(Math.floor(nowMs / STEP_MS))) {
      const names = this.#steps.get(step)!;
      this.#steps.delete(step);
      for (const name of names) this.#look(this.#watched.get(name)!, nowMs);
    }
  }

  /** Tells what has passed, and puts the key where its deadline is now. */
  #look(watched: Watched, nowMs: number): void {
    const { db, key, atMs: before, changedAtMs } = watched;
    watched.changedAtMs = null;
    const name = `${db}:${key}`;
    const names = this.#steps.get(stepOf(before));
    names?.delete(name);
    if (names?.size === 0) this.#steps.delete(stepOf(before));
    const atMs = this.#database().deadlineOf(db, key);
    // What is there now may have been written after the end of what was.
    const hadEnded = before !== 0 && before <= (changedAtMs ?? nowMs);
    if (hadEnded || (atMs !== 0 && atMs <= nowMs)) this.#onExpired(db, key);
    if (atMs === 0 || atMs <= nowMs) {
      this.#watched.delete(name);
      return;
    }
    watched.atMs = atMs;
    const step = stepOf(atMs);
    const set = this.#steps.get(step) ?? new Set<string>();
    set.add(name);
    this.#steps.set(step, set);
  }

  #dueSteps(nowStep: number): number[] {
    const span = nowStep - this.#lastStep;
    const due: number[] = [];
    if (span > this.#steps.size) {
      for (const step of this.#steps.keys()) if (step <= nowStep) due.push(step);
    } else {
      for (let step = this.#lastStep; step <= nowStep; step++) if (this.#steps.has(step)) due.push(step);
    }
    this.#lastStep = nowStep;
    return due.toSorted((left, right) => left - right);
  }

  #scanSome(): void {
    for (let left = SCAN_SLICE_KEYS; left > 0 && this.#scan !== null;) {
      const scan = this.#scan;
      this.#database().transact(scan.db, (tx) => {
        scan.cursor = tx.scan(scan.cursor, left, (key) => {
          left--;
          if ((tx.deadlineOf(key) ?? 0) > 0) this.watch(scan.db, key);
        });
      });
      if (scan.cursor !== 0) return;
      scan.db++;
      if (scan.db === DATABASE_COUNT) this.#scan = null;
    }
  }
}

/** The step at whose beginning a deadline has passed. */
function stepOf(atMs: number): number {
  return Math.ceil(atMs / STEP_MS);
}
