import type { MemberOrder } from "../../../src/node/member-keeper.ts";
import type { Argv } from "./random-command.ts";
import type { Crash } from "./node-parts.ts";

/**
 * A history is a list of steps, plain data: it is drawn from a seed before anything runs, so steps can be left out of it and the
 * rest means the same. One that cannot be (a command to a region that is down) is passed over.
 */
export type Step = { readonly seed: number } & (ClientStep | FaultStep | ChoreStep);

/** `client` is one of a region's few connections. */
export type ClientStep =
  | { readonly do: "command"; readonly region: string; readonly client: number; readonly argv: Argv }
  | {
      readonly do: "transaction";
      readonly region: string;
      readonly client: number;
      readonly watch: readonly string[];
      readonly commands: readonly Argv[];
    }
  /** Two keys with one value, in one transaction: nobody may see one without the other. */
  | {
      readonly do: "pair";
      readonly region: string;
      readonly client: number;
      readonly how: PairHow;
      readonly value: string;
    }
  /** What was never written before and is never written again. */
  | {
      readonly do: "unique";
      readonly region: string;
      readonly client: number;
      readonly how: UniqueHow;
      readonly value: string;
    }
  /** Reads `cause`, and writes `effect` if it is there. */
  | {
      readonly do: "follow";
      readonly region: string;
      readonly client: number;
      readonly cause: string;
      readonly effect: string;
    }
  | {
      readonly do: "count";
      readonly region: string;
      readonly client: number;
      readonly by: number;
      readonly counter: string;
    }
  /** A client that goes from region to region with a token: writes where it is, or moves, waits for its token and reads. */
  | { readonly do: "travel"; readonly traveller: number; readonly to: string | null }
  | LimitStep
  | LockStep;

export const LIMIT_DEEDS = ["mint", "spend", "spend-wait", "return", "move", "reclaim", "left", "info"] as const;

/** A limit of the checkers' own: a bounded counter, or takes under their one strict policy. */
export type LimitStep =
  | {
      readonly do: "limit";
      readonly region: string;
      readonly deed: (typeof LIMIT_DEEDS)[number];
      readonly limit: string;
      readonly amount: number;
      /** Whom rights are moved to, or taken over from. */
      readonly other: string;
    }
  | { readonly do: "policy"; readonly region: string }
  | { readonly do: "take"; readonly region: string; readonly key: string; readonly amount: number };

export const LOCK_DEEDS = ["lock", "lock-fenced", "unlock", "fence", "read"] as const;

/** A lock on a pinned key, asked for in `region`. `id`: what nobody else writes. */
export type LockStep =
  | {
      readonly do: "lock";
      readonly region: string;
      readonly deed: (typeof LOCK_DEEDS)[number];
      readonly home: string;
      readonly lock: string;
      readonly id: string;
      readonly ttlMs: number;
    }
  /** An operator gives a home to another region: asks where it is, or in the first region by name, which may if that has left. */
  | {
      readonly do: "move-home";
      readonly home: string;
      readonly to: string;
      readonly asks: "home" | "first";
    };

export const PAIR_HOWS = ["multi", "mset", "script", "hashes"] as const;
export type PairHow = (typeof PAIR_HOWS)[number];
export const UNIQUE_HOWS = ["string", "set", "hash", "zset", "list"] as const;
export type UniqueHow = (typeof UNIQUE_HOWS)[number];

export type Direction = readonly [from: string, to: string];

export type FaultStep =
  | { readonly do: "crash"; readonly region: string; readonly crash: Crash }
  | { readonly do: "start"; readonly region: string }
  /** The process stands still, its connections open; `start` lets it go on. */
  | { readonly do: "pause"; readonly region: string }
  /** Cuts these and, but for `more`, heals all others. */
  | { readonly do: "partition"; readonly shape: string; readonly cuts: readonly Direction[] }
  | { readonly do: "clog"; readonly link: Direction }
  | { readonly do: "unclog"; readonly link: Direction }
  | { readonly do: "heal" }
  | { readonly do: "half-open"; readonly link: Direction }
  | { readonly do: "corrupt"; readonly share: number }
  | { readonly do: "jump"; readonly region: string; readonly offsetMs: number }
  | { readonly do: "fail-disk"; readonly region: string; readonly keep: number }
  | { readonly do: "back-up"; readonly region: string }
  | { readonly do: "restore"; readonly region: string }
  | { readonly do: "destroy"; readonly region: string }
  | { readonly do: "order"; readonly region: string; readonly order: MemberOrder; readonly member: string };

export type ChoreStep =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "sync"; readonly region: string }
  | { readonly do: "checkpoint"; readonly region: string };
