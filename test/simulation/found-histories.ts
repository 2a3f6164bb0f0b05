import type { Profile } from "../support/simulation/profile.ts";
import type { Direction, Step } from "../support/simulation/steps.ts";

interface FoundHistory {
  readonly what: string;
  readonly profile: Profile;
  readonly steps: readonly Step[];
}

function profile(names: readonly string[], changes: Partial<Profile> = {}): Profile {
  return {
    seed: 1,
    names,
    taste: { scale: 1, scripts: false, sweeping: true },
    logBytesMax: null,
    segmentRecords: 40,
    disasters: true,
    members: true,
    focus: "all",
    steps: 0,
    ...changes,
  };
}

const both = (one: string, other: string): readonly Direction[] => [
  [one, other],
  [other, one],
];

const counter = (region: string, deed: "mint" | "spend", amount: number): Step => ({
  do: "limit",
  seed: amount,
  region,
  deed,
  limit: "q0",
  amount,
  other: region,
});

/** b and c agree that a, which has been evicted, is gone; c has its home once the lease is over. */
const takenByC: readonly Step[] = [
  ...[1, 2, 3, 4].flatMap((seed): readonly Step[] => [
    { do: "sync", seed, region: "b" },
    { do: "wait", seed, ms: 300 },
    { do: "sync", seed, region: "c" },
    { do: "wait", seed, ms: 300 },
  ]),
  { do: "move-home", seed: 5, home: "a", to: "c", asks: "first" },
  { do: "wait", seed: 6, ms: 1_000 },
  { do: "move-home", seed: 7, home: "a", to: "c", asks: "first" },
  { do: "sync", seed: 8, region: "b" },
  { do: "wait", seed: 9, ms: 200 },
  { do: "sync", seed: 10, region: "c" },
];

