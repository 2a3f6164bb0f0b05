import { describe, expect, it } from "vitest";
import { checkRecord } from "../../../chaos/checkers/check.ts";
import type { OpLine } from "../../../chaos/record/lines.ts";
import { ABSENT, hash, set, Story, string } from "./story.ts";

/** What the checkers hold against a story: kind and when, with its title on request. */
function judge(story: Story): string[] {
  return checkRecord(story.record).findings.map(
    ({ kind, when, promised }) => `${kind} ${when}${promised === "no" ? " (not promised)" : ""}`,
  );
}

function tell(build: (story: Story) => void, header: ConstructorParameters<typeof Story>[0] = {}): string[] {
  const story = new Story(header);
  build(story);
  return judge(story);
}

const put = (key: string, value: string) => ({ kind: "string.set", key, value, ttlMs: null }) as const;
const get = (key: string) => ({ kind: "string.read", key }) as const;
const login = (key: string, value: string, ttlMs = 60_000) =>
  ({ kind: "session.login", key, field: "user", value, ttlMs }) as const;
const logout = (key: string) => ({ kind: "session.logout", key, final: false }) as const;
const add = (key: string, amount = 1) => ({ kind: "counter.add", key, amount }) as const;
const unknown: Partial<OpLine> = { outcome: "unknown" };

