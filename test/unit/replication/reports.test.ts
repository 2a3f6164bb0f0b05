import { describe, expect, it } from "vitest";
import { DEFAULT_REPLICATION_LIMITS } from "../../../src/replication/limits.ts";
import type { PeerLink } from "../../../src/replication/peer-link.ts";
import { Reports } from "../../../src/replication/reports.ts";
import { FakeReplica } from "./fake-replica.ts";

function reportsOver(links: number, say: () => void): Reports {
  const heard = { isOpen: true, isSilent: () => false, say };
  const open = Array.from({ length: links }, (_, at) => ({ ...heard, dialled: `r${at}`, peer: { region: `r${at}` } }));
  // Who has not said yet who it is, and the other link of a pair, change nothing.
  const others = [
    { ...heard, isOpen: false, dialled: "r99", peer: null },
    { ...heard, dialled: null, peer: { region: "r0" } },
  ];
  const all = [...open, ...others] as unknown as PeerLink[];
  return new Reports(new FakeReplica("a"), DEFAULT_REPLICATION_LIMITS, new Set(all));
}

/** Reports that a region says in a second in which something becomes durable every millisecond. */
function saidInASecond(links: number): number {
  let said = 0;
  const reports = reportsOver(links, () => said++);
  for (let nowMs = 0; nowMs < 1_000; nowMs++) reports.durable(nowMs);
  return said;
}

describe("reports of who has what", () => {
  it("are as many in a second whatever the number of links, from two on", () => {
    expect(saidInASecond(1)).toBe(200);
    expect(saidInASecond(2)).toBe(400);
    for (const links of [3, 7, 15, 31]) {
      expect(saidInASecond(links)).toBeGreaterThan(360);
      expect(saidInASecond(links)).toBeLessThan(440);
    }
  });

  it("go on the link we dialled, on the other while that one is silent; all that is known goes on both", () => {
    const said: string[] = [];
    const silent = new Set<string>();
    const link = (name: string, dialled: string | null): PeerLink => {
      const say = (): void => void said.push(name);
      return {
        isOpen: true,
        isSilent: () => silent.has(name),
        dialled,
        peer: { region: "b" },
        say,
      } as unknown as PeerLink;
    };
    const links = new Set([link("accepted", null), link("dialled", "b")]);
    const reports = new Reports(new FakeReplica("a"), DEFAULT_REPLICATION_LIMITS, links);
    const taken = (): string[] => said.splice(0);
    reports.durable(1_000);
    expect(taken()).toEqual(["dialled"]);
    silent.add("dialled");
    reports.durable(2_000);
    expect(taken()).toEqual(["accepted"]);
    silent.add("accepted");
    reports.durable(3_000);
    expect(taken()).toEqual(["dialled"]);
    reports.all();
    expect(taken()).toEqual(["accepted", "dialled"]);
  });

  it("the first after a pause goes out at once", () => {
    let said = 0;
    const reports = reportsOver(9, () => said++);
    reports.durable(1_000);
    expect(said).toBe(9);
    reports.durable(1_001);
    expect(said).toBe(9);
    reports.tick(1_030);
    expect(said).toBe(18);
  });
});
