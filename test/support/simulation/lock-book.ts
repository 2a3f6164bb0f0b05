import type { NamedDot } from "./door.ts";

/** How a call came to run in a home: found by what it wrote there. */
export interface HomeRun {
  readonly id: string;
  readonly home: string;
  readonly dot: NamedDot;
  /** Where, and to whom it had links then. */
  readonly region: string;
  readonly linked: readonly string[];
  readonly atMs: number;
  /** It did not know then what it had done before, of what others have on their disks. */
  readonly isBlind: boolean;
}

/** A fencing token that a client was told. Moments as in `LimitBook`. */
export interface Token {
  readonly home: string;
  readonly token: number;
  /** Of the call; null when it writes nothing but the token. */
  readonly id: string | null;
  readonly askedAt: number;
  readonly toldAt: number;
}

/** For so long a client is sure to hold a lock: from its being told, to its release or the earliest end by any region's clock. */
export interface Hold {
  readonly home: string;
  readonly lock: string;
  readonly id: string;
  readonly fromMs: number;
  untilMs: number;
}

/** What a client was shown of a lock between two moments of virtual time. */
export interface LockRead {
  readonly lock: string;
  readonly region: string;
  readonly shown: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Some region did not know then what it had done before. */
  readonly isBlind: boolean;
}

/** What the clients of a history know of locks, and the checkers of where they ran. */
export class LockBook {
  readonly tokens: Token[] = [];
  readonly holds: Hold[] = [];
  readonly reads: LockRead[] = [];
  /** By id. */
  readonly runs = new Map<string, HomeRun>();
  /** Homes that were taken from a region that had left, and when. */
  readonly taken: { readonly home: string; readonly atMs: number }[] = [];
  /** A call that ran twice. */
  twice: string | null = null;

  ran(run: HomeRun): void {
    if (this.runs.has(run.id)) this.twice = run.id;
    this.runs.set(run.id, run);
  }

  /** Who has it now, as far as clients are sure. */
  holder(lock: string, nowMs: number): Hold | null {
    return this.holds.find((hold) => hold.lock === lock && hold.fromMs <= nowMs && nowMs < hold.untilMs) ?? null;
  }
}