describe("lost acknowledged writes", () => {
  it("a write that is there is kept; one that is not is lost, and its story is told", () => {
    expect(tell((story) => (story.op("a", 1, put("k", "v")), story.final("k", string("v"))))).toEqual([]);
    const story = new Story();
    story.op("a", 1, put("k", "v"), { concern: "one", confirmedBy: 1 });
    story.fault(5, 8);
    story.final("k", ABSENT);
    const [finding] = checkRecord(story.record).findings;
    expect(finding).toMatchObject({ kind: "lost", key: "k", region: "a", ops: [1], ackedMs: 2, concern: "one" });
    expect(finding!.story.map(({ text }) => text)).toEqual([
      "#1 a: string set k=v — acknowledged after 1 ms, durable in 1 other regions",
      "fault: a is killed",
      "healed: a is killed",
      "a shows nothing",
    ]);
  });

  it("one region without it is enough", () => {
    const story = new Story();
    story.op("a", 1, put("k", "v"));
    story.final("k", string("v"), { region: "a" });
    story.final("k", ABSENT, { region: "b" });
    expect(judge(story)).toEqual(["lost healed", "diverged healed"]);
  });

  it("S1 a concurrent write of another region may win, also the one that began first", () => {
    const race = (winner: string) =>
      tell((story) => {
        story.op("a", 1, put("k", "va"));
        story.op("b", 1, put("k", "vb"));
        story.final("k", string(winner));
      });
    expect([race("va"), race("vb")]).toEqual([[], []]);
  });

  it("S2 a causally later write must win: in one region by order, across regions by what was seen", () => {
    const inOrder = (shown: string) =>
      tell((story) => {
        story.op("a", 1, put("k", "v1"));
        story.op("a", 10, put("k", "v2"));
        story.final("k", string(shown));
      });
    expect([inOrder("v2"), inOrder("v1")]).toEqual([[], ["lost healed"]]);
    const across = (seen: boolean) =>
      tell((story) => {
        story.op("a", 1, put("k", "v1"));
        story.read("b", 50, get("k"), seen ? string("v1") : ABSENT);
        story.op("b", 60, put("k", "v2"));
        story.final("k", string("v1"));
      });
    expect([across(true), across(false)]).toEqual([["lost healed"], []]);
  });

  it("what a region has seen is passed on: b saw a's, c saw b's", () => {
    const findings = tell((story) => {
      story.op("a", 1, put("k", "v1"));
      story.op("a", 10, put("x", "1"));
      story.read("b", 50, get("x"), string("1"));
      story.op("b", 60, put("y", "1"));
      story.read("c", 90, get("y"), string("1"));
      story.op("c", 100, put("k", "v2"));
      story.final("k", string("v1"));
      story.final("x", string("1"));
      story.final("y", string("1"));
    });
    expect(findings).toEqual(["lost healed"]);
  });

  it("an unknown write may be present, whenever it arrived, and never counts", () => {
    const shown = (value: string | null) =>
      tell((story) => {
        story.op("a", 1, put("k", "maybe"), unknown);
        story.op("a", 10, put("k", "sure"));
        story.final("k", value === null ? ABSENT : string(value));
      });
    expect([shown("maybe"), shown("sure"), shown(null)]).toEqual([[], [], ["lost healed"]]);
  });

  it("a write through the router may have been sent twice: its second coming explains an older value", () => {
    const findings = tell((story) => {
      story.op("a", 1, put("k", "v1"), { via: "router-rest" });
      story.op("a", 10, put("k", "v2"));
      story.final("k", string("v1"));
    });
    expect(findings).toEqual([]);
  });

  it("principle 4: a removal explains what it may have observed, and nothing that came after it", () => {
    const removed = (removedAt: number, more: Partial<OpLine> = {}) =>
      tell((story) => {
        story.op("a", 10, { kind: "hash.set", key: "h", field: "f", value: "v" });
        story.op("b", removedAt, { kind: "hash.remove", key: "h", field: "f" }, more);
        story.final("h", ABSENT);
      });
    expect([removed(20), removed(10.5), removed(1), removed(1, unknown)]).toEqual([[], [], ["lost healed"], []]);
  });

  it("R1, R2 delete-wins: a logout explains what is concurrent to it, not what began after seeing it", () => {
    const after = (region: string) =>
      tell((story) => {
        story.op("a", 1, logout("sess:1"));
        story.op(region, 10, login("sess:1", "u2"));
        story.final("sess:1", ABSENT);
      });
    expect([after("b"), after("a")]).toEqual([[], ["lost healed"]]);
  });

  it("a session that may have expired is not held against anybody; a moved clock widens that", () => {
    const ended = (ttlMs: number, kind = "kill") =>
      tell((story) => {
        story.fault(0, 1, { kind });
        story.op("a", 1, login("sess:1", "u", ttlMs));
        story.final("sess:1", ABSENT);
      });
    expect([ended(5_000), ended(60_000), ended(60_000, "clock-jump")]).toEqual([[], ["lost healed"], []]);
  });

  it("a touch is a write: a deadline that is too early is a lost touch", () => {
    const left = (ttlMs: number) =>
      tell((story) => {
        story.op("a", 1, login("sess:1", "u", 60_000));
        story.op("b", 5_000, { kind: "session.touch", key: "sess:1", ttlMs: 60_000 });
        story.final("sess:1", hash({ user: "u" }), { ttlMs });
      });
    expect([left(55_500), left(50_500)]).toEqual([[], ["lost healed"]]);
  });

  it("E5b a touch that a later write has re-asserted may be outranked by one set at the same time elsewhere", () => {
    const left = (saved: boolean) =>
      tell((story) => {
        story.op("a", 1, login("sess:1", "u", 60_000));
        story.op("b", 2_000, { kind: "session.touch", key: "sess:1", ttlMs: 60_000 });
        story.op("a", 5_000, { kind: "session.touch", key: "sess:1", ttlMs: 60_000 });
        if (saved) story.op("a", 5_100, { kind: "session.save", key: "sess:1", field: "f", value: "v" });
        story.final("sess:1", hash(saved ? { user: "u", f: "v" } : { user: "u" }), { ttlMs: 52_500 });
      });
    expect([left(false), left(true)]).toEqual([["lost healed"], []]);
  });

  it("the survivors: what only the lost region had is lost, what one of them still tells another is not", () => {
    const story = new Story();
    story.op("a", 4_999, put("k", "v"));
    story.op("b", 8_990, put("k2", "w"));
    story.fault(5_000, 9_200);
    story.final("k", ABSENT, { without: "a", fromMs: 9_000, toMs: 9_001 });
    story.final("k2", string("w"), { without: "a", region: "b", fromMs: 9_000, toMs: 9_001 });
    story.final("k2", ABSENT, { without: "a", region: "c", fromMs: 9_000, toMs: 9_001 });
    story.final("k", string("v"));
    story.final("k2", string("w"));
    expect(judge(story)).toEqual(["lost survivors"]);
    const { fates } = checkRecord(story.record);
    expect(fates.survivors).toMatchObject({ kept: 1, lost: 1 });
    expect(fates.healed).toMatchObject({ kept: 2, lost: 0 });
  });
});