/** The shortest histories of what random ones have found, kept after it was repaired. */
export const FOUND_HISTORIES: readonly FoundHistory[] = [
  {
    what: "a flush that was stable before the value it met left that value unfolded",
    profile: profile(["a", "b", "c", "d", "e", "f"]),
    steps: [
      { do: "partition", seed: 1, shape: "one-way", cuts: ["a", "b", "c", "d", "e"].map((to) => ["f", to] as const) },
      { do: "command", seed: 2, region: "a", client: 3, argv: ["FLUSHALL"] },
      { do: "checkpoint", seed: 4, region: "a" },
      { do: "pair", seed: 3, region: "f", client: 2, how: "multi", value: "p1 132" },
    ],
  },
  {
    what: "what was loaded from its rows before other regions had spoken was never folded",
    profile: profile(["a", "b"]),
    steps: [
      { do: "command", seed: 1, region: "a", client: 0, argv: ["JSON.SET", "json:1", "$", `{"n":60,"a":[1,"g"]}`] },
      { do: "count", seed: 2, region: "a", client: 0, by: 3, counter: "c0" },
      { do: "sync", seed: 3, region: "a" },
      { do: "checkpoint", seed: 4, region: "a" },
      { do: "wait", seed: 5, ms: 200 },
      { do: "sync", seed: 6, region: "a" },
      { do: "crash", seed: 7, region: "a", crash: { at: "after-send", keep: 0, how: "silent" } },
      { do: "start", seed: 8, region: "a" },
    ],
  },
  {
    what: "of two regions that were added at once one never had a link to whoever added the other",
    profile: profile(["a", "b", "c"]),
    steps: [
      { do: "order", seed: 1, region: "a", order: "add", member: "x1" },
      { do: "order", seed: 2, region: "c", order: "add", member: "x2" },
    ],
  },
  {
    what: "a region that was added by another than the last one never had a link to whoever had added that",
    profile: profile(["a", "b"]),
    steps: [
      { do: "order", seed: 1, region: "a", order: "add", member: "x1" },
      { do: "sync", seed: 2, region: "a" },
      { do: "wait", seed: 3, ms: 300 },
      { do: "sync", seed: 4, region: "b" },
      { do: "order", seed: 5, region: "b", order: "add", member: "x2" },
    ],
  },
  {
    what: "a region with an old copy of its disk gave rights away that it had spent, before it had that back",
    profile: profile(["a", "b", "c"]),
    steps: [
      counter("a", "mint", 10),
      { do: "sync", seed: 2, region: "a" },
      { do: "wait", seed: 3, ms: 300 },
      { do: "sync", seed: 4, region: "b" },
      { do: "sync", seed: 5, region: "c" },
      { do: "back-up", seed: 6, region: "a" },
      { do: "partition", seed: 7, shape: "one alone", cuts: [...both("a", "c"), ...both("b", "c")] },
      counter("a", "spend", 4),
      counter("a", "spend", 4),
      { do: "sync", seed: 8, region: "a" },
      { do: "wait", seed: 9, ms: 200 },
      { do: "sync", seed: 10, region: "b" },
      { do: "wait", seed: 11, ms: 50 },
      { do: "restore", seed: 12, region: "a" },
      counter("c", "spend", 3),
      { do: "sync", seed: 13, region: "c" },
      { do: "partition", seed: 14, shape: "one alone", cuts: [...both("a", "b"), ...both("b", "c")] },
      { do: "start", seed: 15, region: "a" },
      { do: "wait", seed: 16, ms: 100 },
      { do: "sync", seed: 17, region: "a" },
      { do: "wait", seed: 18, ms: 100 },
      { do: "sync", seed: 19, region: "a" },
      { do: "wait", seed: 20, ms: 200 },
      { do: "sync", seed: 21, region: "c" },
      counter("c", "spend", 3),
      { do: "sync", seed: 22, region: "c" },
    ],
  },
  {
    what: "a home that had stood still believed in links on which others had given it up, and locked beside its successor",
    profile: profile(["a", "b", "c"]),
    steps: [
      { do: "pause", seed: 1, region: "a" },
      { do: "partition", seed: 2, shape: "one alone", cuts: [...both("a", "b"), ...both("a", "c")] },
      { do: "wait", seed: 3, ms: 600 },
      { do: "order", seed: 4, region: "b", order: "evict", member: "a" },
      ...takenByC,
      { do: "lock", seed: 11, region: "c", deed: "lock", home: "a", lock: "l0", id: "op-1", ttlMs: 5_000 },
      { do: "sync", seed: 12, region: "c" },
      { do: "wait", seed: 13, ms: 50 },
      { do: "start", seed: 14, region: "a" },
      { do: "lock", seed: 15, region: "a", deed: "lock", home: "a", lock: "l0", id: "op-2", ttlMs: 5_000 },
      { do: "sync", seed: 16, region: "a" },
    ],
  },
  {
    what: "a home that stood still over a write told its client of a lock, when its successor had given that to another",
    profile: profile(["a", "b", "c"]),
    steps: [
      { do: "sync", seed: 30, region: "a" },
      { do: "partition", seed: 2, shape: "one alone", cuts: [...both("a", "b"), ...both("a", "c")] },
      { do: "lock", seed: 2, region: "a", deed: "lock", home: "a", lock: "l0", id: "op-2", ttlMs: 60_000 },
      { do: "pause", seed: 1, region: "a" },
      { do: "wait", seed: 3, ms: 600 },
      { do: "order", seed: 4, region: "b", order: "evict", member: "a" },
      ...takenByC,
      { do: "lock", seed: 11, region: "c", deed: "lock", home: "a", lock: "l0", id: "op-1", ttlMs: 60_000 },
      { do: "sync", seed: 12, region: "c" },
      { do: "wait", seed: 13, ms: 50 },
      { do: "start", seed: 14, region: "a" },
      { do: "sync", seed: 16, region: "a" },
      { do: "wait", seed: 17, ms: 50 },
    ],
  },
];