describe("survivors that are read while clients go on", () => {
  const survivors = { without: "a", fromMs: 9_000, toMs: 9_001 } as const;
  const readAt = (ownMs: number, own: boolean) =>
    tell((story) => {
      story.op("c", 8_999, put("k", "v"));
      story.final("k", ABSENT, { ...survivors, region: "b", fromMs: 9_010, toMs: 9_011 });
      story.final("k", own ? string("v") : ABSENT, { ...survivors, region: "c", fromMs: ownMs, toMs: ownMs + 1 });
      story.final("k", string("v"));
    });

  it("need not have told each other yet; each must show what it acknowledged itself", () => {
    expect(readAt(9_001, true)).toEqual([]);
    expect(readAt(8_990, false)).toEqual([]);
    expect(readAt(9_001, false)).toEqual(["lost survivors"]);
  });
});

describe("ghosts", () => {
  it("R1 logout wins: what is concurrent to it must not be shown, what began after seeing it may", () => {
    const shown = (key: string, loginAt: number, logoutAt: number, region = "b") =>
      tell((story) => {
        story.op("a", loginAt, login(key, "u"));
        story.op(region, logoutAt, logout(key));
        story.final(key, hash({ user: "u" }));
      });
    expect(shown("sess:1", 1, 10)).toEqual(["ghost healed"]);
    expect(shown("sess:1", 20, 10)).toEqual([]);
    expect(shown("final:1", 20, 10)).toEqual(["ghost healed"]);
    expect(shown("other:1", 1, 10)).toEqual([]);
    expect(shown("other:1", 1, 10, "a")).toEqual(["ghost healed"]);
  });

  it("an unknown logout removes nothing for sure, an unknown write may have come late", () => {
    const shown = (first: Partial<OpLine>, second: Partial<OpLine>) =>
      tell((story) => {
        story.op("a", 1, login("sess:1", "u"), first);
        story.op("a", 10, logout("sess:1"), second);
        story.final("sess:1", hash({ user: "u" }));
      });
    expect([shown({}, {}), shown(unknown, {}), shown({}, unknown)]).toEqual([["ghost healed"], [], []]);
  });

  it("M2 a member that was added again lives; one that was only removed does not", () => {
    const shown = (again: boolean) =>
      tell((story) => {
        story.op("a", 1, { kind: "set.add", key: "s", member: "m" });
        story.op("a", 10, { kind: "set.remove", key: "s", member: "m" });
        if (again) story.op("b", 10, { kind: "set.add", key: "s", member: "m" });
        story.final("s", set("m"));
      });
    expect([shown(true), shown(false)]).toEqual([[], ["ghost healed"]]);
  });

  it("a read in a region that surely had the logout sees no ghost; elsewhere it may", () => {
    const seen = (region: string) =>
      tell((story) => {
        story.op("a", 1, login("sess:1", "u"));
        story.op("a", 10, logout("sess:1"));
        story.read(region, 20, { kind: "session.read", key: "sess:1" }, hash({ user: "u" }));
        story.final("sess:1", ABSENT);
      });
    expect([seen("a"), seen("b")]).toEqual([["ghost during"], []]);
  });

  it("expired and back", () => {
    const shown = (more: Partial<OpLine>) =>
      tell((story) => {
        story.op("a", 1, login("sess:1", "u", 1_000), more);
        story.final("sess:1", hash({ user: "u" }));
      });
    expect([shown({}), shown(unknown)]).toEqual([["ghost healed"], []]);
  });

  it("a value nobody wrote, and one that was refused", () => {
    const shown = (more: Partial<OpLine>, value: string) =>
      tell((story) => {
        story.op("a", 1, put("k", "v"), more);
        story.op("a", 2, put("k", "w"), unknown);
        story.final("k", string(value));
      });
    expect(shown({ outcome: "unknown" }, "x")).toEqual(["invented healed"]);
    expect(shown({ outcome: "failed" }, "v")).toEqual(["invented healed"]);
  });
});

describe("counters", () => {
  it("C1 end between what was acknowledged and what is possible", () => {
    const shown = (value: string) =>
      tell((story) => {
        story.op("a", 1, add("c", 2));
        story.op("b", 1, add("c", 3));
        story.op("c", 1, add("c", 4), unknown);
        story.final("c", string(value));
      });
    expect(["4", "5", "9", "10", "many"].map(shown)).toEqual([
      ["wrong-count healed"],
      [],
      [],
      ["wrong-count healed"],
      ["wrong-count healed"],
    ]);
  });

  it("names the newest increments of the region that never came back", () => {
    const story = new Story();
    for (const at of [1, 10, 20, 30]) story.op("a", at, add("c"));
    story.op("b", 40, add("c"));
    story.fault(50, null);
    story.final("c", string("3"), { without: "a" });
    expect(checkRecord(story.record).findings[0]).toMatchObject({
      when: "survivors",
      region: "a",
      ops: [4, 3],
      ackedMs: 21,
    });
  });

  it("a read shows at least what its region surely had", () => {
    const seen = (region: string) =>
      tell((story) => {
        story.op("a", 1, add("c"));
        story.read(region, 10, { kind: "counter.read", key: "c" }, ABSENT);
        story.final("c", string("1"));
      });
    expect([seen("a"), seen("b")]).toEqual([["causality during"], []]);
  });
});

describe("divergence", () => {
  it("keys that differ, and digests that were never equal", () => {
    const story = new Story();
    story.op("a", 1, put("k", "v1"));
    story.op("b", 1, put("k", "v2"));
    story.final("k", string("v1"), { region: "a" });
    story.final("k", string("v2"), { region: "b" });
    story.end({ equalMs: null, digests: { a: "1", b: "2", c: "2" } });
    expect(judge(story)).toEqual(["diverged healed", "diverged healed"]);
    expect(checkRecord(story.record).findings[1]!.title).toBe(
      "k is not the same in all regions, after all was healed: a shows v1; b shows v2",
    );
  });

  it("the order of members and fields is no difference, nor is a key whose time is up", () => {
    const story = new Story();
    for (const member of ["x", "y"]) story.op("a", 1, { kind: "set.add", key: "s", member });
    story.final("s", set("x", "y"), { region: "a" });
    story.final("s", set("y", "x"), { region: "b" });
    story.op("a", 1, login("sess:1", "u", 9_000));
    story.final("sess:1", hash({ user: "u" }), { region: "a" });
    story.final("sess:1", ABSENT, { region: "b" });
    expect(judge(story)).toEqual([]);
  });
});

describe("half transactions", () => {
  it("K2 both keys of a pair always show the same value", () => {
    const keys = ["x", "y"] as const;
    const seen = (values: readonly [string | null, string | null]) =>
      tell((story) => {
        story.op("a", 1, { kind: "pair.set", keys, value: "v1" });
        story.op("a", 10, { kind: "pair.set", keys, value: "v2" });
        story.read("b", 30, { kind: "pair.read", keys }, { type: "pair", values });
        for (const key of keys) story.final(key, string("v2"));
      });
    expect([seen(["v2", "v2"]), seen([null, null]), seen(["v2", "v1"])]).toEqual([[], [], ["half-transaction during"]]);
    const atTheEnd = tell((story) => {
      story.op("a", 1, { kind: "pair.set", keys, value: "v" });
      story.final("x", string("v"));
      story.final("y", ABSENT);
    });
    expect(atTheEnd.filter((each) => each.startsWith("half"))).toHaveLength(3);
  });
});

describe("causality", () => {
  it("K3 no region shows an effect without its cause", () => {
    const seen = (x: boolean) =>
      tell((story) => {
        story.op("a", 1, put("x", "1"));
        story.op("a", 10, put("y", "1"));
        story.read("b", 50, get("y"), string("1"));
        story.read("b", 60, get("x"), x ? string("1") : ABSENT);
        story.final("x", string("1"));
        story.final("y", string("1"));
      });
    expect([seen(true), seen(false)]).toEqual([[], ["causality during"]]);
  });

  it("a region shows what it has acknowledged itself", () => {
    const findings = tell((story) => {
      story.op("a", 1, put("x", "1"));
      story.read("a", 10, get("x"), ABSENT);
      story.final("x", string("1"));
    });
    expect(findings).toEqual(["causality during"]);
  });

  it("a region whose disk was lost owes only what it was given again", () => {
    const findings = tell((story) => {
      story.op("a", 1, put("x", "1"));
      story.fault(10, 20, { losesDisk: true });
      story.read("a", 30, get("x"), ABSENT);
      story.final("x", string("1"));
    });
    expect(findings).toEqual([]);
  });
});

describe("sessions", () => {
  const ryw = (token: OpLine["token"], shown: string | null) =>
    tell((story) => {
      story.op("a", 1, put("k", "v"), { session: "s" });
      story.read("b", 10, get("k"), shown === null ? ABSENT : string(shown), { session: "s", token });
      story.final("k", string("v"));
    });

  it("read-your-writes is promised with a token, and counted without one", () => {
    expect([ryw("fresh", "v"), ryw("fresh", null), ryw("none", null), ryw("stale", null)]).toEqual([
      [],
      ["read-your-writes during"],
      ["read-your-writes during (not promised)"],
      ["read-your-writes during (not promised)"],
    ]);
  });

  it("monotonic reads: what was seen is seen again, or something later", () => {
    const seen = (second: string | null, token: OpLine["token"] = "fresh") =>
      tell((story) => {
        story.op("a", 1, put("k", "v1"));
        story.op("a", 10, put("k", "v2"));
        story.read("a", 20, get("k"), string("v2"), { session: "s" });
        story.read("b", 30, get("k"), second === null ? ABSENT : string(second), { session: "s", token });
        story.final("k", string("v2"));
      });
    expect([seen("v2"), seen("v1"), seen(null), seen("v1", "none")]).toEqual([
      [],
      ["monotonic-reads during"],
      ["monotonic-reads during"],
      ["monotonic-reads during (not promised)"],
    ]);
  });

  it("counters: one's own increment is in what one reads, and a counter that only grows does not shrink", () => {
    const findings = tell((story) => {
      const session = { session: "s", token: "fresh" } as const;
      story.op("a", 1, add("c"), { ...session, saw: string("7") });
      story.read("b", 10, { kind: "counter.read", key: "c" }, string("6"), session);
      story.read("c", 20, { kind: "counter.read", key: "c" }, string("7"), session);
      story.read("b", 30, { kind: "counter.read", key: "c" }, string("6"), session);
      for (const at of [1, 2, 3, 4, 5, 6]) story.op("a", at, add("c"), unknown);
      story.final("c", string("7"));
    });
    expect(findings).toEqual(["read-your-writes during", "read-your-writes during"]);
  });

  it("a stale answer ends what was promised before it", () => {
    const findings = tell((story) => {
      story.op("a", 1, put("k", "v"), { session: "s" });
      story.read("b", 10, get("other"), ABSENT, { session: "s", token: "stale" });
      story.read("b", 20, get("k"), ABSENT, { session: "s", token: "fresh" });
      story.final("k", string("v"));
    });
    expect(findings).toEqual(["read-your-writes during (not promised)"]);
  });
});

describe("locks and limits", () => {
  const acquire = (story: Story, region: string, at: number, token: number | null, ttlMs = 100) =>
    story.read(region, at, { kind: "lock.acquire", key: "l", holder: region, ttlMs }, { type: "lock", token });

  it("at most one holder, and fencing tokens rise", () => {
    expect(tell((story) => (acquire(story, "a", 1, 1), acquire(story, "b", 200, 2)))).toEqual([]);
    expect(tell((story) => (acquire(story, "a", 1, 1), acquire(story, "b", 50, 2)))).toEqual(["two-holders during"]);
    expect(tell((story) => (acquire(story, "a", 1, 2), acquire(story, "b", 200, 1)))).toEqual(["fencing during"]);
    expect(tell((story) => (acquire(story, "a", 1, 1), acquire(story, "b", 50, null)))).toEqual([]);
    const released = tell((story) => {
      acquire(story, "a", 1, 1);
      story.op("a", 20, { kind: "lock.release", key: "l", holder: "a", token: 1 }, unknown);
      acquire(story, "b", 50, 2);
    });
    expect(released).toEqual([]);
  });

  it("what is granted is at most the limit", () => {
    const spend = (grants: number) =>
      tell((story) => {
        for (let at = 0; at < grants; at++)
          story.read("a", at, { kind: "limit.spend", key: "q", amount: 2, limit: 5 }, { type: "limit", granted: true });
        story.read("b", 9, { kind: "limit.spend", key: "q", amount: 2, limit: 5 }, { type: "limit", granted: false });
      });
    expect([spend(2), spend(3)]).toEqual([[], ["limit-exceeded during"]]);
  });
});
